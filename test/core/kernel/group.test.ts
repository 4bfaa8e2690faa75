/** Group commit: what arrives during a write goes with the next, and every item gets its own answer. */

import { describe, expect, it } from "vitest";
import { Group } from "../../../src/core/kernel/group.ts";

/** A write that ends when the test says so. */
function heldWrite() {
  const groups: number[][] = [];
  const ends: { succeed: () => void; fail: (reason: unknown) => void }[] = [];
  const waiting: (() => void)[] = [];
  const write = (items: readonly number[]) =>
    new Promise<PromiseSettledResult<string>[]>((resolve, reject) => {
      groups.push([...items]);
      ends.push({
        succeed: () => resolve(items.map((item) => ({ status: "fulfilled", value: `wrote ${item}` }))),
        fail: reject,
      });
      for (const wake of waiting.splice(0)) wake();
    });
  /** The write of this number, counted from 0, once it has begun. */
  const begun = async (index: number) => {
    while (ends.length <= index) await new Promise<void>((wake) => waiting.push(wake));
    return ends[index] as (typeof ends)[number];
  };
  return { groups, write, begun };
}

describe("a group", () => {
  it("takes together what arrives together", async () => {
    const { groups, write, begun } = heldWrite();
    const group = new Group(write);
    const added = [1, 2, 3].map((item) => group.add(item));
    (await begun(0)).succeed();
    expect(await Promise.all(added)).toEqual(["wrote 1", "wrote 2", "wrote 3"]);
    expect(groups).toEqual([[1, 2, 3]]);
  });

  it("gathers what arrives during a write, for the next", async () => {
    const { groups, write, begun } = heldWrite();
    const group = new Group(write);
    const first = group.add(1);
    const writing = await begun(0);
    const later = [2, 3].map((item) => group.add(item));
    expect(groups).toEqual([[1]]);
    writing.succeed();
    await first;
    (await begun(1)).succeed();
    expect(await Promise.all(later)).toEqual(["wrote 2", "wrote 3"]);
    expect(groups).toEqual([[1], [2, 3]]);
  });

  it("answers nobody before the write is done", async () => {
    const { write, begun } = heldWrite();
    const group = new Group(write);
    let answered = false;
    const added = group.add(1).then(() => {
      answered = true;
    });
    const writing = await begun(0);
    expect(answered).toBe(false);
    writing.succeed();
    await added;
  });

  it("fails alone: the next is written all the same", async () => {
    const { write, begun } = heldWrite();
    const group = new Group(write);
    const failing = [1, 2].map((item) => group.add(item));
    const writing = await begun(0);
    const next = group.add(3);
    writing.fail(new Error("the disk is full"));
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(failing[0]).rejects.toThrow("the disk is full");
    (await begun(1)).succeed();
    expect(await next).toBe("wrote 3");
  });

  it("goes on after a write that throws before it is a promise", async () => {
    let calls = 0;
    const group = new Group<number, number>((items) => {
      if (++calls === 1) throw new Error("at once");
      return Promise.resolve(items.map((value) => ({ status: "fulfilled", value })));
    });
    await expect(group.add(1)).rejects.toThrow("at once");
    expect(await group.add(2)).toBe(2);
  });

  it("gives each item its own answer", async () => {
    const group = new Group<number, number>(async (items) =>
      items.map((item) =>
        item === 2 ? { status: "rejected", reason: new Error("not two") } : { status: "fulfilled", value: item },
      ),
    );
    const results = await Promise.allSettled([1, 2, 3].map((item) => group.add(item)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("leaves nobody waiting for an answer that was forgotten", async () => {
    const group = new Group<number, number>(async () => [{ status: "fulfilled", value: 1 }]);
    const results = await Promise.allSettled([group.add(1), group.add(2)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  const limits = [
    { name: "no more than it may hold", items: [4, 4, 4], groups: [[4, 4], [4]] },
    { name: "exactly what it may hold", items: [5, 5], groups: [[5, 5]] },
    { name: "one that is too heavy, alone", items: [1, 99, 1], groups: [[1], [99], [1]] },
    { name: "one that is too heavy, though it is first", items: [99, 1, 2], groups: [[99], [1, 2]] },
  ];
  it.each(limits)("holds $name", async ({ items, groups }) => {
    const written: number[][] = [];
    const group = new Group<number, number>(
      async (some) => {
        written.push([...some]);
        return some.map((value) => ({ status: "fulfilled", value }));
      },
      { sizeOf: (item) => item, limit: 10 },
    );
    expect(await Promise.all(items.map((item) => group.add(item)))).toEqual(items);
    expect(written).toEqual(groups);
  });
});
