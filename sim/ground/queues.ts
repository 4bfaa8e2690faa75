/** The queues between our processes: what is put in comes out, or does not, or twice, or late, by chance. */

import type { Job } from "../../src/doors/job.ts";
import type { Faults } from "../faults.ts";
import type { Host } from "./cloud.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
/** A batch has so many jobs at most, and a job is given up after so many times. wrangler.toml. */
const BATCH = 100;
const TRIES = 11;

export const QUEUE_NAMES = ["URGENT_JOBS", "MESSAGE_JOBS", "BULK_JOBS", "CHARGE_JOBS", "WEBHOOK_JOBS"] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];
export type Sent = { body: Job; delaySeconds?: number };
type Waiting = { body: Job; tries: number };
type Verdict = { afterSeconds: number } | "done" | "nothing";

type QueuesGiven = {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  /** A process that does what is next, if one is alive. */
  worker: () => Host | undefined;
};

export class Queues {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #worker: QueuesGiven["worker"];
  readonly #waiting = new Map<QueueName, Waiting[]>(QUEUE_NAMES.map((name) => [name, []]));
  /** Changes whenever all is forgotten: what is still to come from before does not. */
  #life = 0;

  constructor({ timeline, random, faults, worker }: QueuesGiven) {
    this.#timeline = timeline;
    this.#random = random;
    this.#faults = faults;
    this.#worker = worker;
  }

  /** How many jobs wait. */
  get length(): number {
    return [...this.#waiting.values()].reduce((sum, jobs) => sum + jobs.length, 0);
  }

  /** Nothing that is in them comes out any more. */
  forget(): void {
    this.#life++;
    for (const jobs of this.#waiting.values()) jobs.length = 0;
  }

  /** @throws Error if the queue takes nothing */
  async send(name: QueueName, jobs: readonly Sent[]): Promise<void> {
    const faults = this.#faults;
    await this.#timeline.wait(this.#random.wait(5), `${name}: ${jobs.length} jobs`);
    if (faults.hits("job-refused")) throw new Error("Queue sendBatch failed: Internal Error");
    for (const { body, delaySeconds = 0 } of jobs) {
      if (faults.hits("job-lost")) continue;
      const times = faults.hits("job-doubled") ? 2 : 1;
      for (let n = 0; n < times; n++) {
        const late = faults.hits("job-late") ? this.#random.wait(3 * MINUTE) : this.#random.wait(10);
        this.#later(name, { body: structuredClone(body), tries: 0 }, delaySeconds * SECOND + late);
      }
    }
  }

  #later(name: QueueName, job: Waiting, milliseconds: number): void {
    const life = this.#life;
    this.#timeline.after(milliseconds, `${name} ${Object.entries(job.body).flat().join(" ")}`, () => {
      if (life !== this.#life) return;
      const queue = this.#waiting.get(name);
      queue?.push(job);
      if (queue?.length === 1)
        this.#timeline.after(this.#random.wait(5), `${name} is consumed`, () => void this.#consume(name));
    });
  }

  async #consume(name: QueueName): Promise<void> {
    const queue = this.#waiting.get(name) ?? [];
    const jobs = queue.splice(0, this.#random.chance(0.7) ? BATCH : this.#random.int(1, 3));
    if (queue.length > 0)
      this.#timeline.after(this.#random.wait(5), `${name} is consumed`, () => void this.#consume(name));
    if (jobs.length === 0) return;
    // What is delivered at least once may be in two hands at the same moment.
    const times = this.#faults.hits("job-doubled") ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => this.#deliver(name, jobs)));
  }

  async #deliver(name: QueueName, jobs: readonly Waiting[]): Promise<void> {
    const host = this.#worker();
    const again = (milliseconds: number) => {
      for (const job of jobs)
        if (job.tries + 1 < TRIES) this.#later(name, { ...job, tries: job.tries + 1 }, milliseconds);
    };
    if (!host) return again(5 * SECOND);
    let verdict: Verdict = "nothing";
    const batch = {
      queue: name,
      messages: jobs.map(({ body, tries }, index) => ({ id: String(index), body, attempts: tries + 1 })),
      ackAll: () => {
        verdict = "done";
      },
      retryAll: ({ delaySeconds = 0 }: { delaySeconds?: number } = {}) => {
        verdict = { afterSeconds: delaySeconds };
      },
    } as unknown as MessageBatch<Job>;
    const ended = await host.process.orDeath(
      host.process.doors.default.queue(batch, host.env, host.process.context()).then(
        () => "ended" as const,
        () => "failed" as const,
      ),
    );
    const said = verdict as Verdict;
    if (ended === "died") return again(this.#random.wait(30 * SECOND));
    if (ended === "failed") return again(5 * SECOND);
    if (typeof said === "object") return again(said.afterSeconds * SECOND);
    if (this.#faults.hits("job-again")) again(this.#random.wait(10 * SECOND));
  }
}
