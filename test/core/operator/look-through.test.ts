/** Searching texts: what is found, in which order, and that a page looks at a bounded number of them however many there are. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Page } from "../../../src/core/kernel/pages.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import type { MessageFilter } from "../../../src/core/messages/store.ts";
import { MOST_LOOKED_AT, searchInbounds, searchMessages } from "../../../src/core/operator/look-through.ts";
import { messageStore } from "../../../src/store/messaging/messages/store.ts";
import { lendDatabase, planOf, type TestDatabase } from "../../support/database.ts";
import { scans } from "../../support/plans.ts";
import { openWorld } from "../../support/ports.ts";
import { aMessage, formats, NOON, stored, withAccounts } from "../../support/rows.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

let database: TestDatabase;
beforeEach(() => {
  const lent = lendDatabase();
  database = lent;
  return () => lent.giveBack();
});

const clock = { now: () => NOON };
const search = (containing: string, filter: MessageFilter = {}, page: Page = { limit: 10 }) =>
  searchMessages({ messages: messageStore(database.d1, formats), clock } as never, { ...filter, containing }, page);
const texts = (items: readonly Message[]) => items.map(({ text }) => text);

/** One every minute, the newest first; of two accounts in turn. */
async function manyMessages(count: number, textOf: (n: number) => string): Promise<void> {
  await withAccounts(database, "acme", "bolt");
  const all = Array.from({ length: count }, (_, n) =>
    aMessage({
      account: n % 2 === 0 ? "acme" : "bolt",
      accountNumber: n % 2 === 0 ? 1 : 2,
      acceptedAt: NOON - n * MINUTE,
      text: textOf(n),
    }),
  );
  for (let at = 0; at < all.length; at += 1_000) await stored(database, ...all.slice(at, at + 1_000));
}

describe("a search of messages", () => {
  it("finds words of the text, however they are capitalised, Norwegian ones too", async () => {
    await withAccounts(database, "acme");
    await stored(database, aMessage({ text: "Ærlig talt: PAKKEN er her" }), aMessage({ text: "nothing of it" }));
    for (const wanted of ["pakken", "Pakken ER", "ærlig", "ÆRLIG", "Ærlig"]) {
      expect(texts((await search(wanted)).items), wanted).toEqual(["Ærlig talt: PAKKEN er her"]);
    }
    expect((await search("%")).items).toEqual([]);
  });

  it("finds a part of the recipient's number, and the sender, however they are written", async () => {
    await withAccounts(database, "acme");
    await stored(
      database,
      aMessage({ recipient: "+4798079008", text: "one", sender: "ParcelShop" }),
      aMessage({ recipient: "+4611112222", text: "other", sender: "2001" }),
    );
    for (const wanted of ["980 79", "+47980", "0047 980", "9008", "parcels"]) {
      expect(texts((await search(wanted)).items), wanted).toEqual(["one"]);
    }
    expect(texts((await search("2001")).items)).toEqual(["other"]);
    // Two digits are no part of a number: all would have them.
    expect((await search("47")).items).toEqual([]);
  });

  it("has them newest first over all accounts, a page at a time, none twice", async () => {
    await manyMessages(300, (n) => (n % 7 === 0 ? `parcel ${n}` : `hello ${n}`));
    const seen: string[] = [];
    let page: Page = { limit: 10 };
    for (let pages = 0; pages < 20; pages++) {
      const found = await search("parcel", {}, page);
      seen.push(...texts(found.items));
      if (found.next === undefined) break;
      page = { limit: 10, cursor: found.next };
    }
    expect(seen).toEqual(Array.from({ length: 43 }, (_, n) => `parcel ${n * 7}`));
  });

  it("keeps to the other filters", async () => {
    await manyMessages(60, (n) => `parcel ${n}`);
    const found = await search("parcel", { account: "bolt", since: NOON - 10 * MINUTE, until: NOON - 4 * MINUTE });
    expect(texts(found.items)).toEqual(["parcel 5", "parcel 7", "parcel 9"]);
    expect(found.next).toBeUndefined();
  });

  it("looks at no more than so many for a page, says how far it came, and goes on from there", async () => {
    const older = 500;
    await manyMessages(MOST_LOOKED_AT + older, (n) => (n === MOST_LOOKED_AT + older - 1 ? "the needle" : "hay"));
    const first = await search("needle");
    expect(first).toMatchObject({ items: [], looked: MOST_LOOKED_AT, backTo: NOON - (MOST_LOOKED_AT - 1) * MINUTE });
    const second = await search("needle", {}, { limit: 10, cursor: first.next as string });
    expect(texts(second.items)).toEqual(["the needle"]);
    expect(second).toMatchObject({ looked: older });
    expect(second.next).toBeUndefined();
  });

  it("asks by ranges of ids, a few times, whatever there is", async () => {
    await withAccounts(database, "acme");
    await stored(database, aMessage({ text: "very old parcel", acceptedAt: NOON - 900 * DAY }));
    const asked: string[] = [];
    database.around.before = ({ sql }) => void asked.push(...sql);
    for (const filter of [
      {},
      { account: "acme" },
      { recipient: "+4798079008" },
      { state: "failed" },
      { state: "sent" },
    ]) {
      asked.length = 0;
      await search("parcel", filter as MessageFilter);
      expect(asked.length).toBeLessThanOrEqual(10);
      for (const sql of asked) expect(scans(planOf(database.sqlite, sql))).toEqual([]);
    }
    expect(texts((await search("parcel")).items)).toEqual(["very old parcel"]);
  });
});

describe("a search of inbound texts", () => {
  it("finds words, a part of the number and ours, page by page", async () => {
    const world = await openWorld();
    for (let n = 0; n < 5; n++) {
      await world.writes(`parcel ${n}`, { from: "+4798079008" });
      await world.writes(`hello ${n}`, { from: "+4611112222" });
    }
    const find = (containing: string, page: Page = { limit: 2 }) =>
      searchInbounds({ inbounds: world.ports.inbounds }, { containing }, page);
    const first = await find("PARCEL");
    expect(first.items.map(({ text }) => text)).toEqual(["parcel 4", "parcel 3"]);
    const second = await find("PARCEL", { limit: 2, cursor: first.next as string });
    expect(second.items.map(({ text }) => text)).toEqual(["parcel 2", "parcel 1"]);
    expect((await find("980 79", { limit: 50 })).items).toHaveLength(5);
    expect(await find("nothing")).toMatchObject({ items: [], looked: 10 });
    expect((await find("nothing")).next).toBeUndefined();

    const asked: string[] = [];
    world.database.around.before = ({ sql }) => void asked.push(...sql);
    for (const filter of [{}, { account: "acme" }, { sender: "+4798079008" }]) {
      await searchInbounds({ inbounds: world.ports.inbounds }, { ...filter, containing: "x" }, { limit: 2 });
    }
    expect(asked).toHaveLength(3);
    expect(asked.flatMap((sql) => scans(planOf(world.database.sqlite, sql)))).toEqual([]);
  });
});
