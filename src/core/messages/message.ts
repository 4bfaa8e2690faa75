/** A message: its states, the moves between them, and its outcome. */

import type { MessageCharge } from "../billing/charges/paid.ts";
import type { TransactionState } from "../billing/charges/transaction.ts";
import type { HistoryEntry } from "../history.ts";
import type { AccountId, CampaignId, MessageId, TransactionId } from "../kernel/ids.ts";
import type { Lane } from "../kernel/lane.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { QuietRule } from "../quiet/quiet.ts";
import type { Binary, BodyEncoding } from "./binary.ts";
import type { Rich } from "./rich.ts";

/**
 * The moves a message may make. A state with no moves is final: a late receipt cannot undo it.
 * A paid message is *held* from its turn until its charge is billed, and a question until the text before it has
 * arrived. An edit may bring a scheduled message forward to now, hence *scheduled* → *accepted*.
 * *unknown* means a carrier may or may not have it; it goes back to *accepted* only when the carrier itself says that
 * it never saw the message. A receipt may overtake the answer to the submit, hence *submitting* → *delivered*; and it may
 * come for a message that went back to *accepted* when that answer was lost, which then need not be sent again. A route may
 * have a message that was not delivered sent again, once, by another carrier: that move is a kind of its own (`reroutes`). Only
 * with its campaign is an *accepted* message cancelled.
 */
export const MOVES = {
  scheduled: ["accepted", "submitting", "expired", "cancelled"],
  accepted: ["submitting", "delivered", "failed", "expired", "cancelled"],
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
  /** The text that the handset shows; of a binary message, its octets in hexadecimal digits. */
  text: string;
  /** Absent for SMS; else its name, as the customer's dialect has it. */
  channel?: string;
  /** Shown in place of the text on channels that can. */
  rich?: Rich;
  encoding: BodyEncoding;
  /** Of a binary message alone. */
  binary?: Binary;
  parts: number;
  /** When it must not be sent; of a marketing text, or of a campaign with hours. */
  quiet?: QuietRule;
  /** The campaign that it is of. */
  campaign?: CampaignId;
  state: MessageState;
  reason?: Reason;
  priority: Priority;
  /** Its lane: messages of an earlier lane go first. */
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
  /**
   * Returned to the dialect's client untouched: session ids, custom properties. Opaque to us but for `tags`, the customer's own labels:
   * events tell them, and endpoints filter by them.
   */
  echo: Record<string, unknown>;
  /** Its price, and the merchant and service it is charged for; absent for a free one. */
  charge?: MessageCharge;
  /** Whether the person was charged; absent for a free one, and while that is not known. */
  billed?: boolean;
  carrier?: string;
  /** Whether the route by which it went has it go to another carrier where it could not be delivered. */
  reroutes?: true;
  /** The carrier that could not deliver it, so that it went to another: at most once. */
  reroutedFrom?: string;
  reference?: string;
  operator?: string;
  /** Whether its recipient and its content are sealed in the database; false: they are not, but older ones of its account may be. */
  isSealed?: boolean;
  history: HistoryEntry[];
};

/** From where a message is sent again by another carrier, when the one that had it reports that it could not deliver it. */
export const REROUTED_FROM: readonly MessageState[] = ["unknown", "sent"];

/**
 * A move, with the facts learnt by it. The store makes it only from a state that allows it; and where `attempt` is given,
 * only if the message has not been claimed since that attempt: a late answer to one attempt must not end another.
 */
export type Move = {
  id: MessageId;
  to: MessageState;
  at: number;
  /** Epoch ms when the reported event happened, if that was not just now. */
  happenedAt?: number;
  attempt?: number;
  /** Only if its validity is over by then, epoch ms: its customer may have prolonged it since it was read. */
  overBy?: number;
  /** Only if no other carrier is known to have it: one carrier's receipt must not end a message that another has. */
  toldBy?: string;
  /** Only a message that may arrive twice and was not rerouted before: `toldBy` could not deliver it, another carrier is to. */
  reroutes?: true;
  reason?: Reason;
  dueAt?: number;
  carrier?: string;
  reference?: string;
  operator?: string;
  /** Of a paid message: whether its charge went through; and the charge, which must make its move from these states too. */
  billed?: boolean;
  paidBy?: {
    id: TransactionId;
    from: readonly TransactionState[];
    attempt?: number;
    toldBy?: string;
    isStopped?: boolean;
  };
  entry: HistoryEntry;
};
