/** Figures over time: each counts what it says, in the step where it belongs, and nothing of anybody else's. */

import { afterEach, describe, expect, it } from "vitest";
import { MONTHLY, type Seller, useCharging } from "../support/charging.ts";
import { newNumber, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type TrafficStep = { at: string; accepted: number; medianSeconds?: number; p95Seconds?: number } & Record<
  string,
  unknown
>;
type SalesStep = { at: string; until: string; begun: number; active: number } & Record<string, unknown>;
type Day = { date: string; service: string; count: number; amount: number; dunning: number; timeZone: string };

const gateway = useGateway();
const customer = useReceiver();
const charging = useCharging(gateway);
const { seller, person, subscriber, subscribe, subscription, writes } = charging;
afterEach(() => gateway.faults({}));

const list = async <T>(path: string, query: Record<string, string>) =>
  (await gateway.operator<{ items: T[] }>("GET", `/admin/v1/${path}?${new URLSearchParams(query)}`)).items;
const at = (time: number) => new Date(time).toISOString();
const faults = (what: Record<string, unknown>) => gateway.faults({ only: "charges", ...what });

/** The next full minute: time is moved there, so that what happens next is in a step of its own. */
async function nextMinute(): Promise<number> {
  const next = (Math.floor((await gateway.now()) / 60_000) + 1) * 60_000;
  await charging.advanceTo(new Date(next));
  return next;
}

describe("traffic", () => {
  it("is counted in the minute in which it was accepted, with what became of it, and no minute is left out", async () => {
    const account = await gateway.account();
    const since = await nextMinute();
    for (let n = 0; n < 3; n++) await gateway.send(account);
    await gateway.send(account, { recipient: "+4700000010" });
    await gateway.send(account, { sendTime: at((await gateway.now()) + DAY * 1_000) });
    await gateway.advance(2 * MINUTE);
    await gateway.send(account);
    await gateway.advance(MINUTE);
    const items = await list<TrafficStep>("statistics/traffic", {
      since: at(since),
      until: at(since + 240_000),
      step: "60",
      account: account.id,
    });
    expect(items.map((one) => one.at)).toEqual([0, 1, 2, 3].map((minute) => at(since + minute * 60_000)));
    expect(items.map(({ accepted }) => accepted)).toEqual([5, 0, 1, 0]);
    const states = await Promise.all(
      ["delivered", "failed", "expired"].map(async (state) => {
        const found = await list("messages", { account: account.id, state, until: at(since + 60_000) });
        return [state, found.length] as const;
      }),
    );
    expect(items[0]).toMatchObject(Object.fromEntries(states));
    expect(Object.fromEntries(states).delivered).toBeGreaterThanOrEqual(3);
  });

  it("tells how long messages waited in the queue, which is not the carrier's time", async () => {
    const account = await gateway.account();
    const since = await nextMinute();
    await gateway.faults({ receiptDelaySeconds: 300 });
    await gateway.send(account);
    await gateway.advance(HOUR);
    const [first, second] = await list<TrafficStep & { queuedP95Seconds?: number }>("statistics/traffic", {
      since: at(since),
      until: at(since + 2 * 1_800_000),
      step: "1800",
      account: account.id,
    });
    expect(first?.p95Seconds).toBeGreaterThanOrEqual(300);
    expect(first?.queuedP95Seconds).toBeGreaterThanOrEqual(0);
    expect(first?.queuedP95Seconds).toBeLessThan(60);
    expect(second).not.toHaveProperty("queuedP95Seconds");
  });

  it("counts the webhooks that became owed, those that were answered, and those that are dead now", async () => {
    const account = await gateway.account();
    const since = await nextMinute();
    customer.behave(({ url }) => ({ status: url === "/dead" ? 500 : 200 }));
    for (const path of ["live", "live", "dead"]) {
      await gateway.send(account, { deliveryReportUrl: `${customer.url}/${path}` });
    }
    await gateway.advance(2);
    const asked = { since: at(since), until: at(since + 60_000), step: "60", account: account.id };
    const [before] = await list<TrafficStep>("statistics/traffic", asked);
    expect(before).toMatchObject({ webhooks: 3, answeredWebhooks: 2, deadWebhooks: 0 });
    const endpoint = { account: account.id, endpoint: `${customer.url}/dead`, reason: "a test" };
    await gateway.operator("POST", "/admin/v1/endpoints/pause", endpoint);
    const [after] = await list<TrafficStep>("statistics/traffic", asked);
    expect(after).toMatchObject({ webhooks: 3, answeredWebhooks: 2, deadWebhooks: 1 });
  });

  it("tells how long delivery took: the middle one of those that arrived, and nothing where none did", async () => {
    const account = await gateway.account();
    const since = await nextMinute();
    for (const seconds of [10, 20, 300]) {
      await gateway.faults({ receiptDelaySeconds: seconds });
      const recipient = newNumber();
      await gateway.send(account, { recipient });
      // It has it by then, and the next delay is not its.
      await gateway.handset(recipient, { wait: 20 });
    }
    await gateway.advance(HOUR);
    const [first, second] = await list<TrafficStep>("statistics/traffic", {
      since: at(since),
      until: at(since + 2 * 1_800_000),
      step: "1800",
      account: account.id,
    });
    expect(first).toMatchObject({ accepted: 3, delivered: 3 });
    expect(first?.medianSeconds).toBeGreaterThanOrEqual(20);
    expect(first?.medianSeconds).toBeLessThan(60);
    expect(first?.p95Seconds).toBeGreaterThanOrEqual(300);
    expect(second).not.toHaveProperty("medianSeconds");
  });

  it("has the charges: billed, declined, given back, and how much", async () => {
    const shop = await seller();
    const [rich, poor] = [await person(), await person({ prepaidBalance: 0 })];
    const since = await nextMinute();
    await charging.charge(shop, { recipient: rich, price: 49 });
    const back = await charging.charge(shop, { recipient: rich, price: 10 });
    await charging.charge(shop, { recipient: poor, price: 49 });
    await gateway.advance(MINUTE);
    const { id } = await charging.transaction(shop, back);
    await gateway.operator("POST", `/admin/v1/transactions/${id}/reverse`);
    await gateway.advance(MINUTE);
    const items = await list<TrafficStep>("statistics/traffic", {
      since: at(since),
      until: at(since + 120_000),
      step: "60",
      account: shop.id,
    });
    expect(items).toMatchObject([
      { charges: 3, billedCharges: 2, failedCharges: 1, billed: { NOK: 5900 }, reversed: {} },
      { charges: 0, billedCharges: 0, failedCharges: 0, billed: {}, reversed: { NOK: 1000 } },
    ]);
  });

  it("is that of all accounts, where none is named", async () => {
    const since = await nextMinute();
    for (let n = 0; n < 2; n++) await gateway.send(await gateway.account());
    await gateway.advance(1);
    const [step] = await list<TrafficStep>("statistics/traffic", {
      since: at(since),
      until: at(since + 60_000),
      step: "60",
    });
    expect(step?.accepted).toBe(2);
  });

  it.each([
    { name: "no beginning", query: { step: "60" }, field: "since" },
    { name: "an end before the beginning", query: { since: 10, until: 5, step: "60" }, field: "until" },
    { name: "more than a month", query: { since: 0, until: 32 * DAY, step: "86400" }, field: "since" },
    { name: "too many steps", query: { since: 0, until: DAY, step: "60" }, field: "step" },
    { name: "steps of no length", query: { since: 0, until: DAY, step: "0" }, field: "step" },
  ])("is refused for $name", async ({ query, field }) => {
    const given = Object.entries(query).map(([key, value]) => [
      key,
      typeof value === "number" ? at(value * 1_000) : value,
    ]);
    const path = `/admin/v1/statistics/traffic?${new URLSearchParams(Object.fromEntries(given))}`;
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 400, field });
  });
});

describe("sales", () => {
  const ofShop = ({ id }: Seller, query: Record<string, string>) =>
    list<SalesStep>("statistics/subscriptions", { account: id, ...query });

  it("tell who came and went each day, by whom, what it brought, and how many are left", async () => {
    await charging.advanceTo(await charging.noonOf(3));
    const shop = await seller(MONTHLY);
    const since = await gateway.now();
    const [one, two, barred] = [await person(), await person(), await person({ barred: true })];
    await subscribe(shop, one);
    const second = await subscribe(shop, two);
    await subscribe(shop, barred);
    await gateway.advance(DAY);
    await writes(one, shop.shortNumber, "STOP CLUB");
    // Who comes and goes on the same day is none of those who were there when it began.
    const third = await subscribe(shop, await person());
    await gateway.advance(0);
    await gateway.operator("POST", `/admin/v1/subscriptions/${third.id}/cancel`);
    await gateway.advance(DAY);
    await gateway.operator("POST", `/admin/v1/subscriptions/${second.id}/cancel`);
    await gateway.advance(DAY);

    const days = await ofShop(shop, { since: at(since) });
    expect(days).toHaveLength(4);
    expect(days).toMatchObject([
      // One whose first charge was declined never began: it neither came nor went.
      { begun: 2, cancelled: 0, by: {}, reasons: {}, active: 2, revenue: { NOK: 9800 } },
      { begun: 1, cancelled: 2, by: { person: 1, operator: 1 }, active: 1, revenue: { NOK: 4900 }, churnRate: 0.5 },
      { begun: 0, cancelled: 1, by: { operator: 1 }, active: 0, churnRate: 1 },
      { begun: 0, cancelled: 0, active: 0 },
    ]);
    expect(days[0]).not.toHaveProperty("churnRate");
    expect(days[3]).not.toHaveProperty("churnRate");
    for (const [index, day] of days.entries()) {
      expect(new Date(day.at).toLocaleTimeString("sv-SE", { timeZone: "Europe/Oslo" })).toBe("00:00:00");
      if (index > 0) expect(day.at).toBe(days[index - 1]?.until);
    }
  });

  it("tell of what is over as it was then", async () => {
    const shop = await seller(MONTHLY);
    await charging.advanceTo(await charging.noonOf(10));
    const since = await gateway.now();
    const { id } = await subscribe(shop, await person());
    await gateway.advance(70 * DAY);
    await gateway.operator("POST", `/admin/v1/subscriptions/${id}/cancel`);
    await subscribe(shop, await person());
    const [first, second] = await ofShop(shop, {
      since: at(since),
      until: at(since + 35 * DAY * 1_000),
      step: "month",
    });
    expect(first).toMatchObject({ begun: 1, active: 1, cancelled: 0, revenue: { NOK: 4900 } });
    expect(second).toMatchObject({ begun: 0, active: 1, cancelled: 0, revenue: { NOK: 4900 }, churnRate: 0 });
  });

  it("are less by what was given back", async () => {
    const shop = await seller(MONTHLY);
    const since = await gateway.now();
    const { id } = await subscribe(shop, await person());
    await gateway.advance(0);
    const first = (await subscription(id)).periods[0]?.transaction;
    await gateway.operator("POST", `/admin/v1/transactions/${first}/reverse`);
    await gateway.advance(0);
    await charging.charge(shop, { recipient: await person() });
    await gateway.advance(0);
    const days = await ofShop(shop, { since: at(since) });
    expect(days.map(({ revenue }) => (revenue as { NOK?: number }).NOK ?? 0)).toEqual(days.map(() => 0));
    expect(await ofShop(shop, { since: at(since), service: "another" })).toMatchObject(days.map(() => ({ active: 0 })));
  });

  it.each([
    { name: "a place where no clock hangs", query: { since: at(0), until: at(1), timeZone: "Middle/Earth" } },
    { name: "a step that is none", query: { since: at(0), until: at(1), step: "fortnight" } },
    { name: "more days than can be read", query: { since: at(0), until: at(200 * DAY * 1_000) } },
    { name: "more than a year and a month", query: { since: at(0), until: at(401 * DAY * 1_000), step: "month" } },
  ])("are refused for $name", async ({ query }) => {
    const path = `/admin/v1/statistics/subscriptions?${new URLSearchParams(query as Record<string, string>)}`;
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 400 });
  });
});

describe("renewals", () => {
  it("are told by the day that it is where they are sold, with those that are tried again", async () => {
    // Late in the evening in Oslo, when it is another day in Tokyo.
    const noon = await charging.noonOf(9);
    await charging.advanceTo(new Date(noon.getTime() + 9 * HOUR * 1_000));
    const oslo = await seller({ ...MONTHLY, interval: "weekly" });
    const tokyo = await seller({ ...MONTHLY, interval: "weekly", timeZone: "Asia/Tokyo" });
    const poor = await person({ prepaidBalance: 4900 });
    for (const recipient of [await person(), await person()]) await subscribe(oslo, recipient);
    await subscribe(tokyo, await person());
    const { id } = await subscribe(oslo, poor);
    await gateway.advance(0);

    const today = (await gateway.now()) + 7 * DAY * 1_000;
    const dayIn = (timeZone: string) => new Date(today).toLocaleDateString("sv-SE", { timeZone });
    const month = { from: at(today - 10 * DAY * 1_000).slice(0, 10), to: at(today + 20 * DAY * 1_000).slice(0, 10) };
    const inOslo = await list<Day>("renewals", { ...month, account: oslo.id });
    expect(inOslo).toEqual([
      {
        date: dayIn("Europe/Oslo"),
        account: oslo.id,
        service: oslo.service,
        timeZone: "Europe/Oslo",
        currency: "NOK",
        count: 3,
        amount: 14_700,
        dunning: 0,
      },
    ]);
    const inTokyo = await list<Day>("renewals", { ...month, service: tokyo.service });
    expect(inTokyo).toMatchObject([{ date: dayIn("Asia/Tokyo"), count: 1, timeZone: "Asia/Tokyo" }]);
    expect(inTokyo[0]?.date).not.toBe(inOslo[0]?.date);
    const that = { from: dayIn("Europe/Oslo"), to: dayIn("Europe/Oslo"), account: oslo.id };
    expect(await list<Day>("renewals", that)).toEqual(inOslo);

    await gateway.advance(7 * DAY + MINUTE);
    const after = await list<Day>("renewals", { ...month, account: oslo.id });
    expect(after.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(after.reduce((sum, { dunning }) => sum + dunning, 0)).toBe(1);
    expect((await subscription(id)).state).toBe("dunning");
    await subscriber(poor, { prepaidBalance: 100_000 });
  });

  it.each([
    { name: "a day that there is not", query: { from: "2026-02-30", to: "2026-03-01" }, field: "from" },
    { name: "an end before the beginning", query: { from: "2026-03-02", to: "2026-03-01" }, field: "to" },
    { name: "more than two months", query: { from: "2026-01-01", to: "2026-12-31" }, field: "to" },
  ])("are refused for $name", async ({ query, field }) => {
    const path = `/admin/v1/renewals?${new URLSearchParams(query)}`;
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 400, field });
  });
});

describe("subscriptions that are due", () => {
  it("are listed soonest first, a page at a time, and by what they are to", async () => {
    const shop = await seller(MONTHLY);
    const starts = [3, 1, 2].map((days) => days * DAY * 1_000);
    const now = await gateway.now();
    for (const start of starts) await subscribe(shop, await person(), { startsAt: at(now + start) });
    const other = { ...shop, service: `${shop.service}-two` };
    const { shortNumber } = shop;
    await gateway.operator("PUT", `${shop.path}/services/${other.service}`, {
      ...MONTHLY,
      ...{ shortNumber, merchantId: "shop", serviceCode: "14002", price: 900, invoiceText: "Two" },
      redirectUrl: "https://shop.example/done",
    });
    await subscribe(other, await person(), { startsAt: at(now + DAY * 1_000) });

    const query = { account: shop.id, service: shop.service, dueAfter: at(now), dueBefore: at(now + 4 * DAY * 1_000) };
    const due = await list<{ dueAt: string }>("subscriptions", query);
    expect(due.map(({ dueAt }) => Date.parse(dueAt) - now)).toEqual([1, 2, 3].map((days) => days * DAY * 1_000));
    const first = await gateway.operator<{ items: unknown[]; next: string }>(
      "GET",
      `/admin/v1/subscriptions?${new URLSearchParams({ ...query, limit: "2" })}`,
    );
    const rest = await list("subscriptions", { ...query, cursor: first.next });
    expect([...first.items, ...rest]).toEqual(due);
    expect(await list("subscriptions", { ...query, dueBefore: at(now + 2 * DAY * 1_000) })).toHaveLength(1);
    expect(await list("subscriptions", { account: shop.id, service: other.service })).toHaveLength(1);
    expect(await list("subscriptions", { account: shop.id })).toHaveLength(4);
  });
});

describe("the figures of this moment", () => {
  it("are those of the metrics, as JSON, and by the gateway's own time", async () => {
    const account = await gateway.account();
    await gateway.send(account, { sendTime: at((await gateway.now()) + HOUR * 1_000), recipient: newNumber() });
    await faults({});
    const figures = await gateway.operator<Record<string, Record<string, unknown>> & { at: string }>(
      "GET",
      "/admin/v1/figures",
    );
    expect(Math.abs(Date.parse(figures.at) - (await gateway.now()))).toBeLessThan(60_000);
    expect(figures).toMatchObject({
      messages: { pending: { scheduled: expect.any(Number) } },
      transactions: { disputed: 0 },
      subscriptions: { dunning: expect.any(Number), due: expect.any(Number) },
      webhooks: { owed: expect.any(Number), dead: 0 },
    });
  });
});
