/** The sandbox's clock as one isolate knows it: a read that was under way as the clock was moved does not take it back. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hearClock, moveClock, sandboxClock } from "../../src/adapters/clock.ts";

const START = Date.UTC(2026, 10, 30);
const DAY = 86_400_000;

beforeEach(() => vi.useFakeTimers({ now: START, toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** A database that answers a read with what it knew as it was asked, and when it is told to. */
function slowDatabase() {
  let ahead = "0";
  const waiting: (() => void)[] = [];
  const later = <T>(answer: T) => new Promise<T>((resolve) => waiting.push(() => resolve(answer)));
  const statement = (sql: string, bound: unknown[] = []) => ({
    bind: (...values: unknown[]) => statement(sql, values),
    all: () => later({ results: [{ name: "ahead", value: ahead }] }),
    async run() {
      await later(undefined);
      ahead = String(bound[0]);
    },
  });
  const answer = () => {
    for (const one of waiting.splice(0)) one();
  };
  return { db: { prepare: statement } as unknown as D1Database, answer };
}

it("keeps a move that is made in the millisecond in which a read began", async () => {
  const { db, answer } = slowDatabase();
  const first = hearClock(db);
  answer();
  await first;

  vi.setSystemTime(START + 5_000);
  const read = hearClock(db);
  const moved = moveClock(db, START + DAY);
  answer();
  await Promise.all([read, moved]);
  expect(sandboxClock.now()).toBe(START + DAY);
});

it("keeps a move whose write takes longer than a read is believed", async () => {
  const { db, answer } = slowDatabase();
  const moved = moveClock(db, START + DAY);
  vi.setSystemTime(START + 5_000);
  const read = hearClock(db);
  answer();
  await Promise.all([read, moved]);
  expect(sandboxClock.now()).toBe(START + DAY + 5_000);
});
