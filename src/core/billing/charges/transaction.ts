/** A transaction: a charge on a phone bill, or the reversal of one. Its states, and the moves between them. */

import type { HistoryEntry } from "../../history.ts";
import type { AccountId, InboundId, MessageId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import type { Reason } from "../../kernel/reasons.ts";
import type { Interval } from "../subscriptions/anchor.ts";

/**
 * The moves a transaction may make. *waiting*: for the person. *ready*: to be charged. *charging*: a process has claimed it and
 * asks a carrier. *sent*: a carrier has it, and a receipt will follow. *unknown*: the answer was lost; a query or a late receipt
 * settles it, never a second charge. It becomes *ready* again only if the carrier says that it did not take it, or was not asked.
 * A reversal that no carrier ever saw is asked for again (*sent*, *unknown* → *ready* exist for reversals alone): a carrier gives
 * back once.
 */
export const TRANSACTION_MOVES = {
  waiting: ["ready", "failed", "expired", "cancelled"],
  ready: ["charging", "billed", "failed", "expired", "cancelled"],
  charging: ["ready", "sent", "unknown", "billed", "failed", "expired"],
  sent: ["ready", "billed", "failed", "expired"],
  unknown: ["ready", "sent", "billed", "failed", "expired"],
  billed: ["reversed"],
  reversed: [],
  failed: [],
  expired: [],
  cancelled: [],
} as const;

export type TransactionState = keyof typeof TRANSACTION_MOVES;

export const TRANSACTION_STATES = Object.keys(TRANSACTION_MOVES) as readonly TransactionState[];

/** How long a charge is tried at a busy carrier, from the time at which it may be made. */
export const CHARGE_VALIDITY_MS = 2 * 3_600_000;

/** The states from which a transaction may move to this one. */
export function transactionStatesBefore(to: TransactionState): TransactionState[] {
  return TRANSACTION_STATES.filter((from) => (TRANSACTION_MOVES[from] as readonly TransactionState[]).includes(to));
}

/**
 * The states that a move may be made from. A claimed charge becomes ready again only by its carrier's answer, a waiting one by
 * its person's.
 */
export function statesFrom({ to, from, attempt }: TransactionMove): readonly TransactionState[] {
  if (to === "ready") return attempt === undefined ? ["waiting"] : (from ?? ["charging"]);
  const allowed = transactionStatesBefore(to);
  return from ? allowed.filter((state) => from.includes(state)) : allowed;
}

/** Whether its state is final, unless the customer asks for a reversal. */
export function isSettled(state: TransactionState): boolean {
  return state === "billed" || TRANSACTION_MOVES[state].length === 0;
}

/** What a waiting transaction waits for: the purchase page, or an "OK" by SMS. */
export type WaitsFor = "window" | "ok";

/** The terms of a subscription that a charge begins. `price` is of each further period, in minor units. */
export type Terms = { price: number; interval: Interval; timeZone: string; autoRebill: boolean; startSms?: string };

export type Transaction = {
  id: TransactionId;
  account: AccountId;
  dialect: string;
  /** Used once in an account, for ever. A reversal's is the original's with `-` before it. */
  theirId: string;
  /** Tells the same request from another with the same id. */
  fingerprint: string;
  kind: "charge" | "reversal";
  merchant: string;
  /** The service it is for, where it is for one of ours. */
  service?: string;
  shortNumber: string;
  serviceCode: string;
  invoiceText: string;
  /** E.164; absent until the person is known. */
  recipient?: string;
  /** Minor units; negative for a reversal. */
  amount: number;
  currency: string;
  /** The person must be this old, in years; 0 for any age. */
  age: number;
  state: TransactionState;
  reason?: Reason;
  waitsFor?: WaitsFor;
  /** The id under which the person's consent is kept, where this charge needs or makes one. */
  consent?: string;
  /** The description of the consent, for the person. */
  consentDescription?: string;
  /** Whether the consent is made when this is billed. */
  makesConsent: boolean;
  /** Whether a subscription begins when this is billed. */
  startsSubscription: boolean;
  /** The terms as the person agreed to them, even if the service has changed since. */
  terms?: Terms;
  /** The kind of request it came by, if that gave no id. Only charges of the same kind are searched for repeats. */
  guard?: string;
  /** The paid message that waits for it. */
  message?: MessageId;
  /** The period that it bills. */
  subscription?: SubscriptionId;
  period?: number;
  /** The charge that a reversal reverses. */
  reverses?: TransactionId;
  /** How long the operator may wait for the person to register. Minutes. */
  registrationMinutes: number;
  /** Epoch ms: not charged after. */
  expiresAt: number;
  acceptedAt: number;
  changedAt: number;
  /** Epoch ms when it must next be looked at; absent when it is settled. */
  dueAt?: number;
  attempts: number;
  /** Epoch ms when a carrier reported it as billed though it had failed or expired. A person must look into it. */
  disputedAt?: number;
  /** Fields that the dialect gives back to its client unchanged. The core does not read them. */
  echo: Record<string, unknown>;
  /** The one that is asked, or was; written by the claim, before it is. */
  carrier?: string;
  /** A code that the carrier itself made and sent; kept until the carrier has been asked, and only then. */
  oneTimePassword?: string;
  reference?: string;
  operator?: string;
  history: HistoryEntry[];
};

/** A move, with what was learnt; made only from a state that allows it, and only by the holder of the last claim. */
export type TransactionMove = {
  id: TransactionId;
  to: TransactionState;
  /** Only from these states; absent: from all that allow it. */
  from?: readonly TransactionState[];
  at: number;
  /** Epoch ms when it happened, as the carrier reports it. */
  happenedAt?: number;
  attempt?: number;
  /** The person's text that causes it, stored in the same batch. A text that was reported before moves nothing again. */
  inbound?: InboundId;
  reason?: Reason;
  dueAt?: number;
  /** Epoch ms: the new end of its validity, for a charge whose person has just confirmed. */
  expiresAt?: number;
  /** Epoch ms of real time: until then the carrier may still get the request. */
  inHandUntil?: number;
  /** Empty: none was asked. */
  carrier?: string;
  /** The carrier whose word this is. Made only if it is the one that was asked. */
  toldBy?: string;
  reference?: string;
  operator?: string;
  recipient?: string;
  entry: HistoryEntry;
};
