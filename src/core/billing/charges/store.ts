/** What the domain asks of the store of charges and reversals. */

import type { AccountSettings } from "../../accounts/account.ts";
import type { AccountId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { Message } from "../../messages/message.ts";
import type { Route } from "../../messages/route.ts";
import type { Tally } from "../../messages/tally.ts";
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

/** A transaction that this process has claimed, with the sums its person was charged by this account before (minor units). */
export type ClaimedTransaction = Context & {
  settings: AccountSettings;
  /** Whether the person has ended its consent since it was accepted. */
  hasStopped: boolean;
  spentToday: number;
  spentThisMonth: number;
};

export type DueTransaction = Pick<Transaction, "id" | "state" | "dueAt" | "expiresAt" | "attempts"> & {
  /** Epoch ms of real time: until then the process that claimed it may be asking its carrier. */
  inHandUntil?: number;
  /** Whether its subscription or consent has ended: then no carrier is asked. */
  isStopped: boolean;
};

/**
 * Epoch ms. `inHandUntil` is real time. Sums count from the beginning of the day and of the month; charges in `own` have others.
 * `dueBy` is now, unless charges due later are claimed as well, each as of its own time. `carriers` are going to be asked.
 */
export type ClaimTimes = Calendar & {
  now: number;
  lease: number;
  inHandUntil: number;
  dueBy?: number;
  own?: readonly (Calendar & { id: TransactionId })[];
  carriers?: readonly { id: TransactionId; carrier: string }[];
};

/**
 * What a charge's carrier is chosen by. `boundTo`: no other may be asked. It billed what is to be reversed, or it sent the code
 * that the charge carries.
 */
export type Routed = Pick<Transaction, "id" | "account" | "kind"> & { recipient?: string; boundTo?: string };

/**
 * What a claim goes by, as of one moment. `ready`: those that are ready to be charged. `counted`: of the charges whose account has
 * caps, those with a time zone of their own or due after now; the time (epoch ms) and zone by which the caps count each.
 */
export type ToClaim = {
  routes: Route[];
  ready: Routed[];
  counted: { id: TransactionId; at: number; timeZone?: string }[];
};

/** The beginning of the day, and of the month, that a charge is counted in. Epoch ms. */
export type Calendar = { day: number; month: number };

/** Times in epoch ms. `transaction` selects its two entries, whatever else is given. */
export type LedgerFilter = { account?: AccountId; transaction?: TransactionId; since?: number; until?: number };

export interface TransactionStore {
  /**
   * Stores new transactions, with their windows and texts, in one write; answers which are new. If the person already has an
   * open "OK" question at the same number, a transaction that needs another "OK" is stored as failed.
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
  /** Holds claimed paid messages, and stores the charges they wait for, in one write; answers the charges. */
  hold(items: readonly { message: Message; transaction: Transaction; text?: Message }[]): Promise<TransactionId[]>;

  byId(id: TransactionId): Promise<Transaction | undefined>;
  byIds(ids: readonly TransactionId[]): Promise<Transaction[]>;
  byTheirId(account: AccountId, theirId: string): Promise<Transaction | undefined>;
  /** Whether this id was used for a purchase that was never confirmed and has been deleted. */
  isSpent(account: AccountId, theirId: string): Promise<boolean>;
  contexts(ids: readonly TransactionId[]): Promise<Context[]>;
  list(filter: TransactionFilter, page: Page): Promise<PageOf<Transaction>>;
  /** Those of these people with an open "OK" question, each with its number. */
  askedAmong(
    people: readonly { recipient: string; shortNumber: string }[],
  ): Promise<{ recipient: string; shortNumber: string }[]>;
  /** The charges of these people that a STOP has ended while a carrier still has them. */
  stoppedInHand(recipients: readonly string[]): Promise<TransactionId[]>;
  /** The oldest open "OK" question to this person at this number. */
  waitingForOk(recipient: string, shortNumber: string): Promise<Transaction | undefined>;

  /** What a claim of these transactions goes by. */
  toClaim(ids: readonly TransactionId[], now: number): Promise<ToClaim>;
  /** Claims due transactions (*charging* until `lease`), at most one for each person and account; answers those claimed. */
  claim(ids: readonly TransactionId[], when: ClaimTimes): Promise<ClaimedTransaction[]>;
  /** @param answers how carriers answered, counted; written in the same transaction */
  move(moves: readonly WholeMove[], answers?: readonly Tally[]): Promise<Moved>;
  /** Sets when each is looked at next (epoch ms), if it is still in that state. */
  postpone(rows: readonly { id: TransactionId; state: TransactionState; dueAt: number }[]): Promise<void>;
  due(by: number, limit: number, after?: Pick<DueTransaction, "id" | "dueAt">): Promise<DueTransaction[]>;
  routes(): Promise<Route[]>;
  /** Entries, the newest first; those of one transaction lie together. */
  ledger(filter: LedgerFilter, page: Page): Promise<PageOf<LedgerEntry>>;
  /** The balance of each book in each currency, of one account or of all. */
  balance(account?: AccountId): Promise<{ book: string; currency: string; amount: number }[]>;
  figures(): Promise<{ pending: Record<string, number>; disputed: number; oldestDue?: number }>;
}
