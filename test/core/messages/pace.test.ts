/** A carrier's pace: never more in a second than agreed, nearly all of it used, and what is urgent does not wait behind the rest. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SubmitResult } from "../../../src/core/messages/carrier.ts";
import { Pacer, type Wish, withPace } from "../../../src/core/messages/pace.ts";
import { aMessage } from "../../support/rows.ts";

type Text = Wish & { from: number };

/** Lets everything come, and come again when it was told to, rounded up to the next second as a queue does. */
function run(perSecond: number, texts: readonly Text[]) {
  const pacer = new Pacer();
  const gone: { text: Text; at: number }[] = [];
  let asked = 0;
  let waiting = texts.map((text) => ({ text, at: text.from, isAgain: text.isAgain ?? false }));
  while (waiting.length > 0) {
    const now = Math.min(...waiting.map(({ at }) => at));
    const [due, later] = [waiting.filter(({ at }) => at === now), waiting.filter(({ at }) => at > now)];
    asked += due.length;
    const answers = pacer.take(
      perSecond,
      due.map(({ text, isAgain }) => ({ ...text, isAgain })),
      now,
    );
    waiting = later;
    due.forEach(({ text }, index) => {
      const wait = answers[index] as number;
      if (wait === 0) gone.push({ text, at: now });
      else waiting.push({ text, at: now + Math.ceil(wait / 1000) * 1000, isAgain: true });
    });
  }
  return Object.assign(gone, { asked });
}

const many = (count: number, given: Partial<Text> = {}): Text[] =>
  Array.from({ length: count }, () => ({ account: "acme", parts: 1, from: 0, ...given }));

const lastOf = (gone: readonly { text: Text; at: number }[], account: string) =>
  Math.max(...gone.filter(({ text }) => text.account === account).map(({ at }) => at));

describe("a carrier's pace", () => {
  it("lets go of no more in any second than is allowed, whatever comes when, and loses nothing", () => {
    const text = fc.record({
      account: fc.constantFrom("acme", "bolt", "core"),
      parts: fc.integer({ min: 1, max: 4 }),
      from: fc.integer({ min: 0, max: 5_000 }),
      isUrgent: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 40 }), fc.array(text, { maxLength: 120 }), (perSecond, texts) => {
        const gone = run(perSecond, texts);
        expect(gone).toHaveLength(texts.length);
        for (const { at } of gone) {
          const inSecond = gone.filter((one) => one.at > at - 1000 && one.at <= at);
          expect(inSecond.reduce((sum, { text: { parts } }) => sum + parts, 0)).toBeLessThanOrEqual(perSecond);
        }
      }),
    );
  });

  it("uses what it is allowed: a thousand at fifty a second are gone in thirty seconds", () => {
    expect(lastOf(run(50, many(1_000)), "acme")).toBeLessThanOrEqual(30_000);
  });

  it("lets what is urgent go within a second, though thousands wait", () => {
    const urgent = many(5, { account: "bank", isUrgent: true, from: 2_300 });
    const gone = run(20, [...many(2_000), ...urgent]);
    expect(lastOf(gone, "bank")).toBeLessThanOrEqual(3_300);
  });

  it("lets another account's few go within seconds, though one account's thousands wait", () => {
    const gone = run(20, [...many(2_000), ...many(10, { account: "bolt", from: 2_300 })]);
    expect(lastOf(gone, "bolt")).toBeLessThanOrEqual(10_000);
  });

  it("counts parts, and lets one that has more than a second's worth go alone", () => {
    const gone = run(3, [...many(1, { parts: 7 }), ...many(1, { account: "bolt", from: 100 })]);
    expect(gone.map(({ at }) => at)).toEqual([0, expect.any(Number)]);
    expect(gone[1]?.at).toBeGreaterThanOrEqual(2_000);
  });

  it.each([
    ["all of one account", many(2_000)],
    ["all urgent", many(2_000, { isUrgent: true })],
    ["that all came before, as after an outage", many(2_000, { isAgain: true })],
    ["of forty accounts", Array.from({ length: 40 }, (_, n) => many(50, { account: `acme-${n}` })).flat()],
  ])("has each of thousands %s ask a few times only, until it goes", (_, texts) => {
    const gone = run(20, texts);
    expect(gone.asked).toBeLessThan(4 * texts.length);
    expect(Math.max(...gone.map(({ at }) => at))).toBeLessThan(135_000);
  });

  it("lets a text of many parts go, though short ones come all the time", () => {
    const short = Array.from({ length: 600 }, (_, n) => many(1, { account: `acme-${n}`, from: 100 * n })).flat();
    const gone = run(5, [...short, ...many(3, { account: "bank", parts: 4, from: 250 })]);
    expect(lastOf(gone, "bank")).toBeLessThan(30_000);
  });

  it("goes on at once when its clock is set back", () => {
    const pacer = new Pacer();
    const two = many(2);
    expect(pacer.take(2, two, 1_000_000)).toEqual([0, 0]);
    expect(pacer.take(2, many(1, { isAgain: true }), 500_000)).toEqual([expect.toSatisfy((wait) => wait > 0)]);
    expect(pacer.take(2, many(2, { isAgain: true }), 501_000)).toEqual([0, 0]);
  });
});

describe("a carrier at a pace", () => {
  let now = 0;
  const open = (waits: () => Promise<number[]>) => {
    const handed: number[] = [];
    const submit = async (messages: readonly unknown[]) => {
      handed.push(messages.length);
      return messages.map((_, index): SubmitResult => ({ outcome: "taken", reference: `r${index}` }));
    };
    const carrier = { name: "relay", kind: "relay", submit, query: async () => [] };
    return { handed, carrier: withPace(carrier, { perSecond: 2, pace: { take: waits }, wall: () => now }) };
  };
  const texts = (count: number) => Array.from({ length: count }, () => aMessage());

  it("is handed what there is room for; the others keep their place and are told when to come", async () => {
    const { handed, carrier } = open(async () => [0, 1_500, 0]);
    expect(await carrier.submit(texts(3))).toEqual([
      { outcome: "taken", reference: "r0" },
      { outcome: "busy", retryAfterSeconds: 1.5, isUntried: true },
      { outcome: "taken", reference: "r1" },
    ]);
    expect(handed).toEqual([2]);
  });

  it("is handed nothing where it took so long to hear of room that the texts may be another's by now", async () => {
    const { handed, carrier } = open(async () => {
      now += 1_001;
      return [0, 0];
    });
    const busy = { outcome: "busy", retryAfterSeconds: 1, isUntried: true };
    expect(await carrier.submit(texts(2))).toEqual([busy, busy]);
    expect(handed).toEqual([]);
  });

  it("is handed nothing where nobody can tell whether there is room", async () => {
    const { handed, carrier } = open(() => Promise.reject(new Error("away")));
    const busy = { outcome: "busy", retryAfterSeconds: 1, isUntried: true };
    expect(await carrier.submit(texts(2))).toEqual([busy, busy]);
    expect(handed).toEqual([]);
  });
});
