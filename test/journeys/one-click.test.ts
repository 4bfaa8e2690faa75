/** A person buys by one click: from the merchant's request, by the page and a PIN, to the renewals and the STOP. */

import { beforeAll, describe, expect, it } from "vitest";
import { formIn, MONTHLY, type Seller, useCharging } from "../support/charging.ts";
import { useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

const gateway = useGateway();
const receiver = useReceiver();
const charging = useCharging(gateway);
const { seller, person, subscriber, operatorCharges, writes, texts, buys, callbacks, charge, shown } = charging;

const amounts = async (msisdn: string) => (await operatorCharges(msisdn)).map(({ amount }) => amount);
const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

// What a txtNation receiver answers; for everybody else any 200 will do.
beforeAll(() => receiver.behave(() => ({ status: 200, body: "OK" })));

type Envelope = { status: boolean; code: number; message: string; data: Record<string, unknown> };

/** A merchant with a campaign: their requests, and what they are told. */
async function campaign(terms: Record<string, unknown> = {}) {
  const account = await seller(terms);
  const { secret } = await gateway.operator<{ secret: string }>("POST", `${account.path}/credentials`, {
    dialect: "txtnation",
    kind: "campaign",
    name: account.id,
  });
  const base = `${receiver.url}/${account.id}`;
  await callbacks(account, "txtnation", {
    messageUrl: `${base}/mo`,
    reportUrl: `${base}/dlr`,
    subscriptionUrl: `${base}/news`,
  });
  const ask = async (path: string, params: Record<string, string> = {}): Promise<Envelope> => {
    const who = { campaign_name: account.id, api_key: secret, service_id: account.service };
    const answer = await gateway.fetch(`/no/${path}?${new URLSearchParams({ ...who, ...params })}`);
    return (await answer.json()) as Envelope;
  };
  return {
    account,
    ask,
    /** Opens a window; answers its data. */
    open: async (params: Record<string, string> = {}) =>
      (await ask("one-click/new", params)).data as { transactionId: string; windowUrl: string },
    status: async (transaction_id: string) => (await ask("status/view", { transaction_id })).data,
    /** Charges by the merchant's own clock. */
    dob: (msisdn: string, tariff = "49") =>
      ask("dob/send", { tariff, shortcode: account.shortNumber, to: msisdn.slice(1) }),
    told: (what: "mo" | "dlr") =>
      receiver.received.filter(({ url }) => url === `/${account.id}/${what}`).map((call) => formIn(call)),
    news: () => receiver.received.filter(({ url }) => url === `/${account.id}/news`).map(({ json }) => json),
  };
}

describe("a merchant with a campaign", () => {
  it("sells a monthly subscription, hears of every renewal, and of the STOP that ends it", async () => {
    const { account, open, status, dob, told, news } = await campaign({ ...MONTHLY, subscriptionPrice: 9900 });
    const msisdn = await person();

    const { transactionId, windowUrl } = await open({ id: "order 7" });
    expect(windowUrl).toBe(`${gateway.url}/service?id=${transactionId}`);
    expect(await status(transactionId)).toMatchObject({ statusCode: "ACKNOWLEDGED", recipient: null });

    const back = await buys(msisdn, windowUrl);
    expect(back.split("?")[0]).toBe("https://shop.example/done");
    expect(queryOf(back)).toEqual({ id: "order 7", status: "success" });
    expect(await status(transactionId)).toMatchObject({
      price: 49,
      shortNumber: account.shortNumber,
      recipient: msisdn.slice(1),
      transactionId,
      statusCode: "DELIVERED",
      detailedStatusCode: "Delivered",
    });
    await gateway.advance(0);
    expect(told("dlr").at(-1)).toMatchObject({
      action: "mp_report",
      id: transactionId,
      message_id: transactionId,
      number: msisdn.slice(1),
      report: "DELIVERED",
    });
    expect((await texts(msisdn)).at(-1)).toMatch(
      /^Welcome to the Club\. Pris: 49 kr nå og deretter 99 kr hver måned på mobilregningen\. Send STOP CLUB til \d+ for å avslutte\.$/,
    );

    await gateway.advance(93 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 9900, 9900, 9900]);
    const renewals = (await texts(msisdn)).filter((text) => text.startsWith("Du har betalt 99 kr for The Club"));
    expect(renewals).toHaveLength(3);
    expect(renewals[0]).toContain(`Send STOP CLUB til ${account.shortNumber}`);
    expect(news().map(({ type }) => type)).toEqual(["subscription.started", ...Array(3).fill("subscription.renewed")]);
    const billed = told("dlr").filter(({ report }) => report === "DELIVERED");
    expect(new Set(billed.map(({ id }) => id)).size).toBe(4);
    for (const { id = "" } of billed) expect(await status(id)).toMatchObject({ statusCode: "DELIVERED" });

    await writes(msisdn, account.shortNumber, "STOP CLUB");
    await gateway.advance(0);
    expect(told("mo")).toMatchObject([
      {
        action: "mpush_ir_message",
        number: msisdn.slice(1),
        shortcode: account.shortNumber,
        message: "STOP CLUB",
        country: "NO",
        billing: "MT",
      },
    ]);
    expect(news().at(-1)).toMatchObject({ type: "subscription.cancelled", data: { endedBy: "person" } });
    expect((await texts(msisdn)).at(-1)).toBe("Abonnementet The Club er avsluttet. Du trekkes ikke mer.");
    expect(await charging.subscriptions(account)).toMatchObject([{ state: "cancelled", endedBy: "person" }]);

    await gateway.advance(62 * DAY);
    expect(await dob(msisdn)).toMatchObject({
      code: 0,
      data: { statusCode: "REJECTED", detailedStatusCode: "Rejected" },
    });
    expect(await amounts(msisdn)).toHaveLength(4);
    expect(news()).toHaveLength(5);
  });

  it("that bills by its own clock is left to it: nothing is renewed, and STOP is heard", async () => {
    const { account, open, status, dob, told } = await campaign({
      ...MONTHLY,
      autoRebill: false,
      subscriptionPrice: 9900,
    });
    const msisdn = await person();
    const { transactionId, windowUrl } = await open();
    expect(queryOf(await buys(msisdn, windowUrl))).toEqual({ id: transactionId, status: "success" });
    await gateway.advance(62 * DAY);
    expect(await amounts(msisdn)).toEqual([4900]);

    const renewed = await dob(msisdn, "99");
    expect(renewed).toMatchObject({ code: 0, data: { price: 99, statusCode: "DELIVERED" } });
    const id = String(renewed.data.transactionId);
    expect(await status(id)).toMatchObject({ statusCode: "DELIVERED" });
    await gateway.advance(0);
    expect(told("dlr").find((report) => report.id === id && report.report === "DELIVERED")).toBeDefined();
    // The same again at once is a proxy's retry, and not a second month.
    expect((await dob(msisdn, "99")).code).not.toBe(0);
    expect(await amounts(msisdn)).toEqual([4900, 9900]);
    await gateway.advance(32 * DAY);
    expect(await dob(msisdn, "99")).toMatchObject({ data: { statusCode: "DELIVERED" } });

    await writes(msisdn, account.shortNumber, "Stopp club");
    expect(told("mo")).toHaveLength(0);
    await gateway.advance(0);
    expect(told("mo")).toMatchObject([{ message: "Stopp club" }]);
    await gateway.advance(32 * DAY);
    expect(await dob(msisdn, "99")).toMatchObject({ code: 0, data: { statusCode: "REJECTED" } });
    expect(await amounts(msisdn)).toEqual([4900, 9900, 9900]);
  });

  it.each([
    { why: "has no money", profile: { prepaidBalance: 0 }, says: "NO_CREDIT" },
    { why: "is barred", profile: { barred: true }, says: "REJECTED" },
    { why: "is not registered", profile: { registered: false }, says: "INVALID_MSISDN" },
    { why: "is too young", profile: { age: 17 }, says: "REJECTED" },
    { why: "has reached a limit", profile: { monthlyLimit: 100 }, says: "NO_CREDIT" },
  ])("is told $says of a person who $why: by the way back, by asking and by a report", async ({ profile, says }) => {
    const { account, open, status, dob, told, news } = await campaign({ ...MONTHLY, age: 18 });
    const msisdn = await person(profile);
    const { transactionId, windowUrl } = await open();
    expect(queryOf(await buys(msisdn, windowUrl))).toEqual({ id: transactionId, status: "cancelled" });
    expect(await status(transactionId)).toMatchObject({ statusCode: says });
    await gateway.advance(0);
    expect(told("dlr").at(-1)).toMatchObject({ id: transactionId, report: says });
    expect(await dob(msisdn)).toMatchObject({ code: 0, data: { statusCode: says } });
    await gateway.advance(40 * DAY);
    expect(await amounts(msisdn)).toEqual([]);
    expect(news()).toEqual([]);
    expect(await charging.subscriptions(account)).toEqual([]);
  });

  it("hears in the end of a purchase whose outcome nobody knew", async () => {
    const { open, status, told, news } = await campaign(MONTHLY);
    const msisdn = await person();
    const { transactionId, windowUrl } = await open();
    await gateway.faults({ only: "charges", loseAnswer: true, receiptDelaySeconds: 2 * HOUR });
    const back = await buys(msisdn, windowUrl);
    expect(new URL(back, gateway.url).searchParams.get("id")).toBe(transactionId);
    expect(await status(transactionId)).toMatchObject({ statusCode: "ACKNOWLEDGED" });
    await gateway.faults({});
    await gateway.advance(3 * HOUR);
    expect(await status(transactionId)).toMatchObject({ statusCode: "DELIVERED" });
    expect(told("dlr").at(-1)).toMatchObject({ id: transactionId, report: "DELIVERED" });
    expect(news()).toMatchObject([{ type: "subscription.started" }]);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("sells a person what they have as often as they buy it, but rebills them once", async () => {
    const { account, open, status } = await campaign(MONTHLY);
    const msisdn = await person();
    await buys(msisdn, (await open()).windowUrl);
    await gateway.advance(60);
    const { transactionId, windowUrl } = await open();
    expect(queryOf(await buys(msisdn, windowUrl))).toEqual({ id: transactionId, status: "success" });
    await gateway.advance(60);
    expect(await status(transactionId)).toMatchObject({ statusCode: "DELIVERED" });
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(await charging.subscriptions(account)).toHaveLength(1);
    await gateway.advance(32 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900, 4900]);
  });

  it("sells what is no subscription as often as the person buys it", async () => {
    const { open } = await campaign();
    const msisdn = await person();
    for (const { windowUrl } of [await open(), await open()]) {
      expect(queryOf(await buys(msisdn, windowUrl))).toMatchObject({ status: "success" });
      await gateway.advance(60);
    }
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
  });

  it("sells again to who had stopped, when they buy again", async () => {
    const { account, open, dob } = await campaign(MONTHLY);
    const msisdn = await person();
    await buys(msisdn, (await open()).windowUrl);
    await writes(msisdn, account.shortNumber, "STOP CLUB");
    expect(await dob(msisdn)).toMatchObject({ data: { statusCode: "REJECTED" } });
    await buys(msisdn, (await open()).windowUrl);
    await gateway.advance(32 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900, 4900]);
    expect((await charging.subscriptions(account)).map(({ state }) => state).sort()).toEqual(["active", "cancelled"]);
  });
});

describe("a one-click config of the Target365 dialect", () => {
  const config = (account: Seller, more: Record<string, unknown> = {}) => ({
    configId: `page-${account.id}`,
    shortNumber: account.shortNumber,
    merchantId: "shop",
    price: 49,
    serviceCode: "14002",
    invoiceText: "The Club",
    redirectUrl: "https://shop.example/done?order={TransactionId}",
    ...more,
  });
  const put = async (account: Seller, body: ReturnType<typeof config>) =>
    expect((await charging.call(account, "PUT", `/one-click/configs/${body.configId}`, body)).status).toBe(201);

  it("is a page that sells once, and leads back with the transaction's id", async () => {
    const account = await seller();
    const msisdn = await person();
    const wanted = config(account);
    await put(account, wanted);
    const back = await buys(msisdn, `/${wanted.configId}`);
    const { order = "" } = queryOf(back);
    expect(await shown(account, order)).toMatchObject({
      recipient: msisdn,
      price: 49,
      statusCode: "Ok",
      billed: true,
    });
    await gateway.advance(60 * DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("sells again and again on the merchant's own transactions, until the person says STOP", async () => {
    const account = await seller({ keyword: "OTHER" });
    const msisdn = await person();
    const wanted = config(account, {
      recurring: true,
      subscriptionInterval: "monthly",
      subscriptionPrice: 99,
      subscriptionStartSms: "Welcome",
      preAuthServiceId: "club",
    });
    await put(account, wanted);
    await buys(msisdn, `/${wanted.configId}`);
    await gateway.advance(32 * DAY);
    expect((await texts(msisdn)).at(-1)).toMatch(
      /^Welcome\. Pris: .+ på mobilregningen\. Send STOP til \d+ for å avslutte\.$/,
    );
    expect(await amounts(msisdn)).toEqual([4900]);

    const onConsent = { recipient: msisdn, price: 99, preAuthServiceId: "club" };
    expect(await shown(account, await charge(account, onConsent))).toMatchObject({ billed: true });
    await writes(msisdn, account.shortNumber, "STOP");
    expect(await shown(account, await charge(account, onConsent))).toMatchObject({
      billed: false,
      detailedStatusCode: "MissingPreAuth",
    });
    await gateway.advance(60 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 9900]);
  });

  it("renews by itself where the operator has said so, which the merchant's own PUT does not undo", async () => {
    const account = await seller();
    const msisdn = await person();
    const wanted = config(account, { recurring: true, subscriptionInterval: "weekly", subscriptionPrice: 99 });
    await put(account, wanted);
    await gateway.operator("PUT", `${account.path}/services/${wanted.configId}`, {
      shortNumber: account.shortNumber,
      merchantId: "shop",
      serviceCode: "14002",
      price: 4900,
      invoiceText: "The Club",
      redirectUrl: wanted.redirectUrl,
      recurring: true,
      interval: "weekly",
      subscriptionPrice: 9900,
      autoRebill: true,
    });
    await put(account, wanted);
    await buys(msisdn, `/${wanted.configId}`);
    await gateway.advance(15 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 9900, 9900]);
  });
});

describe("a prepared transaction", () => {
  const prepare = async (account: Seller, more: Record<string, unknown> = {}) =>
    charge(account, { properties: { RedirectUrl: "https://shop.example/basket/{TransactionId}?ok=1" }, ...more });
  const pages = (account: Seller, id: string) => [`/${account.number}/${id}`, `/${account.id}/${id}`];

  it("waits for its person, and is billed to whoever gives the PIN", async () => {
    const account = await seller();
    const id = await prepare(account);
    for (const page of pages(account, id)) expect((await gateway.fetch(page)).status).toBe(200);
    await gateway.advance(HOUR);
    const msisdn = await person();
    expect(await buys(msisdn, `/${account.number}/${id}`)).toBe(`https://shop.example/basket/${id}?ok=1`);
    expect(await shown(account, id)).toMatchObject({ recipient: msisdn, statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("of an age limit is not billed to a child, who is led back all the same", async () => {
    const account = await seller();
    const id = await prepare(account, { age: 18 });
    const msisdn = await person({ age: 15 });
    expect(await buys(msisdn, `/${account.number}/${id}`)).toBe(`https://shop.example/basket/${id}?ok=1`);
    expect(await shown(account, id)).toMatchObject({ billed: false, detailedStatusCode: "SubscriberTooYoung" });
    await subscriber(msisdn, { age: 30 });
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([]);
  });

  it("that nobody came to expires", async () => {
    const account = await seller();
    const id = await prepare(account);
    await gateway.advance(2 * DAY);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Failed", billed: false });
  });

  it("is another account's nowhere", async () => {
    const [account, other] = [await seller(), await seller()];
    const id = await prepare(account);
    for (const page of pages(other, id)) expect((await gateway.fetch(page)).status).toBe(404);
    expect((await charging.call(other, "GET", `/strex/transactions/${id}`)).status).toBe(404);
  });
});
