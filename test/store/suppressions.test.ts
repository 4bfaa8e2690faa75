/** Who asked to be left alone, in D1: found among many, listed, lifted; each account and number for itself. */

import { beforeEach, describe, expect, it } from "vitest";
import type { SuppressionStore } from "../../src/core/messages/suppression.ts";
import { inboundStore } from "../../src/store/messaging/inbounds.ts";
import { suppressionStore } from "../../src/store/messaging/suppressions.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { openDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, formats, NOON, withAccounts } from "../support/rows.ts";

const OURS = "+12065550100";
const OTHER = "+18445550100";

let database: TestDatabase;
let store: SuppressionStore;
beforeEach(async () => {
  database = openDatabase();
  store = suppressionStore(database.d1);
  await withAccounts(database, "acme", "bolt");
  const accounts = accountStore(database.d1);
  for (const sender of [OURS, OTHER]) await accounts.putSender("acme", { sender, kind: "long-number", country: "US" });
});

const person = (n: number) => `+1425555${String(n).padStart(4, "0")}`;
const asked = ({ account, number, recipient }: ReturnType<typeof pair>) => ({
  account,
  numbers: [number, "*"],
  recipient,
});
const among = async (pairs: readonly ReturnType<typeof pair>[]) => {
  const found = new Set((await store.among(pairs.map(asked))).map((one) => JSON.stringify(one)));
  return pairs.filter((one) => found.has(JSON.stringify(asked(one))));
};
const pair = (n: number, { account = "acme", number = OURS } = {}) => ({ account, number, recipient: person(n) });

let reported = 0;
/** So many people say it, each once. */
async function say(opts: { is: "out" | "in"; word: string }, people: readonly number[], recipient = OURS) {
  const at = NOON + ++reported;
  const holders = (await accountStore(database.d1).holders([recipient])).map(({ account }) => account.id);
  await inboundStore(database.d1, formats).add(
    people.map((n) => ({
      id: `inb_${String(reported).padStart(8, "0")}${String(n).padStart(11, "0")}` as const,
      carrier: "bank",
      theirId: `${reported}-${n}`,
      sender: person(n),
      recipient,
      text: opts.word,
      isStop: false,
      receivedAt: at,
      endings: [],
      opts: { ...opts, covers: holders.map((account) => ({ account, number: recipient })) },
    })),
  );
  return at;
}

const OUT = { is: "out", word: "stop" } as const;
const IN = { is: "in", word: "start" } as const;

describe("who opted out", () => {
  it("is kept with the word, and when it was", async () => {
    const at = await say({ is: "out", word: "unsubscribe" }, [1]);
    expect((await store.list("acme", {}, { limit: 10 })).items).toEqual([
      { ...pair(1), word: "unsubscribe", source: "person", proof: expect.stringMatching(/^inb_/), createdAt: at },
    ]);
  });

  it("stays as they were when they say it again", async () => {
    const at = await say(OUT, [1]);
    await say({ is: "out", word: "quit" }, [1]);
    expect((await store.list("acme", {}, { limit: 10 })).items).toMatchObject([{ word: "stop", createdAt: at }]);
  });

  it("is found among very many", async () => {
    await say(OUT, [7, 5_001, 9_999]);
    const asked = Array.from({ length: 10_000 }, (_, n) => pair(n));
    expect((await among(asked)).map(({ recipient }) => recipient).sort()).toEqual([7, 5_001, 9_999].map(person));
    expect(await among([...asked, pair(7)].slice(0, 100))).toEqual([pair(7)]);
  });

  it("is nobody else's: another number's, another account's", async () => {
    await say(OUT, [1]);
    expect(await among([pair(1, { number: OTHER }), pair(1, { account: "bolt" }), pair(2)])).toEqual([]);
    expect(await among([])).toEqual([]);
  });

  it("has opted out with every account that has the number", async () => {
    await accountStore(database.d1).putSender("bolt", { sender: OURS, kind: "long-number", country: "US" });
    await say(OUT, [1]);
    expect(await among([pair(1), pair(1, { account: "bolt" })])).toHaveLength(2);
    await say(IN, [1]);
    expect(await among([pair(1), pair(1, { account: "bolt" })])).toEqual([]);
  });

  it("opts in with every account that they opted out with, whoever has the number now", async () => {
    const accounts = accountStore(database.d1);
    await accounts.putSender("bolt", { sender: OURS, kind: "long-number", country: "US" });
    await say(OUT, [1, 2]);
    await accounts.removeSender("acme", OURS);
    await say(IN, [1]);
    expect(await among([pair(1), pair(1, { account: "bolt" })])).toEqual([]);
    expect(await among([pair(2), pair(2, { account: "bolt" })])).toHaveLength(2);
  });

  it("opts in at that number alone", async () => {
    await say(OUT, [1, 2]);
    await say(OUT, [1], OTHER);
    await say(IN, [1]);
    expect(await among([pair(1), pair(2), pair(1, { number: OTHER })])).toEqual([pair(2), pair(1, { number: OTHER })]);
  });
});

describe("who opts in", () => {
  it("is found by the number and their own, without reading who else opted out", async () => {
    const asked = new Set<string>();
    database.around.before = ({ sql }) => {
      for (const one of sql) asked.add(one);
    };
    await say(IN, [1]);
    const [statement = "", ...others] = [...asked].filter((sql) => sql.includes("DELETE FROM suppression"));
    expect(others).toEqual([]);
    const steps = planOf(database.sqlite, statement).filter((step) => /\b(suppression|known)\b/.test(step));
    for (const step of steps)
      expect(step).toMatch(/^SEARCH (suppression|known) USING (PRIMARY KEY|.*INDEX suppression_)/);
    expect(steps.join()).toContain("INDEX suppression_number");
  });
});

describe("the list", () => {
  it("goes by number, then by person, page by page, and is the account's own", async () => {
    await accountStore(database.d1).putSender("bolt", { sender: OURS, kind: "long-number", country: "US" });
    await say(OUT, [3, 1, 2], OTHER);
    await say(OUT, [5, 4], OURS);
    for (const limit of [1, 2, 5, 100]) {
      const items = await allPages((at) => store.list("acme", {}, { limit, ...at }));
      expect(items.map(({ number, recipient }) => [number, recipient])).toEqual([
        [OURS, person(4)],
        [OURS, person(5)],
        [OTHER, person(1)],
        [OTHER, person(2)],
        [OTHER, person(3)],
      ]);
    }
    expect((await store.list("bolt", {}, { limit: 10 })).items).toHaveLength(2);
  });
});

describe("lifting", () => {
  it("takes away one, once", async () => {
    await say(OUT, [1, 2]);
    expect(await store.lift(pair(1), NOON)).toBe(true);
    expect(await store.lift(pair(1), NOON)).toBe(false);
    expect(await among([pair(1), pair(2)])).toEqual([pair(2)]);
  });

  it("leaves those of others alone", async () => {
    await say(OUT, [1]);
    expect(await store.lift(pair(1, { account: "bolt" }), NOON)).toBe(false);
    expect(await store.lift(pair(1, { number: OTHER }), NOON)).toBe(false);
    expect(await among([pair(1)])).toHaveLength(1);
  });
});
