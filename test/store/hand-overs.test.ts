/** What was handed over a connection: one suite for the object's SQLite and its twin in memory. */

import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { HandedPart, HandOvers } from "../../src/core/messages/hand-overs.ts";
import { handOvers } from "../../src/store/messaging/hand-overs.ts";
import { memoryHandOvers } from "../support/hand-overs.ts";

function sqlite(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  const exec = (query: string, ...bindings: (string | number | null)[]) => {
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows.map((row) => ({ ...row })), one: () => rows[0] };
  };
  return { exec } as unknown as SqlStorage;
}

const part = (message: string, number: number, more: Partial<HandedPart> = {}): HandedPart => ({
  message: message as MessageId,
  number,
  total: 2,
  state: "written",
  mark: 1,
  recipient: "+4791000000",
  at: number,
  ...more,
});

describe.each<[string, () => HandOvers]>([
  ["the object's SQLite", () => handOvers(sqlite())],
  ["memory", memoryHandOvers],
])("parts handed over, in %s", (_, make) => {
  it("are found by their message, in order, and by what the carrier calls them", () => {
    const book = make();
    const taken = part("msg_a", 1, { state: "taken", reference: "0X", key: "x" });
    for (const one of [part("msg_a", 2), taken, part("msg_b", 1)]) book.put(one);
    expect(book.of("msg_a")).toEqual([taken, part("msg_a", 2)]);
    const later = part("msg_d", 1, { state: "taken", key: "x", at: 9 });
    book.put(later);
    expect(book.byKey("x")).toEqual(later);
    book.drop("msg_d", 1);
    expect([book.byKey("x"), book.byKey("y"), book.of("msg_c")]).toEqual([taken, undefined, []]);
  });

  it("are replaced, and dropped", () => {
    const book = make();
    book.put(part("msg_a", 1));
    book.put(part("msg_a", 1, { state: "refused", reason: "bad-number" }));
    expect(book.of("msg_a")).toEqual([part("msg_a", 1, { state: "refused", reason: "bad-number" })]);
    book.drop("msg_a", 1);
    expect(book.of("msg_a")).toEqual([]);
  });

  it("are looked up for many messages at once", () => {
    const book = make();
    const all = [part("msg_b", 1), part("msg_a", 2), part("msg_a", 1), part("msg_c", 1)];
    for (const one of all) book.put(one);
    const found = book.ofAll(["msg_b", "msg_a", "msg_never"]);
    expect(found).toEqual([part("msg_a", 1), part("msg_a", 2), part("msg_b", 1)]);
    expect(book.ofAll([])).toEqual([]);
  });

  it.each([
    { before: undefined, after: { state: "taken" } },
    { before: { state: "written" }, after: { state: "taken" } },
    { before: { state: "refused", reason: "bad-number" }, after: { state: "taken" } },
    { before: { state: "delivered" }, after: { state: "delivered" } },
    { before: { state: "failed", reason: "undelivered" }, after: { state: "failed", reason: "undelivered" } },
  ] as const)("are taken by their answer, unless a receipt has settled them: $before", ({ before, after }) => {
    const book = make();
    if (before) book.put(part("msg_a", 1, before));
    book.take(part("msg_a", 1, { reference: "0X", key: "x", at: 9 }));
    expect(book.of("msg_a")).toEqual([part("msg_a", 1, { ...after, reference: "0X", key: "x", at: 9 })]);
    expect(book.byKey("x")?.message).toBe("msg_a");
  });

  it("are found by their mark while they have no answer, for their recipient alone", () => {
    const book = make();
    book.put(part("msg_a", 1, { mark: 7 }));
    book.put(part("msg_b", 1, { mark: 7, recipient: "+4792000000" }));
    book.put(part("msg_c", 1, { mark: 7, state: "taken" }));
    expect(book.byMark(7, "+4791000000").map(({ message }) => message)).toEqual(["msg_a"]);
  });

  it("have marks of 1 to 65535, one after another", () => {
    const book = make();
    const marks = [...book.nextMarks(3), ...book.nextMarks(0), ...book.nextMarks(65_530), ...book.nextMarks(4)];
    expect([marks[0], marks[1], marks[65_534], marks[65_535], marks[65_536]]).toEqual([1, 2, 65_535, 1, 2]);
  });

  it("are forgotten with their time, and so are receipts that came too early", () => {
    const book = make();
    book.put(part("msg_a", 1, { at: 10 }));
    book.put(part("msg_b", 1, { at: 20 }));
    for (const at of [30, 5, 20]) book.keepEarly({ key: `k${at}`, value: "{}", at });
    expect(book.early(0, 2).map(({ at }) => at)).toEqual([5, 20]);
    expect(book.early(20, 9).map(({ at }) => at)).toEqual([20, 30]);
    book.forget(20);
    expect([book.of("msg_a"), book.of("msg_b").length, book.early(0, 9).length]).toEqual([[], 1, 2]);
    expect(book.takeEarly("k20")).toEqual({ key: "k20", value: "{}", at: 20 });
    expect(book.takeEarly("k20")).toBeUndefined();
  });
});
