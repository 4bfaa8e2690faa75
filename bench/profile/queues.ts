/** The queues that wrangler.toml binds: the name of each binding, and how many jobs a batch has at most. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/root.ts";

/** @throws Error where a queue has no consumer */
export function readQueues(): { binding: string; maxBatch: number }[] {
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  const consumers = new Map(
    [...toml.matchAll(/\[\[queues\.consumers\]\]\nqueue = "(.*)"\nmax_batch_size = (\d+)/g)].map(
      ([, queue = "", size]) => [queue, Number(size)] as const,
    ),
  );
  return [...toml.matchAll(/\[\[queues\.producers\]\]\nqueue = "(.*)"\nbinding = "(.*)"/g)].map(
    ([, queue = "", binding = ""]) => {
      const maxBatch = consumers.get(queue);
      if (maxBatch === undefined) throw new Error(`wrangler.toml has no consumer for ${queue}`);
      return { binding, maxBatch };
    },
  );
}
