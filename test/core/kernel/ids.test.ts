/** Ids: the only ones, in order of time, and each account's together. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountPart, makeIds, tailOf, timePart } from "../../../src/core/kernel/ids.ts";
import { fill, NOON, stoppedAt } from "../../support/rows.ts";

function idsAt(times: () => number, random = fill) {
  return makeIds({ ...stoppedAt(NOON), now: times }, random);
}

describe("a message's id", () => {
  it("is made of its account, its time, and what makes it the only one", () => {
    const id = idsAt(() => NOON).message(42);
    expect(id).toMatch(/^msg_000042[0-9a-z]{19}$/);
    expect(id.startsWith(`msg_${accountPart(42)}${timePart(NOON)}`)).toBe(true);
    expect(tailOf(id)).toBe(id.slice("msg_000042".length));
  });

  it("is never given twice, even in one instant without luck", () => {
    const ids = idsAt(
      () => NOON,
      (bytes) => bytes.fill(7),
    );
    expect(new Set(Array.from({ length: 10_000 }, () => ids.message(1))).size).toBe(10_000);
  });

  it("sorts in the order of its making, within an instant too", () => {
    let now = NOON;
    const ids = idsAt(() => now);
    const made = Array.from({ length: 500 }, (_, index) => {
      if (index % 50 === 49) now += 1 + (index % 3);
      return ids.message(1);
    });
    expect([...made].sort()).toEqual(made);
  });

  it("of two isolates in the same instant differs by chance alone", () => {
    const [one, other] = [idsAt(() => NOON), idsAt(() => NOON)];
    expect(one.message(1)).not.toBe(other.message(1));
  });

  it("lies in the range of its time: that is how lists are read", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 43), fc.nat(2 ** 43), fc.integer({ min: 1, max: 999_999 }), (at, since, account) => {
        const id = idsAt(() => at).message(account);
        expect(id >= `msg_${accountPart(account)}${timePart(since)}`).toBe(at >= since);
        expect(id < `msg_${accountPart(account)}~`).toBe(true);
      }),
    );
  });
});

describe("a time in an id", () => {
  it("sorts as the time does", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 44), fc.nat(2 ** 44), (a, b) => {
        expect(Math.sign(a - b)).toBe(timePart(a) === timePart(b) ? 0 : timePart(a) < timePart(b) ? -1 : 1);
      }),
    );
  });
});

describe("a UUID", () => {
  it("is one of version 4", () => {
    const uuid = idsAt(
      () => NOON,
      (bytes) => crypto.getRandomValues(bytes),
    ).uuid();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
