/** The port of the webhook store. */

import type { AccountSettings } from "../accounts/account.ts";
import type { Callback } from "../accounts/callback.ts";
import type { HistoryEntry } from "../history.ts";
import type { Inbound } from "../inbound/inbound.ts";
import type { AccountId, WebhookId } from "../kernel/ids.ts";
import type { Before } from "../kernel/kept.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Message } from "../messages/message.ts";
import type { NamedTarget } from "./standard.ts";
import type { Webhook, WebhookKind, WebhookState, WebhookSubject } from "./webhook.ts";

export type WebhookFilter = {
  account?: AccountId;
  kind?: WebhookKind;
  state?: WebhookState;
  endpoint?: string;
  since?: number;
  until?: number;
};

/** Which of the finished webhooks are owed again. */
export const REPLAY_STATES = ["dead", "answered", "all"] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

/** The method and template that an account has set for its reports. */
export type ReportStyle = Pick<Callback, "method" | "template">;

/** A claimed webhook, with the data that its bytes are made of. */
export type ClaimedWebhook = {
  webhook: Webhook;
  /** The message, or the inbound text, that it is about. */
  message?: Message;
  inbound?: Inbound;
  settings: AccountSettings;
  /** Its account's settings for reports, if any. */
  style?: ReportStyle;
  /** Of an event: the endpoint as it is now; absent where it was removed. */
  named?: NamedTarget;
  /** Those of one endpoint with the same key go one after another. */
  orderKey?: string;
  /** Whether the last attempt at its endpoint failed. */
  isFailing: boolean;
  /** It was due before: tried, put off, or owed anew. */
  isAgain?: true;
};

/** The result of an attempt. */
export type Attempted = {
  id: WebhookId;
  to: "answered" | "owed" | "dead";
  /** How often it had been tried when it was claimed: a result counts only for the last claim. */
  before: number;
  at: number;
  dueAt?: number;
  reason?: string;
  entry: HistoryEntry;
  /** What was sent and answered is to be sealed. */
  isSealed?: true;
};

export type Endpoint = {
  account: AccountId;
  endpoint: string;
  failingSince?: number;
  failures: number;
  pausedAt?: number;
  reason?: string;
};

/** How long an endpoint may fail without a single success, by dialect, and for all others. Milliseconds. */
export type Patience = { byDialect: Record<string, number>; otherwise: number };

/** `url`: only while a named endpoint has this address, or this second one. */
export type ToPause = { account: AccountId; endpoint: string; reason: string; url?: string };

/** `listedAt`: epoch ms, where it stands among what is due; while it is being delivered, that is where it stood before. */
export type DueWebhook = Pick<Webhook, "id" | "endpoint" | "dueAt" | "state"> & { listedAt: number };

export interface WebhookStore {
  byId(id: WebhookId): Promise<Webhook | undefined>;
  /** The webhooks about one subject, oldest first. */
  ofSubject(id: WebhookSubject): Promise<Webhook[]>;
  list(filter: WebhookFilter, page: Page): Promise<PageOf<Webhook>>;
  /** Stores webhooks that no move of a message owes; those already there stay as they are. */
  add(webhooks: readonly Webhook[]): Promise<void>;

  /** Claims due webhooks until `lease`; returns those it claimed. Those of a paused endpoint go to the dead list instead. */
  claim(ids: readonly WebhookId[], now: number, lease: number): Promise<ClaimedWebhook[]>;
  /** Of each order of an endpoint, the webhook that is next, if it is due. */
  nextInOrder(
    orders: readonly { account: AccountId; endpoint: string; orderKey: string }[],
    now: number,
  ): Promise<WebhookId[]>;
  /** Returns webhooks that were claimed until `lease` and not attempted to *owed*; each is due at a time of its own, epoch ms. */
  giveBack(put: readonly { id: WebhookId; dueAt: number }[], lease: number, at: number): Promise<void>;
  /** Stores the results of attempts, and the health of their endpoints. */
  attempted(results: readonly Attempted[], health: readonly EndpointHealth[]): Promise<void>;
  due(by: number, limit: number, after?: Pick<DueWebhook, "id" | "listedAt">): Promise<DueWebhook[]>;
  /**
   * Makes webhooks due that are owed at an endpoint and wait for their next try; returns at most so many ids, oldest news first.
   */
  wake(account: AccountId, endpoint: string, at: number, limit: number): Promise<WebhookId[]>;
  /** Deletes webhooks that were answered or given up before a time (epoch ms), at most so many. */
  forget(before: Before, limit: number): Promise<number>;
  /** Returns webhooks that were being delivered and whose lease ends by this time to *owed*; `at` is when that is. */
  release(by: number, at: number): Promise<number>;

  /** Owes finished webhooks again: the dead, or those answered before `at`, or both. Returns their ids. */
  replay(which: Omit<WebhookFilter, "state">, state: ReplayState, at: number): Promise<WebhookId[]>;
  /** Owes one again, dead or answered; false if it is owed already. */
  replayOne(id: WebhookId, at: number): Promise<boolean>;
  endpoints(page: Page & { account?: AccountId }): Promise<PageOf<Endpoint>>;
  /**
   * Endpoints that are not paused, to which a webhook is to be tried again, and that have received nothing for longer than
   * the longest patience of the dialects that call there.
   */
  givenUp(patience: Patience, now: number): Promise<Endpoint[]>;
  /**
   * Pauses endpoints: all webhooks owed there go to the dead list, with the reason. Returns how many were not paused before, and the
   * webhooks that tell of it.
   */
  pause(endpoints: readonly ToPause[], at: number): Promise<{ paused: number; owed: WebhookId[] }>;
  /** Resumes endpoints: webhooks that the pause put on the dead list are owed again; returns their ids, and of those that tell of it. */
  resume(account: AccountId, endpoint: string, at: number): Promise<WebhookId[]>;
  figures(): Promise<{ owed: number; dead: number; oldestDue?: number }>;
}

/** How an endpoint did in these attempts: `failed` of them and whether any was received. */
export type EndpointHealth = { account: AccountId; endpoint: string; failed: number; received: boolean; at: number };
