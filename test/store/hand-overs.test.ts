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

/** Puts parts there as they are, by the way that each state is come to. */
function have(book: HandOvers, ...parts: HandedPart[]): void {
  for (const one of parts) {
    book.write([one]);
    if (one.key !== undefined) book.take([one]);
    if (one.state !== "written" && one.state !== "taken") book.settle(one);
  }
}

const taken = (one: HandedPart, key: string): HandedPart => ({ ...one, state: "taken", reference: key, key });

describe.each<[string, () => HandOvers]>([
  ["the object's SQLite", () => handOvers(sqlite())],
  ["memory", memoryHandOvers],
])("parts handed over, in %s", (_, make) => {
  it("are found by their message, in order, and by what the carrier calls them", () => {
    const book = make();
    const answered = { ...taken(part("msg_a", 1), "x"), reference: "0X" };
    have(book, part("msg_a", 2), answered, part("msg_b", 1));
    expect(book.of("msg_a")).toEqual([answered, part("msg_a", 2)]);
    const later = taken(part("msg_d", 1, { at: 9 }), "x");
    have(book, later);
    expect(book.byKey("x")).toEqual(later);
    book.drop("msg_d", 1);
    expect([book.byKey("x"), book.byKey("y"), book.of("msg_c")]).toEqual([answered, undefined, []]);
  });

  it("are written many at once, again too, and dropped", () => {
    const book = make();
    const refused = part("msg_a", 1, { state: "refused", reason: "bad-number" });
    have(book, refused);
    expect(book.of("msg_a")).toEqual([refused]);
    book.write([]);
    book.write([part("msg_a", 1, { reason: "bad-number", at: 7 }), part("msg_a", 2), part("msg_b", 1)]);
    expect(book.ofAll(["msg_a", "msg_b"])).toEqual([part("msg_a", 1, { at: 7 }), part("msg_a", 2), part("msg_b", 1)]);
    book.drop("msg_a", 1);
    expect(book.of("msg_a")).toEqual([part("msg_a", 2)]);
  });

  it("are looked up for many messages at once", () => {
    const book = make();
    book.write([part("msg_b", 1), part("msg_a", 2), part("msg_a", 1), part("msg_c", 1)]);
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
    if (before) have(book, part("msg_a", 1, { ...before, at: 5 }));
    book.write([part("msg_b", 1)]);
    book.take([part("msg_a", 1, { reference: "0X", key: "x", at: 5 }), part("msg_b", 1, { reference: "mark-1" })]);
    expect(book.of("msg_a")).toEqual([part("msg_a", 1, { ...after, reference: "0X", key: "x", at: 5 })]);
    expect(book.of("msg_b")).toEqual([part("msg_b", 1, { state: "taken", reference: "mark-1" })]);
    expect(book.byKey("x")?.message).toBe("msg_a");
  });

  it("keep the time at which they were handed over when their answer or receipt comes", () => {
    const book = make();
    book.write([part("msg_a", 1, { at: 5 })]);
    book.take([taken(part("msg_a", 1, { at: 9 }), "x")]);
    book.settle(part("msg_a", 1, { state: "delivered", reference: "x", at: 11 }));
    expect(book.byKey("x")).toEqual({ ...taken(part("msg_a", 1, { at: 5 }), "x"), state: "delivered" });
  });

  it("are found by their mark while they have no answer, for their recipient alone", () => {
    const book = make();
    book.write([part("msg_a", 1, { mark: 7 }), part("msg_b", 1, { mark: 7, recipient: "+4792000000" })]);
    have(book, taken(part("msg_c", 1, { mark: 7 }), "x"));
    expect(book.byMark(7, "+4791000000").map(({ message }) => message)).toEqual(["msg_a"]);
  });

  it("have marks of 1 to 65535, one after another", () => {
    const book = make();
    const marks = [...book.nextMarks(3), ...book.nextMarks(0), ...book.nextMarks(65_530), ...book.nextMarks(4)];
    expect([marks[0], marks[1], marks[65_534], marks[65_535], marks[65_536]]).toEqual([1, 2, 65_535, 1, 2]);
  });

  it("are forgotten with their time, and so are receipts that came too early", () => {
    const book = make();
    book.write([part("msg_a", 1, { at: 10 }), part("msg_b", 1, { at: 20 })]);
    for (const at of [30, 5, 20]) book.keepEarly({ key: `k${at}`, value: "{}", at });
    expect(book.early(0, 2).map(({ at }) => at)).toEqual([5, 20]);
    expect(book.early(20, 9).map(({ at }) => at)).toEqual([20, 30]);
    book.forget(20);
    expect([book.of("msg_a"), book.of("msg_b").length, book.early(0, 9).length]).toEqual([[], 1, 2]);
    const early = { key: "k20", value: "{}", at: 20 };
    expect(book.earlyOf(["k20", "k5", "never"])).toEqual([early]);
    book.dropEarly({ ...early, value: "another one" });
    expect(book.earlyOf(["k20"])).toEqual([early]);
    book.dropEarly(early);
    expect(book.earlyOf(["k20", "k30"]).map(({ key }) => key)).toEqual(["k30"]);
  });
});
