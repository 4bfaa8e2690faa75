/** What follows a decline: nothing, another try on payday, or one soon; never for long, and never at night. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginningOf } from "../../../../src/core/billing/subscriptions/anchor.ts";
import {
  classOf,
  type DeclineClass,
  MOST_DECLINES,
  nextTry,
} from "../../../../src/core/billing/subscriptions/dunning.ts";
import type { Subscription } from "../../../../src/core/billing/subscriptions/subscription.ts";
import { REASONS, type Reason } from "../../../../src/core/kernel/reasons.ts";
import { DAY, HOUR, openWorld, PERSON, type World } from "../../../support/ports.ts";

const CLASSES = {
  undelivered: "passing",
  rejected: "hard",
  "bad-number": "hard",
  "bad-sender": "passing",
  "bad-text": "passing",
  duplicate: "passing",
  "unknown-subscriber": "hard",
  "subscriber-unavailable": "passing",
  "subscriber-barred": "hard",
  "too-many-parts": "passing",
  "validity-over": "ours",
  "no-receipt": "ours",
  "carrier-offline": "ours",
  "carrier-error": "ours",
  other: "passing",
  "insufficient-funds": "money",
  "limit-exceeded": "money",
  "too-young": "hard",
  "age-unknown": "hard",
  "not-registered": "hard",
  "no-consent": "hard",
  "opted-out": "hard",
  "wrong-code": "passing",
  "code-expired": "passing",
  "too-many-codes": "passing",
  "timed-out": "passing",
  "in-transaction": "passing",
  "bad-amount": "hard",
  "bad-merchant": "hard",
  "card-failed": "money",
  "cancelled-by-person": "hard",
  ended: "passing",
  stopped: "passing",
  "no-carrier": "passing",
} as const satisfies Record<Reason, DeclineClass>;

const OSLO = "Europe/Oslo";
const local = (at: number, timeZone: string) =>
  Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", day: "numeric", hour: "numeric" })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  ) as { day: number; hour: number };

const expectByDay = (at: number, timeZone: string) => {
  expect(local(at, timeZone).hour).toBeGreaterThanOrEqual(8);
  expect(local(at, timeZone).hour).toBeLessThan(21);
};

const times = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2036, 0) });
const zones = fc.constantFrom(OSLO, "America/New_York", "UTC", "Asia/Kathmandu", "Pacific/Apia");

describe("a decline", () => {
  it.each(REASONS.map((reason) => ({ reason, is: CLASSES[reason] })))("for $reason is $is", ({ reason, is }) => {
    expect(classOf(reason)).toBe(is);
  });

  it("without a reason may pass", () => {
    expect(classOf(undefined)).toBe("passing");
  });

  it.each(REASONS.filter((reason) => CLASSES[reason] === "hard"))("for %s is the last", (reason) => {
    expect(nextTry(reason, 1, Date.UTC(2026, 10, 22, 12), OSLO)).toBeUndefined();
  });

  it.each(REASONS.filter((reason) => CLASSES[reason] !== "ours"))(
    "for %s is the last when there were enough in a row",
    (reason) => {
      fc.assert(
        fc.property(times, zones, fc.integer({ min: MOST_DECLINES, max: 100 }), (now, zone, declines) => {
          expect(nextTry(reason, declines, now, zone)).toBeUndefined();
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe("what is no fault of the person's", () => {
  it.each(REASONS.filter((reason) => CLASSES[reason] === "ours"))(
    "(%s) ends nothing, however often it happens",
    (reason) => {
      fc.assert(
        fc.property(times, zones, fc.integer({ min: 0, max: 1_000 }), (now, zone, declines) => {
          const again = nextTry(reason, declines, now, zone) as number;
          expect(again - now).toBeGreaterThanOrEqual(6 * HOUR);
          expect(again - now).toBeLessThan(DAY);
          expectByDay(again, zone);
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe("who has no money", () => {
  it("is tried again on a payday at ten, not before the day after tomorrow and within two weeks", () => {
    fc.assert(
      fc.property(times, zones, fc.integer({ min: 1, max: MOST_DECLINES - 1 }), (now, zone, declines) => {
        const again = nextTry("insufficient-funds", declines, now, zone) as number;
        expect([1, 12, 15, 20, 25]).toContain(local(again, zone).day);
        expect(local(again, zone).hour).toBe(10);
        expect(again - now).toBeGreaterThanOrEqual(36 * HOUR);
        expect(again - now).toBeLessThan(14 * DAY);
      }),
    );
  });
});

describe("what may pass by itself", () => {
  const at = (hour: number) => Date.UTC(2026, 10, 22, hour - 1);

  it("is tried again soon, and each time later", () => {
    const waits = [1, 2, 3, 4].map((declines) => ((nextTry("other", declines, at(9), OSLO) ?? 0) - at(9)) / HOUR);
    expect(waits).toEqual([1, 6, 24, 48]);
  });

  it("is not tried again at night: nobody is written to then", () => {
    fc.assert(
      fc.property(times, zones, fc.integer({ min: 1, max: MOST_DECLINES - 1 }), (now, zone, declines) => {
        const again = nextTry("subscriber-unavailable", declines, now, zone) as number;
        expect(again).toBeGreaterThan(now);
        expectByDay(again, zone);
      }),
    );
  });
});

/** Its first charge was billed: it was bought on a page. */
const BEGUN = { transaction: "txn_000001first" } as const;

describe("a subscription whose charge is declined", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.aService();
  });
  afterEach(() => world.close());

  it("goes on with its next period when this one is over before it may go better", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
    const { id } = await world.aSubscription({ interval: "weekly", ...BEGUN });
    await world.work();
    // Noon on 22 November; the next payday is the 25th, then the 1st: the week is over on the 29th.
    expect(await world.subscription(id)).toMatchObject({ state: "dunning", period: 0, declines: 1 });
    await world.pass(4 * DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "dunning", period: 1, declines: 2 });
    world.bank.fate = () => ({ is: "billed" });
    await world.pass(4 * DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 2, declines: 0 });
    const periods = await world.ports.subscriptions.periods(id);
    expect(periods.map(({ state, attempt }) => ({ state, attempt }))).toEqual([
      { state: "failed", attempt: 2 },
      { state: "billed", attempt: 1 },
    ]);
    expect(world.bank.bills).toHaveLength(1);
  });

  it.each(["insufficient-funds", "subscriber-unavailable"] as const)(
    "again and again for %s ends after five, and the person and the customer are told once",
    async (reason) => {
      world.bank.fate = () => ({ is: "refused", reason });
      const { id } = await world.aSubscription(BEGUN);
      await world.pass(120 * DAY, 6 * HOUR);
      expect(await world.subscription(id)).toMatchObject({
        state: "cancelled",
        endedBy: "dunning",
        reason,
        declines: MOST_DECLINES,
      });
      expect(world.bank.asked).toHaveLength(MOST_DECLINES);
      expect(world.bank.texts.map(({ text }) => text)).toEqual([
        "Abonnementet Games er avsluttet. Du trekkes ikke mer.",
      ]);
      const told = await world.ports.webhooks.ofSubject(id);
      expect(told.map(({ event }) => event.state)).toEqual(["failed", "failed", "failed", "failed", "cancelled"]);
    },
  );

  it("by the carrier's own trouble for a month goes on with the next period, and does not end", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "carrier-error" });
    const { id } = await world.aSubscription(BEGUN);
    await world.pass(16 * DAY, 3 * HOUR);
    // Half of it is over: from now on the next period is waited for.
    const { dueAt, ...givenUp } = await world.subscription(id);
    expect(givenUp).toMatchObject({ state: "dunning", period: 1, declines: 0 });
    expect(dueAt).toBe(beginningOf(givenUp.anchor, "monthly", 1, OSLO));
    const asked = world.bank.asked.length;
    await world.pass(13 * DAY, 3 * HOUR);
    expect(world.bank.asked).toHaveLength(asked);
    await world.pass(3 * DAY, 3 * HOUR);
    expect(await world.subscription(id)).toMatchObject({ state: "dunning", period: 1, declines: 0 });
    world.bank.fate = () => ({ is: "billed" });
    await world.pass(DAY, 3 * HOUR);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 2 });
    expect((await world.ports.webhooks.ofSubject(id)).at(-1)?.event.state).toBe("renewed");
  });

  it("for good ends at once", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "subscriber-barred" });
    const { id } = await world.aSubscription(BEGUN);
    await world.pass(90 * DAY, DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", endedBy: "dunning" });
    expect(world.bank.asked).toHaveLength(1);
  });
});

describe("a subscription whose first charge is declined", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.aService();
  });
  afterEach(() => world.close());
  const news = async (id: Subscription["id"]) =>
    (await world.ports.webhooks.ofSubject(id)).map(({ event }) => event.state);

  it.each(["insufficient-funds", "subscriber-barred"] as const)(
    "for %s never begins, and the person is told nothing",
    async (reason) => {
      world.bank.fate = () => ({ is: "refused", reason });
      const { id } = await world.aSubscription();
      await world.pass(120 * DAY, DAY);
      const ended = await world.subscription(id);
      expect(ended).toMatchObject({ state: "cancelled", endedBy: "dunning", neverBegun: true, reason, declines: 1 });
      expect(ended.history.at(-1)).toMatchObject({ event: "period.declined", outcome: "never-begun", reason });
      expect(world.bank.asked).toHaveLength(1);
      expect(world.bank.texts).toEqual([]);
      const [told, ...more] = await world.ports.webhooks.ofSubject(id);
      expect(told?.event).toMatchObject({ state: "cancelled", reason, subscription: { neverBegun: true } });
      expect(more).toEqual([]);
      expect(await world.ports.consents.byId("acme", "shop", "games", PERSON)).toBeUndefined();
    },
  );

  it("for what may pass is tried once more, an hour later; then it never begins", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "subscriber-unavailable" });
    const { id, anchor } = await world.aSubscription();
    await world.work();
    await world.pass(DAY, HOUR);
    await world.pass(120 * DAY, DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", neverBegun: true, declines: 2 });
    expect((await world.transactions()).map(({ acceptedAt }) => acceptedAt - anchor)).toEqual([0, HOUR]);
    expect(await news(id)).toEqual(["failed", "cancelled"]);
    expect(world.bank.texts).toEqual([]);
  });

  it("for what may pass begins, if the second try is billed", async () => {
    world.bank.fate = () =>
      world.bank.asked.length > 1 ? { is: "billed" } : { is: "refused", reason: "subscriber-unavailable" };
    const { id } = await world.aSubscription();
    await world.pass(DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 1, declines: 0 });
    expect((await world.subscription(id)).neverBegun).toBeUndefined();
    expect(await news(id)).toEqual(["failed", "started"]);
    expect(world.bank.texts).toHaveLength(1);
  });

  it("by the carrier's own trouble begins when that is over", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "carrier-error" });
    const { id } = await world.aSubscription();
    await world.pass(3 * DAY, 3 * HOUR);
    world.bank.fate = () => ({ is: "billed" });
    await world.pass(DAY, 3 * HOUR);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 1 });
    expect((await news(id)).at(-1)).toBe("started");
  });

  it("may be opened anew", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
    const opened = () => world.gateway.operator.subscriptions.begin("acme", "games", PERSON);
    const { id } = await opened();
    await world.work();
    world.bank.fate = () => ({ is: "billed" });
    const again = await opened();
    await world.work();
    expect(again.id).not.toBe(id);
    expect(await world.subscription(again.id)).toMatchObject({ state: "active", period: 1 });
  });
});
