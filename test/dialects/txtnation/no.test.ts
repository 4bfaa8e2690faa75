/** /no/*: purchase pages, their status, and charges: each parameter, each code, and what the operator billed for it. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import {
  ask,
  billed,
  type Campaign,
  call,
  type Envelope,
  newDigits,
  openCampaign,
  sell,
  sendDob,
  sendText,
} from "./campaign.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;

const gateway = useGateway();
let campaign: Campaign;
let stranger: Campaign;

beforeAll(async () => {
  campaign = await openCampaign(gateway);
  stranger = await openCampaign(gateway);
});

const PATHS = ["one-click/new", "status/view", "dob/send"];

/** Parameters with which each address would answer with code 0, but for the transaction. */
const right = () => ({ tariff: "49", shortcode: campaign.shortNumber, to: newDigits(), transaction_id: "nobodys" });

function expectRefused(envelope: Envelope, code: number, names: string | RegExp): void {
  expect(Object.keys(envelope)).toEqual(["requestId", "status", "code", "message", "data"]);
  expect(envelope).toMatchObject({ status: false, code, data: {} });
  expect(envelope.requestId).toMatch(UUID);
  expect(envelope.message).toMatch(names);
}

describe.each(PATHS)("/no/%s", (path) => {
  const cases: [string, Record<string, string | undefined>, number, RegExp][] = [
    ["no campaign_name", { campaign_name: undefined }, 1, /^campaign_name/],
    ["an empty campaign_name", { campaign_name: "" }, 1, /^campaign_name/],
    ["no api_key", { api_key: undefined }, 1, /^api_key/],
    ["an empty api_key", { api_key: "" }, 1, /^api_key/],
    ["an unknown campaign_name", { campaign_name: "nobody" }, 2, /campaign_name and api_key/],
    ["a wrong api_key", { api_key: "0123456789abcdef0123456789abcdef" }, 2, /campaign_name and api_key/],
    ["no service_id", { service_id: undefined }, 1, /^service_id/],
    ["an empty service_id", { service_id: "" }, 1, /^service_id/],
    ["an unknown service_id", { service_id: "nothing" }, 1, /^service_id/],
  ];
  it.each(cases)("refuses %s", async (_, params, code, names) => {
    expectRefused(await ask(gateway, campaign, path, { ...right(), ...params }), code, names);
  });

  it("counts capitals in a name and in a key", async () => {
    const loud = { campaign_name: campaign.cc.toUpperCase() };
    expectRefused(await ask(gateway, campaign, path, { ...right(), ...loud }), 2, /./);
    const louder = { api_key: campaign.ekey.toUpperCase() };
    expectRefused(await ask(gateway, campaign, path, { ...right(), ...louder }), 2, /./);
  });

  it("refuses somebody else's service as it does one that nobody has", async () => {
    const theirs = await ask(gateway, campaign, path, { ...right(), service_id: stranger.serviceId });
    const nobodys = await ask(gateway, campaign, path, { ...right(), service_id: "nothing" });
    expectRefused(theirs, 1, /^service_id/);
    expect(theirs.message.replace(stranger.serviceId, "nothing")).toBe(nobodys.message);
  });

  it("answers as JSON that caches leave alone, whatever it says", async () => {
    for (const params of [{}, { campaign_name: campaign.cc, api_key: campaign.ekey, service_id: campaign.serviceId }]) {
      const answer = await call(gateway, `/no/${path}`, { ...right(), ...params }, "GET");
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("is there with a slash at its end, and by POST", async () => {
    expectRefused(
      await ask(gateway, campaign, `${path}/`, { service_id: "x" }),
      1,
      /^(service_id|tariff|transaction_id)/,
    );
    const params = { service_id: "x", ...right() };
    expectRefused(await ask(gateway, campaign, path, params, "POST"), 1, /^service_id/);
  });
});

describe("a purchase page", () => {
  it("has an address of ours, and the request's id", async () => {
    const envelope = await ask(gateway, campaign, "one-click/new");
    const transactionId = envelope.data.transactionId;
    expect(transactionId).toMatch(UUID);
    expect(envelope).toEqual({
      requestId: transactionId,
      status: true,
      code: 0,
      message: "Success",
      data: { transactionId, windowUrl: `${gateway.url}/service?id=${transactionId}` },
    });
  });

  it("is a new one each time, also for the same id of the merchant's", async () => {
    const opened = [1, 2].map(() => ask(gateway, campaign, "one-click/new", { id: "order-7" }));
    const ids = (await Promise.all(opened)).map(({ data }) => data.transactionId);
    expect(new Set(ids).size).toBe(2);
  });

  it("may be opened by POST", async () => {
    expect(await ask(gateway, campaign, "one-click/new", { id: "blå 7" }, "POST")).toMatchObject({ code: 0 });
  });

  it("takes the last of a parameter that is there twice, and passes over those it does not know", async () => {
    const query = `service_id=x&campaign_name=${campaign.cc}&api_key=${campaign.ekey}&service_id=${campaign.serviceId}&utm=1`;
    const answer = await gateway.fetch(`/no/one-click/new?${query}`);
    expect(await answer.json()).toMatchObject({ code: 0 });
  });

  const ids: [string, string, number][] = [
    ["of 100 characters", "x".repeat(100), 0],
    ["of 101 characters", "x".repeat(101), 1],
    ["with a line break", "a\nb", 1],
    ["with letters from anywhere", "ærlig ✓", 0],
    ["that is empty", "", 0],
  ];
  it.each(ids)("is asked for with an id %s", async (_, id, code) => {
    expect(await ask(gateway, campaign, "one-click/new", { id })).toMatchObject({ code });
  });

  it("is pending until somebody buys", async () => {
    const { data } = await ask(gateway, campaign, "one-click/new");
    const seen = await ask(gateway, campaign, "status/view", { transaction_id: String(data.transactionId) });
    expect(seen).toMatchObject({ status: true, code: 0, message: "Success" });
    expect(seen.requestId).not.toBe(data.transactionId);
    expect(Object.entries(seen.data)).toEqual([
      ["price", 49],
      ["shortNumber", campaign.shortNumber],
      ["recipient", null],
      ["transactionId", data.transactionId],
      ["statusCode", "ACKNOWLEDGED"],
      ["detailedStatusCode", "Pending"],
      ["created", expect.stringMatching(DATE)],
      ["lastModified", expect.stringMatching(DATE)],
    ]);
  });
});

describe("a status", () => {
  it("is of a transaction that is named", async () => {
    expectRefused(await ask(gateway, campaign, "status/view"), 1, /^transaction_id/);
    expectRefused(await ask(gateway, campaign, "status/view", { transaction_id: "" }), 1, /^transaction_id/);
    expectRefused(await ask(gateway, campaign, "status/view", { transaction_id: "nobodys" }), 1, /^transaction_id/);
  });

  it("is told to nobody else, and under no other service", async () => {
    const { data } = await ask(gateway, campaign, "one-click/new");
    const transaction_id = String(data.transactionId);
    expectRefused(await ask(gateway, stranger, "status/view", { transaction_id }), 1, /^transaction_id/);
    await sell(gateway, campaign, `${campaign.serviceId}-other`);
    const other = { service_id: `${campaign.serviceId}-other`, transaction_id };
    expectRefused(await ask(gateway, campaign, "status/view", other), 1, /^transaction_id/);
  });
});

describe("a charge", () => {
  it("is made while the request waits, and can be seen afterwards", async () => {
    const to = newDigits();
    const envelope = await sendDob(gateway, campaign, { to });
    expect(envelope).toMatchObject({ status: true, code: 0, message: "Success" });
    expect(Object.entries(envelope.data)).toEqual([
      ["price", 49],
      ["shortNumber", campaign.shortNumber],
      ["recipient", to],
      ["transactionId", expect.stringMatching(UUID)],
      ["statusCode", "DELIVERED"],
      ["detailedStatusCode", "Delivered"],
      ["created", expect.stringMatching(DATE)],
      ["lastModified", expect.stringMatching(DATE)],
    ]);
    const transaction_id = String(envelope.data.transactionId);
    const seen = await ask(gateway, campaign, "status/view", { transaction_id });
    expect(seen.data).toEqual(envelope.data);
    expect(await billed(gateway, to)).toMatchObject([
      {
        amount: 4900,
        currency: "NOK",
        merchant: "pure",
        shortNumber: campaign.shortNumber,
        invoiceText: "Pure Gaming",
      },
    ]);
  });

  it("may be asked for by POST, and with a plus sign before the number", async () => {
    const to = newDigits();
    const params = { tariff: "49", shortcode: campaign.shortNumber, to: `+${to}` };
    const envelope = await ask(gateway, campaign, "dob/send", params, "POST");
    expect(envelope.data).toMatchObject({ recipient: to, statusCode: "DELIVERED" });
    const unescaped = await gateway.fetch(
      `/no/dob/send?campaign_name=${campaign.cc}&api_key=${campaign.ekey}&service_id=${campaign.serviceId}&tariff=49&shortcode=${campaign.shortNumber}&to=+${newDigits()}`,
    );
    expect(await unescaped.json()).toMatchObject({ code: 0, data: { statusCode: "DELIVERED" } });
  });

  const wrong: [string, Record<string, string | undefined>, number, RegExp][] = [
    ["no tariff", { tariff: undefined }, 1, /^tariff/],
    ["an empty tariff", { tariff: "" }, 1, /^tariff/],
    ["a tariff of nothing", { tariff: "0" }, 1, /^tariff/],
    ["a negative tariff", { tariff: "-49" }, 1, /^tariff/],
    ["a tariff in øre", { tariff: "49.00" }, 1, /^tariff/],
    ["a tariff that begins with nothing", { tariff: "049" }, 1, /^tariff/],
    ["a tariff in words", { tariff: "NOK49" }, 1, /^tariff/],
    ["a tariff that is not sold", { tariff: "50" }, 4, /^tariff/],
    ["a tariff beyond counting", { tariff: "9".repeat(400) }, 4, /^tariff/],
    ["no shortcode", { shortcode: undefined }, 1, /^shortcode/],
    ["a shortcode of three digits", { shortcode: "200" }, 1, /^shortcode/],
    ["a shortcode of six digits", { shortcode: "200200" }, 1, /^shortcode/],
    ["a shortcode that is none", { shortcode: "GAMES" }, 1, /^shortcode/],
    ["a shortcode of somebody else's", { shortcode: "2099" }, 4, /^shortcode/],
    ["nobody to charge", { to: undefined }, 1, /^to/],
    ["a number abroad", { to: "46701234567" }, 1, /^to/],
    ["a number without its country", { to: "98079008" }, 1, /^to/],
    ["a number that is too long", { to: "479807900812" }, 1, /^to/],
    ["a number with two plus signs", { to: "++4798079008" }, 1, /^to/],
    ["a number that no plan has", { to: "4711111111" }, 1, /^to/],
    ["an id that is too long", { id: "x".repeat(101) }, 1, /^id/],
    ["an id as a reversal's is", { id: "-order-7" }, 1, /^id/],
  ];
  it.each(wrong)("is refused with %s, and nothing is billed", async (_, params, code, names) => {
    const to = params.to ?? newDigits();
    expectRefused(await sendDob(gateway, campaign, { to, ...params }), code, names);
    if (/^47\d{8}$/.test(to)) expect(await billed(gateway, to)).toEqual([]);
  });

  it("costs one of the service's tariffs, if it has some, and else one of its prices", async () => {
    const own = `${campaign.serviceId}-tariffs`;
    await sell(gateway, campaign, own, { tariffs: [1000, 2000] });
    for (const [tariff, code] of [
      ["10", 0],
      ["20", 0],
      ["49", 4],
    ] as const) {
      expect(await sendDob(gateway, campaign, { service_id: own, tariff })).toMatchObject({ code });
    }
    const prices = `${campaign.serviceId}-prices`;
    const periods = { recurring: true, interval: "monthly", subscriptionPrice: 2900 };
    await sell(gateway, campaign, prices, periods);
    for (const [tariff, code] of [
      ["49", 0],
      ["29", 0],
      ["10", 4],
    ] as const) {
      expect(await sendDob(gateway, campaign, { service_id: prices, tariff })).toMatchObject({ code });
    }
  });

  const people: [string, Record<string, unknown>, string, string][] = [
    ["is not registered", { registered: false }, "INVALID_MSISDN", "RegistrationRequired"],
    ["is barred", { barred: true }, "REJECTED", "SubscriberBarred"],
    ["has no money", { prepaidBalance: 100 }, "NO_CREDIT", "InsufficientFunds"],
    ["has spent what a month allows", { monthlyLimit: 100 }, "NO_CREDIT", "SubscriberLimitExceeded"],
  ];
  it.each(people)("of somebody who %s is answered with the outcome", async (_, profile, statusCode, detailed) => {
    const to = newDigits();
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${to}`, profile);
    const envelope = await sendDob(gateway, campaign, { to });
    expect(envelope).toMatchObject({ status: true, code: 0, data: { recipient: to, statusCode } });
    expect(envelope.data.detailedStatusCode).toBe(detailed);
    expect(await billed(gateway, to)).toEqual([]);
  });

  it("of somebody too young is rejected", async () => {
    const adults = `${campaign.serviceId}-adults`;
    await sell(gateway, campaign, adults, { age: 18 });
    const to = newDigits();
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${to}`, { age: 17 });
    const { data } = await sendDob(gateway, campaign, { service_id: adults, to });
    expect(data).toMatchObject({ statusCode: "REJECTED", detailedStatusCode: "SubscriberTooYoung" });
  });
});

describe("the same charge again", () => {
  it("is refused without an id, and the refusal says how to mean it", async () => {
    const to = newDigits();
    expect(await sendDob(gateway, campaign, { to })).toMatchObject({ code: 0 });
    expectRefused(await sendDob(gateway, campaign, { to }), 5, /3600 s.*\bid\b/);
    expect(await billed(gateway, to)).toHaveLength(1);
  });

  it("is made once, however many ask at once without an id", async () => {
    const to = newDigits();
    const envelopes = await Promise.all([1, 2, 3, 4, 5].map(() => sendDob(gateway, campaign, { to })));
    expect(envelopes.map(({ code }) => code).sort()).toEqual([0, 5, 5, 5, 5]);
    expect(await billed(gateway, to)).toHaveLength(1);
  });

  it("is the first one again with the same id, however many ask at once", async () => {
    const to = newDigits();
    const id = `charge-${to}`;
    const envelopes = await Promise.all([1, 2, 3].map(() => sendDob(gateway, campaign, { to, id })));
    envelopes.push(await sendDob(gateway, campaign, { to, id }));
    for (const { code, data } of envelopes) {
      expect([code, data.transactionId, data.statusCode]).toEqual([0, id, "DELIVERED"]);
    }
    expect(await billed(gateway, to)).toHaveLength(1);
  });

  it("is another with another id", async () => {
    const to = newDigits();
    for (const id of [`one-${to}`, `two-${to}`])
      expect(await sendDob(gateway, campaign, { to, id })).toMatchObject({ code: 0 });
    expect(await billed(gateway, to)).toHaveLength(2);
  });

  it("is refused where the id was for something else", async () => {
    const id = `order-${newDigits()}`;
    expect(await sendDob(gateway, campaign, { id })).toMatchObject({ code: 0 });
    const to = newDigits();
    expectRefused(await sendDob(gateway, campaign, { id, to }), 1, /^id\b/);
    expect(await billed(gateway, to)).toEqual([]);
  });

  it("lets two merchants use the same id", async () => {
    const id = "order-of-both";
    expect(await sendDob(gateway, campaign, { id })).toMatchObject({ code: 0 });
    expect(await sendDob(gateway, stranger, { id })).toMatchObject({ code: 0 });
  });

  it("is no repeat of a paid text of the same price, nor of a charge with an id", async () => {
    const to = newDigits();
    const text = { number: to, network: "TELENOR-NO", value: "49" };
    expect(await sendText(gateway, campaign, text)).toBe("SUCCESS");
    expect(await sendText(gateway, campaign, { ...text, id: `text-${to}` })).toBe("SUCCESS");
    expect(await sendDob(gateway, campaign, { to, id: `named-${to}` })).toMatchObject({ code: 0 });
    expect(await sendDob(gateway, campaign, { to })).toMatchObject({ code: 0 });
    expectRefused(await sendDob(gateway, campaign, { to }), 5, /3600 s/);
    await gateway.advance(60);
    expect(await billed(gateway, to)).toHaveLength(4);
  });

  it("may be made where the service has no guard", async () => {
    const open = await openCampaign(gateway, { repeatGuardSeconds: 0 });
    const to = newDigits();
    for (const _ of [1, 2]) expect(await sendDob(gateway, open, { to })).toMatchObject({ code: 0 });
    expect(await billed(gateway, to)).toHaveLength(2);
  });

  it("may be made when the guard's time is over", async () => {
    const weekly = await openCampaign(gateway, { repeatGuardSeconds: 60 });
    const to = newDigits();
    expect(await sendDob(gateway, weekly, { to })).toMatchObject({ code: 0 });
    await gateway.advance(61);
    expect(await sendDob(gateway, weekly, { to })).toMatchObject({ code: 0 });
    expect(await billed(gateway, to)).toHaveLength(2);
  });
});

it("says where there is nothing", async () => {
  const answer = await gateway.fetch("/no/nowhere");
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ status: false, code: 1, data: {} });
});
