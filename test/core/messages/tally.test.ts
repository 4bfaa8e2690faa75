/** How carriers answer, counted: what they took, why not, and how long they were about it. */

import { beforeEach, describe, expect, it } from "vitest";
import type { SubmitResult } from "../../../src/core/messages/carrier.ts";
import { MINUTE, type Tally, tallyOf, trafficOf } from "../../../src/core/messages/tally.ts";
import { messageStore } from "../../../src/store/messaging/messages/store.ts";
import { tallyStore } from "../../../src/store/operator/tallies.ts";
import { openDatabase, type TestDatabase } from "../../support/database.ts";
import { aTransaction, surroundings } from "../../support/ports.ts";
import { aMessage, forgetBefore, formats, NOON, stored } from "../../support/rows.ts";

const TAKEN: SubmitResult = { outcome: "taken", reference: "r" };
const REFUSED: SubmitResult = { outcome: "refused", reason: "bad-number" };
const UNABLE: SubmitResult = { outcome: "refused", reason: "carrier-error", own: true };
const BUSY: SubmitResult = { outcome: "busy", retryAfterSeconds: 1 };
const LOST: SubmitResult = { outcome: "unknown", detail: "no answer" };

describe("a carrier's answers", () => {
  it("are counted by kind, reason and time, and what it was never asked is not", () => {
    const results = [TAKEN, TAKEN, REFUSED, UNABLE, BUSY, LOST];
    const passedOver: SubmitResult[] = [
      { ...BUSY, isUntried: true },
      { ...BUSY, isDown: true },
    ] as SubmitResult[];
    const asked = [
      { carrier: "a", results, milliseconds: 80 },
      { carrier: "a", results: [TAKEN, ...passedOver], milliseconds: 3_000 },
      { carrier: "b", results: [TAKEN], milliseconds: 60_000 },
    ];
    const tallies = tallyOf(asked, NOON + 59_999);
    expect(new Set(tallies.map(({ minute }) => minute))).toEqual(new Set([NOON]));
    const of = (name: string) => trafficOf(tallies.filter(({ carrier }) => carrier === name));
    expect(of("a")).toEqual({
      ...{ asked: 7, taken: 3, refused: 1, unable: 1, busy: 1, lost: 1, median: 100, p95: 5_000 },
      reasons: [
        { answer: "refused", reason: "bad-number", count: 1 },
        { answer: "unable", reason: "carrier-error", count: 1 },
      ],
    });
    expect(of("b")).toMatchObject({ asked: 1, median: 30_000, p95: 30_000 });
    expect(trafficOf([])).toEqual({ asked: 0, taken: 0, refused: 0, unable: 0, busy: 0, lost: 0, reasons: [] });
  });
});

describe("answers in the database", () => {
  let database: TestDatabase;
  beforeEach(() => {
    database = openDatabase();
  });
  const aTally = (given: Partial<Tally> = {}): Tally => ({
    ...{ carrier: "a", minute: NOON, answer: "taken", within: 50, count: 2, ...given },
  });

  it("are written with the moves they bring, added up by the minute, and forgotten", async () => {
    const messages = messageStore(database.d1, formats);
    const tallies = tallyStore(database.d1);
    const [message] = await stored(database, aMessage({ state: "submitting" }));
    const move = { id: message?.id ?? "msg_", to: "sent", at: NOON, entry: { at: NOON, event: "expired" } } as const;
    const refused = aTally({ answer: "refused", reason: "bad-number" });
    await messages.move([move], [aTally(), refused]);
    await messages.move([move], [aTally({ count: 3 }), aTally({ minute: NOON + MINUTE })]);
    const all = await tallies.since(NOON);
    expect(all).toHaveLength(3);
    expect(all).toEqual(expect.arrayContaining([aTally({ count: 5 }), refused, aTally({ minute: NOON + MINUTE })]));
    expect(await tallies.since(NOON + MINUTE)).toEqual([aTally({ minute: NOON + MINUTE })]);
    await forgetBefore(database, { carrierAnswers: NOON + 1 });
    expect(await tallies.since(0)).toHaveLength(1);
  });

  it("tell since when the oldest lost answer of each carrier is not settled, to a text or a charge", async () => {
    const messages = messageStore(database.d1, formats);
    for (const [carrier, at] of Object.entries({ a: 2_000, b: 9_000 })) {
      const [message] = await stored(database, aMessage({ state: "submitting" }), aMessage({ state: "sent" }));
      const entry = { at: NOON, event: "expired" } as const;
      const move = {
        id: message?.id ?? "msg_",
        to: "unknown",
        at: NOON + at,
        dueAt: NOON + 15_000,
        carrier,
        entry,
      } as const;
      await messages.move([move]);
    }
    const { ports, time } = surroundings({ database });
    const charge = aTransaction({ ports, time }, { state: "unknown", carrier: "b", changedAt: NOON + 1_000 });
    await ports.transactions.add([{ transaction: charge }]);
    database.sqlite.exec("UPDATE txn SET carrier = 'b'");
    expect(await tallyStore(database.d1).unanswered(["a", "b", "c"])).toEqual([
      { carrier: "a", count: 1, since: NOON + 2_000 },
      { carrier: "b", count: 2, since: NOON + 1_000 },
    ]);
  });
});
