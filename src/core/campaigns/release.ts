/** The rounds of a campaign: as many of its texts are released as its pace and its hours have room for, and become messages. */

import { type Caller, normalSender } from "../accounts/account.ts";
import { type Asked, giveBack, type LimitPorts, OverLimit, take, tellOfLimits, usedUpFor } from "../accounts/limits.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CampaignId, Ids } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import { inTheNameOf } from "../messages/accept-for.ts";
import { countAccepted } from "../messages/accepted.ts";
import { heedsOf } from "../messages/opt-outs.ts";
import { type Campaign, type CampaignReason, type CampaignStore, underWay, type Waiting } from "./campaign.ts";
import { openingsOf } from "./hours.ts";

export type ReleasePorts = {
  clock: Clock;
  ids: Ids;
  accounts: AccountStore;
  campaigns: CampaignStore;
  jobs: Jobs;
  log: Log;
} & LimitPorts;

/** From one round to the next. Milliseconds. */
export const ROUND_MS = 5_000;
/** A round releases this much longer, so that one that comes late leaves no gap. Milliseconds. */
const AHEAD_MS = 5_000;
/** Whoever makes a round is presumed dead after this. Milliseconds. */
const LEASE_MS = 25_000;
/** In one write, which holds the database for a few hundredths of a second; and in one round. */
const RELEASED_AT_ONCE = 250;
const MOST_IN_A_ROUND = 5_000;
/** When all is released, it is looked again whether all has left. Milliseconds. */
const LOOK_AGAIN_MS = 30_000;
/** The carriers are slower than the pace when so much of it has not left: then nothing more is released. */
const MOST_UNDER_WAY_MS = 60_000;
const LEAST_UNDER_WAY = 20;
/** How long a text of a campaign is tried. Milliseconds. */
const VALIDITY_MS = 48 * 3_600_000;
/** A job for a round that is due later than this is left to the cron. Milliseconds. */
export const SOON_MS = 120_000;
const MINUTE_MS = 60_000;

/** How a round ends. */
type Verdict =
  | { ends: "rest"; dueAt: number }
  | { ends: "finish"; reason: CampaignReason }
  | { ends: "pause"; reason: CampaignReason };

/** Makes the rounds of these campaigns that are due. Safe to do twice: a claim is won once. */
export async function releaseCampaigns(ports: ReleasePorts, ids: readonly CampaignId[]): Promise<void> {
  for (const id of ids) await releaseOne(ports, id);
}

async function releaseOne(ports: ReleasePorts, id: CampaignId): Promise<void> {
  const now = ports.clock.now();
  const claim = ports.ids.uuid();
  const claimed = await ports.campaigns.claim(id, claim, now, now + LEASE_MS);
  if (!claimed) return cancelRest(ports, id, now);
  if (claimed.owed.length > 0) await ports.jobs.deliver(claimed.owed);
  const verdict = await makeRound(ports, claimed.campaign, claim, now);
  await end(ports, claimed.campaign, claim, verdict);
}

/** One that was cancelled while some of its messages were with carriers: what comes back is cancelled, too. */
async function cancelRest(ports: ReleasePorts, id: CampaignId, now: number): Promise<void> {
  if ((await ports.campaigns.byId(id))?.state !== "cancelled") return;
  const owed = await ports.campaigns.cancelRest(id, now, now + LOOK_AGAIN_MS);
  if (owed.length > 0) await ports.jobs.deliver(owed);
}

async function end(ports: ReleasePorts, { id, account }: Campaign, claim: string, verdict: Verdict): Promise<void> {
  const now = ports.clock.now();
  if (verdict.ends === "rest") {
    await ports.campaigns.rest(id, claim, verdict.dueAt);
    await nextRound(ports, id, verdict.dueAt);
    return;
  }
  const { reason } = verdict;
  const { isMade, owed } =
    verdict.ends === "pause"
      ? await ports.campaigns.pause(id, reason, now)
      : await ports.campaigns.finish(id, claim, reason, now);
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (isMade)
    ports.log.event(verdict.ends === "pause" ? "campaign.paused" : "campaign.finished", { id, account, reason });
}

/** Queues the job of a round that is due soon. The row says that it is due: a job that is lost costs a minute. */
export async function nextRound(
  ports: Pick<ReleasePorts, "clock" | "jobs">,
  id: CampaignId,
  at: number,
): Promise<void> {
  const wait = at - ports.clock.now();
  if (wait <= SOON_MS) await ports.jobs.release([id], Math.max(0, Math.ceil(wait / 1_000)));
}

async function makeRound(ports: ReleasePorts, campaign: Campaign, claim: string, now: number): Promise<Verdict> {
  const { id, endsAt = Number.POSITIVE_INFINITY } = campaign;
  const rest = (dueAt: number): Verdict => ({ ends: "rest", dueAt: Math.max(now + 1, Math.min(dueAt, endsAt)) });
  const isBusy = underWay(campaign) > 0;
  if (now >= endsAt && !isBusy) return { ends: "finish", reason: "time-over" };
  if (now >= endsAt) return { ends: "rest", dueAt: now + LOOK_AGAIN_MS };
  const countries = await ports.campaigns.countries(id);
  if (countries.length === 0) return isBusy ? rest(now + LOOK_AGAIN_MS) : { ends: "finish", reason: "done" };

  const account = await ports.accounts.byId(campaign.account);
  if (account?.state !== "open") return { ends: "pause", reason: "account-closed" };
  const caller = await inTheNameOf(ports, account);
  if (!caller.senders.has(normalSender(campaign.sender))) return { ends: "pause", reason: "sender-withdrawn" };

  const until = Math.min(endsAt, now + ROUND_MS + AHEAD_MS);
  const openings = openingsOf(campaign, caller, countries, { from: now, until });
  if (openings.open.length === 0) return rest(openings.opensAt ?? now + ROUND_MS);
  if (underWay(campaign) >= mostUnderWay(campaign)) return rest(now + ROUND_MS);
  const slots = slotsOf(campaign, { from: Math.max(now, campaign.pacedAt), until });
  if (slots.length === 0) return rest(campaign.pacedAt - AHEAD_MS);
  const waits = await releaseSlots(ports, campaign, { claim, caller, openings, slots });
  const next = now + (waits ?? ROUND_MS);
  return rest(openings.opensAt === undefined ? next : Math.min(next, openings.opensAt));
}

/** So many may wait for carriers before no more are released. */
function mostUnderWay({ perMinute }: Campaign): number {
  return Math.max(LEAST_UNDER_WAY, Math.min(MOST_IN_A_ROUND, (perMinute * MOST_UNDER_WAY_MS) / MINUTE_MS));
}

/** When each of the texts is sent that the pace has room for: at even distances, so that in no minute there are more. Epoch ms. */
export function slotsOf({ perMinute }: Pick<Campaign, "perMinute">, span: { from: number; until: number }): number[] {
  const apart = MINUTE_MS / perMinute;
  const count = Math.max(0, Math.min(MOST_IN_A_ROUND, Math.ceil((span.until - span.from) / apart)));
  return Array.from({ length: count }, (_, place) => Math.ceil(span.from + place * apart));
}

type Round = {
  claim: string;
  caller: Caller;
  openings: ReturnType<typeof openingsOf>;
  slots: readonly number[];
};

/** @returns after how many milliseconds there is room, where a limit of the account's is reached */
async function releaseSlots(ports: ReleasePorts, campaign: Campaign, round: Round): Promise<number | undefined> {
  const { messagesPerSecond = RELEASED_AT_ONCE } = round.caller.account.settings.limits ?? {};
  const size = Math.min(RELEASED_AT_ONCE, messagesPerSecond);
  for (let begin = 0; begin < round.slots.length; begin += size) {
    const slots = round.slots.slice(begin, begin + size);
    const picked = await ports.campaigns.pick(campaign.id, round.openings.open, slots.length);
    if (picked.length === 0) return undefined;
    const waits = await releasePicked(ports, campaign, { ...round, slots, picked });
    if (waits !== undefined) return waits;
    if (picked.length < slots.length) return undefined;
  }
  return undefined;
}

type Picked = Round & { picked: readonly Waiting[] };

async function releasePicked(ports: ReleasePorts, campaign: Campaign, round: Picked): Promise<number | undefined> {
  const { caller, slots } = round;
  const people = round.picked.filter(({ recipient }) => recipient.startsWith("+"));
  const gone = round.picked.filter(({ recipient }) => !recipient.startsWith("+"));
  const asked: Asked = { messages: people.length, spend: [] };
  const taken = await takeSome(ports, caller, asked);
  if (taken instanceof OverLimit) return taken.retryAfterSeconds * 1_000;
  const releases = people.slice(0, taken.messages).map(({ recipient, sealed }, index) => {
    const own = sealed ? { sealed: { text: campaign.text, ...sealed } } : {};
    return { recipient, id: ports.ids.message(caller.account.number), sendAt: slots[index] as number, ...own };
  });
  const last = releases.at(-1)?.sendAt;
  const added = await ports.campaigns.release({
    campaign: campaign.id,
    claim: round.claim,
    now: ports.clock.now(),
    releases,
    quiet: round.openings.rules,
    heeds: heedsOf(caller, campaign.sender),
    skips: gone.map(({ recipient }) => ({ recipient, reason: "erased" as const })),
    validity: VALIDITY_MS,
    pacedAt: last === undefined ? campaign.pacedAt : Math.ceil(last + MINUTE_MS / campaign.perMinute),
  });
  const unused: Asked = { messages: taken.messages - added.length, spend: [] };
  if (taken.taken && unused.messages > 0) await giveBack(ports, taken.taken, unused);
  await tellOfLimits(ports, taken.taken, caller.account);
  const isAdded = new Set(added);
  const accepted = releases.filter(({ id }) => isAdded.has(id));
  countAccepted(
    ports.counts,
    accepted.map(({ recipient }) => ({ account: caller.account.id, recipient, state: "accepted" })),
  );
  await queueJobs(
    ports.jobs.submit,
    accepted.map(({ id, sendAt }) => ({ id, dueAt: sendAt, lane: "bulk" as const })),
    ports.clock.now(),
  );
  return undefined;
}

/** As many as the account's limits leave: half as many, and half of that, until they do. */
async function takeSome(ports: ReleasePorts, caller: Caller, { messages }: Asked) {
  for (let count = messages; ; count = Math.floor(count / 2)) {
    // A refusal by the day would use up the second: what the day has no room for is not asked for.
    if (count > 1 && (await usedUpFor(ports, caller, { messages: count, spend: [] })).length > 0) continue;
    try {
      return { messages: count, taken: await take(ports, caller, { messages: count, spend: [] }) };
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      if (count <= 1) return error;
    }
  }
}
