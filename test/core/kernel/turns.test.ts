/** Who is next: urgent before the rest, accounts in turn, and nothing waits for ever. */

import { describe, expect, it } from "vitest";
import { Turns } from "../../../src/core/kernel/turns.ts";

type Item = { of: string; lane?: number; size?: number };

function turns(limit: number, items: readonly Item[]) {
  const made = new Turns<Item>({
    lanes: 3,
    laneOf: ({ lane = 0 }) => lane,
    ownerOf: ({ of }) => of,
    sizeOf: ({ size = 1 }) => size,
    limit,
  });
  for (const item of items) made.add(item);
  return made;
}

const named = (items: readonly Item[]) => items.map(({ of }) => of).join("");
const many = (of: string, count: number, more: Partial<Item> = {}) =>
  Array.from({ length: count }, () => ({ of, ...more }));

describe("turns", () => {
  it("give each account its share, whoever came first", () => {
    const waiting = turns(6, [...many("a", 100), ...many("b", 2), ...many("c", 3)]);
    expect(named(waiting.take()).split("").sort().join("")).toBe("aabbcc");
    expect(named(waiting.take()).split("").sort().join("")).toBe("aaaaac");
    expect(named(waiting.take())).toBe("aaaaaa");
  });

  it("keep the order of what one account has", () => {
    const waiting = turns(
      3,
      [1, 2, 3, 4].map((n) => ({ of: "a", size: n / 4 })),
    );
    const sizes = [...waiting.take(), ...waiting.take()].map(({ size }) => size);
    expect(sizes).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it("take what is urgent first, and fill up with the rest", () => {
    const waiting = turns(3, [...many("z", 5, { lane: 2 }), ...many("u", 2), ...many("n", 1, { lane: 1 })]);
    expect(named(waiting.take())).toBe("uun");
    expect(named(waiting.take())).toBe("zzz");
  });

  it("share by weight: who sends large pieces sends fewer of them", () => {
    const waiting = turns(10, [...many("a", 10, { size: 5 }), ...many("b", 20)]);
    const taken = [...waiting.take(), ...waiting.take()];
    const weigh = (of: string) => taken.filter((one) => one.of === of).reduce((sum, { size = 1 }) => sum + size, 0);
    expect([weigh("a"), weigh("b")]).toEqual([10, 10]);
  });

  const heavy = [
    { name: "two that each send pieces of which one fits", limit: 10, sizes: [8, 8] },
    { name: "one that sends large pieces, behind one that sends small ones", limit: 10, sizes: [1, 8] },
    { name: "one that sends pieces heavier than the limit", limit: 10, sizes: [1, 30] },
  ];
  it.each(heavy)("pass nobody over for long: $name", ({ limit, sizes: [size = 1, other = 1] }) => {
    const waiting = turns(limit, [...many("a", 400, { size }), ...many("b", 40, { size: other })]);
    const groups = Array.from({ length: 20 }, () => waiting.take());
    const weigh = (of: string) =>
      groups
        .flat()
        .filter((one) => one.of === of)
        .reduce((sum, { size = 1 }) => sum + size, 0);
    expect(Math.abs(weigh("a") - weigh("b"))).toBeLessThanOrEqual(limit + other);
    for (const group of groups) {
      const weight = group.reduce((sum, { size = 1 }) => sum + size, 0);
      expect(group.length === 1 || weight <= limit).toBe(true);
    }
  });

  it("let the lowest lane go now and then, though there is always something that is more urgent", () => {
    const waiting = turns(2, many("z", 3, { lane: 2 }));
    const rounds = Array.from({ length: 12 }, () => {
      for (const item of many("u", 4)) waiting.add(item);
      return named(waiting.take());
    });
    expect(rounds.filter((round) => round.includes("z")).length).toBe(2);
    expect(rounds.slice(0, 5).some((round) => round.includes("z"))).toBe(true);
  });

  it("take one that is heavier than the limit, alone", () => {
    const waiting = turns(2, [...many("a", 1), ...many("b", 1, { size: 9 }), ...many("a", 2)]);
    const rounds = Array.from({ length: 3 }, () => named(waiting.take()));
    expect(rounds.join("|").replaceAll("a", "").replace(/\|+/g, "")).toBe("b");
    expect(rounds.some((round) => round === "b")).toBe(true);
    expect(waiting.length).toBe(0);
  });
});
