/** Moving a business over: what is brought along is there as it was, once, and nothing is brought back that was ended here. */

import { beforeEach, describe, expect, it } from "vitest";
import type { StandingConsent } from "../../src/core/billing/subscriptions/consent.ts";
import type { StandingKeyword } from "../../src/core/inbound/keyword.ts";
import type { KeywordId } from "../../src/core/kernel/ids.ts";
import { DAY, MERCHANT, NUMBER, openWorld, PERSON, type World } from "../support/ports.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const rows = (table: string) => Number(world.database.sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);

describe("a consent that is brought along", () => {
  const aConsent = (given: Partial<StandingConsent> = {}): StandingConsent => ({
    merchant: MERCHANT,
    service: "news",
    recipient: PERSON,
    token: "7K2B9QX4M1ZC8T5R3W6Y0HJN",
    description: "The news",
    since: world.time.now - 100 * DAY,
    ...given,
  });
  const bring = (consents: readonly StandingConsent[], atomic = false) =>
    world.gateway.operator.imports.consents(world.caller.account.id, consents, { atomic });
  const consentOf = (recipient = PERSON, service = "news") =>
    world.quiet.consents.byId("acme", MERCHANT, service, recipient);
  /** The merchant charges on it: what becomes of the charge. */
  const charged = async (service = "news") => {
    const wanted = {
      theirId: `charge-${service}-${world.time.now}`,
      merchant: MERCHANT,
      shortNumber: NUMBER,
      serviceCode: "14002",
      invoiceText: "News",
      amount: 4_900,
      currency: "NOK",
      recipient: PERSON,
      consent: service,
      echo: {},
    };
    const one = await world.gateway.acceptCharge(world.caller, wanted);
    await world.work();
    return (await world.transaction(one.id)).state;
  };

  it("is there with its token, its text and its age, and is charged on", async () => {
    expect(await bring([aConsent()])).toEqual({ taken: 1, refused: [] });
    expect(await consentOf()).toMatchObject({
      state: "active",
      token: "7K2B9QX4M1ZC8T5R3W6Y0HJN",
      description: "The news",
      createdAt: world.time.now - 100 * DAY,
    });
    expect(await charged()).toBe("billed");
  });

  it("is there once, however often it is brought, and the answer is the same", async () => {
    const many = Array.from({ length: 500 }, (_, n) => aConsent({ recipient: `+4798079${String(100 + n)}` }));
    const list = [...many, aConsent({ recipient: "12" }), ...many.slice(0, 2)];
    const first = await bring(list);
    expect(first).toEqual({
      taken: 502,
      refused: [{ index: 500, field: "recipient", detail: expect.stringContaining("must be a phone number") }],
    });
    expect(await bring(list)).toEqual(first);
    expect(rows("consent")).toBe(500);
  });

  it.each([
    { name: "a merchant of nobody's", given: { merchant: "other" }, field: "merchantId" },
    { name: "a number that is none", given: { recipient: "+47" }, field: "recipient" },
    { name: "a short number of nobody's", given: { shortNumber: "2999" }, field: "shortNumber" },
    { name: "a time to come", given: { since: Number.MAX_SAFE_INTEGER }, field: "since" },
  ])("is refused by its place with $name, and its neighbours are taken", async ({ given, field }) => {
    const other = aConsent({ recipient: "+4798079009" });
    const { taken, refused } = await bring([aConsent(given), other]);
    expect({ taken, refused }).toMatchObject({ taken: 1, refused: [{ index: 0, field }] });
    expect(await consentOf("+4798079009")).toMatchObject({ state: "active" });
    expect(await bring([other, aConsent(given), aConsent({ recipient: "+4798079010" })], true)).toMatchObject({
      taken: 0,
      refused: [{ index: 1, field }],
    });
    expect(await consentOf("+4798079010")).toBeUndefined();
  });

  it.each([{ token: "ANOTHER" }, { description: "Another" }, { since: 1 }])(
    "is refused with %j where there is one already; all of a list, if it is to be all or none",
    async (other) => {
      await bring([aConsent()]);
      const list = [aConsent({ recipient: "+4798079009" }), aConsent(other)];
      expect(await bring(list, true)).toMatchObject({ taken: 0, refused: [{ index: 1 }] });
      expect(rows("consent")).toBe(1);
      expect(await bring(list)).toMatchObject({ taken: 1, refused: [{ index: 1 }] });
      expect(await consentOf()).toMatchObject({ token: aConsent().token, description: "The news" });
    },
  );

  it("is refused where the list has it before, with another token", async () => {
    const list = [aConsent(), aConsent({ token: "ANOTHER" })];
    expect(await bring(list)).toMatchObject({ taken: 1, refused: [{ index: 1, field: "recipient" }] });
    expect(await consentOf()).toMatchObject({ token: aConsent().token });
  });

  it("ends with STOP to its number, and is not brought back", async () => {
    await bring([aConsent()]);
    await world.writes("STOP");
    expect(await consentOf()).toMatchObject({ state: "ended", endedBy: "person" });
    expect(await charged()).toBe("failed");
    const refused = [{ index: 0, detail: expect.stringContaining("STOP") }];
    for (const token of [aConsent().token, "ANOTHER"]) {
      expect(await bring([aConsent({ token })])).toEqual({ taken: 0, refused });
    }
    expect(await consentOf()).toMatchObject({ state: "ended" });
  });

  it("is not brought to who wrote STOP here before it came, but to who agreed after that", async () => {
    await world.writes("STOP");
    expect(await bring([aConsent()])).toMatchObject({ taken: 0, refused: [{ index: 0 }] });
    world.time.now += DAY;
    expect(await bring([aConsent({ since: world.time.now })])).toMatchObject({ taken: 1 });
  });

  it("is its account's: another may have the same", async () => {
    await world.quiet.accounts.add({ id: "beta", name: "Beta", settings: {}, at: world.time.now });
    const beta = await world.quiet.accounts.byId("beta");
    if (!beta) throw new Error("there is no account");
    const refused = [{ index: 0, field: "merchantId" }];
    expect(await world.gateway.operator.imports.consents(beta.id, [aConsent()])).toMatchObject({ taken: 0, refused });
    expect(rows("consent")).toBe(0);
  });
});

describe("a keyword that is brought along", () => {
  const aKeyword = (given: Partial<StandingKeyword> = {}): StandingKeyword => ({
    id: "4711",
    shortNumber: NUMBER,
    mode: "exact",
    text: "NEWS",
    aliases: [],
    forwardUrl: "https://shop.example/news",
    isEnabled: true,
    tags: ["a"],
    properties: { from: "elsewhere" },
    echo: {},
    createdAt: 1_500_000_000_000,
    ...given,
  });
  const bring = (keywords: readonly StandingKeyword[], atomic = false) =>
    world.gateway.operator.imports.keywords(world.caller.account.id, { dialect: "telling", keywords }, { atomic });
  const ids = async () => (await world.gateway.keywords(world.caller)).map(({ id }) => id);

  it("has the id that it had, and takes what people write", async () => {
    expect(await bring([aKeyword()])).toEqual({ taken: 1, refused: [] });
    expect(await world.gateway.keyword(world.caller, "4711")).toMatchObject({
      ...{ id: "4711", text: "NEWS", createdAt: 1_500_000_000_000, properties: { from: "elsewhere" } },
    });
    await world.writes("news please");
    const { items } = await world.quiet.inbounds.list({}, { limit: 1 });
    expect(items).toMatchObject([{ account: "acme", keywordId: "4711" }]);
  });

  it("keeps with it what people agreed to by it: who writes it is not asked again, and STOP ends it", async () => {
    await bring([aKeyword({ preAuth: { isActive: true, merchant: MERCHANT } })]);
    const consent = { merchant: MERCHANT, service: "4711", recipient: PERSON, token: "T", since: world.time.now };
    await world.gateway.operator.imports.consents(world.caller.account.id, [consent]);
    await world.writes("NEWS");
    expect(rows("message")).toBe(0);
    await world.writes("STOP NEWS");
    expect(await world.quiet.consents.byId("acme", MERCHANT, "4711", PERSON)).toMatchObject({ state: "ended" });
  });

  it("is there once, however often it is brought, and the answer is the same", async () => {
    const expressions = Array.from({ length: 60 }, (_, n) => {
      return aKeyword({ id: `${2_000 + n}` as KeywordId, mode: "regex", text: `^code ${n}$` });
    });
    const list = [aKeyword(), ...expressions, aKeyword({ id: "9", shortNumber: "2999" }), aKeyword()];
    const first = await bring(list);
    expect(first).toMatchObject({ taken: 62, refused: [{ index: 61 }] });
    expect(await bring(list)).toEqual(first);
    expect(rows("keyword")).toBe(61);
    const { createdAt: _, ...undated } = aKeyword();
    world.time.now += DAY;
    expect(await bring([undated])).toEqual({ taken: 1, refused: [] });
  });

  it.each([
    { name: "an id that another has", given: { text: "OTHER" }, field: "id" },
    { name: "a text that another has", given: { id: "4712" as KeywordId }, field: "keywordText" },
    { name: "another address", given: { forwardUrl: "https://other.example" }, field: "id" },
    { name: "an expression that is none", given: { id: "5" as KeywordId, mode: "regex" as const, text: "(" } },
  ])("is refused by its place with $name, and its neighbours are taken, or none", async ({ given, field }) => {
    await bring([aKeyword()]);
    const list = [aKeyword({ id: "1", text: "ONE" }), aKeyword(given)];
    expect(await bring(list, true)).toMatchObject({ taken: 0, refused: [{ index: 1 }] });
    expect(await ids()).toEqual(["4711"]);
    const refused = [{ index: 1, ...(field ? { field } : {}) }];
    expect(await bring(list)).toMatchObject({ taken: 1, refused });
    expect((await ids()).toSorted()).toEqual(["1", "4711"]);
  });

  it("leaves its id to nobody else: those that are given go on after it", async () => {
    const { id: _, createdAt: __, ...wanted } = aKeyword({ text: "FIRST" });
    await bring([aKeyword({ id: "12" })]);
    expect((await world.gateway.register(world.caller, wanted)).id).toBe("10000001");
    await bring([aKeyword({ id: "10000005", text: "FIFTH" })]);
    const next = await world.gateway.register(world.caller, { ...wanted, text: "NEXT" });
    expect(next.id).toBe("10000006");
  });
});
