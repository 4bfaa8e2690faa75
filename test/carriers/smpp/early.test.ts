/** A receipt that one bind gets before another bind has the answer to its text. */

import { expect, it } from "vitest";
import { config, receipt, world } from "../../support/bind-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function told(...ids: string[]) {
  const one = world();
  // Nothing else is waited for in a round.
  await one.bind.configure({ ...config, enquireSeconds: 86_400 });
  await one.bind.tick();
  for (const id of ids) one.links[0]?.hear(receipt(id));
  await one.settle();
  await one.settle();
  expect(one.others.asked.toSorted()).toEqual(ids.toSorted());
  one.others.asked.length = 0;
  return one;
}

it("is asked about in each round, until another bind knows its text", async () => {
  const one = await told("x");
  await one.bind.tick();
  one.others.know.add("x");
  await one.bind.tick();
  expect(one.others.asked).toEqual(["x", "x"]);
  expect(one.book.early(0, 1)).toEqual([]);
  await one.bind.tick();
  expect(one.others.asked).toHaveLength(2);
});

it("is asked about though the next round is hours late", async () => {
  const one = await told("x");
  one.others.know.add("x");
  await one.pass(8 * HOUR);
  await one.bind.tick();
  expect(one.others.asked).toEqual(["x"]);
  expect(one.book.early(0, 1)).toEqual([]);
});

it("is not asked about for ever, where no text of ours is known for it", async () => {
  const one = await told("x");
  await one.pass(3 * MINUTE);
  for (let round = 0; round < 5; round++) await one.bind.tick();
  expect(one.others.asked).toEqual(["x"]);
});

it("does not wait behind very many old ones, and each of those has its turn", async () => {
  const old = Array.from({ length: 120 }, (_, n) => `old-${n}`);
  const one = await told();
  for (const id of old) {
    one.links[0]?.hear(receipt(id));
    await one.pass(1);
  }
  await one.pass(3 * MINUTE);
  one.links[0]?.hear(receipt("new"));
  await one.settle();
  one.others.asked.length = 0;
  await one.bind.tick();
  expect(one.others.asked).toContain("new");
  await one.bind.tick();
  await one.bind.tick();
  expect(new Set(one.others.asked)).toEqual(new Set(["new", ...old]));
});
