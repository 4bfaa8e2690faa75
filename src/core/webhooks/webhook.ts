/** A webhook: a call we owe a customer. */

import type { ChargeEvent, SubscriptionNews } from "../billing/news.ts";
import type { HistoryEntry } from "../history.ts";
import type { Inbound } from "../inbound/inbound.ts";
import type { AccountId, InboundId, MessageId, SubscriptionId, TransactionId, WebhookId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Message, MessageState } from "../messages/message.ts";
import type { EventId, EventNews } from "./events.ts";

/**
 * *owed* and *delivering* are pending; *answered* is done; *dead* waits in the dead list, with its reason, for a replay. An
 * answered one is owed again (*answered* → *owed*) only if an operator asks for that very one.
 */
export const WEBHOOK_MOVES = {
  owed: ["delivering"],
  delivering: ["answered", "owed", "dead"],
  answered: ["owed"],
  dead: ["owed"],
} as const;

export type WebhookState = keyof typeof WEBHOOK_MOVES;
export const WEBHOOK_STATES = Object.keys(WEBHOOK_MOVES) as readonly WebhookState[];

/** The kind of its subject: a message, a charge, an inbound text, a subscription; or an event, told to an endpoint of the account's. */
export const WEBHOOK_KINDS = [
  "report",
  "charge",
  "inbound",
  "subscription",
  "event",
] as const satisfies readonly WebhookKind[];

/** An event of a message. `message` is set only for one that was never stored: a refused item of a batch. */
export type ReportEvent = { state: MessageState; reason?: Reason; at: number; message?: Message };

/** An inbound text. `service` is the one whose keyword it names. */
export type InboundEvent = {
  state: "received";
  at: number;
  method: "POST" | "GET";
  inbound: Inbound;
  /** The form of the webhook, if the dialect has several: one of its `forms`. */
  form?: string;
  /** The account's prices when it came, in the form of a dialect that reports them. */
  rates?: Readonly<Record<string, unknown>> | null;
  service?: { id: string; merchant: string; stopStyle: "raw" | "ask"; campaign?: string };
};

export type { ChargeEvent, SubscriptionNews };

/** Its kind, the id of its subject, and the event. */
export type WebhookNews =
  | { kind: "report"; subject: MessageId; event: ReportEvent }
  | { kind: "charge"; subject: TransactionId; event: ChargeEvent }
  | { kind: "inbound"; subject: InboundId; event: InboundEvent }
  | { kind: "subscription"; subject: SubscriptionId; event: SubscriptionNews }
  | { kind: "event"; subject: EventId; event: EventNews };

export type WebhookKind = WebhookNews["kind"];
export type WebhookSubject = WebhookNews["subject"];
export type WebhookEvent = WebhookNews["event"];

export type Webhook = WebhookNews & {
  id: WebhookId;
  account: AccountId;
  dialect: string;
  /** In a list: the recipient of the message it is about. */
  recipient?: string;
  url: string;
  /** The address without its query, or the endpoint's name: calls with the same one are slow, dead or paused together. */
  endpoint: string;
  state: WebhookState;
  reason?: string;
  /** Dead only because its endpoint is paused, for that reason: owed again when that is resumed. */
  isPaused?: true;
  /** How many attempts were made. */
  attempts: number;
  dueAt?: number;
  createdAt: number;
  changedAt: number;
  history: HistoryEntry[];
};

/** A webhook about a message. */
export type Report = Extract<Webhook, { kind: "report" }>;

/** The id of the webhook that reports this state of this message: the same event has the same id. */
export function webhookId(message: MessageId, state: MessageState): WebhookId {
  return `whk_${message.slice("msg_".length)}_${state}`;
}

/** The beginning of the ids of all webhooks about one subject: its id, whose own prefix has four characters in each kind. */
export function webhookPrefix(subject: WebhookSubject): string {
  return `whk_${subject.slice("msg_".length)}_`;
}
