/** Campaigns: made, filled with recipients, started, paused, resumed and cancelled. */

import type { Account, Caller } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type {
  Campaign,
  CampaignFilter,
  CampaignStore,
  Moved,
  NewRecipient,
  Recipient,
  Skip,
  StartOnlyIf,
} from "../campaigns/campaign.ts";
import { judge } from "../campaigns/judge.ts";
import type { ListLine } from "../campaigns/lists.ts";
import { nextRound, SOON_MS } from "../campaigns/release.ts";
import { hasStrayBraces, placesIn } from "../campaigns/text.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId, CampaignId, Ids } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import { closedAccount, inTheNameOf } from "../messages/accept-for.ts";
import { MAX_PARTS, toSender } from "../messages/new-message.ts";
import type { RoutePorts } from "../messages/route.ts";
import { measure } from "../messages/text.ts";
import { findAccount } from "./accounts.ts";

type CampaignPorts = {
  accounts: AccountStore;
  campaigns: CampaignStore;
  clock: Clock;
  ids: Ids;
  jobs: Jobs;
  log: Log;
} & RoutePorts;

/** As it is asked for. `startsAt` absent: as soon as it is started. Epoch ms. */
export type NewCampaign = Pick<Campaign, "account" | "name" | "sender" | "text" | "perMinute"> &
  Partial<Pick<Campaign, "hours" | "timeZone" | "startsAt" | "endsAt">>;

/**
 * Makes a campaign, as a draft. Logs `campaign.made`.
 * @throws GatewayError not-found; not-allowed where the account is closed; bad-sender, bad-text, bad-request
 */
export async function makeCampaign(ports: CampaignPorts, wanted: NewCampaign): Promise<Campaign> {
  const caller = await ownerOf(ports, wanted.account);
  const now = ports.clock.now();
  const sender = toSender(caller, wanted);
  checkText(caller.account, wanted.text);
  const { startsAt = now, endsAt } = wanted;
  if (endsAt !== undefined && endsAt <= Math.max(now, startsAt)) {
    throw new GatewayError("bad-request", "endsAt: must be after now, and after startsAt", "endsAt");
  }
  const campaign: Campaign = {
    ...wanted,
    id: ports.ids.campaign(caller.account.number),
    state: "draft",
    sender,
    startsAt,
    createdAt: now,
    changedAt: now,
    pacedAt: 0,
    accepted: 0,
    waiting: 0,
    released: 0,
    skipped: {},
    sent: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
  };
  await ports.campaigns.add(campaign);
  ports.log.event("campaign.made", { id: campaign.id, account: campaign.account });
  return campaign;
}

function checkText({ settings: { maxParts = MAX_PARTS } }: Account, text: string): void {
  if (hasStrayBraces(text)) {
    throw new GatewayError(
      "bad-text",
      "the text has {{ or }} around what is no name: a place is written {{name}}, of letters, digits, _ and -",
      "text",
    );
  }
  const { parts } = measure(text);
  if (placesIn(text).length > 0 || parts <= maxParts) return;
  throw new GatewayError(
    "bad-text",
    `the text needs ${parts} parts; ${maxParts} are the most a message may have`,
    "text",
  );
}

async function ownerOf(ports: Pick<CampaignPorts, "accounts">, id: AccountId): Promise<Caller> {
  const account = await findAccount(ports, id, "account");
  if (account.state === "closed") throw closedAccount(account);
  return inTheNameOf(ports, account);
}

/** So many of the lines that become no text are told in the answer; all of them can be listed. */
const MOST_TOLD = 100;

/** `line` counts from 1. */
export type Filled = { campaign: Campaign; refused: { line: number; recipient: string; reason: Skip }[] };

/**
 * Takes lines into a draft, all of them in one transaction. Who is there already is a duplicate, so the same lines may be sent again.
 * Logs `campaign.filled`.
 * @throws GatewayError not-found; not-allowed where the account is closed; too-late where it was started
 */
export async function fillCampaign(ports: CampaignPorts, id: CampaignId, lines: readonly ListLine[]): Promise<Filled> {
  const campaign = await findCampaign(ports, id);
  if (campaign.state !== "draft") throw notDraft(campaign);
  const judged = await judge(ports, campaign, await ownerOf(ports, campaign.account), lines);
  if (!(await ports.campaigns.addRecipients(id, judged, ports.clock.now()))) throw notDraft(campaign);
  ports.log.event("campaign.filled", { id, account: campaign.account, lines: judged.length });
  return { campaign: await findCampaign(ports, id), refused: refusedOf(judged) };
}

function refusedOf(judged: readonly NewRecipient[]): Filled["refused"] {
  return judged
    .flatMap(({ recipient, skip }, index) => (skip ? { line: index + 1, recipient, reason: skip } : []))
    .slice(0, MOST_TOLD);
}

function notDraft({ id }: Campaign): GatewayError {
  return new GatewayError("too-late", `${id} was started: recipients are added to a draft alone`);
}

/**
 * Starts a draft: its first round is made when its time has come. Starting it twice changes nothing. Logs `campaign.scheduled`.
 * @param onlyIf what whoever allowed it to start has seen: it does not start as anything else
 * @throws GatewayError not-found; bad-request where nobody is left to write to; too-late where it is over, or not as it was seen
 */
export async function startCampaign(ports: CampaignPorts, id: CampaignId, onlyIf: StartOnlyIf = {}): Promise<Campaign> {
  const campaign = await findCampaign(ports, id);
  if (campaign.state === "scheduled" || campaign.state === "running") return campaign;
  if (campaign.state !== "draft") throw tooLate(campaign, "started");
  if (campaign.waiting === 0) {
    throw new GatewayError("bad-request", `${id} has nobody to write to: add recipients first`, "recipients");
  }
  const now = ports.clock.now();
  const dueAt = Math.max(now, campaign.startsAt);
  if (await ports.campaigns.start(id, now, dueAt, onlyIf)) {
    ports.log.event("campaign.scheduled", { id, account: campaign.account });
    await nextRound(ports, id, dueAt);
  }
  const after = await findCampaign(ports, id);
  if (after.state === "draft") throw filledSince(after, onlyIf);
  if (after.state === "cancelled") throw tooLate(after, "started");
  return after;
}

function filledSince({ id, waiting }: Campaign, { mostWaiting }: StartOnlyIf): GatewayError {
  const most = mostWaiting === undefined || waiting <= mostWaiting ? "" : `, and at most ${mostWaiting} may start`;
  return new GatewayError(
    "too-late",
    `lines were added to ${id}: ${waiting} texts now wait${most}; request the start again`,
  );
}

/**
 * Pauses it: nothing more is released, and what has not left waits. Pausing it twice changes nothing. Logs `campaign.paused`.
 * @throws GatewayError not-found; too-late where it was not started, or is over
 */
export async function pauseCampaign(ports: CampaignPorts, id: CampaignId): Promise<Campaign> {
  return move(ports, id, "paused", () => ports.campaigns.pause(id, "asked", ports.clock.now()));
}

/**
 * Lets a paused one go on. Logs `campaign.resumed`.
 * @throws GatewayError not-found; too-late where it is not paused
 */
export async function resumeCampaign(ports: CampaignPorts, id: CampaignId): Promise<Campaign> {
  const now = ports.clock.now();
  const resumed = await move(ports, id, "resumed", () => ports.campaigns.resume(id, now));
  const unsent = await ports.campaigns.unsent(id, MOST_WAKENED);
  const due = unsent.map(({ id, dueAt = now }) => ({ id, dueAt, lane: "bulk" as const }));
  await queueJobs(
    ports.jobs.submit,
    due.filter(({ dueAt }) => dueAt <= now + SOON_MS),
    now,
  );
  if (resumed.dueAt !== undefined) await nextRound(ports, id, resumed.dueAt);
  return resumed;
}

/** More than these wait for the sweep; and so do those that are due later. */
const MOST_WAKENED = 5_000;

/**
 * Ends it: what has not left is not sent; what has left is not undone. Cancelling it twice changes nothing. Logs `campaign.cancelled`.
 * @throws GatewayError not-found; too-late where it is finished
 */
export async function cancelCampaign(ports: CampaignPorts, id: CampaignId): Promise<Campaign> {
  return move(ports, id, "cancelled", () => ports.campaigns.cancel(id, ports.clock.now()));
}

async function move(
  ports: CampaignPorts,
  id: CampaignId,
  what: "paused" | "resumed" | "cancelled",
  make: () => Promise<Moved>,
): Promise<Campaign> {
  const before = await findCampaign(ports, id);
  if (before.state === what) return before;
  const { isMade, owed } = await make();
  if (owed.length > 0) await ports.jobs.deliver(owed);
  const campaign = await findCampaign(ports, id);
  if (!isMade && campaign.state !== what) throw tooLate(campaign, what);
  if (isMade) ports.log.event(`campaign.${what}`, { id, account: campaign.account });
  return campaign;
}

function tooLate({ id, state }: Campaign, what: string): GatewayError {
  return new GatewayError("too-late", `${id} cannot be ${what}: it is ${state}`);
}

/** @throws GatewayError not-found */
export async function findCampaign(ports: Pick<CampaignPorts, "campaigns">, id: CampaignId): Promise<Campaign> {
  const campaign = await ports.campaigns.byId(id);
  if (!campaign) throw new GatewayError("not-found", `there is no campaign ${id}`);
  return campaign;
}

/** A page of the campaigns, newest first. */
export function listCampaigns(
  ports: Pick<CampaignPorts, "campaigns">,
  filter: CampaignFilter,
  page: Page,
): Promise<PageOf<Campaign>> {
  return ports.campaigns.list(given(filter), page);
}

/**
 * A page of those it writes to, in the order of their numbers. What waited when it was over is skipped.
 * @throws GatewayError not-found
 */
export async function recipientsOfCampaign(
  ports: Pick<CampaignPorts, "campaigns">,
  id: CampaignId,
  state: Recipient["state"] | undefined,
  page: Page,
): Promise<PageOf<Recipient>> {
  await findCampaign(ports, id);
  return ports.campaigns.recipients(id, state, page);
}
