/** A subscription: a consent that we bill again each period. */

import type { HistoryEntry } from "../../history.ts";
import type { AccountId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import type { Reason } from "../../kernel/reasons.ts";
import type { Interval } from "./anchor.ts";

/** *dunning*: the charge of the last period was declined, and will be tried again. */
export const SUBSCRIPTION_MOVES = {
  active: ["dunning", "cancelled"],
  dunning: ["active", "cancelled"],
  cancelled: [],
} as const;

export type SubscriptionState = keyof typeof SUBSCRIPTION_MOVES;
export const SUBSCRIPTION_STATES = Object.keys(SUBSCRIPTION_MOVES) as readonly SubscriptionState[];

/** Who ended it. */
export type EndedBy = "person" | "merchant" | "operator" | "dunning";

export type Subscription = {
  id: SubscriptionId;
  account: AccountId;
  dialect: string;
  service: string;
  merchant: string;
  recipient: string;
  state: SubscriptionState;
  reason?: Reason;
  endedBy?: EndedBy;
  /** It ended because its first charge was declined: no period was ever billed. */
  neverBegun?: true;
  /** Minor units, each period. */
  price: number;
  currency: string;
  interval: Interval;
  timeZone: string;
  /** Whether we charge its periods; otherwise the merchant does. */
  autoRebill: boolean;
  /** Epoch ms: the beginning of period 0, from which all are counted. */
  anchor: number;
  /** The period that is to be billed next, or is being billed. */
  period: number;
  /** How many times in a row a charge was declined. */
  declines: number;
  /** Epoch ms of the next charge; absent while a charge is under way, and after the end. */
  dueAt?: number;
  /** The first charge. */
  transaction?: TransactionId;
  createdAt: number;
  changedAt: number;
  history: HistoryEntry[];
};

/** *charging*: a transaction is under way. *declined*: it will be tried again. Each period has one row, for ever. */
export const PERIOD_STATES = ["charging", "declined", "billed", "failed", "cancelled"] as const;
export type PeriodState = (typeof PERIOD_STATES)[number];

export type Period = {
  subscription: SubscriptionId;
  period: number;
  state: PeriodState;
  /** How many charges were tried. */
  attempt: number;
  transaction: TransactionId;
  changedAt: number;
};

/** The events that webhooks report. */
export const SUBSCRIPTION_EVENTS = ["started", "renewed", "failed", "cancelled"] as const;
export type SubscriptionEvent = (typeof SUBSCRIPTION_EVENTS)[number];
