/** Endpoints that an account sets up by name, and the log of what happens at it. */

import type { AccountId, WebhookId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { AccountEvent } from "./events.ts";
import type { NamedTarget } from "./standard.ts";

/** What goes in order: nothing, what is about the same thing, or what is about the same person. */
export const ORDERED_BY = ["none", "subject", "recipient"] as const;
export type OrderedBy = (typeof ORDERED_BY)[number];

/** An endpoint of an account. Times are epoch ms. */
export type NamedEndpoint = NamedTarget & {
  description: string;
  /** Patterns of the types that go there. */
  events: readonly string[];
  /** Only what is about one of these services, or these numbers and senders of the account; absent: all. */
  services?: readonly string[];
  numbers?: readonly string[];
  /** Only what has one of these labels of the customer's. */
  tags?: readonly string[];
  orderedBy: OrderedBy;
  /** The names of its own headers; their values are sealed. */
  headers: readonly string[];
  /** `whpk_…`, by which receivers check Ed25519 signatures; and the one before it, during an overlap. */
  publicKey: string;
  oldPublicKey?: string;
  /** The name of the key that it is sealed with. */
  sealedWith: string;
  version: number;
  createdAt: number;
  changedAt: number;
};

/** How it does: whether it is switched off, and since when nothing was received. */
export type EndpointHealthNow = { failingSince?: number; failures: number; disabledAt?: number; reason?: string };

export type NamedInSight = NamedEndpoint & EndpointHealthNow;

/** An account has no more: each of its events is owed to all of them in the write that it happens in. */
export const MOST_ENDPOINTS = 100;

export interface NamedEndpointStore {
  /** How many an account has. */
  count(account: AccountId): Promise<number>;
  byName(account: AccountId, name: string): Promise<NamedInSight | undefined>;
  list(account: AccountId, page: Page): Promise<PageOf<NamedInSight>>;
  /** Adds it, and begins the account's log; false if there is one of that name. */
  add(endpoint: NamedEndpoint): Promise<boolean>;
  /** Changes it; false if it is another version by now. */
  change(endpoint: NamedEndpoint, version: number): Promise<boolean>;
  /**
   * Removes it, with what its address has failed at; what is owed there goes to the dead list. The log ends with the last endpoint, unless
   * the account fetches its events. False if there is none.
   */
  remove(account: AccountId, name: string, at: number, reason: string): Promise<boolean>;
  /** Some that are sealed with another key than this, in a fixed order. @param after the last of those before */
  sealedOtherwise(key: string, limit: number, after?: NamedEndpoint): Promise<NamedEndpoint[]>;
}

/** Which events: those after a number, of any of these patterns. */
export type EventQuery = { after: number; patterns: readonly string[]; limit: number };

/** `last`: the number of the newest event that was looked at. `first`: of the oldest that is kept; 0 where there is none. */
export type EventPage = { items: AccountEvent[]; last: number; first: number };

export interface EventStore {
  /** Whether the account's events are written down. */
  isKept(account: AccountId): Promise<boolean>;
  /** Begins to write them down, or stops, unless an endpoint needs them. */
  keep(account: AccountId, isPulled: boolean, at: number): Promise<void>;
  page(account: AccountId, query: EventQuery): Promise<EventPage>;
  /** Forgets events from before a time (epoch ms), at most so many; returns how many. */
  forget(before: number, limit: number): Promise<number>;
  /** The numbers of the oldest event that is kept and of the newest; 0 where there is none. */
  ends(account: AccountId): Promise<{ first: number; last: number }>;
  /** Owes an endpoint the events after a number, up to another, that it asks for and has no webhook about. */
  catchUp(
    of: { account: AccountId; name: string },
    span: { after: number; until: number },
    at: number,
  ): Promise<WebhookId[]>;
}
