/** Counting what happens: together, and never lost to a write that fails or dies. */

import { expect, it } from "vitest";
import { makeCounts } from "../../src/adapters/counts.ts";
import type { Count } from "../../src/core/operator/counts.ts";

function counting() {
  let now = 0;
  let isDown = false;
  const written: (readonly Count[])[] = [];
  const sleeping: (() => void)[] = [];
  const underWay: Promise<unknown>[] = [];
  const counts = makeCounts(
    {
      add: async (some) => {
        if (isDown) throw new Error("the database is down");
        written.push(some);
      },
      all: async () => [],
    },
    {
      sleep: () => new Promise((resolve) => sleeping.push(resolve)),
      keepAlive: (promise) => void underWay.push(promise),
      failed: () => {},
      now: () => now,
    },
  );
  return {
    counts,
    written,
    down: (is: boolean) => {
      isDown = is;
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    async wake() {
      for (const resolve of sleeping.splice(0)) resolve();
      await Promise.all(underWay.splice(0));
    },
  };
}

it("a flood is one write with one row", async () => {
  const { counts, written, wake } = counting();
  for (let n = 0; n < 1_000; n++) counts.count("login_refused");
  counts.count("login_refused", {}, 5);
  await wake();
  expect(written).toEqual([[{ name: "login_refused", labels: {}, count: 1_005 }]]);
});

it("what could not be written goes with the next", async () => {
  const { counts, written, down, wake } = counting();
  down(true);
  counts.count("pin_wrong", { account: "acme" });
  await wake();
  down(false);
  counts.count("pin_wrong", { account: "acme" });
  await wake();
  expect(written).toEqual([[{ name: "pin_wrong", labels: { account: "acme" }, count: 2 }]]);
});

it("another request writes where the one that was to was cancelled", async () => {
  const { counts, written, pass, wake } = counting();
  counts.count("login_refused");
  pass(10_000);
  counts.count("login_refused");
  await wake();
  expect(written.flat().reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

it("of too many kinds at once none is lost: those that are too many are counted together, and hide no other", async () => {
  const { counts, written, wake } = counting();
  for (let prefix = 1_000; prefix < 2_000; prefix++) {
    counts.count("message_accepted", { account: "acme", prefix: String(prefix) });
  }
  counts.count("login_refused");
  await wake();
  const all = written.flat();
  const of = (name: string) => all.reduce((sum, one) => sum + (one.name === name ? one.count : 0), 0);
  expect([of("message_accepted"), of("login_refused")]).toEqual([1_000, 1]);
  expect(all.length).toBeLessThanOrEqual(510);
});
