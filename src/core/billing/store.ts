/** What the domain asks of the places where charges, and what they stand on, are kept. */

import type { AccountSettings } from "../accounts/account.ts";
import type { HistoryEntry } from "../history.ts";
import type { AccountId, MessageId, SubscriptionId, TransactionId, WebhookId, WindowId } from "../kernel/ids.ts";
import type { Judged } from "../kernel/imports.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Message, Move } from "../messages/message.ts";
import type { Route } from "../messages/route.ts";
import type { LedgerEntry, Revenue } from "./booking.ts";
import type { Consent } from "./consent.ts";
import type { ConsentFault, StandingConsent } from "./import-consents.ts";
import type { ChargeNews, SubscriptionTold } from "./news.ts";
import type { Pin, PinPurpose, Tried } from "./pin.ts";
import type { BudgetScope, PinBudget } from "./pin-budget.ts";
import type { Merchant, Service } from "./service.ts";
import type { EndedBy, Period, PeriodState, Subscription, SubscriptionEvent } from "./subscription.ts";
import type { Transaction, TransactionMove, TransactionState } from "./transaction.ts";
import type { Window, WindowState } from "./window.ts";

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

/** A transaction with what its settling may change. */
/** A transaction with what it is for; `original` is what a reversal reverses. */
export type Context = {
  transaction: Transaction;
  service?: Service;
  subscription?: Subscription;
  original?: Transaction;
};

/** A transaction that is ours to charge; and what its person was charged by this account before, in minor units. */
export type ClaimedTransaction = Context & {
  settings: AccountSettings;
  /** Whether the person ended the consent it is made on, since it was accepted. */
  hasStopped: boolean;
  spentToday: number;
  spentThisMonth: number;
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

/** What moves did: which were made, the webhooks now owed, the messages that may now go, and reversals now to be made. */
export type Moved = {
  made: ReadonlySet<TransactionId>;
  owed: WebhookId[];
  messages: MessageId[];
  transactions: TransactionId[];
};

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

export interface ServiceStore {
  merchant(account: AccountId, id: string): Promise<Merchant | undefined>;
  merchants(account: AccountId): Promise<Merchant[]>;
  putMerchant(merchant: Merchant): Promise<void>;
  removeMerchant(account: AccountId, id: string): Promise<boolean>;

  service(account: AccountId, id: string): Promise<Service | undefined>;
  services(account: AccountId): Promise<Service[]>;
  /** The service whose purchase page lies at /{name}: that of the account that has the name, if that is open. */
  publishedService(name: string): Promise<Service | undefined>;
  /** The account that published a page at /{name}, be it there or not. */
  pageOwner(name: string): Promise<AccountId | undefined>;
  /** The services that are sold at a short number, of all accounts. */
  servicesAt(shortNumber: string): Promise<Service[]>;
  /**
   * Answers what is stored now. *name-taken*: another account published a page under its id, or has the id for its own.
   * *subscribed*: its short number or its consent was to change while people subscribe to it, and the STOP they were told of
   * would no longer end it.
   */
  putService(service: Service): Promise<Service | "name-taken" | "subscribed">;
  removeService(account: AccountId, id: string): Promise<boolean>;
}

/** How many codes a person may be sent since a time (epoch ms). */
export type PinLimit = { since: number; most: number };

export type PinConditions = {
  /** The newest code of the id that was known: a newer one was sent by somebody else meanwhile. */
  known?: Pin | undefined;
  /** What may be sent in an hour; counted in the same write. */
  budgets?: readonly PinBudget[];
  /** Whether a window's tries and PINs are counted for the window, or for each number that is given in it. */
  triesAreOf?: "window" | "number";
};

/** What tells one consent from all others. */
export type Agreement = Pick<Consent, "account" | "merchant" | "service" | "recipient">;

export interface ConsentStore {
  byId(account: AccountId, merchant: string, service: string, recipient: string): Promise<Consent | undefined>;
  /** Those of these that there are, active or ended. */
  among(agreements: readonly Agreement[]): Promise<Consent[]>;
  /** Any consent of this person to this merchant that is active. */
  any(account: AccountId, merchant: string, recipient: string): Promise<Consent | undefined>;
  end(consent: Consent, by: "merchant" | "person", at: number): Promise<boolean>;
  /**
   * Writes down consents that were given elsewhere, but none that its person has ended since by STOP, and none in the
   * place of another: answers those. *all-or-none*: nothing is written if there is one of those; *none*: nothing is.
   */
  bring(
    account: AccountId,
    consents: readonly (StandingConsent & { shortNumber: string })[],
    which: "each" | "all-or-none" | "none",
  ): Promise<Judged<ConsentFault>[]>;
  /** Whether the person ended what they had at this account and number by STOP, and agreed to nothing since. */
  hasStopped(account: AccountId, recipient: string, service?: string): Promise<boolean>;

  /**
   * Writes down a code and the message it goes with, unless this person was sent too many lately, the id has one that
   * is newer than the one that was known, a budget is spent, or the message's id is used: answers whether it did.
   */
  addPin(
    pin: Pin,
    message: Message,
    limits: readonly PinLimit[],
    conditions?: PinConditions,
  ): Promise<"added" | "too-many" | "exists" | { spent: BudgetScope }>;
  /** The scopes of those of these budgets that are spent. */
  spentBudgets(budgets: readonly PinBudget[]): Promise<BudgetScope[]>;
  /** Counts a PIN that was not sent, because this budget was spent. */
  countRefusedPin(scope: BudgetScope): Promise<void>;
  /** How many PINs purchase pages ever sent, and how many they did not send, by the budget that was spent. */
  pinFigures(): Promise<{ sent: number; refused: Record<BudgetScope, number> }>;
  pin(account: AccountId, purpose: PinPurpose, theirId: string): Promise<Pin | undefined>;
  /** Forgets codes made before a time (epoch ms). */
  forgetPins(before: number): Promise<void>;
  /** Forgets budgets of hours that began before a time (epoch ms). */
  forgetBudgets(before: number): Promise<void>;
  /**
   * Tries a code: each try is counted before it is looked at, so that no race gains one.
   * @param options.once the right code uses up the tries that are left: whoever brings it again is too late
   */
  tryPin(
    account: AccountId,
    purpose: PinPurpose,
    theirId: string,
    hash: string,
    now: number,
    options?: { once: boolean },
  ): Promise<Tried>;
}

export interface WindowStore {
  byTheirId(account: AccountId, theirId: string): Promise<Window | undefined>;
  /** By the id in its address, where that is enough: ids that customers chose could be guessed. */
  byPublicId(theirId: string): Promise<Window | undefined>;
  list(filter: { account?: AccountId; state?: WindowState }, page: Page): Promise<PageOf<Window>>;
  /** Gives an open window to a browser, with the number that it is for; false if it is not open. */
  begin(id: WindowId, to: { session: string; recipient: string; isPinSent: boolean }, at: number): Promise<boolean>;
  /**
   * Forgets windows that ended before a time (epoch ms) with nothing confirmed in them, the oldest first, at most so many,
   * with their transactions. Of an id that a customer knows, that it was used is kept. Answers how many it were.
   */
  forgetUnconfirmed(before: number, limit: number): Promise<number>;
  /** Closes an open window by moving its waiting transaction; together, and not at all if that waits no more. */
  close(move: WholeMove): Promise<{ closed: boolean; owed: WebhookId[] }>;
}

export type SubscriptionFilter = {
  account?: AccountId;
  recipient?: string;
  state?: Subscription["state"];
  service?: string;
  /** Epoch ms, inclusive and exclusive. With either of them the list is of those that are due, soonest first. */
  dueAfter?: number;
  dueBefore?: number;
};

/** The charge of a period that is due: the transaction that would make it, and what was read of the subscription. */
export type Renewal = { subscription: Subscription; transaction: Transaction; attempt: number };

/** A charge that is due and is not made now: for which period it is made instead, and when (epoch ms). */
export type PutOff = { subscription: Subscription; period: number; dueAt: number; entry: HistoryEntry };

/** With its service, how often its period has been tried by then, whether it was ever billed, and whether caps hold. */
export type DueSubscription = {
  subscription: Subscription;
  service?: Service;
  attempt: number;
  isBegun: boolean;
  isCapped?: boolean;
};

export interface SubscriptionStore {
  byId(id: SubscriptionId): Promise<Subscription | undefined>;
  list(filter: SubscriptionFilter, page: Page): Promise<PageOf<Subscription>>;
  periods(id: SubscriptionId): Promise<Period[]>;
  /**
   * Adds it, unless the person has one to that service that rebills itself; answers the one that is there.
   * @param consent the id of the consent that it stands on: nothing is added once the person has ended that
   */
  add(subscription: Subscription, consent: string): Promise<Subscription | undefined>;
  /** Those whose charge is due by this time (epoch ms), longest due first. */
  due(by: number, limit: number): Promise<DueSubscription[]>;
  nextDue(): Promise<number | undefined>;
  /**
   * Of the so many that are due longest by a time (epoch ms), sets those apart whose account is closed or whose service is
   * not rebilled: nobody looks at them any more. Answers how many.
   */
  rest(by: number, limit: number): Promise<number>;
  /** Those that were set apart, and can be billed again, are due when they were; at most so many. Answers how many. */
  wake(limit: number): Promise<number>;
  /** Begins the charge of each period, if the subscription is still as it was read: one row a period is the lock. */
  renew(renewals: readonly Renewal[]): Promise<TransactionId[]>;
  /** Sets when they are charged next, if each is still as it was read; what was declined before that period is given up. */
  putOff(rows: readonly PutOff[], now: number): Promise<void>;
  /** Cancels, in one write; answers what is cancelled now, the open charges that this met, and the webhooks owed. */
  cancel(id: SubscriptionId, by: EndedBy, at: number): Promise<Cancelled>;
  figures(now: number): Promise<{ active: number; dunning: number; due: number }>;
}

/** `stopped`: no carrier will be asked for these any more; one that has been asked is marked, and given back if billed. */
export type Cancelled = { cancelled: SubscriptionId[]; stopped: TransactionId[]; owed: WebhookId[] };
