/** What an operator sets up for charging, what is refused, and what can be seen of charges afterwards. */

import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, type TestAccount, type TimelineEntry, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type Row = { id: string } & Record<string, unknown>;
type List<Item = Row> = { items: Item[]; next?: string };

const MAGAZINE = {
  shortNumber: "2002",
  merchantId: "mag",
  serviceCode: "14002",
  price: 4900,
  invoiceText: "Magazine",
  redirectUrl: "https://shop.example/done?id={TransactionId}",
};
const MONTHLY = { ...MAGAZINE, recurring: true, interval: "monthly", autoRebill: true };
const NOWHERE = "/admin/v1/accounts/nobody";
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe("the operator", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const { operator, refusal } = gateway;
  /** An account with the short number 2002 and the merchant "mag"; answers its address, and an id for a service of its own. */
  const open = async () => {
    const { id } = await gateway.account();
    const path = `/admin/v1/accounts/${id}`;
    await operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO", isShared: true });
    await operator("PUT", `${path}/merchants/mag`, { shortNumberIds: ["NO-2002"] });
    return { id, path, magazine: `magazine-${id}` };
  };

  describe("keeps merchants:", () => {
    it("adds one, shows it, changes it, and takes it away", async () => {
      const { id, path } = await open();
      const about = { shortNumberIds: ["NO-2002"], name: "Kiosk", termsUrl: "https://kiosk.example", contact: "02002" };
      const added = await operator("PUT", `${path}/merchants/kiosk`, about);
      expect(added).toMatchObject({ id: "kiosk", account: id, ...about });
      expect(added.createdAt).toMatch(ISO);
      expect(await operator("GET", `${path}/merchants/kiosk`)).toEqual(added);

      const changed = await operator("PUT", `${path}/merchants/kiosk`, {});
      expect(changed).toMatchObject({ shortNumberIds: [], createdAt: added.createdAt });
      for (const name of ["name", "termsUrl", "contact"]) expect(changed).not.toHaveProperty(name);
      const list = await operator<List>("GET", `${path}/merchants`);
      expect(list.items.map((one) => one.id).sort()).toEqual(["kiosk", "mag"]);

      await operator("DELETE", `${path}/merchants/kiosk`);
      expect(await refusal("GET", `${path}/merchants/kiosk`)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${path}/merchants/kiosk`)).toMatchObject({ status: 404 });
    });

    it.each([
      { name: "an id with a space", id: "my%20shop", body: {}, field: "merchantId" },
      { name: "an id that is too long", id: "m".repeat(101), body: {}, field: "merchantId" },
      {
        name: "short numbers that are no list",
        id: "shop",
        body: { shortNumberIds: "NO-2002" },
        field: "shortNumberIds",
      },
      { name: "an empty short number", id: "shop", body: { shortNumberIds: [""] }, field: "shortNumberIds.0" },
      { name: "terms by http", id: "shop", body: { termsUrl: "http://shop.example/terms" }, field: "termsUrl" },
      { name: "a contact that nobody can reach", id: "shop", body: { contact: "Ask Kari" }, field: "contact" },
      { name: "a blank name", id: "shop", body: { name: " " }, field: "name" },
    ])("refuses $name", async ({ id, body, field }) => {
      const { path } = await open();
      expect(await refusal("PUT", `${path}/merchants/${id}`, body)).toMatchObject({ status: 400, field });
    });

    it("refuses any of an account that is not there, and shows none to another", async () => {
      const { path } = await open();
      await operator("PUT", `${path}/merchants/own`, {});
      const other = (await open()).path;
      expect(await refusal("GET", `${other}/merchants/own`)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${other}/merchants/own`)).toMatchObject({ status: 404 });
      expect(await refusal("PUT", `${NOWHERE}/merchants/own`, {})).toMatchObject({ status: 404 });
      expect(await refusal("GET", `${NOWHERE}/merchants`)).toMatchObject({ status: 404 });
    });
  });

  describe("keeps services:", () => {
    it("adds one with no more than is needed, and says what goes without saying", async () => {
      const { id, path, magazine } = await open();
      const added = await operator("PUT", `${path}/services/${magazine}`, MAGAZINE);
      expect(added).toEqual({
        ...MAGAZINE,
        id: magazine,
        account: id,
        currency: "NOK",
        recurring: false,
        autoRebill: false,
        age: 0,
        timeZone: "Europe/Oslo",
        stopStyle: "raw",
        repeatGuardSeconds: 3600,
        echo: {},
        windowPath: `/${magazine}`,
        createdAt: expect.stringMatching(ISO),
        changedAt: expect.stringMatching(ISO),
      });
      expect(await operator("GET", `${path}/services/${magazine}`)).toEqual(added);
    });

    it("keeps all that is said of one, replaces it, and takes it away", async () => {
      const { path, magazine } = await open();
      const full = {
        ...MONTHLY,
        tariffs: [1000, 4900],
        currency: "SEK",
        keyword: "Blåbær",
        subscriptionPrice: 2900,
        startSms: "Welcome",
        renewalSms: "",
        age: 18,
        timeZone: "Europe/Stockholm",
        onlineText: "Buy now",
        offlineText: "Your number?",
        consentDescription: "The magazine, each month",
        stopStyle: "ask",
        repeatGuardSeconds: 0,
      };
      const added = await operator("PUT", `${path}/services/${magazine}`, full);
      expect(added).toMatchObject(full);
      const replaced = await operator("PUT", `${path}/services/${magazine}`, MAGAZINE);
      expect(replaced).toMatchObject({ ...MAGAZINE, createdAt: added.createdAt, currency: "NOK", recurring: false });
      for (const left of ["keyword", "tariffs", "interval", "startSms"]) expect(replaced).not.toHaveProperty(left);
      expect((await operator<List>("GET", `${path}/services`)).items).toEqual([replaced]);

      await operator("DELETE", `${path}/services/${magazine}`);
      expect(await refusal("GET", `${path}/services/${magazine}`)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${path}/services/${magazine}`)).toMatchObject({ status: 404 });
    });

    it.each([
      { body: { price: 0 }, field: "price" },
      { body: { price: -100 }, field: "price" },
      { body: { price: 49.9 }, field: "price" },
      { body: { price: "4900" }, field: "price" },
      { body: { price: 1_000_001 }, field: "price" },
      { body: { price: undefined }, field: "price" },
      { body: { subscriptionPrice: 0 }, field: "subscriptionPrice" },
      { body: { subscriptionPrice: 1_000_001 }, field: "subscriptionPrice" },
      { body: { tariffs: [] }, field: "tariffs" },
      { body: { tariffs: [4900, 0] }, field: "tariffs.1" },
      { body: { tariffs: [1_000_001] }, field: "tariffs.0" },
      { body: { currency: "kroner" }, field: "currency" },
      { body: { merchantId: "nobody" }, field: "merchantId" },
      { body: { shortNumber: "2003" }, field: "shortNumber" },
      { body: { shortNumber: "Shop" }, field: "shortNumber" },
      { body: { serviceCode: "" }, field: "serviceCode" },
      { body: { invoiceText: " " }, field: "invoiceText" },
      { body: { timeZone: "Europe/Atlantis" }, field: "timeZone" },
      { body: { recurring: true }, field: "interval" },
      { body: { recurring: true, interval: "daily" }, field: "interval" },
      { body: { recurring: "yes" }, field: "recurring" },
      { body: { redirectUrl: "/done" }, field: "redirectUrl" },
      { body: { redirectUrl: "javascript:alert(1)" }, field: "redirectUrl" },
      { body: { redirectUrl: "ftp://shop.example/done" }, field: "redirectUrl" },
      { body: { redirectUrl: "https:shop.example" }, field: "redirectUrl" },
      { body: { redirectUrl: "https://me:secret@shop.example/done" }, field: "redirectUrl" },
      { body: { redirectUrl: "https://me@shop.example/done" }, field: "redirectUrl" },
      { body: { redirectUrl: `https://shop.example/${"a".repeat(2000)}` }, field: "redirectUrl" },
      { body: { keyword: "two words" }, field: "keyword" },
      { body: { keyword: "mag!" }, field: "keyword" },
      { body: { keyword: "" }, field: "keyword" },
      { body: { keyword: "m".repeat(51) }, field: "keyword" },
      { body: { keyword: "Stop" }, field: "keyword" },
      { body: { age: -1 }, field: "age" },
      { body: { age: 121 }, field: "age" },
      { body: { age: 17.5 }, field: "age" },
      { body: { stopStyle: "loud" }, field: "stopStyle" },
      { body: { repeatGuardSeconds: -1 }, field: "repeatGuardSeconds" },
    ])("refuses $body", async ({ body, field }) => {
      const { path, magazine } = await open();
      const answer = await refusal("PUT", `${path}/services/${magazine}`, { ...MAGAZINE, ...body });
      expect(answer).toMatchObject({ status: 400, field, detail: expect.stringMatching(new RegExp(`^${field}: `)) });
      expect((await operator<List>("GET", `${path}/services`)).items).toEqual([]);
    });

    it("gives an address to one account only, and for good", async () => {
      const [mine, theirs] = [await open(), await open()];
      const service = mine.magazine;
      await operator("PUT", `${mine.path}/services/${service}`, MAGAZINE);
      const refused = {
        status: 409,
        field: "serviceId",
        detail: expect.stringContaining("belongs to another account"),
      };
      expect(await refusal("PUT", `${theirs.path}/services/${service}`, MAGAZINE)).toMatchObject(refused);
      await operator("DELETE", `${mine.path}/services/${service}`);
      expect(await refusal("PUT", `${theirs.path}/services/${service}`, MAGAZINE)).toMatchObject(refused);
      expect((await gateway.fetch(`/${service}`)).status).toBe(404);
      await operator("PUT", `${mine.path}/services/${service}`, MAGAZINE);
      await operator("DELETE", mine.path);
      expect(await refusal("PUT", `${theirs.path}/services/${service}`, MAGAZINE)).toMatchObject(refused);
      expect((await gateway.fetch(`/${service}`)).status).toBe(404);
    });

    it("gives no account's id away as another's address, and no such address away as an id", async () => {
      const [mine, theirs] = [await open(), await open()];
      expect(await refusal("PUT", `${theirs.path}/services/${mine.id}`, MAGAZINE)).toMatchObject({ status: 409 });
      await operator("PUT", `${mine.path}/services/${mine.id}`, MAGAZINE);
      await operator("PUT", `${mine.path}/services/${mine.magazine}`, MAGAZINE);
      const account = { id: mine.magazine, name: "Squatter" };
      expect(await refusal("POST", "/admin/v1/accounts", account)).toMatchObject({
        status: 409,
        field: "id",
        detail: expect.stringContaining("purchase page"),
      });
    });

    it.each([
      ...["admin", "sandbox", "console", "docs", "health", "hello", "metrics", "api", "no", "v1", "v1.0", "v2", "v2.1"],
      ...["v2.2", "service", "gateway.php", "mbill.php", "ir_response.php", "gateway.ashx", "openapi.json", "assets"],
      ...[
        "favicon.ico",
        "robots.txt",
        ".well-known",
        "CDN-CGI",
        "docs.json",
        "otp",
        "v1.1",
        "Gateway.ASHX",
        "Admin",
        "with%20space",
        "a%2Fb",
        "%C3%A5",
        "s".repeat(101),
      ],
    ])("refuses the id %s, whose page could not be reached or would hide another", async (id) => {
      const { path } = await open();
      expect(await refusal("PUT", `${path}/services/${id}`, MAGAZINE)).toMatchObject({
        status: 400,
        field: "serviceId",
      });
    });

    it("refuses a keyword that another service of the account has at that number", async () => {
      const { path } = await open();
      await operator("PUT", `${path}/services/one`, { ...MAGAZINE, keyword: "mag" });
      const answer = await refusal("PUT", `${path}/services/two`, { ...MAGAZINE, keyword: "MAG" });
      expect(answer).toMatchObject({ status: 409, field: "keyword", detail: expect.stringContaining("one") });
      await operator("PUT", `${path}/services/one`, { ...MAGAZINE, keyword: "mag", price: 100 });
      const other = (await open()).path;
      await operator("PUT", `${other}/services/two`, { ...MAGAZINE, keyword: "mag" });
    });

    it("refuses any of an account that is not there, and shows none to another", async () => {
      const { path, magazine } = await open();
      await operator("PUT", `${path}/services/${magazine}`, MAGAZINE);
      const other = (await open()).path;
      expect(await refusal("GET", `${other}/services/${magazine}`)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${other}/services/${magazine}`)).toMatchObject({ status: 404 });
      expect(await refusal("PUT", `${NOWHERE}/services/${magazine}`, MAGAZINE)).toMatchObject({ status: 404 });
      expect(await refusal("GET", `${NOWHERE}/services`)).toMatchObject({ status: 404 });
    });
  });

  describe("keeps callbacks:", () => {
    const URLS = {
      messageUrl: "https://shop.example/in",
      reportUrl: "http://shop.example:8080/reports?shop=1",
      subscriptionUrl: "https://shop.example/subscriptions",
    };

    it("says where inbound texts and reports go, says it anew, and takes it back", async () => {
      const { id, path } = await open();
      const said = await operator("PUT", `${path}/callbacks/target365`, { ...URLS, method: "GET" });
      expect(said).toEqual({ account: id, dialect: "target365", ...URLS, method: "GET" });
      expect(await operator("GET", `${path}/callbacks/target365`)).toEqual(said);

      const anew = { reportUrl: "https://shop.example/all" };
      const replaced = await operator("PUT", `${path}/callbacks/target365`, anew);
      expect(replaced).toEqual({ account: id, dialect: "target365", ...anew, method: "POST" });
      expect(await operator("GET", `${path}/callbacks`)).toEqual({ items: [replaced] });

      await operator("DELETE", `${path}/callbacks/target365`);
      expect(await operator("GET", `${path}/callbacks`)).toEqual({ items: [] });
      expect(await refusal("GET", `${path}/callbacks/target365`)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${path}/callbacks/target365`)).toMatchObject({ status: 404 });
    });

    it.each([
      { dialect: "klingon", body: {}, field: "dialect" },
      { dialect: "target365", body: { messageUrl: "shop.example" }, field: "messageUrl" },
      { dialect: "target365", body: { reportUrl: "mailto:me@shop.example" }, field: "reportUrl" },
      { dialect: "target365", body: { subscriptionUrl: "https://a:b@shop.example" }, field: "subscriptionUrl" },
      { dialect: "target365", body: { reportUrl: `https://shop.example/${"a".repeat(2000)}` }, field: "reportUrl" },
      { dialect: "target365", body: { method: "PUT" }, field: "method" },
    ])("refuses $dialect with $body", async ({ dialect, body, field }) => {
      const { path } = await open();
      expect(await refusal("PUT", `${path}/callbacks/${dialect}`, body)).toMatchObject({ status: 400, field });
    });

    it("takes a template for a body, which comes by POST", async () => {
      const { path } = await open();
      const put = { reportUrl: `${receiver.url}/reports`, template: '{"status": [STATUS]}' };
      expect(await operator("PUT", `${path}/callbacks/cm`, put)).toMatchObject({ method: "POST" });
      const { template: _, ...without } = put;
      expect(await operator("PUT", `${path}/callbacks/cm`, without)).toMatchObject({ method: "GET" });
      expect(await refusal("PUT", `${path}/callbacks/cm`, { ...put, method: "GET" })).toMatchObject({
        status: 400,
        field: "method",
        detail: "method: a template is a body, and a GET has none: use POST",
      });
    });

    it("refuses any of an account that is not there", async () => {
      expect(await refusal("PUT", `${NOWHERE}/callbacks/target365`, {})).toMatchObject({ status: 404 });
      expect(await refusal("GET", `${NOWHERE}/callbacks`)).toMatchObject({ status: 404 });
    });
  });

  describe("keeps caps:", () => {
    it("sets them, changes one, and takes one away", async () => {
      const { path } = await open();
      const settings = async (caps: unknown) => (await operator("PATCH", path, { settings: { caps } })).settings;
      expect(await settings({ transaction: 5000, day: 10_000 })).toEqual({ caps: { transaction: 5000, day: 10_000 } });
      expect(await settings({ day: 20_000, month: 50_000 })).toEqual({
        caps: { transaction: 5000, day: 20_000, month: 50_000 },
      });
      expect(await settings({ day: null })).toEqual({ caps: { transaction: 5000, month: 50_000 } });
    });

    it.each([0, -1, 49.9, "5000"])("refuses one of %o", async (day) => {
      const { path } = await open();
      const answer = await refusal("PATCH", path, { settings: { caps: { day } } });
      expect(answer).toMatchObject({ status: 400, field: "settings.caps.day" });
    });
  });
});

describe("what was charged", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const { operator, refusal } = gateway;
  const recipient = newNumber();
  let account: TestAccount;
  let begun: Row;
  let charge: Row;
  const list = (path: string, query: Record<string, string> = {}) =>
    operator<List>("GET", `/admin/v1/${path}?${new URLSearchParams({ account: account.id, ...query })}`);
  const subscribe = (body: Record<string, unknown> = {}) =>
    operator<Row>("POST", "/admin/v1/subscriptions", { account: account.id, service: "mag", recipient, ...body });

  beforeAll(async () => {
    account = await gateway.account();
    const path = `/admin/v1/accounts/${account.id}`;
    await operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO", isShared: true });
    await operator("PUT", `${path}/merchants/mag`, {});
    await operator("PUT", `${path}/services/mag`, { ...MONTHLY, subscriptionPrice: 2900 });
    await operator("PUT", `${path}/callbacks/target365`, { subscriptionUrl: `${receiver.url}/subscriptions` });
    begun = await subscribe();
    await gateway.advance(5);
    charge = (await list("transactions")).items[0] as Row;
  });

  it("is listed, by each filter and page by page", async () => {
    expect(charge).toMatchObject({
      account: account.id,
      kind: "charge",
      merchant: "mag",
      service: "mag",
      shortNumber: "2002",
      recipient,
      amount: 2900,
      currency: "NOK",
      state: "billed",
      subscription: begun.id,
      period: 0,
      carrier: "simulator",
      acceptedAt: expect.stringMatching(ISO),
    });
    for (const hidden of ["fingerprint", "history", "dueAt"]) expect(charge).not.toHaveProperty(hidden);
    expect(await operator("GET", `/admin/v1/transactions/${charge.id}`)).toEqual(charge);

    const later = new Date(Date.parse(String(charge.acceptedAt)) + 60_000).toISOString();
    const matching: [Record<string, string>, number][] = [
      [{ recipient: recipient.slice(1) }, 1],
      [{ recipient: newNumber() }, 0],
      [{ state: "billed" }, 1],
      [{ state: "failed" }, 0],
      [{ subscription: begun.id }, 1],
      [{ subscription: "sub_none" }, 0],
      [{ since: String(charge.acceptedAt) }, 1],
      [{ since: later }, 0],
      [{ until: later }, 1],
      [{ account: "nobody" }, 0],
    ];
    for (const [query, count] of matching) {
      expect((await list("transactions", query)).items, JSON.stringify(query)).toHaveLength(count);
    }
  });

  it("has a timeline", async () => {
    const { items } = await operator<List<TimelineEntry>>("GET", `/admin/v1/transactions/${charge.id}/timeline`);
    expect(items.length).toBeGreaterThan(1);
    for (const { at } of items) expect(at).toMatch(ISO);
    expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).sort());
  });

  it("stands in the ledger, whose entries sum to zero", async () => {
    const { items } = await list("ledger");
    const own = items.filter(({ transaction }) => transaction === charge.id);
    expect(own.map(({ book, amount }) => [book, Math.abs(Number(amount))]).sort()).toEqual([
      ["merchant:mag", 2900],
      ["operator:simulator", 2900],
    ]);
    expect(own[0]).toMatchObject({ account: account.id, currency: "NOK", at: expect.stringMatching(ISO) });
    expect(items.reduce((sum, { amount }) => sum + Number(amount), 0)).toBe(0);

    const balance = await list("ledger/balance");
    expect(balance.items).toHaveLength(2);
    for (const one of own)
      expect(balance.items).toContainEqual({ book: one.book, currency: "NOK", amount: one.amount });
    expect(await operator("GET", "/admin/v1/ledger/balance?account=nobody")).toEqual({ items: [] });
  });

  it("is a subscription with its periods", async () => {
    expect(begun).toMatchObject({
      account: account.id,
      service: "mag",
      merchant: "mag",
      recipient,
      state: "active",
      price: 2900,
      interval: "monthly",
      timeZone: "Europe/Oslo",
    });
    expect((await list("subscriptions", { recipient, state: "active" })).items.map(({ id }) => id)).toEqual([begun.id]);
    expect((await list("subscriptions", { state: "cancelled" })).items).toEqual([]);
    const shown = await operator("GET", `/admin/v1/subscriptions/${begun.id}`);
    expect(shown).toMatchObject({
      period: 1,
      dueAt: expect.stringMatching(ISO),
      periods: [{ period: 0, state: "billed", attempt: 1, transaction: charge.id, beginsAt: begun.anchor }],
    });
    const story = await operator<List<TimelineEntry>>("GET", `/admin/v1/subscriptions/${begun.id}/timeline`);
    expect(story.items.length).toBeGreaterThan(0);
  });

  it("is told of by webhooks, which say what they are about", async () => {
    const { items } = await list("webhooks", { kind: "subscription" });
    expect(items).toMatchObject([
      {
        kind: "subscription",
        subject: begun.id,
        url: `${receiver.url}/subscriptions`,
        event: {
          state: expect.any(String),
          at: expect.stringMatching(ISO),
          subscription: { id: begun.id, dueAt: expect.stringMatching(ISO) },
        },
      },
    ]);
    const story = await operator<List<TimelineEntry>>("GET", `/admin/v1/subscriptions/${begun.id}/timeline`);
    expect(story.items).toContainEqual(expect.objectContaining({ event: "webhook.owed", webhook: items[0]?.id }));
  });

  it("keeps its service from being removed while somebody subscribes to it", async () => {
    const path = `/admin/v1/accounts/${account.id}/services/mag`;
    expect(await refusal("DELETE", path)).toMatchObject({ status: 409 });
    expect(await operator("GET", path)).toMatchObject({ id: "mag" });
  });

  it("is counted among the figures", async () => {
    const answer = await gateway.fetch("/metrics", { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const text = await answer.text();
    expect(text).toContain("stafett_subscriptions_active 1\n");
    expect(text).toContain("stafett_subscriptions_dunning 0\n");
    expect(text).toContain("stafett_renewals_due 0\n");
    expect(text).toContain("stafett_transaction_oldest_due_seconds 0\n");
  });

  it("is given back once", async () => {
    const someone = newNumber();
    const { id } = await subscribe({ recipient: someone });
    await gateway.advance(5);
    const [billed] = (await list("transactions", { subscription: id })).items;
    const path = `/admin/v1/transactions/${billed?.id}`;
    expect(await refusal("POST", `${path}/reverse`, { amount: 300 })).toMatchObject({ status: 400, field: "amount" });
    expect(await operator("GET", path)).toMatchObject({ state: "billed" });
    const reversal = await operator("POST", `${path}/reverse`);
    expect(reversal).toMatchObject({ kind: "reversal", amount: -2900, reverses: billed?.id, recipient: someone });
    await gateway.advance(5);
    expect(await operator("GET", path)).toMatchObject({ state: "reversed" });
    expect(await operator("GET", `/admin/v1/transactions/${reversal.id}`)).toMatchObject({ state: "billed" });
    expect(await refusal("POST", `${path}/reverse`)).toMatchObject({ status: 409 });
    expect(await refusal("POST", `/admin/v1/transactions/${reversal.id}/reverse`)).toMatchObject({ status: 409 });
  });

  it("begins when it is told to, and ends at once, however often that is said", async () => {
    const someone = newNumber();
    const startsAt = new Date((await gateway.now()) + 86_400_000).toISOString();
    const { id } = await subscribe({ recipient: someone, startsAt });
    await gateway.advance(60);
    expect((await list("transactions", { subscription: id })).items).toEqual([]);
    const later = await refusal("POST", `/admin/v1/subscriptions/${id}/cancel`, { atPeriodEnd: true });
    expect(later).toMatchObject({ status: 400, field: "atPeriodEnd" });
    expect(await operator("GET", `/admin/v1/subscriptions/${id}`)).toMatchObject({ state: "active" });
    const ended = await operator("POST", `/admin/v1/subscriptions/${id}/cancel`);
    expect(ended).toMatchObject({ state: "cancelled", endedBy: "operator" });
    expect(ended).not.toHaveProperty("dueAt");
    expect(await operator("POST", `/admin/v1/subscriptions/${id}/cancel`)).toEqual(ended);
    await gateway.advance(2 * 86_400);
    expect((await list("transactions", { subscription: id })).items).toEqual([]);
  });

  it.each([
    { name: "an account that is not there", body: { account: "nobody" }, status: 404, field: "account" },
    { name: "a service that is not there", body: { service: "none" }, status: 404, field: "service" },
    { name: "what is no number", body: { recipient: "98079008x" }, status: 400, field: "recipient" },
    { name: "a beginning that is no time", body: { startsAt: "soon" }, status: 400, field: "startsAt" },
    { name: "no recipient", body: { recipient: undefined }, status: 400, field: "recipient" },
  ])("cannot begin for $name", async ({ body, status, field }) => {
    const wanted = { account: account.id, service: "mag", recipient, ...body };
    expect(await refusal("POST", "/admin/v1/subscriptions", wanted)).toMatchObject({ status, field });
  });

  it.each([
    ["transactions", { state: "lost" }],
    ["transactions", { since: "now" }],
    ["subscriptions", { state: "lost" }],
    ["windows", { state: "lost" }],
    ["windows", { limit: "0" }],
    ["ledger", { until: "now" }],
  ])("is not listed (%s) by %o", async (path, query) => {
    const answer = await refusal("GET", `/admin/v1/${path}?${new URLSearchParams(query as never)}`);
    expect(answer).toMatchObject({ status: 400, field: Object.keys(query)[0] });
  });

  it.each([
    ["GET", "transactions/txn_none"],
    ["GET", "transactions/txn_none/timeline"],
    ["POST", "transactions/txn_none/reverse"],
    ["GET", "subscriptions/sub_none"],
    ["GET", "subscriptions/sub_none/timeline"],
    ["POST", "subscriptions/sub_none/cancel"],
  ])("is nowhere else: %s %s", async (method, path) => {
    expect(await refusal(method, `/admin/v1/${path}`)).toMatchObject({ status: 404 });
  });

  it("has no open windows where nobody came to a page", async () => {
    expect((await list("windows")).items).toEqual([]);
    expect((await list("windows", { state: "open" })).items).toEqual([]);
  });
});
