/** What a merchant hears of charges in our own form: signed, again and again until it is heard, and never lost. */

import { afterEach, describe, expect, it } from "vitest";
import { MONTHLY, type Seller, useCharging } from "../support/charging.ts";
import { type AdminWebhook, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";
import { visitor } from "../support/shop.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

const gateway = useGateway();
const receiver = useReceiver();
const charging = useCharging(gateway);
const { seller, person, operatorCharges, writes, subscribe, buys, isSigned } = charging;

afterEach(() => receiver.behave(() => ({ status: 200 })));

/** A seller who is told of everything, each kind at its own address. */
async function listener(terms: Record<string, unknown> = {}): Promise<Seller> {
  const account = await seller(terms);
  const base = `${receiver.url}/${account.id}`;
  await charging.callbacks(account, "stafett", {
    messageUrl: `${base}/inbound`,
    reportUrl: `${base}/charges`,
    subscriptionUrl: `${base}/subscriptions`,
  });
  return account;
}
const calls = (account: Seller, what = "charges") =>
  receiver.received.filter(({ url }) => url === `/${account.id}/${what}`);
const types = (received: readonly Received[]) => received.map(({ json }) => json.type);
const webhooks = (account: Seller, query: Record<string, string> = {}) =>
  gateway.webhooks(account, { kind: "charge", ...query });

describe("a merchant is told", () => {
  it("of a purchase on its page, in a call that is signed", async () => {
    const account = await listener();
    const msisdn = await person();
    await buys(msisdn, `/${account.service}`);
    const [call] = await receiver.next(1, ({ url }) => url === `/${account.id}/charges`);
    const [billed] = await operatorCharges(msisdn);
    expect(call?.json).toMatchObject({
      type: "charge.billed",
      at: billed?.billedAt,
      data: {
        transaction: billed?.transaction,
        kind: "charge",
        state: "billed",
        service: account.service,
        merchant: "shop",
        recipient: msisdn,
        amount: 4900,
        currency: "NOK",
      },
    });
    expect(await isSigned(account, call as Received)).toBe(true);
    expect(await isSigned(account, { ...(call as Received), body: `${call?.body} ` })).toBe(false);
    await gateway.advance(DAY);
    expect(calls(account)).toHaveLength(1);
  });

  it.each([
    { why: "a barred person's charge", profile: { barred: true }, reason: "subscriber-barred" },
    { why: "a charge that there was no money for", profile: { prepaidBalance: 0 }, reason: "insufficient-funds" },
  ])("of $why that it failed, and why", async ({ profile, reason }) => {
    const account = await listener();
    const msisdn = await person(profile);
    await buys(msisdn, `/${account.service}`);
    await gateway.advance(0);
    expect(calls(account).map(({ json }) => json)).toMatchObject([
      { type: "charge.failed", data: { recipient: msisdn, state: "failed", reason } },
    ]);
    expect(await operatorCharges(msisdn)).toEqual([]);
  });

  it("of a person who left, and of one who never came back", async () => {
    const account = await listener();
    const [leaver, idler] = [await person(), await person()];
    const asked = await Promise.all(
      [leaver, idler].map(async (msisdn) => {
        const browser = visitor(gateway);
        const page = await browser.press(await browser.open(`/${account.service}`), "number", { number: msisdn });
        return { browser, page };
      }),
    );
    await asked[0]?.browser.press(asked[0].page, "cancel");
    // Who only looked leaves no trace.
    await visitor(gateway).open(`/${account.service}`);
    await gateway.advance(2 * HOUR);
    expect(types(calls(account))).toEqual(["charge.cancelled", "charge.expired"]);
    for (const msisdn of [leaver, idler]) expect(await operatorCharges(msisdn)).toEqual([]);
  });

  it("of a charge that was given back", async () => {
    const account = await listener();
    const msisdn = await person();
    await buys(msisdn, `/${account.service}`);
    const [billed] = await operatorCharges(msisdn);
    await gateway.operator("POST", `/admin/v1/transactions/${billed?.transaction}/reverse`);
    await gateway.advance(0);
    expect((await operatorCharges(msisdn)).map(({ amount }) => amount)).toEqual([4900, -4900]);
    const told = calls(account).map(({ json }) => json as { type: string; data: { kind: string; amount: number } });
    expect(told.map(({ type, data }) => `${type} ${data.kind} ${data.amount}`).sort()).toEqual([
      "charge.billed charge 4900",
      "charge.billed reversal -4900",
      "charge.reversed charge 4900",
    ]);
  });

  it("of each charge of a subscription, of the subscription, and of what the person wrote, each at its address", async () => {
    const account = await listener(MONTHLY);
    const msisdn = await person();
    await subscribe(account, msisdn);
    await gateway.advance(32 * DAY);
    await writes(msisdn, account.shortNumber, "STOP CLUB");
    await gateway.advance(0);
    expect(types(calls(account))).toEqual(["charge.billed", "charge.billed"]);
    expect(types(calls(account, "subscriptions"))).toEqual([
      "subscription.started",
      "subscription.renewed",
      "subscription.cancelled",
    ]);
    // What is over has no day on which it is charged next.
    const ended = calls(account, "subscriptions").at(-1)?.json.data;
    expect(ended).toMatchObject({ state: "cancelled", endedBy: "person" });
    expect(ended).not.toHaveProperty("dueAt");
    expect(calls(account, "inbound").map(({ json }) => json)).toMatchObject([
      {
        type: "inbound.received",
        data: { sender: msisdn, recipient: account.shortNumber, text: "STOP CLUB", isStop: true },
      },
    ]);
    for (const what of ["charges", "subscriptions", "inbound"]) {
      for (const call of calls(account, what)) expect(await isSigned(account, call)).toBe(true);
    }
    const ids = ["charges", "subscriptions", "inbound"].flatMap((what) =>
      calls(account, what).map(({ json }) => json.id),
    );
    expect(new Set(ids).size).toBe(6);
  });

  it("nothing of another account's charges", async () => {
    const [account, other] = [await listener(), await listener()];
    await buys(await person(), `/${account.service}`);
    await gateway.advance(0);
    expect(calls(account)).toHaveLength(1);
    expect(calls(other)).toEqual([]);
  });
});

describe("a merchant whose server", () => {
  it.each([204, 202])("answers %i has heard", async (status) => {
    receiver.behave(() => ({ status }));
    const account = await listener();
    await buys(await person(), `/${account.service}`);
    await gateway.advance(DAY);
    expect(calls(account)).toHaveLength(1);
    expect(await webhooks(account)).toMatchObject([{ state: "answered", attempts: 1 }]);
  });

  it("is down for hours hears when it is up: the same id, the same body, signed anew", async () => {
    receiver.behave(() => ({ status: 503 }));
    const account = await listener();
    await buys(await person(), `/${account.service}`);
    await gateway.advance(5 * HOUR);
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(12 * HOUR);
    const all = calls(account);
    expect(all.length).toBeGreaterThan(5);
    expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    for (const call of all) expect(await isSigned(account, call)).toBe(true);
    expect(await webhooks(account)).toMatchObject([{ state: "answered", attempts: all.length }]);
  });

  it("is down for days finds it on the dead list, with the reason, and hears it by a replay", async () => {
    receiver.behave(() => ({ status: 500 }));
    const account = await listener();
    const msisdn = await person();
    await buys(msisdn, `/${account.service}`);
    await gateway.advance(3 * DAY);
    const dead = await webhooks(account, { state: "dead" });
    expect(dead).toMatchObject([{ attempts: 20, reason: "gave up after 20 attempts; the last: status 500" }]);
    const tried = calls(account).length;
    expect(tried).toBe(20);
    await gateway.advance(3 * DAY);
    expect(calls(account)).toHaveLength(tried);

    receiver.behave(() => ({ status: 200 }));
    const { id = "" } = dead[0] as AdminWebhook;
    expect(await gateway.operator("POST", `/admin/v1/webhooks/${id}/replay`)).toEqual({ replayed: 1 });
    await gateway.advance(0);
    expect(calls(account)).toHaveLength(tried + 1);
    expect(calls(account).at(-1)?.body).toBe(calls(account)[0]?.body);
    expect(await isSigned(account, calls(account).at(-1) as Received)).toBe(true);
    expect(await webhooks(account)).toMatchObject([{ id, state: "answered" }]);
    expect(await gateway.operator("POST", `/admin/v1/webhooks/${id}/replay`)).toEqual({ replayed: 1 });
    await gateway.advance(0);
    expect(calls(account)).toHaveLength(tried + 2);
    // Telling it again charges nobody again.
    expect(await operatorCharges(msisdn)).toHaveLength(1);
  });

  it("was down for days hears all of that time by one replay, and nothing of before", async () => {
    const account = await listener();
    await buys(await person(), `/${account.service}`);
    await gateway.advance(HOUR);
    const since = new Date(await gateway.now()).toISOString();
    receiver.behave(() => ({ status: 500 }));
    for (let index = 0; index < 3; index++) await buys(await person(), `/${account.service}`);
    await gateway.advance(3 * DAY);
    expect(await webhooks(account, { state: "dead" })).toHaveLength(3);
    const before = calls(account).length;
    receiver.behave(() => ({ status: 200 }));
    const replayed = await gateway.operator("POST", "/admin/v1/webhooks/replay", { since, account: account.id });
    expect(replayed).toEqual({ replayed: 3 });
    await gateway.advance(0);
    const again = calls(account).slice(before);
    expect(new Set(again.map(({ json }) => json.id)).size).toBe(3);
    expect(await webhooks(account, { state: "dead" })).toEqual([]);
  });
});
