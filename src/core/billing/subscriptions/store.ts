/** What the domain asks of the stores of consents and subscriptions. */

import type { HistoryEntry } from "../../history.ts";
import type { AccountId, SubscriptionId, TransactionId, WebhookId } from "../../kernel/ids.ts";
import type { Judged } from "../../kernel/imports.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { Transaction } from "../charges/transaction.ts";
import type { Service } from "../service.ts";
import type { Consent, ConsentFault, StandingConsent } from "./consent.ts";
import type { EndedBy, Period, Subscription } from "./subscription.ts";

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
