/** The Durable Object that commits arrivals in groups: everything that comes while one commit is under way goes with the next. */

import { DurableObject } from "cloudflare:workers";
import { Group } from "./core/group.ts";
import type { MessageId } from "./core/messages/message.ts";
import type { Arrived, Intake as IntakePort } from "./core/ports.ts";
import type { Env } from "./env.ts";
import { jobsOf } from "./queue.ts";
import { type Arrival, GROUP_LIMIT, toArrivals, type Written, writeArrivals } from "./store/arrivals.ts";
import { databaseOf } from "./wire.ts";

/** What falls due within this time is rung for at once; the rest is the cron's. Milliseconds. */
const SOON = 120_000;

export class Intake extends DurableObject<Env> {
  readonly #group = new Group<Gathered, Written>((gathered) => this.#write(gathered), {
    size: ({ arrival }) => arrival.rows.length + arrival.owed.length,
    limit: GROUP_LIMIT,
  });

  /** Resolves after the commit. `now` is the caller's, epoch ms: what is due by then is rung for at once. */
  add(account: string, arrival: Arrival, now: number): Promise<Written> {
    return this.#group.add({ account, arrival, now });
  }

  async #write(gathered: readonly Gathered[]): Promise<PromiseSettledResult<Written>[]> {
    // Accounts that share an Intake share a database, so that a group is one statement.
    const db = databaseOf(this.env, gathered[0]?.account ?? "");
    const results = await writeArrivals(
      db,
      gathered.map(({ arrival }) => arrival),
    );
    // The commit has happened: the bell is rung beside the answer, not before it. A bell that fails is the sweeper's.
    this.ctx.waitUntil(this.#ring(gathered, results).catch(() => {}));
    return results;
  }

  async #ring(gathered: readonly Gathered[], results: readonly PromiseSettledResult<Written>[]): Promise<void> {
    const bySeconds = new Map<number, MessageId[]>();
    gathered.forEach(({ arrival, now }, index) => {
      const result = results[index];
      if (result?.status !== "fulfilled" || result.value.outcome !== "stored") return;
      const added = new Set(result.value.added);
      for (const { id, at } of arrival.due) {
        if (at === null || at > now + SOON || !added.has(id)) continue;
        const seconds = Math.max(0, Math.ceil((at - now) / 1000));
        const ids = bySeconds.get(seconds);
        if (ids) ids.push(id);
        else bySeconds.set(seconds, [id]);
      }
    });
    const jobs = jobsOf(this.env);
    for (const [seconds, ids] of bySeconds) await jobs.submit(ids, seconds);
  }
}

type Gathered = { account: string; arrival: Arrival; now: number };

/** The intake as the domain sees it: large batches go in chunks, and a nonce with the first of them. */
export function intakeOf(env: Env, now: () => number): IntakePort {
  return {
    async add(account, messages, { once, owed }): Promise<Arrived> {
      const stub = env.INTAKE.get(env.INTAKE.idFromName(shardOf(account)));
      const [first, ...rest] = toArrivals(messages, once, owed);
      if (!first) return { outcome: "stored", added: new Set() };
      const written = await stub.add(account, first, now());
      if (written.outcome === "replayed") return written;
      const added = new Set(written.added);
      for (const more of await Promise.all(rest.map((arrival) => stub.add(account, arrival, now())))) {
        if (more.outcome === "stored") for (const id of more.added) added.add(id);
      }
      return { outcome: "stored", added };
    },
  };
}

/** Which Intake takes an account's messages. One at first: growing is naming more, not rewriting. */
function shardOf(_account: string): string {
  return "0";
}
