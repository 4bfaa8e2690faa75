/** How long this disk takes to keep a promise: every commit waits for it, so it says how far two runs may be compared. */

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** Milliseconds of one write and fsync: the median of many, and the worst of them. */
export function probeDisk(times = 100): { median: number; worst: number } {
  const folder = mkdtempSync(join(tmpdir(), "stafett-disk-"));
  const file = openSync(join(folder, "probe"), "w");
  const block = Buffer.alloc(4096, 1);
  const took = Array.from({ length: times }, () => {
    const begun = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return { median: took[times >> 1] ?? Number.NaN, worst: took.at(-1) ?? Number.NaN };
}
