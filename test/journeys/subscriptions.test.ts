/** A subscription: each period billed once, on its day; what a decline leads to; and a STOP that is the end of it. */

import { afterEach, describe, expect, it } from "vitest";
import { MONTHLY, type OperatorCharge, type Seller, useCharging } from "../support/charging.ts";
import { useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

const gateway = useGateway();
const receiver = useReceiver();
const charging = useCharging(gateway);
const { seller, person, subscriber, operatorCharges, writes, texts, subscribe, subscription } = charging;

const faults = (what: Record<string, unknown>) => gateway.faults({ only: "charges", ...what });
afterEach(() => gateway.faults({}));

/** A seller of a monthly subscription, who hears of what becomes of it. */
async function club(terms: Record<string, unknown> = {}): Promise<Seller> {
  const account = await seller({ ...MONTHLY, ...terms });
  await charging.callbacks(account, "stafett", { subscriptionUrl: `${receiver.url}/${account.id}` });
  return account;
}
const calls = (account: Seller) => receiver.received.filter(({ url }) => url === `/${account.id}`);
/** What the account was told, in few words. */
const news = (account: Seller) =>
  calls(account).map(({ json }) => {
    const { period, reason } = json.data as { period: number; reason?: string };
    return [String(json.type).replace("subscription.", ""), period, ...(reason ? [reason] : [])].join(" ");
  });
const amounts = async (msisdn: string) => (await operatorCharges(msisdn)).map(({ amount }) => amount);

/** Begins one, and has its first period billed. */
async function begun(account: Seller, msisdn: string) {
  const { id } = await subscribe(account, msisdn);
  await gateway.advance(0);
  expect(await amounts(msisdn)).toEqual([4900]);
  return id;
}
/** Lets time pass until just after the subscription is due next. */
const untilDue = async (id: string) => charging.advanceTo(new Date(await dueAt(id)));
const dueAt = async (id: string) => Date.parse((await subscription(id)).dueAt ?? "none");
/** The net of what a person was charged. */
const paid = (charges: readonly OperatorCharge[]) => charges.reduce((sum, { amount }) => sum + amount, 0);

describe("a subscription is billed", () => {
  const inOslo = (at: string) => new Date(at).toLocaleString("sv-SE", { timeZone: "Europe/Oslo" }).slice(0, 16);
  const days = async (msisdn: string) => (await operatorCharges(msisdn)).map(({ billedAt }) => inOslo(billedAt));
  /** The next such day, in a year like that, at noon in Oslo. */
  async function next(month: number, day: number, hour = 11) {
    const now = await gateway.now();
    for (let year = new Date(now).getUTCFullYear(); ; year++) {
      const date = new Date(Date.UTC(year, month - 1, day, hour));
      if (date.getUTCDate() === day && date.getTime() > now) return date;
    }
  }

  it("every week at the same hour of the day, also when the clocks are changed", async () => {
    const account = await club({ interval: "weekly" });
    const msisdn = await person();
    await charging.advanceTo(await next(3, 15));
    await begun(account, msisdn);
    await gateway.advance(28 * DAY + MINUTE);
    const billed = await days(msisdn);
    expect(billed).toHaveLength(5);
    expect(new Set(billed.map((at) => at.slice(11)))).toEqual(new Set(["12:00"]));
    expect(billed.map((at) => at.slice(5, 10))).toEqual(["03-15", "03-22", "03-29", "04-05", "04-12"]);
  });

  it("every month on the 31st, or the last day there is", async () => {
    const account = await club();
    const msisdn = await person();
    await charging.advanceTo(await next(1, 31));
    await begun(account, msisdn);
    await gateway.advance(140 * DAY);
    expect((await days(msisdn)).map((at) => at.slice(5).replace("02-29", "02-28"))).toEqual([
      "01-31 12:00",
      "02-28 12:00",
      "03-31 12:00",
      "04-30 12:00",
      "05-31 12:00",
    ]);
  });

  it("every year on 29 February, or the day before", async () => {
    const account = await club({ interval: "yearly" });
    const msisdn = await person();
    await charging.advanceTo(await next(2, 29));
    await begun(account, msisdn);
    await gateway.advance((4 * 365 + 2) * DAY);
    expect((await days(msisdn)).map((at) => at.slice(5, 10))).toEqual(["02-29", "02-28", "02-28", "02-28", "02-29"]);
  });

  it("at its time and not before, also when the clock is set there without anything happening on the way", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    const due = await dueAt(id);
    await charging.setClock(new Date(due - 2_000));
    await gateway.runtime.tick();
    await gateway.advance(0);
    expect(await amounts(msisdn)).toHaveLength(1);
    await charging.setClock(new Date(due + 1_000));
    await gateway.runtime.tick();
    await gateway.advance(0);
    const [, second] = await operatorCharges(msisdn);
    expect(Date.parse(second?.billedAt ?? "")).toBeGreaterThanOrEqual(due);
  });

  it("after two months in which nothing was done once, and not again hours later", async () => {
    const account = await club();
    const msisdn = await person();
    await charging.advanceTo(await next(1, 31));
    const id = await begun(account, msisdn);
    const year = new Date(await gateway.now()).getUTCFullYear();
    await charging.setClock(new Date(Date.UTC(year, 2, 30, 18)));
    await gateway.runtime.tick();
    await gateway.advance(2 * DAY);
    expect((await days(msisdn)).map((at) => at.slice(5))).toEqual(["01-31 12:00", "03-31 12:00"]);
    expect((await subscription(id)).periods.map(({ period }) => period)).toEqual([0, 2]);
  });

  it("by day, where it was bought at night: its day is kept", async () => {
    const account = await club();
    const [early, late] = [await person(), await person()];
    const morning = (await next(1, 31, 1)) as Date;
    await charging.advanceTo(new Date(morning.getTime() + 30 * MINUTE * 1_000));
    await begun(account, early);
    await charging.advanceTo(new Date(morning.getTime() + 21.25 * HOUR * 1_000));
    await begun(account, late);
    await gateway.advance(60 * DAY);
    const inMonths = (at: string[]) => at.map((day) => day.slice(5).replace("02-29", "02-28"));
    expect(inMonths(await days(early))).toEqual(["01-31 02:30", "02-28 08:30", "03-31 08:30"]);
    expect(inMonths(await days(late))).toEqual(["01-31 23:15", "02-28 19:15", "03-31 19:15"]);
  });

  it("with a text of our own when it begins, where the merchant has none", async () => {
    const account = await club({ startSms: undefined, subscriptionPrice: 9900, interval: "weekly" });
    const msisdn = await person();
    await subscribe(account, msisdn);
    await gateway.advance(0);
    expect(await texts(msisdn)).toEqual([
      `Du abonnerer på The Club: 99 kr hver uke på mobilregningen. Send STOP CLUB til ${account.shortNumber} for å avslutte.`,
    ]);
  });

  it("twelve times in a year, with an SMS and a signed webhook each", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await gateway.advance(366 * DAY + HOUR);
    expect(await amounts(msisdn)).toEqual(Array(13).fill(4900));
    const [welcome, ...renewals] = await texts(msisdn);
    expect(welcome).toBe(
      `Welcome to the Club. Pris: 49 kr hver måned på mobilregningen. Send STOP CLUB til ${account.shortNumber} for å avslutte.`,
    );
    expect(renewals).toHaveLength(12);
    expect(new Set(renewals).size).toBe(1);
    expect(news(account)).toEqual(["started 0", ...Array.from({ length: 12 }, (_, month) => `renewed ${month + 1}`)]);
    for (const call of calls(account)) expect(await charging.isSigned(account, call)).toBe(true);
    expect(new Set(calls(account).map(({ json }) => json.id)).size).toBe(13);
    expect(calls(account)[1]?.json).toMatchObject({
      type: "subscription.renewed",
      account: account.id,
      data: { subscription: id, service: account.service, recipient: msisdn, price: 4900, currency: "NOK" },
    });
    const { periods } = await subscription(id);
    expect(periods.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array(13).fill("billed 1"));
  });

  it("once for each period, however many rounds are made at once", async () => {
    const account = await club();
    const ten = await Promise.all(Array.from({ length: 10 }, () => person()));
    const ids = await Promise.all(ten.map(async (msisdn) => (await subscribe(account, msisdn)).id));
    await gateway.advance(0);
    const latest = Math.max(...(await Promise.all(ids.map(dueAt))));
    await charging.setClock(new Date(latest + 1_000));
    await Promise.all(Array.from({ length: 50 }, () => gateway.runtime.tick()));
    await gateway.advance(MINUTE);
    for (const msisdn of ten) expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(news(account).filter((one) => one.startsWith("renewed"))).toHaveLength(10);
    for (const msisdn of ten) expect(await texts(msisdn)).toHaveLength(2);
  });
});

describe("a subscription that is declined", () => {
  it("for want of money is tried again on payday, and goes on when there is money", async () => {
    await charging.advanceTo(await charging.noonOf(3));
    const account = await club();
    const msisdn = await person({ prepaidBalance: 4900 });
    const id = await begun(account, msisdn);
    await untilDue(id);
    expect(await subscription(id)).toMatchObject({ state: "dunning", declines: 1, reason: "insufficient-funds" });
    expect(news(account)).toEqual(["started 0", "failed 1 insufficient-funds"]);
    const payday = await dueAt(id);
    const inOslo = new Date(payday).toLocaleString("sv-SE", { timeZone: "Europe/Oslo" });
    expect(inOslo).toMatch(/-12 10:00:00$/);

    await subscriber(msisdn, { prepaidBalance: 9_000 });
    await charging.advanceTo(new Date(payday - MINUTE * 1_000));
    expect(await amounts(msisdn)).toEqual([4900]);
    await untilDue(id);
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(news(account).slice(2)).toEqual(["renewed 1"]);
    // The day is kept: the next period begins when it would have begun.
    const { state, declines, dueAt: then = "", periods } = await subscription(id);
    expect({ state, declines }).toEqual({ state: "active", declines: 0 });
    expect(new Date(then).getUTCDate()).toBe(3);
    expect(periods.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(["billed 1", "billed 2"]);
    await gateway.advance(32 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
  });

  it("at a limit is tried again when the limit begins anew", async () => {
    await charging.advanceTo(await charging.noonOf(21));
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await subscriber(msisdn, { monthlyLimit: 4900 });
    const due = await dueAt(id);
    await charging.advanceTo(new Date(due - HOUR * 1_000));
    await charging.charge(account, { recipient: msisdn, price: 9 });
    await untilDue(id);
    expect(await subscription(id)).toMatchObject({ state: "dunning", reason: "limit-exceeded" });
    await gateway.advance(15 * DAY);
    expect(await subscription(id)).toMatchObject({ state: "active" });
    expect(news(account)).toEqual(["started 0", "failed 1 limit-exceeded", "failed 1 limit-exceeded", "renewed 1"]);
    expect(await amounts(msisdn)).toEqual([4900, 900, 4900]);
  });

  it("for want of money time after time ends, and the person and the account are told", async () => {
    const account = await club();
    const msisdn = await person({ prepaidBalance: 4900 });
    const id = await begun(account, msisdn);
    await gateway.advance(150 * DAY);
    expect(await subscription(id)).toMatchObject({
      state: "cancelled",
      endedBy: "dunning",
      reason: "insufficient-funds",
      declines: 5,
    });
    const kinds = news(account).map((one) => one.split(" ")[0]);
    expect(kinds).toEqual(["started", "failed", "failed", "failed", "failed", "cancelled"]);
    expect((await texts(msisdn)).slice(1)).toEqual(["Abonnementet The Club er avsluttet. Du trekkes ikke mer."]);
    await subscriber(msisdn, { prepaidBalance: 100_000 });
    await gateway.advance(60 * DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it.each([
    { why: "is barred", profile: { barred: true }, reason: "subscriber-barred" },
    { why: "is registered no more", profile: { registered: false }, reason: "not-registered" },
  ])("because its person $why ends at once", async ({ profile, reason }) => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await subscriber(msisdn, profile);
    await untilDue(id);
    await gateway.advance(0);
    expect(await subscription(id)).toMatchObject({ state: "cancelled", endedBy: "dunning", reason });
    expect(news(account)).toEqual(["started 0", `cancelled 1 ${reason}`]);
    expect((await texts(msisdn)).at(-1)).toBe("Abonnementet The Club er avsluttet. Du trekkes ikke mer.");
    await subscriber(msisdn, { registered: true });
    await gateway.advance(60 * DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("when it is first charged never begins, and the person is told nothing of it", async () => {
    const account = await club();
    const msisdn = await person({ prepaidBalance: 0 });
    const { id } = await subscribe(account, msisdn);
    await gateway.advance(90 * DAY);
    const ended = await subscription(id);
    expect(ended).toMatchObject({ state: "cancelled", neverBegun: true, reason: "insufficient-funds", declines: 1 });
    expect(calls(account).map(({ json }) => json)).toMatchObject([
      { type: "subscription.cancelled", data: { endedBy: "dunning", neverBegun: true, reason: "insufficient-funds" } },
    ]);
    expect(await texts(msisdn)).toEqual([]);
    const { items } = await gateway.operator<{ items: { event: string; outcome?: string }[] }>(
      "GET",
      `/admin/v1/subscriptions/${id}/timeline`,
    );
    expect(items).toContainEqual(expect.objectContaining({ event: "period.declined", outcome: "never-begun" }));
  });

  it("because the operator is down is tried again within a day", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await faults({ refuse: "carrier-error", times: 1 });
    await untilDue(id);
    expect(await subscription(id)).toMatchObject({ state: "dunning", reason: "carrier-error" });
    await gateway.advance(DAY);
    expect(await subscription(id)).toMatchObject({ state: "active" });
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
  });
});

describe("a subscription whose period has an outcome that nobody knows", () => {
  it("waits for it, and bills that period once; then the next that begins, and none of those between", async () => {
    const account = await club({ interval: "weekly" });
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await faults({ loseAnswer: true, receiptDelaySeconds: 20 * DAY, times: 1 });
    await untilDue(id);
    expect((await subscription(id)).periods.map(({ state }) => state)).toEqual(["billed", "charging"]);
    await gateway.advance(19 * DAY);
    await Promise.all(Array.from({ length: 10 }, () => gateway.runtime.tick()));
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(news(account)).toEqual(["started 0"]);
    await gateway.advance(DAY);
    // It is known on the last day of period 3: that is not charged any more.
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    const { items } = await gateway.operator<{ items: { event: string; outcome?: string }[] }>(
      "GET",
      `/admin/v1/subscriptions/${id}/timeline`,
    );
    expect(items.map(({ event }) => event)).toContain("period.passed");
    await gateway.advance(2 * DAY);
    const { periods } = await subscription(id);
    expect(periods.map(({ period, state }) => `${period} ${state}`)).toEqual(["0 billed", "1 billed", "4 billed"]);
    expect(news(account)).toEqual(["started 0", "renewed 1", "renewed 4"]);
    await gateway.advance(7 * DAY);
    expect(await amounts(msisdn)).toHaveLength(4);
  });

  it.each([
    { name: "the answer is lost", fault: { loseAnswer: true } },
    { name: "the receipt is lost", fault: { loseReceipt: true } },
    { name: "the receipt comes often", fault: { duplicateReceipts: 3 } },
    { name: "the receipt overtakes the answer", fault: { earlyReceipt: true } },
    { name: "the operator contradicts itself", fault: { contradict: true } },
    { name: "the operator is busy", fault: { busySeconds: 60 } },
  ])("is billed once a month when $name, every time", async ({ fault }) => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    for (let month = 1; month <= 3; month++) {
      await faults({ ...fault, times: 1 });
      await untilDue(id);
      await gateway.advance(DAY);
    }
    expect(await amounts(msisdn)).toEqual(Array(4).fill(4900));
    expect(news(account)).toEqual(["started 0", "renewed 1", "renewed 2", "renewed 3"]);
    expect(await texts(msisdn)).toHaveLength(4);
  });
});

describe("the end of a subscription", () => {
  it("by the operator of the gateway is told, and nothing is billed afterwards", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await untilDue(id);
    const ended = await gateway.operator("POST", `/admin/v1/subscriptions/${id}/cancel`);
    expect(ended).toMatchObject({ state: "cancelled", endedBy: "operator" });
    await gateway.advance(90 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(news(account)).toEqual(["started 0", "renewed 1", "cancelled 2"]);
  });

  it.each(["STOP CLUB", "stop", "Stopp alt", "STOPALL", "avslutt club", "Stop nothing-of-the-kind"])(
    "by %s is told to the person and to the account, and nothing is billed afterwards",
    async (word) => {
      const account = await club();
      const msisdn = await person();
      const id = await begun(account, msisdn);
      await gateway.advance(0); // what greets the person is on its way, and would be withdrawn otherwise
      await writes(msisdn, account.shortNumber, word);
      expect(await subscription(id)).toMatchObject({ state: "cancelled", endedBy: "person" });
      await gateway.advance(90 * DAY);
      expect(await amounts(msisdn)).toEqual([4900]);
      expect(news(account)).toEqual(["started 0", "cancelled 1"]);
      expect((await texts(msisdn)).slice(1)).toEqual(["Abonnementet The Club er avsluttet. Du trekkes ikke mer."]);
      const anew = { account: account.id, service: account.service, recipient: msisdn };
      expect(await gateway.refusal("POST", "/admin/v1/subscriptions", anew)).toMatchObject({ status: 403 });
    },
  );

  it("is of what was named: another service at the number goes on, and so does another's person", async () => {
    const account = await club();
    const { shortNumber, service, path } = account;
    const terms = await gateway.operator("GET", `${path}/services/${service}`);
    const { id: _, account: __, windowPath: ___, createdAt: ____, changedAt: _____, echo: ______, ...same } = terms;
    await gateway.operator("PUT", `${path}/services/${service}-two`, { ...same, keyword: "TWO" });
    const [msisdn, another] = [await person(), await person()];
    const one = await subscribe(account, msisdn);
    const two = await subscribe({ ...account, service: `${service}-two` }, msisdn);
    const theirs = await subscribe(account, another);
    await gateway.advance(0);
    await writes(msisdn, shortNumber, "STOP CLUB");
    const states = await Promise.all([one, two, theirs].map(async ({ id }) => (await subscription(id)).state));
    expect(states).toEqual(["cancelled", "active", "active"]);
    await gateway.advance(32 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900, 4900]);
    expect(await amounts(another)).toEqual([4900, 4900]);
  });

  it("reported twice ends it once; and reported again after the person bought anew, it ends nothing", async () => {
    const account = await club();
    const msisdn = await person();
    await begun(account, msisdn);
    await writes(msisdn, account.shortNumber, "STOP CLUB", `stop-${account.id}`);
    await writes(msisdn, account.shortNumber, "STOP CLUB", `stop-${account.id}`);
    await gateway.advance(HOUR);
    await charging.buys(msisdn, `/${account.service}`);
    await gateway.advance(0);
    await writes(msisdn, account.shortNumber, "STOP CLUB", `stop-${account.id}`);
    const states = (await charging.subscriptions(account)).map(({ state }) => state);
    expect(states.sort()).toEqual(["active", "cancelled"]);
    await gateway.advance(32 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900, 4900]);
    expect(news(account).filter((one) => one.startsWith("cancelled"))).toHaveLength(1);
  });

  it("while the operator has a renewal: what it bills afterwards is given back, and no SMS says otherwise", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await faults({ receiptDelaySeconds: 6 * HOUR, times: 1 });
    await untilDue(id);
    await writes(msisdn, account.shortNumber, "STOP CLUB");
    await gateway.advance(60 * DAY);
    expect(await amounts(msisdn)).toEqual([4900, 4900, -4900]);
    expect(news(account)).toEqual(["started 0", "cancelled 1"]);
    expect((await texts(msisdn)).slice(1)).toEqual(["Abonnementet The Club er avsluttet. Du trekkes ikke mer."]);
  });

  it("while the operator does not answer is acknowledged when that is over, and nothing is billed after that", async () => {
    const account = await club();
    const msisdn = await person();
    const id = await begun(account, msisdn);
    await faults({ hang: true, times: 1 });
    await charging.setClock(new Date((await dueAt(id)) + 1_000));
    const round = gateway.runtime.tick();
    while ((await amounts(msisdn)).length < 2) await gateway.runtime.tick();
    await writes(msisdn, account.shortNumber, "STOP CLUB");
    const acknowledged = await gateway.now();
    await round;
    const known = await gateway.operator<{ items: { state: string }[] }>(
      "GET",
      `/admin/v1/transactions?subscription=${id}`,
    );
    expect(known.items.map(({ state }) => state)).not.toContain("charging");
    await gateway.advance(60 * DAY);
    const charges = await operatorCharges(msisdn);
    expect(charges.filter(({ kind, billedAt }) => kind === "charge" && Date.parse(billedAt) > acknowledged)).toEqual(
      [],
    );
    expect(paid(charges)).toBe(4900);
    expect(news(account)).toEqual(["started 0", "cancelled 1"]);
  });

  it("at the very moment when it is due: billed before the answer, or not at all", async () => {
    const account = await club();
    const twenty = await Promise.all(Array.from({ length: 20 }, () => person()));
    const ids = await Promise.all(twenty.map(async (msisdn) => (await subscribe(account, msisdn)).id));
    await gateway.advance(0);
    await charging.setClock(new Date(Math.max(...(await Promise.all(ids.map(dueAt)))) + 1_000));
    const rounds = Array.from({ length: 5 }, () => gateway.runtime.tick());
    const acknowledged = await Promise.all(
      twenty.map(async (msisdn) => {
        await writes(msisdn, account.shortNumber, "STOP");
        return (await operatorCharges(msisdn)).filter(({ kind }) => kind === "charge").length;
      }),
    );
    await Promise.all(rounds);
    await gateway.advance(60 * DAY);
    for (const [index, msisdn] of twenty.entries()) {
      const charges = await operatorCharges(msisdn);
      expect(charges.filter(({ kind }) => kind === "charge")).toHaveLength(acknowledged[index] ?? 0);
      expect((await subscription(ids[index] ?? "")).state).toBe("cancelled");
    }
    expect(news(account).filter((one) => one.startsWith("cancelled"))).toHaveLength(20);
  });
});
