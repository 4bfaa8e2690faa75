/** What was sent: page by page for an account, and which messages are too many of the same. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/messages/message.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, aMessage, formats, NOON, stored } from "../support/rows.ts";

const HOUR = 3_600_000;
const GUARD = { most: 3, within: HOUR };

let database: TestDatabase;
let asked: string[];
beforeEach(() => {
  database = openDatabase();
  asked = [];
  database.around.before = ({ sql }) => void asked.push(...sql);
});
const store = () => messageStore(database.d1, formats);

/** Identical messages that came in, and left, at these minutes after noon. */
const atMinutes = (minutes: readonly number[], more: Partial<Message> & { accountNumber?: number } = {}) =>
  stored(database, ...minutes.map((minute) => at(minute, more)));
const at = (minute: number, more: Partial<Message> & { accountNumber?: number } = {}) => {
  const acceptedAt = NOON + minute * 60_000;
  return aMessage({ acceptedAt, sendAt: acceptedAt, ...more });
};
const beyond = async (messages: readonly Message[]) => {
  const ids = new Set(await store().beyond(GUARD, messages));
  return messages.map(({ id }) => ids.has(id));
};

describe("a message is too many", () => {
  it("from the one on that has so many before it in an hour", async () => {
    expect(await beyond(await atMinutes([0, 1, 2, 3, 4]))).toEqual([false, false, false, true, true]);
  });

  it("whichever of them are looked at, and in whatever order", async () => {
    const messages = await atMinutes([0, 1, 2, 3, 4]);
    for (const message of messages.toReversed()) {
      expect(await beyond([message])).toEqual([messages.indexOf(message) > 2]);
    }
  });

  it("in order of ids where all came at once", async () => {
    expect(await beyond(await atMinutes([0, 0, 0, 0, 0]))).toEqual([false, false, false, true, true]);
  });

  it("whatever became of those before it, but not counting what was cancelled", async () => {
    await atMinutes([0], { state: "delivered" });
    await atMinutes([1], { state: "failed", reason: "stopped" });
    await atMinutes([2], { state: "cancelled" });
    expect(await beyond(await atMinutes([3, 4]))).toEqual([false, true]);
  });

  it("for an hour that rolls", async () => {
    expect(await beyond(await atMinutes([0, 20, 40, 59]))).toEqual([false, false, false, true]);
    database = openDatabase();
    expect(await beyond(await atMinutes([0, 20, 40, 60]))).toEqual([false, false, false, false]);
  });

  it.each([
    { name: "to another person", more: { recipient: "+4791000001" } },
    { name: "from another sender", more: { sender: "Other" } },
    { name: "with another text", more: { text: "hello" } },
    { name: "of another account", more: { account: "bolt", accountNumber: 2 } },
  ])("but not after so many $name", async ({ more }) => {
    await atMinutes([0, 1, 2, 3], more);
    expect(await beyond(await atMinutes([4]))).toEqual([false]);
  });

  it("not for all being scheduled at once, each for a day of its own", async () => {
    const days = [1, 2, 3, 4, 5].map((day) => aMessage({ sendAt: NOON + 24 * day * HOUR }));
    expect(await beyond(await stored(database, ...days))).toEqual([false, false, false, false, false]);
  });

  it("and is found by the person's index, not among everybody's messages", async () => {
    await beyond(await atMinutes([0]));
    const plan = asked.filter((sql) => sql.includes("lag(")).flatMap((sql) => planOf(database.sqlite, sql));
    expect(plan).toContainEqual(
      expect.stringMatching(/SEARCH message USING INDEX message_recipient \(recipient=\? AND id>\? AND id<\?\)/),
    );
    expect(plan.filter((step) => step.startsWith("SCAN message"))).toEqual([]);
  });
});

describe("what was sent in a time", () => {
  const filter = { account: "acme", accountNumber: 1, dialect: "telling", from: NOON, to: NOON + 60 * 60_000 };
  const read = (limit = 2) => allPages((page) => store().sentPage(filter, { limit, ...page }));

  it("is from its beginning until before its end", async () => {
    const [, first, last] = await atMinutes([-1, 0, 59, 60]);
    expect(await read()).toMatchObject([{ id: first?.id }, { id: last?.id }]);
  });

  it("is also what was scheduled long before", async () => {
    const [long] = await stored(database, aMessage({ acceptedAt: NOON - 500 * HOUR, sendAt: NOON + 5 }));
    await stored(database, aMessage({ acceptedAt: NOON, sendAt: NOON + 2 * HOUR }));
    expect(await read()).toMatchObject([{ id: long?.id, sendAt: NOON + 5 }]);
  });

  it("is the account's own, of one dialect, and not cancelled", async () => {
    await atMinutes([1], { account: "bolt", accountNumber: 2 });
    await atMinutes([1], { dialect: "silent" });
    await atMinutes([1], { state: "cancelled" });
    expect(await read()).toEqual([]);
  });

  it("comes page after page, each once", async () => {
    const messages = await atMinutes([5, 1, 4, 2, 3]);
    const ids = messages.map(({ id }) => id).sort();
    for (const limit of [1, 2, 5, 10]) expect((await read(limit)).map(({ id }) => id)).toEqual(ids);
  });

  it("is read off the account's own range", async () => {
    await read();
    const plan = asked.flatMap((sql) => planOf(database.sqlite, sql));
    expect(plan).toEqual([expect.stringMatching(/SEARCH message USING PRIMARY KEY \(id>\? AND id<\?\)/)]);
  });
});
