/** A webhook: a call we owe a customer. */

import type { AccountId } from "../accounts/account.ts";
import type { HistoryEntry, Message, MessageId, MessageState } from "../messages/message.ts";
import type { Reason } from "../reasons.ts";

export type WebhookId = `whk_${string}`;

/** *owed* and *delivering* are pending; *answered* is done; *dead* waits in the dead list, with its reason, for a replay. */
export const WEBHOOK_MOVES = {
  owed: ["delivering"],
  delivering: ["answered", "owed", "dead"],
  answered: [],
  dead: ["owed"],
} as const;

export type WebhookState = keyof typeof WEBHOOK_MOVES;
export const WEBHOOK_STATES = Object.keys(WEBHOOK_MOVES) as readonly WebhookState[];

/** News of a message. `message` is there only for one that was never stored: a refused item of a batch. */
export type ReportEvent = { state: MessageState; reason?: Reason; at: number; message?: Message };

export type Webhook = {
  id: WebhookId;
  account: AccountId;
  dialect: string;
  kind: "report";
  subject: MessageId;
  url: string;
  /** The address without its query: what is slow, or dead, or paused together. */
  endpoint: string;
  event: ReportEvent;
  state: WebhookState;
  reason?: string;
  /** How often it was tried. */
  attempts: number;
  dueAt?: number;
  createdAt: number;
  changedAt: number;
  history: HistoryEntry[];
};

/** The id of the webhook that tells of this message reaching this state: the same news, the same id. */
export function webhookId(message: MessageId, state: MessageState): WebhookId {
  return `whk_${message.slice("msg_".length)}_${state}`;
}

/** All ids of a message's webhooks begin like this. */
export function webhookPrefix(message: MessageId): string {
  return `whk_${message.slice("msg_".length)}_`;
}
