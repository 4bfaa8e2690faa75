/** What the domain asks of the stores of consents and subscriptions. */

import type { HistoryEntry } from "../../history.ts";
import type { AccountId, SubscriptionId, TransactionId, WebhookId } from "../../kernel/ids.ts";
import type { Judged } from "../../kernel/imports.ts";
import type { Page, PageOf } from "../../kernel/pages.ts";
import type { Transaction } from "../charges/transaction.ts";
import type { Service } from "../service.ts";
import type { Consent, ConsentFault, StandingConsent } from "./consent.ts";
import type { EndedBy, Period, Subscription } from "./subscription.ts";

/** The members that identify a consent. */
export type Agreement = Pick<Consent, "account" | "merchant" | "service" | "recipient">;

export interface ConsentStore {
  byId(account: AccountId, merchant: string, service: string, recipient: string): Promise<Consent | undefined>;
  /** Those of these that exist, active or ended. */
  among(agreements: readonly Agreement[]): Promise<Consent[]>;
  /** Any consent of this person to this merchant that is active. */
  any(account: AccountId, merchant: string, recipient: string): Promise<Consent | undefined>;
  end(consent: Consent, by: "merchant" | "person", at: number): Promise<boolean>;
  /**
   * Imports consents, except those that their person has ended since by STOP and those that exist with other members; answers
   * these. *all-or-none*: stores nothing if there is one of these; *none*: only checks.
   */
  bring(
    account: AccountId,
    consents: readonly (StandingConsent & { shortNumber: string })[],
    which: "each" | "all-or-none" | "none",
  ): Promise<Judged<ConsentFault>[]>;
  /**
   * Whether the person has ended a consent to this account by STOP (to this service, if given), and has not agreed again.
   * @param people their number, and what may stand for it since they were erased
   */
  hasStopped(account: AccountId, people: readonly string[], service?: string): Promise<boolean>;
}

export type SubscriptionFilter = {
  account?: AccountId;
  recipient?: string;
  state?: Subscription["state"];
  service?: string;
  /** Epoch ms, inclusive and exclusive. With either of them, the list has only those with a due time, soonest first. */
  dueAfter?: number;
  dueBefore?: number;
};

/** The charge of a period that is due: its transaction, and the subscription as it was read. */
export type Renewal = { subscription: Subscription; transaction: Transaction; attempt: number };

/** A charge that is due but put off: the period that is charged instead, and when (epoch ms). */
export type PutOff = { subscription: Subscription; period: number; dueAt: number; entry: HistoryEntry };

/** A due subscription, its service, the number of this try, whether any period was ever billed, and whether caps hold. */
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
   * Adds it, unless the person already has a self-rebilling one to that service; answers the one that exists then.
   * @param consent the id of its consent: nothing is added if the person has ended that
   */
  add(subscription: Subscription, consent: string): Promise<Subscription | undefined>;
  /** Those whose charge is due by this time (epoch ms), longest due first. */
  due(by: number, limit: number): Promise<DueSubscription[]>;
  /**
   * Of the `limit` subscriptions that are due longest by a time (epoch ms), sets those apart whose account is closed or whose
   * service is not rebilled, so that no sweep reads them. Answers how many.
   */
  rest(by: number, limit: number): Promise<number>;
  /** Makes subscriptions that were set apart due again, at their old time, if they can be billed now. Answers how many. */
  wake(limit: number): Promise<number>;
  /** Begins the charge of each period, if the subscription is still as it was read. The row of the period is the lock. */
  renew(renewals: readonly Renewal[]): Promise<TransactionId[]>;
  /** Sets the next charge of each, if it is still as it was read; an earlier declined period is given up. */
  putOff(rows: readonly PutOff[], now: number): Promise<void>;
  /** Cancels these, in one write; answers those that were not before, their open charges, and the webhooks owed. */
  cancel(ids: readonly SubscriptionId[], by: EndedBy, at: number): Promise<Cancelled>;
  /** Some of an account's that are not cancelled, of one service or of all. */
  openOf(
    account: AccountId,
    service: string | undefined,
    limit: number,
  ): Promise<Pick<Subscription, "id" | "recipient">[]>;
  figures(now: number): Promise<{ active: number; dunning: number; due: number }>;
}

/** `stopped`: no carrier is asked for these any more. A charge that a carrier has is marked, and given back if it is billed. */
export type Cancelled = { cancelled: SubscriptionId[]; stopped: TransactionId[]; owed: WebhookId[] };
