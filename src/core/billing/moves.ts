/** Moves of transactions with all they bring about, as plain data: decided in the core, written whole by the store. */

import type { HistoryEntry } from "../history.ts";
import type { MessageId, SubscriptionId, TransactionId, WebhookId } from "../kernel/ids.ts";
import type { Message, Move } from "../messages/message.ts";
import type { LedgerEntry, Revenue } from "./booking.ts";
import type { Transaction, TransactionMove } from "./charges/transaction.ts";
import type { ChargeNews, SubscriptionTold } from "./news.ts";
import type { WindowState } from "./purchases/window.ts";
import type { Service } from "./service.ts";
import type { Consent } from "./subscriptions/consent.ts";
import type { PeriodState, Subscription, SubscriptionEvent } from "./subscriptions/subscription.ts";

/** A transaction with what it is for; `original` is what a reversal reverses. */
export type Context = {
  transaction: Transaction;
  service?: Service;
  subscription?: Subscription;
  original?: Transaction;
};

/**
 * What a move brings about besides itself, in the same write, and not without it. Decided in the core, from what the
 * transaction is for; the store only looks whether it is still so.
 */
export type Consequences = {
  /** What its account is told; of what a reversal reverses, only while that is billed. */
  news?: readonly ChargeNews[];
  ledger?: readonly LedgerEntry[];
  revenue?: Revenue;
  /** What a reversal that is billed reverses, with what its timeline then says. */
  reverses?: { id: TransactionId; entry: HistoryEntry };
  /** What its timeline says if a carrier says that it billed what had come to nothing; then nothing else is brought about. */
  disputed?: HistoryEntry;
  consent?: Consent;
  /** A subscription that begins. */
  begins?: Subscription;
  /** What becomes of the subscription whose period this is; nothing does if it was cancelled meanwhile. */
  subscription?: SubscriptionChange;
  /** What the account is told of the one or the other. */
  told?: SubscriptionTold;
  period?: { subscription: SubscriptionId; period: number; state: PeriodState };
  /** What becomes of the paid message that waits for it. */
  releases?: readonly Move[];
  /** What becomes of the window that it waited in. */
  window?: Exclude<WindowState, "open">;
  /** A text to the person; of a subscription, only while it is not cancelled. */
  message?: Message;
  /** Made if the person said STOP while the carrier had it: then nothing begins, and what was billed is given back. */
  reversal?: Transaction;
};

/** A move with all it brings about. */
export type WholeMove = TransactionMove & { brings?: Consequences };

export type SubscriptionChange = Pick<Subscription, "id" | "state" | "period" | "declines"> & {
  dueAt?: number;
  reason?: Subscription["reason"];
  endedBy?: Subscription["endedBy"];
  neverBegun?: true;
  event: SubscriptionEvent;
  at: number;
  entry: HistoryEntry;
};

/** What moves did: which were made, the webhooks now owed, the messages that may now go, and reversals now to be made. */
export type Moved = {
  made: ReadonlySet<TransactionId>;
  owed: WebhookId[];
  messages: MessageId[];
  transactions: TransactionId[];
};
