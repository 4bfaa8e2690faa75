/** A transaction: a charge on a phone bill, or the reversal of one. Its states, and the moves between them. */

import type { HistoryEntry } from "../../history.ts";
import type { AccountId, InboundId, MessageId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import type { Reason } from "../../kernel/reasons.ts";
import type { Interval } from "../subscriptions/anchor.ts";

/**
 * The moves a transaction may make. *waiting* is for the person; *ready* for its turn; *charging* is with a carrier;
 * *sent* a carrier has it and will tell; *unknown* nobody knows, and it is settled by asking or by a late receipt, never
 * by charging again: the only way back to *ready* is a carrier's own word that it did not take it, or that nobody asked
 * it. A reversal that no carrier ever saw goes again (*sent*, *unknown* → *ready* are its alone): a carrier gives back once.
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

/** How long a charge is tried at a carrier that is busy, from when it may be made. Milliseconds. */
export const CHARGE_VALIDITY_MS = 2 * 3_600_000;

/** The states from which a transaction may move to this one. */
export function transactionStatesBefore(to: TransactionState): TransactionState[] {
  return TRANSACTION_STATES.filter((from) => (TRANSACTION_MOVES[from] as readonly TransactionState[]).includes(to));
}

/**
 * The states that a move may be made from. Ready again is what only a carrier's own word makes of a charge that was claimed;
 * a person's makes it of one that waits.
 */
export function statesFrom({ to, from, attempt }: TransactionMove): readonly TransactionState[] {
  if (to === "ready") return attempt === undefined ? ["waiting"] : (from ?? ["charging"]);
  const allowed = transactionStatesBefore(to);
  return from ? allowed.filter((state) => from.includes(state)) : allowed;
}

/** Whether nothing more will become of it by itself: a billed one can only be reversed, and that is asked for. */
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
  /** What the person is told that they agreed to. */
  consentDescription?: string;
  /** Whether the consent is made when this is billed. */
  makesConsent: boolean;
  /** Whether a subscription begins when this is billed. */
  startsSubscription: boolean;
  /** What the person agreed to then, whatever the service has become since. */
  terms?: Terms;
  /** The kind of request that it was asked for by, where that gave no id: repeats of it are looked for among these. */
  guard?: string;
  /** The paid message that waits for it. */
  message?: MessageId;
  /** The period that it bills. */
  subscription?: SubscriptionId;
  period?: number;
  /** What a reversal reverses. */
  reverses?: TransactionId;
  /** How long the operator may wait for the person to register. Minutes. */
  registrationMinutes: number;
  /** Epoch ms: not charged after. */
  expiresAt: number;
  acceptedAt: number;
  changedAt: number;
  /** Epoch ms when something must next be done; none when it is settled. */
  dueAt?: number;
  attempts: number;
  /** Epoch ms when a carrier said that it billed what had come to nothing. A person must look into it. */
  disputedAt?: number;
  /** What the dialect hands back to its client untouched. Opaque to us. */
  echo: Record<string, unknown>;
  carrier?: string;
  reference?: string;
  operator?: string;
  history: HistoryEntry[];
};

/** A move, with what is learnt by it; made only from a state that allows it, and by who speaks for the last claim. */
export type TransactionMove = {
  id: TransactionId;
  to: TransactionState;
  /** Only from these, where fewer than all that allow it will do. */
  from?: readonly TransactionState[];
  at: number;
  /** Epoch ms when it happened, by the carrier's word. */
  happenedAt?: number;
  attempt?: number;
  /** The person's text that it comes of, written in the same batch: one that was reported before moves nothing again. */
  inbound?: InboundId;
  reason?: Reason;
  dueAt?: number;
  /** Epoch ms: of one that waited for its person, which has its time to be charged from now on. */
  expiresAt?: number;
  /** Epoch ms of real time: until then the carrier may still hear of what it was asked. */
  inHandUntil?: number;
  carrier?: string;
  reference?: string;
  operator?: string;
  recipient?: string;
  entry: HistoryEntry;
};
