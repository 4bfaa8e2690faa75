/** Long texts that come part by part: taken once, whole and in order; and never lost, though a part is. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY, DEATHS, dying, HOUR, NUMBER, openWorld, PERSON, type World } from "../../support/ports.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const MINUTE = 60_000;
const WORDS = ["One ", "two ", "three"];

/** The part of this number, of three. */
const part = (number: number, more: { theirId?: string; reference?: string; text?: string; total?: number } = {}) => {
  const { theirId = `id-${number}`, reference = "7", text = WORDS[number - 1] ?? "", total = 3 } = more;
  const of = { carrier: "bank", sender: PERSON, recipient: NUMBER };
  return { ...of, theirId, text, part: { reference, number, total } };
};
const reports = (...parts: ReturnType<typeof part>[]) => world.gateway.receive(parts);
const taken = (at = world) =>
  (at.database.sqlite.prepare("SELECT text FROM inbound ORDER BY id").all() as { text: string }[]).map(
    ({ text }) => text,
  );
const left = () => world.database.sqlite.prepare("SELECT count(*) AS n FROM inbound_part").get() as { n: number };

describe("a long text that comes in parts", () => {
  it.each([
    ["in order", [1, 2, 3]],
    ["in any order", [3, 1, 2]],
    ["each more than once", [2, 2, 1, 3, 1, 3, 2]],
  ])("%s is one text", async (_, order) => {
    for (const number of order) await reports(part(number));
    expect(taken()).toEqual(["One two three"]);
    await world.pass(HOUR, MINUTE);
    expect(taken()).toEqual(["One two three"]);
  });

  it("in one call, beside other texts, is one text", async () => {
    const other = { carrier: "bank", theirId: "whole", sender: PERSON, recipient: NUMBER, text: "Whole" };
    await world.gateway.receive([
      part(2),
      other,
      part(1),
      part(3),
      part(1, { reference: "8", theirId: "x", text: "Else" }),
    ]);
    expect(taken().toSorted()).toEqual(["One two three", "Whole"]);
  });

  it("at the same moment in several places is one text", async () => {
    await Promise.all([1, 2, 3, 1, 2, 3].map((number) => reports(part(number))));
    await world.pass(HOUR, MINUTE);
    expect(taken()).toEqual(["One two three"]);
  });

  it("without one of them is taken as far as it came, after ten minutes; what comes then is a text of its own", async () => {
    await reports(part(1));
    world.time.now += 5 * MINUTE;
    await reports(part(3));
    world.time.now += 4 * MINUTE;
    await world.work();
    expect(taken()).toEqual([]);
    world.time.now += MINUTE;
    await world.work();
    expect(taken()).toEqual(["One three"]);
    await reports(part(2));
    await world.pass(HOUR, MINUTE);
    expect(taken()).toEqual(["One three", "two "]);
  });

  it("is not mixed with the next of the same reference, nor with another person's or number's", async () => {
    for (const number of [1, 2, 3]) await reports(part(number));
    const next = [1, 2, 3].map((number) => part(number, { theirId: `next-${number}`, text: `${number}` }));
    await reports(...next.slice(0, 2), { ...part(3, { theirId: "y" }), sender: "+4798079009" });
    await reports({ ...part(3, { theirId: "z" }), recipient: "2003" });
    expect(taken()).toEqual(["One two three"]);
    await reports(next[2] as ReturnType<typeof part>);
    expect(taken()).toEqual(["One two three", "123"]);
  });

  it.each([
    ["the only one", { number: 1, total: 1 }],
    ["the fourth of three", { number: 4, total: 3 }],
    ["of none", { number: 1, total: 0 }],
    ["no number at all", { number: Number.NaN, total: 2 }],
  ])("that is %s is a text of its own", async (_, odd) => {
    await reports({ ...part(1), part: { reference: "7", ...odd } });
    expect(taken()).toEqual(["One "]);
  });

  it("is taken once, whichever write its process dies at", async () => {
    for (const at of DEATHS(30)) {
      world.close();
      world = await openWorld();
      await reports(part(1), part(2));
      const died = await dying(world.database, at, () => reports(part(3)));
      // What was not acknowledged is told again.
      if (died) await reports(part(3));
      await world.pass(HOUR, MINUTE);
      expect(taken()).toEqual(["One two three"]);
      if (!died) return;
    }
    throw new Error("it takes more calls than the test counts on");
  });

  it("is forgotten as parts after two days, and not before", async () => {
    for (const number of [1, 2, 3]) await reports(part(number));
    await world.pass(DAY, 6 * HOUR);
    await world.gateway.tidy();
    expect(left().n).toBe(3);
    await world.pass(2 * DAY, 6 * HOUR);
    await world.gateway.tidy();
    expect(left().n).toBe(0);
  });
});
