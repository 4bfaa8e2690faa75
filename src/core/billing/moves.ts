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

/** A transaction with its service and subscription; `original` is the charge that a reversal reverses. */
export type Context = {
  transaction: Transaction;
  service?: Service;
  subscription?: Subscription;
  original?: Transaction;
};

/**
 * Everything that a move brings about, written in the same transaction as the move or not at all. The core decides it from what
 * the transaction is for; the store only checks that the move is still allowed.
 */
export type Consequences = {
  /** Webhooks about the transaction; those about the charge that a reversal reverses, only while that is billed. */
  news?: readonly ChargeNews[];
  ledger?: readonly LedgerEntry[];
  revenue?: Revenue;
  /** The charge that a billed reversal reverses, with the entry for its timeline. */
  reverses?: { id: TransactionId; entry: HistoryEntry };
  /** The timeline entry if a carrier reports as billed a charge that had failed or expired; then nothing else follows. */
  disputed?: HistoryEntry;
  consent?: Consent;
  /** A subscription that begins. */
  begins?: Subscription;
  /** The change of the subscription that this charge is for; not made if it was cancelled meanwhile. */
  subscription?: SubscriptionChange;
  /** The webhook about the new or the changed subscription. */
  told?: SubscriptionTold;
  period?: { subscription: SubscriptionId; period: number; state: PeriodState };
  /** Moves of the paid message that waits for the charge. */
  releases?: readonly Move[];
  /** The end of the window that the charge waited in. */
  window?: Exclude<WindowState, "open">;
  /** A text to the person; about a subscription only while that is not cancelled. */
  message?: Message;
  /** Made if the person wrote STOP while the carrier had the charge: then nothing begins, and the charge is given back. */
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

/** The result of moves: which were made, the webhooks now owed, the messages now released, the reversals now to be made. */
export type Moved = {
  made: ReadonlySet<TransactionId>;
  owed: WebhookId[];
  messages: MessageId[];
  transactions: TransactionId[];
};
