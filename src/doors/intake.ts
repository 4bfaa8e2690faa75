/** The Durable Object that commits arrivals in groups: everything that comes while one commit is under way goes with the next. */

import { DurableObject } from "cloudflare:workers";
import { makeLog } from "../adapters/log.ts";
import type { Clock } from "../core/kernel/clock.ts";
import { Group, ofItems } from "../core/kernel/group.ts";
import type { MessageId } from "../core/kernel/ids.ts";
import { LANES } from "../core/kernel/lane.ts";
import { queueJobs } from "../core/kernel/queue-jobs.ts";
import type { Order } from "../core/kernel/turns.ts";
import type { Arrived, Intake as IntakePort } from "../core/messages/intake.ts";
import type { Env } from "../env.ts";
import {
  type Arrival,
  arrivalsOf,
  toTogether,
  type Written,
  weightOf,
  writeArrivals,
  writeOnceMore,
  writeTogether,
} from "../store/messaging/arrivals.ts";
import { databaseOf } from "../wire.ts";
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

export class Intake extends DurableObject<Env> {
  readonly #group = new Group<Gathered, Written>((gathered) => this.#write(gathered), OF_GATHERED);

  /**
   * Resolves after the commit.
   * @param now the caller's, epoch ms: jobs for messages due by then are queued without delay
   * @param again it was perhaps sent before, and the answer was lost
   */
  add(item: Arrival, now: number, again = false): Promise<Written> {
    return this.#group.add({ item, now, again });
  }

  /** The same for the arrivals of one request that are stored all or none: they are no part of a group. */
  async addTogether(arrivals: readonly Arrival[], now: number, again = false): Promise<Written[]> {
    const written = await writeTogether(databaseOf(this.env, arrivals[0]?.account ?? ""), arrivals, again);
    const results = written.map((value) => ({ status: "fulfilled", value }) as const);
    this.ctx.waitUntil(
      this.#queueJobs(
        arrivals.map((item) => ({ item, now })),
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
    gathered: readonly Pick<Gathered, "item" | "now">[],
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
    await queueJobs(jobsOf(this.env, makeLog(Date.now)).submit, due, now);
  }
}

type Gathered = { item: Arrival; now: number; again: boolean };

/** So many chunks of one request are under way at once. */
const UNDER_WAY = 4;

/** The intake as the domain sees it: large batches go in chunks, and a nonce with the first of them. */
export function intakeOf(env: Env, { now }: Pick<Clock, "now">): IntakePort {
  return {
    async add(account, messages, { once, owed, atomic }): Promise<Arrived> {
      const added = new Set<MessageId>();
      const note = (written: Written) => {
        if (written.outcome === "stored") for (const id of written.added) added.add(id);
      };
      if (atomic) {
        const all = toTogether(messages);
        const written = await atMostTwice<Written[]>(env, account, async (intake, again) =>
          intake.addTogether(all, now(), again),
        );
        for (const one of written) note(one);
        return { outcome: "stored", added };
      }
      const underWay: Promise<Written>[] = [];
      let isFirst = true;
      for (const arrival of arrivalsOf(messages, once, owed)) {
        const written = atMostTwice<Written>(env, account, async (intake, again) => intake.add(arrival, now(), again));
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

/** Calls the Intake, and once more if that failed: an object that is reset (each deploy does) may have committed. */
async function atMostTwice<Answer>(
  env: Env,
  account: string,
  call: (intake: DurableObjectStub<Intake>, again: boolean) => Promise<Answer>,
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
