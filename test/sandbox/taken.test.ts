/** What the simulated network remembers of what it took: as long as it may be asked about it, and no longer. */

import { describe, expect, it } from "vitest";
import { TakenMessages } from "../../src/carriers/simulator/taken.ts";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import { objectSql } from "../support/object-sql.ts";

const DAY = 86_400_000;
const idOf = (n: number) => `msg_${n}` as MessageId;

describe("the simulated network", () => {
  const remembered = (taken: TakenMessages, from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => idOf(from + n)).filter((id) => taken.find(id)).length;
  const add = (taken: TakenMessages, from: number, to: number, at: number) => {
    for (let n = from; n < to; n++) taken.add(idOf(n), { reference: `ref-${n}` }, at);
  };

  it("knows for thirty days what it took", () => {
    const taken = new TakenMessages(objectSql());
    add(taken, 0, 4, 0);
    taken.forgetOld(30 * DAY, 4);
    expect(remembered(taken, 0, 4)).toBe(4);
    taken.forgetOld(30 * DAY + 1, 4);
    expect(remembered(taken, 0, 4)).toBe(0);
  });

  it("forgets faster than it is handed texts, and never at once", () => {
    const taken = new TakenMessages(objectSql());
    add(taken, 0, 100, 0);
    add(taken, 100, 110, 40 * DAY);
    taken.forgetOld(40 * DAY, 10);
    expect(remembered(taken, 0, 100)).toBe(80);
    for (let group = 0; group < 10; group++) taken.forgetOld(40 * DAY, 10);
    expect(remembered(taken, 0, 110)).toBe(10);
  });
});
