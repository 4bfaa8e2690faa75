/** A sandbox that lets months pass at once: every moment on the way is as it would have been, one by one. */

import { expect, it } from "vitest";
import { MONTHLY, useCharging } from "../support/charging.ts";
import { newNumber, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400;

const gateway = useGateway();
const receiver = useReceiver();
const { seller, subscribe, subscription, operatorCharges, subscriber } = useCharging(gateway);

/** People who each begin at a minute of their own, days apart as well as minutes. */
async function begin(account: Awaited<ReturnType<typeof seller>>, count: number) {
  const now = await gateway.now();
  const begun: { msisdn: string; id: string; startsAt: number }[] = [];
  for (let n = 0; n < count; n++) {
    const msisdn = newNumber();
    const startsAt = now + HOUR + n * 31 * HOUR + n * 13 * MINUTE + n * 977;
    const { id } = await subscribe(account, msisdn, { startsAt: new Date(startsAt).toISOString() });
    begun.push({ msisdn, id, startsAt });
  }
  return begun;
}

const momentsOf = (items: readonly { at: string }[]) => items.map(({ at }) => Date.parse(at));

it("bills and texts each subscription at the very moment it is due, in order, and leaves nothing", async () => {
  const account = await seller(MONTHLY);
  const people = await begin(account, 10);
  await gateway.advance(100 * DAY);
  const until = await gateway.now();

  const all: { at: number; reference: unknown }[] = [];
  for (const { msisdn, id } of people) {
    const { periods, dueAt } = await subscription(id);
    const due = periods.map(({ beginsAt }) => Date.parse(beginsAt));
    expect(due.length).toBeGreaterThanOrEqual(3);
    expect(Date.parse(dueAt ?? "")).toBeGreaterThan(until);
    expect(new Set(periods.map(({ state }) => state))).toEqual(new Set(["billed"]));
    const charges = await operatorCharges(msisdn);
    expect(charges.map(({ billedAt }) => Date.parse(billedAt))).toEqual(due);
    const texts = await gateway.handset(msisdn);
    expect(texts.map(({ receivedAt }) => Date.parse(receivedAt))).toEqual(due);
    for (const { transaction } of periods) {
      const path = `/admin/v1/transactions/${transaction}/timeline`;
      const moments = momentsOf((await gateway.operator<{ items: { at: string }[] }>("GET", path)).items);
      expect(new Set(moments).size).toBe(1);
    }
    all.push(...charges.map(({ id, billedAt }) => ({ at: Date.parse(billedAt), reference: Number(id.slice(4)) })));
  }
  const inBooks = all.toSorted((one, other) => Number(one.reference) - Number(other.reference)).map(({ at }) => at);
  expect(inBooks).toEqual(inBooks.toSorted((one, other) => one - other));
});

it("tries again whom it could not bill, and tells each customer, as of their moments", async () => {
  const account = await seller(MONTHLY);
  await gateway.operator("PUT", `${account.path}/callbacks/stafett`, { subscriptionUrl: `${receiver.url}/news` });
  const people = await begin(account, 6);
  const poor = people[2]?.msisdn ?? "";
  await subscriber(poor, { prepaidBalance: 100 });
  await gateway.advance(40 * DAY);
  const told = receiver.received.filter(({ url }) => url === "/news").map(({ json }) => Date.parse(String(json.at)));
  expect(told.length).toBeGreaterThan(8);
  expect(told).toEqual(told.toSorted((one, other) => one - other));
  const moments = new Set(people.map(({ startsAt }) => startsAt));
  expect(told.filter((at) => moments.has(at))).toHaveLength(people.length);
  const webhooks = await gateway.webhooks(account);
  expect(webhooks).toHaveLength(told.length);
  const attempts = webhooks.map(({ history }) => Date.parse(history[0]?.at ?? ""));
  expect(attempts.toSorted((one, other) => one - other)).toEqual(told);
  expect(await operatorCharges(poor)).toEqual([]);
});
