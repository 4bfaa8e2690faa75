/** What the domain asks of the store of charges and reversals. */

import type { AccountSettings } from "../../accounts/account.ts";
import type { AccountId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { Message } from "../../messages/message.ts";
import type { Route } from "../../messages/route.ts";
import type { LedgerEntry } from "../booking.ts";
import type { Context, Moved, WholeMove } from "../moves.ts";
import type { Window } from "../purchases/window.ts";
import type { Transaction, TransactionState } from "./transaction.ts";

export type TransactionFilter = {
  account?: AccountId;
  recipient?: string;
  state?: TransactionState;
  subscription?: SubscriptionId;
  dialect?: string;
  /** Exactly. */
  theirId?: string;
  /** Epoch ms, inclusive and exclusive. */
  since?: number;
  until?: number;
};

/** A transaction that is ours to charge; and what its person was charged by this account before, in minor units. */
export type ClaimedTransaction = Context & {
  settings: AccountSettings;
  /** Whether the person ended the consent it is made on, since it was accepted. */
  hasStopped: boolean;
  spentToday: number;
  spentThisMonth: number;
};

export type DueTransaction = Pick<Transaction, "id" | "state" | "dueAt" | "expiresAt" | "attempts"> & {
  /** Epoch ms of real time: until then whoever claimed it may be asking its carrier. */
  inHandUntil?: number;
  /** Whether what it is for was ended: then no carrier is asked for it. */
  isStopped: boolean;
};

/**
 * Epoch ms. `inHandUntil` is real time; what was spent is counted from the beginning of the day and of the month, which
 * some have of their own. `dueBy` is now, unless those due later are claimed as well, each as of when it is due.
 */
export type ClaimTimes = Calendar & {
  now: number;
  lease: number;
  inHandUntil: number;
  dueBy?: number;
  own?: readonly (Calendar & { id: TransactionId })[];
};

/** The beginning of the day, and of the month, that a charge is counted in. Epoch ms. */
export type Calendar = { day: number; month: number };

/** Epoch ms. With a transaction, its two entries and nothing else counts. */
export type LedgerFilter = { account?: AccountId; transaction?: TransactionId; since?: number; until?: number };

export interface TransactionStore {
  /**
   * Writes down new transactions, and the windows and texts that belong to them, in one write; answers which are new. An
   * "OK" that is waited for from a person who owes another one at the same number is refused: its state becomes failed.
   */
  add(
    items: readonly {
      transaction: Transaction;
      window?: Window;
      message?: Message;
      /** Only if the account made no charge like it since (epoch ms). */
      unlessLikeSince?: number;
    }[],
  ): Promise<ReadonlySet<TransactionId>>;
  /** Holds paid messages that were claimed, and writes the charges they wait for, in one write; answers the charges. */
  hold(items: readonly { message: Message; transaction: Transaction; text?: Message }[]): Promise<TransactionId[]>;

  byId(id: TransactionId): Promise<Transaction | undefined>;
  byIds(ids: readonly TransactionId[]): Promise<Transaction[]>;
  byTheirId(account: AccountId, theirId: string): Promise<Transaction | undefined>;
  /** Whether this id was used for a purchase that nobody confirmed, and that is forgotten. */
  isSpent(account: AccountId, theirId: string): Promise<boolean>;
  contexts(ids: readonly TransactionId[]): Promise<Context[]>;
  list(filter: TransactionFilter, page: Page): Promise<PageOf<Transaction>>;
  /** Who of these people is being asked for an "OK", at which of these numbers. */
  askedAmong(
    people: readonly { recipient: string; shortNumber: string }[],
  ): Promise<{ recipient: string; shortNumber: string }[]>;
  /** The charges of these people that a STOP has met, and that are with a carrier still. */
  stoppedInHand(recipients: readonly string[]): Promise<TransactionId[]>;
  /** The oldest "OK" that is waited for from this person at this number. */
  waitingForOk(recipient: string, shortNumber: string): Promise<Transaction | undefined>;

  /** Moves due transactions to *charging* until `lease`, at most one a person and account; answers those we took. */
  claim(ids: readonly TransactionId[], when: ClaimTimes): Promise<ClaimedTransaction[]>;
  /**
   * Those of the charges whose account has caps, and a time zone of its own or a moment after `now` at which they are due:
   * when each is to be counted, and by which zone's calendar. Epoch ms.
   */
  counted(ids: readonly TransactionId[], now: number): Promise<{ id: TransactionId; at: number; timeZone?: string }[]>;
  move(moves: readonly WholeMove[]): Promise<Moved>;
  /** Looks at each again at its time (epoch ms), if it is still in its state. */
  postpone(rows: readonly { id: TransactionId; state: TransactionState; dueAt: number }[]): Promise<void>;
  due(by: number, limit: number, after?: Pick<DueTransaction, "id" | "dueAt">): Promise<DueTransaction[]>;
  nextDue(): Promise<number | undefined>;
  routes(): Promise<Route[]>;
  /** Entries, the newest first; those of one transaction lie together. */
  ledger(filter: LedgerFilter, page: Page): Promise<PageOf<LedgerEntry>>;
  /** What each book holds in each currency, of one account or of all. */
  balance(account?: AccountId): Promise<{ book: string; currency: string; amount: number }[]>;
  figures(): Promise<{ pending: Record<string, number>; disputed: number; oldestDue?: number }>;
}
