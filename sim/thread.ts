/** A thread of the workforce. */

import { parentPort, workerData } from "node:worker_threads";
import { bundle, type Patch } from "./ground/bundle.ts";
import type { Answered, Asked } from "./workforce.ts";
import { run } from "./world.ts";

const { patches } = workerData as { patches: readonly Patch[] };
const code = bundle(patches);

parentPort?.on("message", async ({ plan }: Asked) => {
  let answer: Answered;
  try {
    answer = { outcome: await run(plan, await code) };
  } catch (error) {
    answer = { seed: plan.seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort?.postMessage(answer);
});
