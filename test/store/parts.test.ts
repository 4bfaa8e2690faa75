/** The stores of parts, and joining by them: one suite for the object's SQLite and its twin in memory. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { join, type KeptPart, type PartStore } from "../../src/core/messages/joining.ts";
import { partStore } from "../../src/store/messaging/parts.ts";
import { objectSql } from "../support/object-sql.ts";
import { memoryParts } from "../support/parts.ts";

describe.each<[string, () => PartStore]>([
  ["the object's SQLite", () => partStore(objectSql())],
  ["memory", memoryParts],
])("parts in %s", (_, make) => {
  const part = (number: number, total: number, at = number, value = `v${number}`) => ({ number, total, value, at });
  const put = (store: PartStore, one: KeptPart) => join(store, "k", one, ([first]) => `k ${first?.value}`);

  it("are whole when each is there, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 }), (order) => {
        const store = make();
        const outcomes = order.map((number) => put(store, part(number, 5)));
        expect(outcomes.map(({ outcome }) => outcome)).toEqual([...Array(4).fill("waiting"), "whole"]);
        expect(outcomes.at(-1)?.parts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      }),
      { numRuns: 20 },
    );
  });

  it("come twice and count once; the last one again is whole again", () => {
    const store = make();
    expect(put(store, part(1, 2)).outcome).toBe("waiting");
    expect(put(store, part(1, 2, 9)).outcome).toBe("repeated");
    expect(put(store, part(2, 2)).outcome).toBe("whole");
    expect(put(store, part(2, 2, 9)).outcome).toBe("whole");
    expect(store.count()).toBe(2);
  });

  it("of another text with the same reference set the first aside", () => {
    const store = make();
    put(store, part(1, 2));
    const other = put(store, part(1, 2, 50, "other"));
    expect([other.outcome, other.parts.map(({ value }) => value)]).toEqual(["waiting", ["other"]]);
    expect(store.overdue(10, 10)).toEqual(["k v1"]);
    expect(store.of("k v1").map(({ value }) => value)).toEqual(["v1"]);
    expect(put(store, part(2, 2, 51)).outcome).toBe("whole");
  });

  it("are removed as if they had not come, but not one that has taken their place", () => {
    const store = make();
    for (const one of [part(1, 2), part(2, 2)]) put(store, one);
    store.remove("k", part(2, 2, 2, "other"));
    expect(store.count()).toBe(2);
    store.remove("k", part(2, 2));
    expect([store.count(), store.finished("k", 2)]).toEqual([1, undefined]);
    expect(put(store, part(2, 2)).outcome).toBe("whole");
  });

  it("are overdue by when the first of them came, longest ago first", () => {
    const store = make();
    store.add("b", part(1, 3, 20));
    store.add("a", part(2, 3, 10));
    store.add("b", part(2, 3, 5));
    store.add("c", part(1, 3, 30));
    expect([store.overdue(10, 10), store.overdue(30, 2), store.oldest(), store.count()]).toEqual([
      ["b", "a"],
      ["b", "a"],
      5,
      4,
    ]);
    store.finish("b", [part(1, 3, 20), part(2, 3, 5, "another")]);
    expect(store.of("b")).toEqual([part(2, 3, 5)]);
    store.finish("b", [part(2, 3, 5)]);
    expect([store.oldest(), store.count(), store.of("b")]).toEqual([10, 2, []]);
  });

  it("that were passed on are remembered until they are forgotten, the oldest first", () => {
    const store = make();
    store.finish("a", [part(1, 2, 20), part(2, 2, 10)]);
    expect(store.oldestFinished()).toBe(10);
    store.forget(20);
    expect(store.oldestFinished()).toBe(20);
    store.forget(21);
    expect(store.oldestFinished()).toBeUndefined();
  });

  it("there are none at first", () => {
    const store = make();
    expect([store.of("k"), store.overdue(1, 1), store.oldest(), store.count()]).toEqual([[], [], undefined, 0]);
  });
});
