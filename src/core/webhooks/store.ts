/** What the domain asks of the place where owed webhooks are kept. */

import type { AccountSettings } from "../accounts/account.ts";
import type { Callback } from "../accounts/callback.ts";
import type { HistoryEntry } from "../history.ts";
import type { AccountId, WebhookId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Message } from "../messages/message.ts";
import type { Webhook, WebhookKind, WebhookState, WebhookSubject } from "./webhook.ts";

export type WebhookFilter = {
  account?: AccountId;
  kind?: WebhookKind;
  state?: WebhookState;
  endpoint?: string;
  since?: number;
  until?: number;
};

/** Which of the webhooks that are over are owed anew. */
export const REPLAY_STATES = ["dead", "answered", "all"] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

/** How an account wants its reports. */
export type ReportStyle = Pick<Callback, "method" | "template">;

/** A webhook that is ours to attempt, with what its bytes are made of. */
export type ClaimedWebhook = {
  webhook: Webhook;
  message?: Message;
  settings: AccountSettings;
  /** How its account wants reports, where it said so. */
  style?: ReportStyle;
  /** Whether its endpoint has failed last time, and not succeeded since. */
  isFailing: boolean;
};

/** What came of an attempt. */
export type Attempted = {
  id: WebhookId;
  to: "answered" | "owed" | "dead";
  /** How often it had been tried when it was claimed: a result counts only for the last claim. */
  before: number;
  at: number;
  dueAt?: number;
  reason?: string;
  entry: HistoryEntry;
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

export type ToPause = { account: AccountId; endpoint: string; reason: string };

export interface WebhookStore {
  byId(id: WebhookId): Promise<Webhook | undefined>;
  /** The webhooks that tell of one thing, oldest first. */
  ofSubject(id: WebhookSubject): Promise<Webhook[]>;
  list(filter: WebhookFilter, page: Page): Promise<PageOf<Webhook>>;
  /** Writes down webhooks that no move of a message brings with it; those already there stay as they are. */
  add(webhooks: readonly Webhook[]): Promise<void>;

  /** Takes due webhooks until `lease`; answers those that were ours to take. At a paused endpoint nobody knocks: dead list. */
  claim(ids: readonly WebhookId[], now: number, lease: number): Promise<ClaimedWebhook[]>;
  /** Owes anew what was taken until `lease` and not attempted. */
  giveBack(ids: readonly WebhookId[], lease: number, at: number): Promise<void>;
  /** Writes down what came of attempts, and the health of the endpoints they went to. */
  attempted(results: readonly Attempted[], health: readonly EndpointHealth[]): Promise<void>;
  due(
    by: number,
    limit: number,
    after?: { id: WebhookId; dueAt?: number },
  ): Promise<Pick<Webhook, "id" | "endpoint" | "dueAt" | "state">[]>;
  nextDue(): Promise<number | undefined>;
  /** Forgets webhooks that were answered or given up before a time (epoch ms), at most so many. */
  forget(before: number, limit: number): Promise<number>;
  /** Gives back webhooks that were being delivered and whose lease ends by this time; `at` is when that is. */
  release(by: number, at: number): Promise<number>;

  /** Owes webhooks anew that are over: the dead, or what was answered before `at`, or both. Answers which. */
  replay(which: Omit<WebhookFilter, "state">, state: ReplayState, at: number): Promise<WebhookId[]>;
  /** Owes one anew, be it dead or answered; false if it is owed as it is. */
  replayOne(id: WebhookId, at: number): Promise<boolean>;
  endpoints(page: Page & { account?: AccountId }): Promise<PageOf<Endpoint>>;
  /**
   * Endpoints that are not paused, where something is to be tried again, and that have taken nothing for longer than
   * the most patient of the dialects that try there.
   */
  givenUp(patience: Patience, now: number): Promise<Endpoint[]>;
  /** Stops knocking: everything owed there goes to the dead list, with the reason. Answers how many were not paused before. */
  pause(endpoints: readonly ToPause[], at: number): Promise<number>;
  /** Knocks again: what the pause put on the dead list is owed anew; answers which. */
  resume(account: AccountId, endpoint: string, at: number): Promise<WebhookId[]>;
  figures(): Promise<{ owed: number; dead: number; oldestDue?: number }>;
}

/** How an endpoint did in these attempts: `failed` of them and whether any was received. */
export type EndpointHealth = { account: AccountId; endpoint: string; failed: number; received: boolean; at: number };
