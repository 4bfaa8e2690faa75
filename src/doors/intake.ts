/** The Durable Object that commits arrivals in groups: everything that comes while one commit is under way goes with the next. */

import { DurableObject } from "cloudflare:workers";
import { makeLog } from "../adapters/log.ts";
import { Group } from "../core/kernel/group.ts";
import type { MessageId } from "../core/kernel/ids.ts";
import { ringFor } from "../core/kernel/ring.ts";
import type { Arrived, Intake as IntakePort } from "../core/messages/intake.ts";
import type { Env } from "../env.ts";
import {
  type Arrival,
  GROUP_LIMIT,
  toArrivals,
  toTogether,
  type Written,
  writeArrivals,
  writeOnceMore,
  writeTogether,
} from "../store/messaging/arrivals.ts";
import { databaseOf } from "../wire.ts";
import { jobsOf } from "./queue.ts";

/** What falls due within this time is rung for at once; the rest is the cron's. Milliseconds. */
const SOON = 120_000;

export class Intake extends DurableObject<Env> {
  readonly #group = new Group<Gathered, Written>((gathered) => this.#write(gathered), {
    size: ({ arrival }) => arrival.rows.length + arrival.owed.length,
    limit: GROUP_LIMIT,
  });

  /**
   * Resolves after the commit.
   * @param now the caller's, epoch ms: what is due by then is rung for at once
   * @param again this arrival was sent before, and nobody knows what became of it
   */
  add(account: string, arrival: Arrival, now: number, again = false): Promise<Written> {
    return this.#group.add({ account, arrival, now, again });
  }

  /** The same for the arrivals of one request that are stored all or none: they go in no group, but by themselves. */
  async addTogether(account: string, arrivals: readonly Arrival[], now: number, again = false): Promise<Written[]> {
    const written = await writeTogether(databaseOf(this.env, account), arrivals, again);
    const results = written.map((value) => ({ status: "fulfilled", value }) as const);
    this.ctx.waitUntil(
      this.#ring(
        arrivals.map((arrival) => ({ arrival, now })),
        results,
      ),
    );
    return written;
  }

  async #write(gathered: readonly Gathered[]): Promise<PromiseSettledResult<Written>[]> {
    // Accounts that share an Intake share a database, so that a group is one statement.
    const db = databaseOf(this.env, gathered[0]?.account ?? "");
    const arrivals = gathered.map(({ arrival }) => arrival);
    const results = gathered.some(({ again }) => again)
      ? await writeOnceMore(db, arrivals)
      : await writeArrivals(db, arrivals);
    // The commit has happened: the bell is rung beside the answer, not before it.
    this.ctx.waitUntil(this.#ring(gathered, results));
    return results;
  }

  async #ring(
    gathered: readonly Pick<Gathered, "arrival" | "now">[],
    results: readonly PromiseSettledResult<Written>[],
  ): Promise<void> {
    const now = gathered[0]?.now ?? 0;
    const due = gathered.flatMap(({ arrival }, index) => {
      const result = results[index];
      if (result?.status !== "fulfilled" || result.value.outcome !== "stored") return [];
      const added = new Set(result.value.added);
      return arrival.due.flatMap(({ id, at }) =>
        at !== null && at <= now + SOON && added.has(id) ? { id, dueAt: at } : [],
      );
    });
    await ringFor(jobsOf(this.env, makeLog(Date.now)).submit, due, now);
  }
}

type Gathered = { account: string; arrival: Arrival; now: number; again: boolean };

/** The intake as the domain sees it: large batches go in chunks, and a nonce with the first of them. */
export function intakeOf(env: Env, now: () => number): IntakePort {
  return {
    async add(account, messages, { once, owed, atomic }): Promise<Arrived> {
      if (atomic) {
        const all = toTogether(messages);
        const written = await hand<Written[]>(env, account, async (intake, again) =>
          intake.addTogether(account, all, now(), again),
        );
        return { outcome: "stored", added: new Set(written.flatMap(addedIn)) };
      }
      const [first, ...rest] = toArrivals(messages, once, owed);
      if (!first) return { outcome: "stored", added: new Set() };
      const add = (arrival: Arrival) =>
        hand<Written>(env, account, async (intake, again) => intake.add(account, arrival, now(), again));
      const written = await add(first);
      if (written.outcome === "replayed") return written;
      const added = new Set(written.added);
      for (const more of await Promise.all(rest.map(add))) for (const id of addedIn(more)) added.add(id);
      return { outcome: "stored", added };
    },
  };
}

function addedIn(written: Written): MessageId[] {
  return written.outcome === "stored" ? written.added : [];
}

/** An object that is reset (each deploy does) may have committed before: it is asked once more, and reads back first. */
async function hand<Answer>(
  env: Env,
  account: string,
  ask: (intake: DurableObjectStub<Intake>, again: boolean) => Promise<Answer>,
): Promise<Answer> {
  const intake = () => env.INTAKE.get(env.INTAKE.idFromName(shardOf(account)));
  try {
    return await ask(intake(), false);
  } catch {
    return await ask(intake(), true);
  }
}

/** Which Intake takes an account's messages: one for all, until one is too few. Those that share one share a database. */
function shardOf(_account: string): string {
  return "0";
}
