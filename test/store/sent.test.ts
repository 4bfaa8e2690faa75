/** What was sent: page by page for an account. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/messages/message.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, aMessage, formats, NOON, stored } from "../support/rows.ts";

const HOUR = 3_600_000;

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
