/** Which messages are too many of the same. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/messages/message.ts";
import { inLoops } from "../../src/store/messaging/loops.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { aMessage, formats, NOON, stored, withAccounts } from "../support/rows.ts";

const HOUR = 3_600_000;

let database: TestDatabase;
let asked: string[];
async function open(): Promise<void> {
  database = openDatabase();
  await withAccounts(database, "acme", "bolt");
  allows({ most: 3, seconds: 3_600 });
  asked = [];
  database.around.before = ({ sql }) => void asked.push(...sql);
}
beforeEach(open);

/** Identical messages that came in, and left, at these minutes after noon. */
const atMinutes = (minutes: readonly number[], more: Partial<Message> & { accountNumber?: number } = {}) =>
  stored(database, ...minutes.map((minute) => at(minute, more)));
const at = (minute: number, more: Partial<Message> & { accountNumber?: number } = {}) => {
  const acceptedAt = NOON + minute * 60_000;
  return aMessage({ acceptedAt, sendAt: acceptedAt, ...more });
};
const allows = (loopGuard: Record<string, number>) =>
  database.sqlite
    .prepare("UPDATE account SET settings = json_object('loopGuard', json(?1)) WHERE id = 'acme'")
    .run(JSON.stringify(loopGuard));
const beyond = async (messages: readonly Message[]) => {
  const { results } = await inLoops(
    database.d1,
    messages.map(({ id }) => id),
  ).all<{ id: string }>();
  const ids = new Set(results.map(({ id }) => id));
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
    await open();
    expect(await beyond(await atMinutes([0, 20, 40, 60]))).toEqual([false, false, false, false]);
  });

  it.each([
    { name: "to another person", more: { recipient: "+4791000001" } },
    { name: "from another sender", more: { sender: "Other" } },
    { name: "with another text", more: { text: "hello" } },
    { name: "with other rich content", more: { rich: { bubbles: [], buttons: [], given: { a: 1 } } } },
    { name: "of another account", more: { account: "bolt", accountNumber: 2 } },
  ])("but not after so many $name", async ({ more }) => {
    await atMinutes([0, 1, 2, 3], more);
    expect(await beyond(await atMinutes([4]))).toEqual([false]);
  });

  it("not for all being scheduled at once, each for a day of its own", async () => {
    const days = [1, 2, 3, 4, 5].map((day) => aMessage({ sendAt: NOON + 24 * day * HOUR }));
    expect(await beyond(await stored(database, ...days))).toEqual([false, false, false, false, false]);
  });

  it("for the time that its account has chosen", async () => {
    allows({ most: 3, seconds: 600 });
    expect(await beyond(await atMinutes([0, 4, 8, 9, 15, 20]))).toEqual([false, false, false, true, false, false]);
  });

  it("after a hundred in an hour, where the account has chosen nothing", async () => {
    allows({});
    const all = await beyond(await atMinutes(Array.from({ length: 102 }, (_, n) => n / 2)));
    expect(all.indexOf(true)).toBe(100);
    expect(all.at(-1)).toBe(true);
  });

  it("and is told as it is claimed", async () => {
    const messages = await atMinutes([0, 1, 2, 3], { state: "accepted", dueAt: NOON });
    const ids = messages.map(({ id }) => id);
    const claimed = await messageStore(database.d1, formats).claim(ids, NOON + HOUR / 2, NOON + HOUR);
    expect(claimed.filter(({ isInLoop }) => isInLoop).map(({ id }) => id)).toEqual(ids.slice(3));
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
