/** Requests of one isolate that hand on together: each is answered for itself, and none waits for one that is gone. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gathering } from "../../src/doors/gathering.ts";

const PATIENCE = 10_000;

type Call = { items: readonly string[]; again: boolean; answer: (by?: (item: string) => string | Error) => void };

function gathering(limit = 100) {
  const calls: Call[] = [];
  const kept: Promise<unknown>[] = [];
  const made = new Gathering<string, string>({
    call: (items, again) => {
      const { promise, resolve, reject } = Promise.withResolvers<PromiseSettledResult<string>[]>();
      const answer = (by: (item: string) => string | Error = (item) => `${item} is stored`) => {
        if (items.some((item) => by(item) === "thrown")) return reject(new Error("thrown"));
        resolve(
          items.map((item) => {
            const value = by(item);
            return value instanceof Error ? { status: "rejected", reason: value } : { status: "fulfilled", value };
          }),
        );
      };
      calls.push({ items, again, answer });
      return promise;
    },
    order: { sizeOf: (item) => Number(/-weighs-(\d+)$/.exec(item)?.[1] ?? 1), limit },
    keepAlive: (promise) => void kept.push(promise),
    patience: PATIENCE,
    wall: () => Date.now(),
  });
  return { made, calls, kept };
}

/** What becomes of it, so far. */
function watched<T>(promise: Promise<T>): { now: T | Error | "waits" } {
  const seen: { now: T | Error | "waits" } = { now: "waits" };
  promise.then(
    (value) => {
      seen.now = value;
    },
    (error) => {
      seen.now = error;
    },
  );
  return seen;
}

const passes = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("gathering", () => {
  it("hands on together what arrives together, and answers each for itself", async () => {
    const { made, calls } = gathering();
    const [a, b] = [watched(made.add("a")), watched(made.add("b"))];
    await passes(1);
    expect(calls.map(({ items }) => items)).toEqual([["a", "b"]]);
    calls[0]?.answer((item) => (item === "b" ? new Error("b is bad") : `${item} is stored`));
    await passes(0);
    expect([a.now, b.now]).toEqual(["a is stored", new Error("b is bad")]);
  });

  it("gathers while a call is under way, and has another request lead next", async () => {
    const { made, calls } = gathering(2);
    const first = watched(made.add("a"));
    await passes(1);
    const rest = ["b", "c", "d"].map((item) => watched(made.add(item)));
    await passes(1);
    expect(calls).toHaveLength(1);
    calls[0]?.answer();
    await passes(1);
    expect(first.now).toBe("a is stored");
    expect(calls[1]?.items).toEqual(["b", "c"]);
    calls[1]?.answer();
    await passes(1);
    calls[2]?.answer();
    await passes(1);
    expect(rest.map(({ now }) => now)).toEqual(["b is stored", "c is stored", "d is stored"]);
    expect(calls.some(({ again }) => again)).toBe(false);
  });

  it("keeps each request alive until it is answered, so that a client who gives up takes nobody along", async () => {
    const { made, calls, kept } = gathering();
    for (const item of ["a", "b"]) made.add(item).catch(() => {});
    expect(kept).toHaveLength(2);
    const alive = kept.map(watched);
    await passes(1);
    expect(alive.map(({ now }) => now)).toEqual(["waits", "waits"]);
    calls[0]?.answer(() => new Error("it is full"));
    await passes(1);
    expect(alive.map(({ now }) => now)).toEqual([undefined, undefined]);
  });

  it("tells all of a call that failed", async () => {
    const { made, calls } = gathering();
    const told = ["a", "b"].map((item) => watched(made.add(item)));
    await passes(1);
    calls[0]?.answer(() => "thrown");
    await passes(1);
    expect(told.map(({ now }) => now)).toEqual([new Error("thrown"), new Error("thrown")]);
    const after = watched(made.add("c"));
    await passes(1);
    calls[1]?.answer();
    await passes(1);
    expect(after.now).toBe("c is stored");
  });

  it("goes again where whoever led was never heard of, and says that it may have been done before", async () => {
    const { made, calls } = gathering();
    const [a, b] = [watched(made.add("a")), watched(made.add("b"))];
    await passes(1);
    const late = watched(made.add("c")); // came while the one that vanished led
    await passes(PATIENCE + 1);
    expect(calls).toHaveLength(2);
    expect([...(calls[1]?.items ?? [])].sort()).toEqual(["b", "c"]);
    expect(calls[1]?.again).toBe(true);
    calls[1]?.answer();
    await passes(1);
    expect([b.now, late.now]).toEqual(["b is stored", "c is stored"]);
    // It was only slow: its own answer counts, for it alone.
    calls[0]?.answer((item) => `${item} is stored late`);
    await passes(1);
    expect([a.now, b.now]).toEqual(["a is stored late", "b is stored"]);
  });

  it("is as it was once a leader has vanished: the next request waits for nobody", async () => {
    const { made, calls } = gathering();
    const lost = ["a", "b"].map((item) => watched(made.add(item)));
    await passes(PATIENCE + 2);
    calls[1]?.answer();
    await passes(1);
    expect(lost[1]?.now).toBe("b is stored");
    watched(made.add("c"));
    await passes(1);
    expect(calls[2]).toMatchObject({ items: ["c"], again: false });
  });

  it("watches every leader: the second may vanish as well as the first", async () => {
    const { made, calls } = gathering();
    const first = watched(made.add("a"));
    await passes(1);
    const rest = ["b", "c", "d"].map((item) => watched(made.add(item)));
    calls[0]?.answer();
    await passes(1);
    expect(first.now).toBe("a is stored");
    expect(calls[1]?.items).toEqual(["b", "c", "d"]); // b leads, and is never heard of
    await passes(PATIENCE + 2);
    expect([...(calls[2]?.items ?? [])].sort()).toEqual(["c", "d"]);
    expect(calls[2]?.again).toBe(true);
    calls[2]?.answer();
    await passes(1);
    expect(rest.map(({ now }) => now)).toEqual(["waits", "c is stored", "d is stored"]);
  });

  it("goes on where a slow leader has answered for all whose turn it is again", async () => {
    const { made, calls } = gathering(10);
    const heavy = (name: string) => `${name}-weighs-8`;
    const told = ["a", "b", heavy("x")].map((item) => watched(made.add(item)));
    await passes(1);
    expect(calls[0]?.items).toEqual(["a", "b", heavy("x")]);
    told.push(watched(made.add(heavy("c"))));
    await passes(PATIENCE + 1);
    expect(calls[1]?.items).toEqual(["b", heavy("c")]);
    told.push(watched(made.add(heavy("d")))); // behind x, which waits again
    calls[0]?.answer();
    await passes(1);
    calls[1]?.answer();
    await passes(1);
    expect(calls[2]?.items).toEqual([heavy("d")]);
    calls[2]?.answer();
    await passes(1);
    expect(told.map(({ now }) => now)).not.toContain("waits");
  });

  it("has whoever notices lead, for others who wait may be gone too", async () => {
    const { made, calls } = gathering();
    watched(made.add("a"));
    await passes(1);
    watched(made.add("b"));
    vi.setSystemTime(Date.now() + PATIENCE); // the timers of those who waited are gone with them
    const noticing = watched(made.add("c"));
    await passes(1);
    expect(calls[1]?.items).toEqual(["c", "b"]);
    calls[1]?.answer();
    await passes(1);
    expect(noticing.now).toBe("c is stored");
  });

  it("has a timer for each that waits, for the platform cancels requests that wait for others alone", async () => {
    const { made, calls } = gathering();
    for (const item of ["a", "b", "c", "d"]) watched(made.add(item));
    await passes(1);
    expect(vi.getTimerCount()).toBe(3);
    calls[0]?.answer();
    await passes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
