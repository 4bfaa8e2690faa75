/** One timer for the earliest of many times. */

import { expect, it } from "vitest";
import { Earliest, earliestOf } from "../../../src/carriers/smpp/earliest.ts";

/** Time that passes by hand, and the timers that are set by it. */
function aTime() {
  let now = 0;
  let set = 0;
  const timers = new Map<number, { at: number; run: () => void }>();
  const ports = {
    wall: () => now,
    after(milliseconds: number, run: () => void) {
      const id = ++set;
      timers.set(id, { at: now + milliseconds, run });
      return () => void timers.delete(id);
    },
  };
  const pass = (to: number) => {
    now = to;
    for (const [id, { at, run }] of [...timers]) {
      if (at > now || !timers.delete(id)) continue;
      run();
    }
  };
  return { ports, pass, running: () => timers.size, set: () => set };
}

it("sees to each in its time, with one timer at any moment", () => {
  const time = aTime();
  let waiting = [30, 10, 20, 10].map((until) => ({ until }));
  const seen: number[][] = [];
  const earliest = new Earliest(time.ports, () => {
    const isDue = ({ until }: { until: number }) => until <= time.ports.wall();
    seen.push(waiting.filter(isDue).map(({ until }) => until));
    waiting = waiting.filter((one) => !isDue(one));
    return earliestOf(waiting);
  });
  for (const { until } of waiting) earliest.by(until);
  expect(time.running()).toBe(1);
  for (const now of [9, 10, 19, 25, 30, 40]) time.pass(now);
  expect(seen).toEqual([[10, 10], [20], [30]]);
  expect(time.running()).toBe(0);
});

it("sets no new timer for what comes later than the next", () => {
  const time = aTime();
  const earliest = new Earliest(time.ports, () => Number.POSITIVE_INFINITY);
  earliest.by(10);
  for (let until = 11; until < 1_000; until++) earliest.by(until);
  expect(time.set()).toBe(1);
});

it("sees to nothing once it is off, and to what is asked for after that", () => {
  const time = aTime();
  let seen = 0;
  const earliest = new Earliest(time.ports, () => {
    seen++;
    return Number.POSITIVE_INFINITY;
  });
  earliest.by(10);
  earliest.off();
  time.pass(20);
  expect([seen, time.running()]).toEqual([0, 0]);
  earliest.by(30);
  time.pass(30);
  expect(seen).toBe(1);
});

it("asks for nothing where there is no time", () => {
  const time = aTime();
  expect(earliestOf([])).toBe(Number.POSITIVE_INFINITY);
  new Earliest(time.ports, () => 0).by(earliestOf([]));
  expect(time.running()).toBe(0);
});
