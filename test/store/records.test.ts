/** Messages and inbound texts in one list: their order, what is passed over, and whose they are. */

import { beforeEach, describe, expect, it } from "vitest";
import type { NewInbound } from "../../src/core/inbound/inbound.ts";
import { makeIds } from "../../src/core/kernel/ids.ts";
import type { RecordFilter } from "../../src/core/messages/records.ts";
import { inboundStore } from "../../src/store/messaging/inbounds.ts";
import { recordStore } from "../../src/store/messaging/records.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { aMessage, fill, formats, NOON, stoppedAt, stored, withAccounts } from "../support/rows.ts";

const MINUTE = 60_000;
const ALL = { limit: 100, offset: 0 };

let database: TestDatabase;
let written = 0;
beforeEach(async () => {
  database = openDatabase();
  await withAccounts(database, "acme", "bolt");
});

/** What was sent, by the minute. */
const sent = (minute: number, given: Parameters<typeof aMessage>[0] = {}) =>
  stored(database, aMessage({ acceptedAt: NOON + minute * MINUTE, text: `sent ${minute}`, ...given }));

/** What was written, by the minute. */
async function received(minute: number, given: Partial<NewInbound> = {}): Promise<void> {
  const receivedAt = NOON + minute * MINUTE;
  const inbound: NewInbound = {
    id: makeIds(stoppedAt(receivedAt), fill).inbound(),
    carrier: "bank",
    theirId: `in-${++written}`,
    account: "acme",
    sender: "+12065551234",
    recipient: "+12065550000",
    text: `received ${minute}`,
    isStop: false,
    receivedAt,
    endings: [],
    ...given,
  };
  await inboundStore(database.d1, formats).add([inbound]);
}

async function list(page: Partial<typeof ALL> = {}, filter: Partial<RecordFilter> = {}): Promise<string[]> {
  const found = await recordStore(database.d1).records(
    { account: "acme", accountNumber: 1, dialect: "telling", from: NOON - MINUTE, to: NOON + 60 * MINUTE, ...filter },
    { ...ALL, ...page },
  );
  return found.map((one) => (one.direction === "out" ? one.message.text : one.inbound.text));
}

describe("a list of records", () => {
  it("has what was sent and what was written in the order of time, the newest first", async () => {
    for (const minute of [0, 3, 4]) await sent(minute);
    for (const minute of [1, 2, 5]) await received(minute);
    expect(await list()).toEqual(["received 5", "sent 4", "sent 3", "received 2", "received 1", "sent 0"]);
  });

  it("has each once, page after page, wherever a page ends", async () => {
    for (let minute = 0; minute < 9; minute++) await (minute % 3 === 1 ? received(minute) : sent(minute));
    const all = await list();
    for (const limit of [1, 2, 4, 9, 10]) {
      const pages: string[] = [];
      for (let offset = 0; offset < 10; offset += limit) pages.push(...(await list({ limit, offset })));
      expect(pages).toEqual(all);
    }
    expect(await list({ limit: 5, offset: 9 })).toEqual([]);
    expect(await list({ limit: 5, offset: 1_000_000 })).toEqual([]);
  });

  it("has only what is in its time: the beginning is, the end is not", async () => {
    for (const minute of [0, 1, 2]) await sent(minute);
    for (const minute of [0, 1, 2]) await received(minute);
    const minute = { from: NOON + MINUTE, to: NOON + 2 * MINUTE };
    expect((await list({}, minute)).sort()).toEqual(["received 1", "sent 1"]);
    expect(await list({}, { from: NOON + MINUTE, to: NOON + MINUTE })).toEqual([]);
    expect(await list({}, { from: -1, to: 8.64e15 })).toHaveLength(6);
  });

  it("has only the account's own, sent in its dialect", async () => {
    await sent(0);
    await sent(1, { dialect: "silent" });
    await sent(2, { account: "bolt", accountNumber: 2, text: "bolt sent" });
    await received(3);
    await received(4, { account: "bolt", text: "bolt received" });
    expect(await list()).toEqual(["received 3", "sent 0"]);
    expect(await list({}, { dialect: "silent" })).toEqual(["received 3", "sent 1"]);
    expect(await list({}, { account: "bolt", accountNumber: 2 })).toEqual(["bolt received", "bolt sent"]);
  });

  it("has what was written to long numbers alone, where its dialect knows no other", async () => {
    await received(1, { recipient: "2002", text: "to a short number" });
    await received(2);
    await received(3, { recipient: "23456", text: "to a short number" });
    await sent(4);
    const only = { inboundAt: "long-numbers" } as const;
    expect(await list({}, only)).toEqual(["sent 4", "received 2"]);
    expect(await list({ limit: 1, offset: 1 }, only)).toEqual(["received 2"]);
    expect(await list()).toHaveLength(4);
  });

  it("is empty where nothing was", async () => {
    expect(await list()).toEqual([]);
  });
});

describe("what is asked", () => {
  it("reads no more of either table than the account's own of that time", async () => {
    const asked = new Set<string>();
    await sent(0);
    await received(1);
    database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await list();
    await list({}, { inboundAt: "long-numbers" });
    expect(asked.size).toBe(4);
    const plan = [...asked].flatMap((sql) => planOf(database.sqlite, sql));
    const steps = plan.filter((step) => /\b(message|inbound)\b/.test(step));
    expect(steps.length).toBeGreaterThanOrEqual(4);
    for (const step of steps)
      expect(step).toMatch(/^SEARCH (message|inbound) USING (PRIMARY KEY|(COVERING )?INDEX inbound_account)/);
  });
});
