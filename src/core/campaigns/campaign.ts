/** A campaign: many texts as one thing, sent at a pace, and paused or cancelled together. */

import type { AccountId, CampaignId, MessageId, WebhookId } from "../kernel/ids.ts";
import type { Before } from "../kernel/kept.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Encoding } from "../messages/text.ts";

/**
 * The moves a campaign may make. A *draft* takes recipients. It is *scheduled* until its first round, and *running* from then on;
 * *finished* when none of its texts is left with us.
 */
export const CAMPAIGN_MOVES = {
  draft: ["scheduled", "cancelled"],
  scheduled: ["running", "paused", "finished", "cancelled"],
  running: ["paused", "finished", "cancelled"],
  paused: ["scheduled", "running", "cancelled"],
  finished: [],
  cancelled: [],
} as const;

export type CampaignState = keyof typeof CAMPAIGN_MOVES;

export const CAMPAIGN_STATES = Object.keys(CAMPAIGN_MOVES) as readonly CampaignState[];

/** The states from which a campaign may move to this one. */
export function campaignStatesBefore(to: CampaignState): CampaignState[] {
  return CAMPAIGN_STATES.filter((from) => (CAMPAIGN_MOVES[from] as readonly CampaignState[]).includes(to));
}

/** Why it is paused, or over. *asked*: somebody wanted it so. *done*: all was sent. *time-over*: its end came before. */
export const CAMPAIGN_REASONS = ["asked", "account-closed", "sender-withdrawn", "done", "time-over"] as const;
export type CampaignReason = (typeof CAMPAIGN_REASONS)[number];

/**
 * Why a line of a campaign's lists becomes no text. *unfilled*: the text has a place for something that the line lacks. *country*:
 * the account sends nothing there. *no-hour*: the
 * hours leave no time at which texts may reach its country. *erased*: the person was erased since. *ended*: the campaign was over first.
 */
export const SKIPS = [
  "invalid",
  "unfilled",
  "too-long",
  "duplicate",
  "country",
  "no-hour",
  "no-carrier",
  "suppressed",
  "erased",
  "ended",
] as const;
export type Skip = (typeof SKIPS)[number];

export type Campaign = {
  id: CampaignId;
  account: AccountId;
  name: string;
  state: CampaignState;
  reason?: CampaignReason;
  sender: string;
  /** With places like `{{name}}` for what is each recipient's own. */
  text: string;
  /** The most texts in a minute. */
  perMinute: number;
  /** When texts may leave, in local time: `09:00-20:00`. Absent: at any hour. */
  hours?: string;
  /** By whose clock, an IANA name; absent: by that of each recipient, as their number says. */
  timeZone?: string;
  /** Epoch ms: not before, and not after. */
  startsAt: number;
  endsAt?: number;
  createdAt: number;
  changedAt: number;
  startedAt?: number;
  endedAt?: number;
  /** Epoch ms: up to when texts were released. */
  pacedAt: number;
  /** Epoch ms when a round must next be made. */
  dueAt?: number;
  /** Lines of its lists; those of them that wait, that were released as messages, and, by reason, that become none. */
  accepted: number;
  waiting: number;
  released: number;
  skipped: Partial<Record<Skip, number>>;
  /** Of the messages: at a carrier, and over. */
  sent: number;
  delivered: number;
  failed: number;
  cancelled: number;
};

/** What became of a campaign's lines so far. All but `accepted` add up to it. */
export type Progress = {
  accepted: number;
  waiting: number;
  /** Released, and not with a carrier yet. */
  underWay: number;
  sent: number;
  delivered: number;
  failed: number;
  cancelled: number;
  skipped: Partial<Record<Skip, number>>;
};

/** Its messages that have not left, and may still. */
export function underWay({ released, sent, delivered, failed, cancelled }: Campaign): number {
  return Math.max(0, released - sent - delivered - failed - cancelled);
}

/** What waited when it was over is skipped, or cancelled, without its rows being written again. */
export function progressOf(campaign: Campaign): Progress {
  const { accepted, waiting, sent, delivered, failed, cancelled, skipped, state } = campaign;
  const whole = { accepted, waiting, underWay: underWay(campaign), sent, delivered, failed, cancelled, skipped };
  if (waiting === 0) return whole;
  if (state === "cancelled") return { ...whole, waiting: 0, cancelled: cancelled + waiting };
  if (state === "finished") return { ...whole, waiting: 0, skipped: { ...skipped, ended: waiting } };
  return whole;
}

/** A line of a list, as it was judged when it came. `text` where it is the recipient's own. */
export type NewRecipient = {
  recipient: string;
  country: string;
  text?: string;
  encoding: Encoding;
  parts: number;
  skip?: Skip;
  /** Whether it is sealed in the database; false: no more, but earlier ones may be. Then, what else its number may be stored as. */
  isSealed?: boolean;
  forms?: readonly string[];
};

/** One that waits. `sealed`: as what its row has its number, and its own text, if it has one. */
export type Waiting = { recipient: string; country: string; sealed?: { as: string; text?: string } };

export type Recipient = {
  recipient: string;
  place: number;
  state: "waiting" | "released" | "skipped";
  reason?: Skip;
  message?: MessageId;
};

/** One that is released now: as which message, and when that is sent. Epoch ms. `stored`: as what, where it is sealed. */
export type Release = Pick<Waiting, "recipient" | "sealed"> & {
  id: MessageId;
  sendAt: number;
  stored?: { to: string; text: string; seal: string; forms: readonly string[] };
};

/** What a release needs to know beside: `quiet` by country, as JSON; `skips` are released as nothing. */
export type ReleasePlan = {
  campaign: CampaignId;
  claim: string;
  now: number;
  releases: readonly Release[];
  /** The opt-outs that its texts must heed. */
  heeds: readonly string[];
  skips: readonly { recipient: string; reason: Skip }[];
  quiet: Readonly<Record<string, string>>;
  validity: number;
  pacedAt: number;
};

export type CampaignFilter = { account?: AccountId; state?: CampaignState };

/**
 * What a draft must still be when it starts: with at most so many that wait, and with so many lines in its lists. Absent members are not
 * asked for.
 */
export type StartOnlyIf = { mostWaiting?: number; accepted?: number };

/** The result of a move that customers are told of: whether it was made, and the webhooks that it owes. */
export type Moved = { isMade: boolean; owed: WebhookId[] };

export interface CampaignStore {
  byId(id: CampaignId): Promise<Campaign | undefined>;
  /** The newest first. */
  list(filter: CampaignFilter, page: Page): Promise<PageOf<Campaign>>;
  add(campaign: Campaign): Promise<void>;
  /** Takes lines into a draft, in one transaction; false where it is no draft. Whom it has already is a duplicate. */
  addRecipients(id: CampaignId, recipients: readonly NewRecipient[], at: number): Promise<boolean>;
  /** In the order of the numbers. */
  recipients(id: CampaignId, state: Recipient["state"] | undefined, page: Page): Promise<PageOf<Recipient>>;

  /** Has its first round made at `dueAt`; false where it is no draft, or is not as it must be. */
  start(id: CampaignId, at: number, dueAt: number, onlyIf: StartOnlyIf): Promise<boolean>;
  /** Stops it, and its messages that have not left, until it is resumed. */
  pause(id: CampaignId, reason: CampaignReason, at: number): Promise<Moved>;
  /** Lets it go on: what was stopped is due at once. */
  resume(id: CampaignId, at: number): Promise<Moved>;
  /** Ends it: nothing more is released, and what has not left is cancelled. */
  cancel(id: CampaignId, at: number): Promise<Moved>;
  /** Cancels the messages of a cancelled one that came back from a carrier since; while some may, it is due `again` then. */
  cancelRest(id: CampaignId, at: number, again: number): Promise<WebhookId[]>;
  /** Its messages that have not left. */
  unsent(id: CampaignId, limit: number): Promise<{ id: MessageId; dueAt?: number }[]>;

  /** Those for which a round is due by this time, the longest due first. */
  due(by: number, limit: number): Promise<{ id: CampaignId; dueAt: number }[]>;
  /**
   * Takes the round that is due: until `lease`, or until it rests, it is this claim's. The first round starts it. Undefined where
   * somebody else has it, or it is not due.
   */
  claim(
    id: CampaignId,
    claim: string,
    now: number,
    lease: number,
  ): Promise<{ campaign: Campaign; owed: WebhookId[] } | undefined>;
  /** The countries of those that wait. */
  countries(id: CampaignId): Promise<string[]>;
  /** Some of those that wait, of these countries. */
  pick(id: CampaignId, countries: readonly string[], limit: number): Promise<Waiting[]>;
  /**
   * Makes messages of those that still wait, while it runs and has this claim, in one transaction; whoever opted out is skipped.
   * Answers the messages.
   */
  release(plan: ReleasePlan): Promise<MessageId[]>;
  /** Ends the round: the next is due then. */
  rest(id: CampaignId, claim: string, dueAt: number): Promise<void>;
  finish(id: CampaignId, claim: string, reason: CampaignReason, at: number): Promise<Moved>;
  /** Forgets those that ended before a time, and drafts not touched since, with at most so many of their lines; answers how many rows. */
  forget(before: Before, limit: number): Promise<number>;
}
