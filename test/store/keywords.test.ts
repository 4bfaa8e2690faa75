/** Keywords in D1: one text in one mode at a number, ids that are never given twice, and who is asked for a text. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Keyword } from "../../src/core/inbound/keyword.ts";
import { keywordStore } from "../../src/store/messaging/keywords.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { NOON, withAccounts } from "../support/rows.ts";

describe("keywords", () => {
  let database: TestDatabase;
  let store: ReturnType<typeof keywordStore>;
  beforeEach(async () => {
    database = openDatabase();
    store = keywordStore(database.d1);
    await withAccounts(database, "acme", "other");
    for (const account of ["acme", "other"]) {
      await accountStore(database.d1).putSender(account, { sender: "2002", kind: "short-number", country: "NO" });
    }
  });

  const aKeyword = (given: Partial<Keyword> = {}): Omit<Keyword, "id"> => ({
    account: "acme",
    dialect: "telling",
    shortNumber: "2002",
    mode: "exact",
    text: "HELLO",
    aliases: ["HI"],
    forwardUrl: "https://shop.example/in",
    isEnabled: true,
    preAuth: { isActive: true, merchant: "shop", delay: 30_000 },
    tags: ["a/b"],
    properties: { basket: 7 },
    echo: { mode: "Exact" },
    createdAt: NOON,
    changedAt: NOON,
    ...given,
  });
  const added = async (given: Partial<Keyword> = {}) => (await store.add(aKeyword(given))) as Keyword;

  it("come back as they were given, under ids of digits", async () => {
    const first = await added();
    expect(first).toEqual({ ...aKeyword(), id: "10000001" });
    expect((await added({ text: "other" })).id).toBe("10000002");
    expect(await store.byId("acme", first.id)).toEqual(first);
    expect((await store.list("acme")).map(({ id }) => id)).toEqual(["10000001", "10000002"]);
  });

  it("never share an id, not even with one that was deleted", async () => {
    const { id } = await added();
    expect(await store.remove("acme", id)).toBe(true);
    expect(await store.remove("acme", id)).toBe(false);
    expect((await added()).id).not.toBe(id);
  });

  it.each([
    { name: "in other letters and spaces", given: { text: "  hello" } },
    { name: "of another account", given: { account: "other" } },
  ])("are refused where there is the same, $name", async ({ given }) => {
    await added();
    expect(await store.add(aKeyword(given))).toBeUndefined();
  });

  it.each([
    { name: "in another mode", given: { mode: "startswith" as const } },
    { name: "at another number", given: { shortNumber: "2003" } },
    { name: "in another word", given: { text: "HI" } },
  ])("may be the same $name", async ({ given }) => {
    await added();
    expect(await store.add(aKeyword(given))).toBeDefined();
  });

  it("are changed as a whole, but not into another's", async () => {
    const one = await added();
    const two = await added({ text: "two" });
    const { createdAt: _, preAuth: __, ...to } = { ...two, text: "three", tags: [], changedAt: NOON + 1 };
    expect(await store.change(to)).toBe("changed");
    const { preAuth: ___, ...kept } = two;
    expect(await store.byId("acme", two.id)).toEqual({ ...kept, text: "three", tags: [], changedAt: NOON + 1 });
    expect(await store.change({ ...to, text: "Hello" })).toBe("taken");
    expect(await store.change({ ...to, id: "1" })).toBe("not-there");
    expect(await store.byId("acme", one.id)).toEqual(one);
  });

  it("are nobody's but the account's", async () => {
    const one = await added();
    expect(await store.byId("other", one.id)).toBeUndefined();
    expect(await store.list("other")).toEqual([]);
    expect(await store.remove("other", one.id)).toBe(false);
    expect(await store.change({ ...one, account: "other", text: "stolen" })).toBe("not-there");
  });

  it("in use at a number are those of all who have it, oldest first", async () => {
    await added({ text: "young", createdAt: NOON + 1 });
    await added({ account: "other", text: "old" });
    await added({ text: "off", isEnabled: false });
    await added({ text: "elsewhere", shortNumber: "2003" });
    const texts = async () =>
      (await store.inUseAt(["2002"])).map(({ text, accountNumber }) => `${accountNumber} ${text}`);
    expect(await texts()).toEqual(["2 old", "1 young"]);
    await accountStore(database.d1).removeSender("other", "2002");
    expect(await texts()).toEqual(["1 young"]);
    await accountStore(database.d1).change("acme", { state: "closed" }, NOON);
    expect(await texts()).toEqual([]);
  });

  it("and the questions they ask are found by an index", () => {
    const plans = [
      "SELECT min(due_at) FROM preauth WHERE due_at IS NOT NULL",
      "SELECT * FROM preauth WHERE recipient = ?1 AND short_number = ?2 AND due_at IS NOT NULL",
      "SELECT * FROM consent WHERE recipient = ?1 AND short_number IS NOT NULL AND short_number = ?2 AND state = 'active'",
      "SELECT * FROM inbound WHERE id IN (SELECT ?1 UNION SELECT id FROM inbound WHERE their_id = ?1)",
      "SELECT keyword.* FROM json_each(?1) AS wanted CROSS JOIN keyword ON keyword.short_number = wanted.value",
    ];
    for (const sql of plans) {
      const scans = planOf(database.sqlite, sql).filter((step) =>
        /^SCAN (preauth|consent|inbound|keyword)$/.test(step),
      );
      expect(scans, sql).toEqual([]);
    }
  });
});
