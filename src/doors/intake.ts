/** The Durable Object that commits arrivals in groups: everything that comes while one commit is under way goes with the next. */

import { DurableObject } from "cloudflare:workers";

import { makeLog } from "../adapters/log.ts";
import { runsFor } from "../adapters/running.ts";
import type { Clock } from "../core/kernel/clock.ts";
import { Group, ofItems } from "../core/kernel/group.ts";
import type { MessageId } from "../core/kernel/ids.ts";
import { LANES } from "../core/kernel/lane.ts";
import type { Log } from "../core/kernel/ports.ts";
import { present } from "../core/kernel/present.ts";
import { queueJobs } from "../core/kernel/queue-jobs.ts";
import type { Order } from "../core/kernel/turns.ts";
import type { Arrived, Intake as IntakePort } from "../core/messages/intake.ts";
import type { Env } from "../env.ts";
import { type Arrival, arrivalsOf, type KeyClaim, toTogether, weightOf } from "../store/messaging/arrival.ts";
import { type Written, writeArrivals, writeOnceMore, writeTogether } from "../store/messaging/arrivals.ts";
import { databaseOf } from "./database.ts";
import type { IntakeObject } from "./objects.ts";
import { jobsOf } from "./queue.ts";

/** Jobs for messages due within this time are queued at once; the cron queues the others. Milliseconds. */
const SOON = 120_000;

/** The order: by lane, and in a lane accounts in turn; a group is written in a few hundredths of a second. */
const ORDER: Order<Arrival> = {
  lanes: LANES.length,
  laneOf: ({ lane }) => LANES.indexOf(lane),
  ownerOf: ({ account }) => account,
  sizeOf: weightOf,
  limit: 1,
};

const OF_GATHERED = ofItems<Arrival, Gathered>(ORDER);

export class Intake extends DurableObject<Env> implements IntakeObject {
  readonly #group = new Group<Gathered, Written>((gathered) => this.#write(gathered), OF_GATHERED);

  add(item: Arrival, now: number, again = false, requestId?: string): Promise<Written> {
    return this.#group.add({ item, now, again, requestId });
  }

  async addTogether(arrivals: readonly Arrival[], now: number, again = false, requestId?: string): Promise<Written[]> {
    const written = await writeTogether(databaseOf(this.env, arrivals[0]?.account ?? ""), arrivals, again);
    const results = written.map((value) => ({ status: "fulfilled", value }) as const);
    this.ctx.waitUntil(
      this.#queueJobs(
        arrivals.map((item) => ({ item, now, requestId })),
        results,
      ),
    );
    return written;
  }

  async #write(gathered: readonly Gathered[]): Promise<PromiseSettledResult<Written>[]> {
    // Accounts that share an Intake share a database, so that a group is one statement.
    const db = databaseOf(this.env, gathered[0]?.item.account ?? "");
    const arrivals = gathered.map(({ item }) => item);
    const results = gathered.some(({ again }) => again)
      ? await writeOnceMore(db, arrivals)
      : await writeArrivals(db, arrivals);
    // The commit has happened: the jobs are queued beside the answer, not before it.
    this.ctx.waitUntil(this.#queueJobs(gathered, results));
    return results;
  }

  async #queueJobs(
    gathered: readonly Omit<Gathered, "again">[],
    results: readonly PromiseSettledResult<Written>[],
  ): Promise<void> {
    const now = gathered[0]?.now ?? 0;
    const due = gathered.flatMap(({ item: arrival }, index) => {
      const result = results[index];
      if (result?.status !== "fulfilled" || result.value.outcome !== "stored") return [];
      const added = new Set(result.value.added);
      return arrival.due.flatMap(({ id, at }) =>
        at !== null && at <= now + SOON && added.has(id) ? { id, dueAt: at, lane: arrival.lane } : [],
      );
    });
    const log = logOf(makeLog(Date.now), gathered);
    await queueJobs(jobsOf(this.env, log).submit, due, now);
  }
}

type Gathered = { item: Arrival; now: number; again: boolean; requestId: string | undefined };

/** So many requests are named in one line of the log. */
const MOST_NAMED = 20;

/** The log of what is done for these at once: each line has the ids of their requests. */
function logOf(log: Log, gathered: readonly Pick<Gathered, "requestId">[]): Log {
  const ids = [...new Set(gathered.flatMap(({ requestId }) => requestId ?? []))];
  const [requestId] = ids;
  const known =
    ids.length > 1 ? { requestIds: ids.slice(0, MOST_NAMED), requests: ids.length } : present({ requestId });
  return { event: (name, fields) => log.event(name, { ...known, ...fields }) };
}

/** So many chunks of one request are under way at once. */
const UNDER_WAY = 4;

/**
 * The intake as the domain sees it: large batches go in chunks, and a nonce with the first of them.
 * @param keyed of a request with an Idempotency-Key: its claim, and what it has brought in already, by arrival
 */
export function intakeOf(env: Env, { now }: Pick<Clock, "now">, keyed?: KeyedArrivals): IntakePort {
  return {
    async add(account, messages, { once, owed, unless, atomic }): Promise<Arrived> {
      const added = new Set<MessageId>();
      /** Those that are not there yet. */
      const toCome = (arrival: Arrival): boolean => {
        const before = keyed?.before.get(arrival.claim);
        for (const id of before ?? []) added.add(id as MessageId);
        return before === undefined;
      };
      const note = (written: Written) => {
        if (written.outcome === "stored") for (const id of written.added) added.add(id);
      };
      if (atomic) {
        const all = toTogether(messages, keyed?.claim, unless).filter(toCome);
        if (all.length === 0) return { outcome: "stored", added };
        if (keyed) all[0] = await carrying(keyed, all[0] as Arrival);
        const written = await atMostTwice<Written[]>(env, account, async (intake, again) =>
          intake.addTogether(all, now(), again, runsFor()?.requestId),
        );
        for (const one of written) note(one);
        return { outcome: "stored", added };
      }
      const underWay: Promise<Written>[] = [];
      let isFirst = true;
      for (const next of arrivalsOf(messages, once, owed, unless, keyed?.claim)) {
        if (keyed && !toCome(next)) continue;
        // What is there before the others is enough: the others come after it.
        const arrival = keyed && isFirst ? await carrying(keyed, next) : next;
        const written = atMostTwice<Written>(env, account, async (intake, again) =>
          intake.add(arrival, now(), again, runsFor()?.requestId),
        );
        // One that fails while another is awaited is heard of when its turn comes.
        written.catch(() => {});
        // A nonce goes with the first: the others are written once it is known to be fresh.
        if (isFirst && (await written).outcome === "replayed") return { outcome: "replayed" };
        isFirst = false;
        underWay.push(written);
        if (underWay.length === UNDER_WAY) note(await (underWay.shift() as Promise<Written>));
      }
      for (const written of underWay) note(await written);
      return { outcome: "stored", added };
    },
  };
}

/** `wrote` is called before anything is brought in; `carry` answers what was read until then. */
export type KeyedArrivals = {
  claim: KeyClaim;
  before: ReadonlyMap<string, readonly string[]>;
  wrote: () => void;
  carry: () => Promise<string>;
};

/** With what its request had read: taken up again, it judges its messages by that, and so as before. */
async function carrying({ claim, wrote, carry }: KeyedArrivals, arrival: Arrival): Promise<Arrival> {
  wrote();
  return { ...arrival, keyed: { ...claim, read: await carry() } };
}

/** Calls the Intake, and once more if that failed: an object that is reset (each deploy does) may have committed. */
async function atMostTwice<Answer>(
  env: Env,
  account: string,
  call: (intake: DurableObjectStub<IntakeObject>, again: boolean) => Promise<Answer>,
): Promise<Answer> {
  const intake = () => env.INTAKE.get(env.INTAKE.idFromName(shardOf(account)));
  try {
    return await call(intake(), false);
  } catch {
    return await call(intake(), true);
  }
}

/** The Intake of an account's messages: one for all, until one is too few. Accounts that share one share a database. */
function shardOf(_account: string): string {
  return "0";
}
