/** Letting time pass: what it costs grows with what is charged, and each charge is as of its own moment. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Subscription } from "../../../../src/core/billing/subscriptions/subscription.ts";
import type { Reason } from "../../../../src/core/kernel/reasons.ts";
import { DAY, HOUR, openWorld, type World } from "../../../support/ports.ts";

const MINUTE = 60_000;
let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
});

const person = (n: number) => `+4791${String(n).padStart(6, "0")}`;
/** So many subscriptions of as many people, each due at a minute of its own. */
const spread = (count: number, apart = 7 * MINUTE, given: Partial<Subscription> = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, n) => {
      const at = world.time.now + (n + 1) * apart;
      return world.aSubscription({ recipient: person(n), anchor: at, dueAt: at, ...given });
    }),
  );
/** Bills what is due within the time. @param refusals whose charge would be refused, and why */
const ahead = (within: number, refusals: Record<string, Reason> = {}) =>
  world.gateway.renewAhead(world.time.now + within, async (charges) =>
    charges.map(({ recipient }) => refusals[recipient ?? ""] ?? null),
  );
const charged = async () =>
  (await world.transactions()).map(({ recipient, acceptedAt, changedAt, state }) => {
    return { recipient, acceptedAt, changedAt, state };
  });

describe("renewals ahead of their time", () => {
  it("are each as of the moment at which they are due: charge, period, subscription and text", async () => {
    await world.aService({ startSms: "Welcome" });
    const subscriptions = await spread(5);
    const last = subscriptions.at(-1)?.dueAt;
    expect(await ahead(DAY)).toBe(last);
    const due = subscriptions.map(({ recipient, dueAt }) => ({
      recipient,
      acceptedAt: dueAt,
      changedAt: dueAt,
      state: "billed",
    }));
    const byMoment = (one: { acceptedAt?: number | undefined }, other: { acceptedAt?: number | undefined }) =>
      (one.acceptedAt ?? 0) - (other.acceptedAt ?? 0);
    expect((await charged()).sort(byMoment)).toEqual(due);
    for (const { id, dueAt, anchor } of subscriptions) {
      expect(await world.quiet.subscriptions.periods(id)).toMatchObject([{ state: "billed", changedAt: dueAt }]);
      expect(await world.quiet.subscriptions.byId(id)).toMatchObject({ period: 1, changedAt: dueAt });
      expect((await world.quiet.subscriptions.byId(id))?.dueAt).toBeGreaterThan(anchor + 6 * DAY);
    }
    expect(world.bank.texts.map(({ acceptedAt, changedAt }) => [acceptedAt, changedAt])).toEqual(
      subscriptions.map(({ dueAt }) => [dueAt, dueAt]),
    );
  });

  it("are put to the carrier in the order in which they are due", async () => {
    const subscriptions = await spread(20);
    await ahead(DAY);
    expect(world.bank.bills.map(({ recipient }) => recipient)).toEqual(subscriptions.map(({ recipient }) => recipient));
  });

  it("cost as many round trips for a hundred moments as for ten", async () => {
    const tripsFor = async (count: number) => {
      world = await openWorld();
      await world.aService();
      await spread(count);
      let trips = 0;
      world.database.around.before = () => void trips++;
      await ahead(DAY);
      expect(world.bank.bills).toHaveLength(count);
      return trips;
    };
    expect(await tripsFor(100)).toBe(await tripsFor(10));
  });

  it("go no further than until what one of them leads to: the next period, or another try", async () => {
    const weekly = await spread(30, 12 * HOUR, { interval: "weekly" });
    expect(await ahead(60 * DAY)).toBeLessThan((weekly[0]?.dueAt ?? 0) + 7 * DAY);
    expect(world.bank.bills.length).toBeGreaterThan(10);
    expect(world.bank.bills.length).toBeLessThan(14);
  });

  it.each([
    { reason: "insufficient-funds", most: 24 },
    { reason: "undelivered", most: 1 },
    { reason: "subscriber-barred", most: 200 },
  ] as const)("stop before a charge declined for $reason can be tried again", async ({ reason, most }) => {
    await spread(100, HOUR / 2);
    await ahead(60 * DAY, { [person(0)]: reason });
    expect(world.bank.bills).toHaveLength(Math.min(100, most * 2));
  });

  it("stop before a person comes a second time: the one charge counts for the other", async () => {
    await spread(3);
    await world.aService({ id: "other" });
    const at = world.time.now + 15 * MINUTE;
    await world.aSubscription({ service: "other", recipient: person(0), anchor: at, dueAt: at });
    await ahead(DAY);
    expect(world.bank.bills).toHaveLength(2);
  });

  it("are left to their time where nobody can tell what the carrier will say", async () => {
    await spread(5);
    expect(await world.gateway.renewAhead(world.time.now + DAY, async () => undefined)).toBeUndefined();
    expect(world.bank.asked).toEqual([]);
    expect(await world.transactions()).toEqual([]);
  });

  it("that are due at the end, or after it, are left", async () => {
    const subscriptions = await spread(5);
    const until = subscriptions[3]?.dueAt ?? 0;
    await ahead(until - world.time.now);
    expect(world.bank.bills).toHaveLength(3);
  });
});
