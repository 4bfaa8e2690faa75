/** A message: its states, the moves between them, and what became of it. */

import type { MessageCharge } from "../billing/charges/paid.ts";
import type { TransactionState } from "../billing/charges/transaction.ts";
import type { HistoryEntry } from "../history.ts";
import type { AccountId, MessageId, TransactionId } from "../kernel/ids.ts";
import type { Lane } from "../kernel/lane.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Rich } from "./rich.ts";
import type { Encoding } from "./text.ts";

/**
 * The moves a message may make. A state with no moves is final: a late receipt cannot undo it.
 * A paid message is *held* from its turn until its charge is billed, and a question until what is said before it has
 * arrived. An edit may bring a scheduled message forward to now, hence *scheduled* → *accepted*.
 * *unknown* means a carrier may or may not have it; it goes back to *accepted* only when the carrier itself says that
 * it never saw the message. A receipt may overtake the answer to the submit, hence *submitting* → *delivered*; and it may
 * come for a message that went back to *accepted* when that answer was lost, which then need not be sent again.
 */
export const MOVES = {
  scheduled: ["accepted", "submitting", "expired", "cancelled"],
  accepted: ["submitting", "delivered", "failed", "expired"],
  held: ["scheduled", "accepted", "failed", "expired", "cancelled"],
  submitting: ["sent", "accepted", "held", "unknown", "delivered", "failed", "expired"],
  unknown: ["accepted", "sent", "delivered", "failed", "expired"],
  sent: ["delivered", "failed", "expired"],
  delivered: [],
  failed: [],
  expired: [],
  cancelled: [],
} as const;

export type MessageState = keyof typeof MOVES;

export const MESSAGE_STATES = Object.keys(MOVES) as readonly MessageState[];

/** The states from which a message may move to this one. */
export function statesBefore(to: MessageState): MessageState[] {
  return MESSAGE_STATES.filter((from) => (MOVES[from] as readonly MessageState[]).includes(to));
}

export function isFinal(state: MessageState): boolean {
  return MOVES[state].length === 0;
}

export type Priority = "low" | "normal" | "high";
export type DeliveryMode = "at-most-once" | "at-least-once";

export type Message = {
  id: MessageId;
  account: AccountId;
  dialect: string;
  theirId: string;
  sender: string;
  /** E.164 with `+`; on a channel other than SMS, whatever names the person there. */
  recipient: string;
  /** What the handset shows. */
  text: string;
  /** Absent for SMS; else its name, as the customer's dialect has it. */
  channel?: string;
  /** What is shown in place of the text, where the channel can. */
  rich?: Rich;
  encoding: Encoding;
  parts: number;
  state: MessageState;
  reason?: Reason;
  priority: Priority;
  /** Whom it overtakes on its way. */
  lane: Lane;
  deliveryMode: DeliveryMode;
  /** Epoch ms: not before. */
  sendAt: number;
  /** Epoch ms: not after. */
  expiresAt: number;
  acceptedAt: number;
  changedAt: number;
  /** Epoch ms when something must next be done; none when it is settled. */
  dueAt?: number;
  attempts: number;
  reportUrl?: string;
  /** What the dialect hands back to its client untouched: tags, session ids, custom properties. Opaque to us. */
  echo: Record<string, unknown>;
  /** What it costs whom, if it is paid for. */
  charge?: MessageCharge;
  /** Whether the person was charged; absent for a free one, and while nobody knows. */
  billed?: boolean;
  carrier?: string;
  reference?: string;
  operator?: string;
  history: HistoryEntry[];
};

/**
 * A move, with what is learnt by it. The store makes it only from a state that allows it; and where `attempt` is given,
 * only if nobody has claimed the message since that attempt: who speaks late for one may not end another's.
 */
export type Move = {
  id: MessageId;
  to: MessageState;
  at: number;
  /** Epoch ms when what the customer is told of happened, if that was not just now. */
  happenedAt?: number;
  attempt?: number;
  /** Only if its validity is over by then, epoch ms: since somebody looked, its customer may have given it more time. */
  overBy?: number;
  /** Only if no other carrier than this is known to have it: what one tells does not end what another has. */
  toldBy?: string;
  reason?: Reason;
  dueAt?: number;
  carrier?: string;
  reference?: string;
  operator?: string;
  /** Of a paid message: whether its charge went through; and the charge, which must make its move from these states too. */
  billed?: boolean;
  paidBy?: { id: TransactionId; from: readonly TransactionState[]; attempt?: number; isStopped?: boolean };
  entry: HistoryEntry;
};
