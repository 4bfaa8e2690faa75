/** A webhook: a call we owe a customer. */

import type { ChargeEvent, SubscriptionNews } from "../billing/news.ts";
import type { HistoryEntry } from "../history.ts";
import type { Inbound } from "../inbound/inbound.ts";
import type { AccountId, InboundId, MessageId, SubscriptionId, TransactionId, WebhookId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Message, MessageState } from "../messages/message.ts";

/**
 * *owed* and *delivering* are pending; *answered* is done; *dead* waits in the dead list, with its reason, for a replay. An
 * answered one is owed again only when somebody asks for that very one: *answered* → *owed* is theirs alone.
 */
export const WEBHOOK_MOVES = {
  owed: ["delivering"],
  delivering: ["answered", "owed", "dead"],
  answered: ["owed"],
  dead: ["owed"],
} as const;

export type WebhookState = keyof typeof WEBHOOK_MOVES;
export const WEBHOOK_STATES = Object.keys(WEBHOOK_MOVES) as readonly WebhookState[];

/** What it tells of: a message, a charge, a text that a person wrote, a subscription. */
export const WEBHOOK_KINDS = ["report", "charge", "inbound", "subscription"] as const satisfies readonly WebhookKind[];

/** News of a message. `message` is there only for one that was never stored: a refused item of a batch. */
export type ReportEvent = { state: MessageState; reason?: Reason; at: number; message?: Message };

/** A text that a person wrote. `service` is the one whose keyword it names. */
export type InboundEvent = {
  state: "received";
  at: number;
  method: "POST" | "GET";
  inbound: Inbound;
  /** In which of its forms the dialect is to tell it; in its own words. */
  form?: string;
  /** What the account's messages cost when it came, in the words of the dialect that tells that. */
  rates?: Readonly<Record<string, unknown>> | null;
  service?: { id: string; merchant: string; stopStyle: "raw" | "ask"; campaign?: string };
};

export type { ChargeEvent, SubscriptionNews };

/** What it tells of, by its kind: whose id, and what happened to it. */
export type WebhookNews =
  | { kind: "report"; subject: MessageId; event: ReportEvent }
  | { kind: "charge"; subject: TransactionId; event: ChargeEvent }
  | { kind: "inbound"; subject: InboundId; event: InboundEvent }
  | { kind: "subscription"; subject: SubscriptionId; event: SubscriptionNews };

export type WebhookKind = WebhookNews["kind"];
export type WebhookSubject = WebhookNews["subject"];
export type WebhookEvent = WebhookNews["event"];

export type Webhook = WebhookNews & {
  id: WebhookId;
  account: AccountId;
  dialect: string;
  /** In a list: whom the text was to that it tells of. */
  recipient?: string;
  url: string;
  /** The address without its query: what is slow, or dead, or paused together. */
  endpoint: string;
  state: WebhookState;
  reason?: string;
  /** Dead only because its endpoint is paused, for that reason: owed anew when it is resumed. */
  isPaused?: true;
  /** How often it was tried. */
  attempts: number;
  dueAt?: number;
  createdAt: number;
  changedAt: number;
  history: HistoryEntry[];
};

/** One that tells of a message. */
export type Report = Extract<Webhook, { kind: "report" }>;

/** The id of the webhook that tells of this message reaching this state: the same news, the same id. */
export function webhookId(message: MessageId, state: MessageState): WebhookId {
  return `whk_${message.slice("msg_".length)}_${state}`;
}

/** All ids of the webhooks that tell of one thing begin like this: with its own id, of which every kind has four letters before. */
export function webhookPrefix(subject: WebhookSubject): string {
  return `whk_${subject.slice("msg_".length)}_`;
}
