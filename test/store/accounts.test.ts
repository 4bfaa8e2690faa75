/** Accounts, credentials, senders and nonces in the database: who is found, and what may be there only once. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Credential, CredentialKind } from "../../src/core/accounts/account.ts";
import type { AccountStore } from "../../src/core/accounts/store.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { forgetCallers, rememberCallers } from "../../src/store/operator/callers.ts";
import { lendDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, NOON, withAccounts } from "../support/rows.ts";

let database: TestDatabase;
let accounts: AccountStore;
beforeEach(() => {
  const lent = lendDatabase();
  database = lent;
  accounts = accountStore(database.d1);
  return () => lent.giveBack();
});

let made = 0;
function aCredential(given: Partial<Credential> = {}): Credential {
  made++;
  return {
    id: `crd_${String(made).padStart(4, "0")}`,
    account: "acme",
    dialect: "telling",
    kind: "api-key",
    name: `key ${made}`,
    foundBy: "secret",
    secretHash: `hash ${made}`,
    createdAt: NOON,
    changedAt: NOON,
    ...given,
  };
}

describe("an account", () => {
  it("gets the next number, and keeps it", async () => {
    await withAccounts(database, "acme", "bolt");
    expect(await accounts.byId("acme")).toEqual({
      id: "acme",
      number: 1,
      name: "acme",
      state: "open",
      settings: {},
      createdAt: NOON,
      changedAt: NOON,
    });
    expect((await accounts.byId("bolt"))?.number).toBe(2);
  });

  it("is opened once under its id", async () => {
    await withAccounts(database, "acme");
    expect(await accounts.add({ id: "acme", name: "Another", settings: {}, at: NOON })).toBeUndefined();
    expect((await accounts.byId("acme"))?.name).toBe("acme");
  });

  it("gets a number of its own, however many are opened at once", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `account-${index}`);
    const opened = await Promise.all(ids.map((id) => accounts.add({ id, name: id, settings: {}, at: NOON })));
    expect(new Set(opened.map((account) => account?.number)).size).toBe(20);
  });

  it("changes what is given, and nothing else", async () => {
    await withAccounts(database, "acme");
    await accounts.change("acme", { settings: { webhookRetries: "15h" } }, NOON + 1);
    expect(await accounts.change("acme", { name: "New" }, NOON + 2)).toMatchObject({
      name: "New",
      settings: { webhookRetries: "15h" },
      state: "open",
      changedAt: NOON + 2,
    });
    expect(await accounts.change("nobody", { name: "New" }, NOON)).toBeUndefined();
  });

  it("is listed without gap or repeat", async () => {
    const ids = ["a", "b", "c", "d", "e"];
    await withAccounts(database, ...ids);
    const listed = await allPages((at) => accounts.list({ limit: 2, ...at }));
    expect(listed.map(({ id }) => id)).toEqual(ids);
  });
});

describe("a credential", () => {
  beforeEach(() => withAccounts(database, "acme", "bolt"));

  it("finds its account and what it may send from, in one read", async () => {
    const credential = aCredential();
    await accounts.addCredential(credential);
    await accounts.putSender("acme", { sender: "Shop", kind: "alphanumeric", country: "NO" });
    await accounts.putSender("acme", { sender: "+47 98079008", kind: "long-number", country: "NO" });
    await accounts.putSender("bolt", { sender: "Other", kind: "alphanumeric", country: "NO" });
    let calls = 0;
    database.around = { before: () => void calls++ };
    const caller = await accounts.bySecret("telling", "api-key", credential.secretHash as string);
    expect(calls).toBe(1);
    expect(caller?.account).toMatchObject({ id: "acme", number: 1, settings: {} });
    expect(caller?.credential).toEqual(credential);
    expect([...(caller?.senders.keys() ?? [])].sort()).toEqual(["4798079008", "Shop"]);
  });

  it("is found by its name where it has no secret", async () => {
    const key = aCredential({
      kind: "public-key",
      foundBy: "name",
      name: "my-key",
      publicKey: "AAAA",
      signAlgo: "RSA",
    });
    delete key.secretHash;
    await accounts.addCredential(key);
    expect((await accounts.byKeyName("telling", "public-key", "my-key"))?.credential).toEqual(key);
    expect(await accounts.byKeyName("telling", "public-key", "MY-KEY")).toBeUndefined();
    expect(await accounts.byKeyName("other", "public-key", "my-key")).toBeUndefined();
  });

  it("opens nothing for an account that is closed", async () => {
    const credential = aCredential();
    await accounts.addCredential(credential);
    await accounts.change("acme", { state: "closed" }, NOON);
    expect(await accounts.bySecret("telling", "api-key", credential.secretHash as string)).toBeUndefined();
  });

  const taken: [string, Partial<Credential>, Partial<Credential>, boolean][] = [
    ["a secret that is in use", { secretHash: "x" }, { secretHash: "x", account: "bolt" }, false],
    ["a secret that another dialect uses", { secretHash: "x" }, { secretHash: "x", dialect: "silent" }, true],
    [
      "a name that stands for a key",
      { kind: "public-key", name: "k", foundBy: "name" },
      { kind: "public-key", name: "k", foundBy: "name" },
      false,
    ],
    ["a name that is only for people", { name: "k" }, { name: "k" }, true],
    ["an id that is there", { id: "crd_x" }, { id: "crd_x" }, false],
  ];
  it.each(taken)("is not added twice: %s", async (_, first, second, added) => {
    expect(await accounts.addCredential(aCredential(first))).toBe(true);
    expect(await accounts.addCredential(aCredential(second))).toBe(added);
  });

  it("is its account's alone", async () => {
    const [mine, theirs] = [aCredential(), aCredential({ account: "bolt" })];
    for (const credential of [mine, theirs]) await accounts.addCredential(credential);
    expect(await accounts.removeCredential("acme", theirs.id)).toBe(false);
    expect((await accounts.credentials("acme", { limit: 10 })).items).toEqual([mine]);
    expect(await accounts.credentialsOfKind("bolt", "telling", "api-key")).toEqual([theirs]);
    expect(await accounts.credentialsOfKind("bolt", "telling", "public-key")).toEqual([]);
    expect(await accounts.removeCredential("acme", mine.id)).toBe(true);
    expect(await accounts.bySecret("telling", "api-key", mine.secretHash as string)).toBeUndefined();
  });

  it("is listed without gap or repeat", async () => {
    const mine = Array.from({ length: 5 }, () => aCredential());
    for (const credential of mine) await accounts.addCredential(credential);
    const listed = await allPages((at) => accounts.credentials("acme", { limit: 2, ...at }));
    expect(listed).toEqual(mine);
  });

  it.each([
    ["its secret", "api-key", (kind: CredentialKind) => accounts.bySecret("telling", kind, "x")],
    ["its name", "public-key", (kind: CredentialKind) => accounts.byKeyName("telling", kind, "x")],
  ] as const)("is found by %s without reading the table through", async (_, kind, ask) => {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await ask(kind);
    expect(asked.flatMap((sql) => planOf(database.sqlite, sql)).filter((step) => step.startsWith("SCAN"))).toEqual([]);
  });
});

describe("a sender", () => {
  it("is put once, changed by putting it again, and its account's alone", async () => {
    await withAccounts(database, "acme", "bolt");
    const sender = { sender: "2002", kind: "short-number", country: "NO" } as const;
    await accounts.putSender("acme", { ...sender, shortNumberId: "NO-2002" });
    await accounts.putSender("acme", { ...sender, country: "SE" });
    expect(await accounts.senders("acme")).toEqual([{ ...sender, country: "SE" }]);
    expect(await accounts.removeSender("bolt", "2002")).toBe(false);
    expect(await accounts.removeSender("acme", "2002")).toBe(true);
    expect(await accounts.senders("acme")).toEqual([]);
  });
});

describe("a nonce", () => {
  const once = { credential: "crd_1", nonce: "n", until: NOON };

  it("is spent once, however many race", async () => {
    const spent = await Promise.all(Array.from({ length: 10 }, (_, racer) => accounts.spend(once, `claim ${racer}`)));
    expect(spent.filter(Boolean)).toHaveLength(1);
  });

  it("is given back only by who spent it", async () => {
    await accounts.spend(once, "mine");
    await accounts.unspend(once, "another's");
    expect(await accounts.spend(once, "again")).toBe(false);
    await accounts.unspend(once, "mine");
    expect(await accounts.spend(once, "again")).toBe(true);
  });

  it("is forgotten when its time is over, not before", async () => {
    await accounts.spend(once, "a");
    expect(await accounts.forgetNonces(NOON, 100)).toBe(0);
    expect(await accounts.forgetNonces(NOON + 1, 100)).toBe(1);
  });
});

describe("callers that are remembered", () => {
  let now = NOON;
  let calls = 0;
  let remembering: AccountStore;
  const credential = aCredential({ secretHash: "remembered" });
  const ask = () => remembering.bySecret("telling", "api-key", "remembered");

  beforeEach(async () => {
    forgetCallers();
    await withAccounts(database, "acme");
    await accounts.addCredential(credential);
    remembering = rememberCallers(accounts, () => now);
    calls = 0;
    database.around = { before: () => void calls++ };
  });

  it("are read once in a while, not once a request", async () => {
    for (let request = 0; request < 10; request++) expect((await ask())?.account.id).toBe("acme");
    expect(calls).toBe(1);
    now += 5_001;
    await ask();
    expect(calls).toBe(2);
  });

  it("are asked for anew after each change that is made here", async () => {
    await ask();
    await remembering.putSender("acme", { sender: "New", kind: "alphanumeric", country: "NO" });
    expect((await ask())?.senders.has("New")).toBe(true);
    await remembering.change("acme", { state: "closed" }, NOON);
    expect(await ask()).toBeUndefined();
  });

  it("are not remembered as they were before a change that overtook the reading of them", async () => {
    database.around = {
      after: async () => {
        database.around = {};
        await remembering.putSender("acme", { sender: "New", kind: "alphanumeric", country: "NO" });
      },
    };
    await ask();
    expect((await ask())?.senders.has("New")).toBe(true);
  });

  it("are remembered from when they were read, however long the answer was on its way", async () => {
    database.around = {
      after: async () => {
        database.around = {};
        await accounts.putSender("acme", { sender: "New", kind: "alphanumeric", country: "NO" });
        now += 5_000;
      },
    };
    await ask();
    expect((await ask())?.senders.has("New")).toBe(true);
  });

  it("are there the moment they are added: nobody is remembered as unknown", async () => {
    expect(await remembering.bySecret("telling", "api-key", "new")).toBeUndefined();
    await accounts.addCredential(aCredential({ secretHash: "new" }));
    expect(await remembering.bySecret("telling", "api-key", "new")).toBeDefined();
  });
});
