/** Runs worlds side by side, each in a thread that keeps nothing from one to the next. */

import { Worker } from "node:worker_threads";
import type { Patch } from "./ground/bundle.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Outcome } from "./world.ts";

/** A thread is told which bug is planted, and then plans; it answers each with what came of it. */
export type Asked = { plan: Plan };
export type Answered = { outcome: Outcome } | { seed: number; error: string };

/** After so many broken worlds nobody needs more. */
const ENOUGH = 5;

/**
 * Runs a world for each seed.
 * @returns those in which a promise was broken, by seed
 * @throws Error where a world could not be run to its end
 */
export async function runAll(given: {
  seeds: readonly number[];
  jobs: number;
  patches?: readonly Patch[];
  /** What each seed's world is made of; as the seed draws it, unless said. */
  plan?: (seed: number) => Plan;
  /** After so many broken worlds nobody needs more. */
  enough?: number;
  /** Whether no further world is begun. */
  isOver?: () => boolean;
  heard?: (outcome: Outcome) => void;
}): Promise<Outcome[]> {
  const { seeds, jobs, patches = [], plan = planOf, enough = ENOUGH, isOver = () => false, heard } = given;
  const waiting = [...seeds];
  const broken: Outcome[] = [];
  const one = async () => {
    const thread = new Thread(patches);
    try {
      while (broken.length < enough && !isOver()) {
        const seed = waiting.shift();
        if (seed === undefined) break;
        const outcome = await thread.run(seed, plan(seed));
        heard?.(outcome);
        if (outcome.breach) broken.push(outcome);
      }
    } finally {
      await thread.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, seeds.length) }, one));
  return broken.sort((a, b) => a.plan.seed - b.plan.seed);
}

export class Thread {
  readonly #worker: Worker;

  constructor(patches: readonly Patch[]) {
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: { patches } });
  }

  /** @throws Error if the world could not be run to its end */
  run(seed: number, plan: Plan = planOf(seed)): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(new Error(`seed ${seed} could not be run: ${describe(error)}`));
      this.#worker.removeAllListeners();
      this.#worker.once("error", fail);
      this.#worker.once("exit", (code) => fail(`its thread ended with ${code}`));
      this.#worker.once("message", (answer: Answered) => {
        if ("error" in answer) fail(answer.error);
        else resolve(answer.outcome);
      });
      this.#worker.postMessage({ plan } satisfies Asked);
    });
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
