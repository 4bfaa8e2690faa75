/** Subscriptions that rebill themselves: each period is charged once or not at all, whoever races, and wherever a process dies. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextOf } from "../../../../src/core/agenda.ts";
import { charge } from "../../../../src/core/billing/charges/charge.ts";
import { beginningOf } from "../../../../src/core/billing/subscriptions/anchor.ts";
import { renew } from "../../../../src/core/billing/subscriptions/renew.ts";
import { cancelSubscription } from "../../../../src/core/billing/subscriptions/subscribe.ts";
import type { Subscription } from "../../../../src/core/billing/subscriptions/subscription.ts";
import type { TransactionId } from "../../../../src/core/kernel/ids.ts";
import { aTurn, DAY, DEATHS, dying, HOUR, openWorld, PERSON, type World } from "../../../support/ports.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
});
afterEach(() => world.close());

/** Its first charge was billed: it was bought on a page. */
const BEGUN = { transaction: "txn_000001first" } as const;
const person = (n: number) => `+4791${String(n).padStart(6, "0")}`;
const many = (count: number, given: Partial<Subscription> = {}) =>
  Promise.all(Array.from({ length: count }, (_, n) => world.aSubscription({ recipient: person(n), ...given })));
const rungForCharges = ({ rung }: World) => rung.flatMap((one) => (one.charge ?? []) as TransactionId[]);
const periodsOf = async ({ id }: Pick<Subscription, "id">, of = world) =>
  (await of.quiet.subscriptions.periods(id)).map(({ period, state }) => `${period} ${state}`);

describe("a period", () => {
  it("is begun once, however many begin it at once", async () => {
    const subscriptions = await many(20);
    const begun = await Promise.all(Array.from({ length: 50 }, () => renew(world.ports)));
    expect(Math.max(...begun)).toBe(20);
    const ids = rungForCharges(world);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
    await charge(world.ports, ids);
    expect(world.bank.bills.map(({ recipient }) => recipient).sort()).toEqual(
      subscriptions.map(({ recipient }) => recipient).sort(),
    );
  });

  it("is charged once by fifty sweeps that charge what they find", async () => {
    await many(5);
    world.bank.before = aTurn;
    await Promise.all(Array.from({ length: 50 }, () => world.gateway.runDue()));
    await world.work();
    expect(world.bank.bills).toHaveLength(5);
  });

  it("is not charged before its time", async () => {
    await world.aSubscription({ dueAt: world.time.now + 1 });
    expect(await renew(world.ports)).toBe(0);
    world.time.now += 1;
    expect(await renew(world.ports)).toBe(1);
  });

  it("is not begun again by what was read before it was", async () => {
    const { id } = await world.aSubscription();
    const [due] = await world.ports.subscriptions.due(world.time.now, 10);
    await world.work();
    if (!due) throw new Error("nothing is due");
    const transaction = { ...(await world.transactions())[0], id: "txn_000001again", theirId: "again" } as never;
    expect(await world.ports.subscriptions.renew([{ ...due, transaction }])).toEqual([]);
    expect(await periodsOf({ id })).toEqual(["0 billed"]);
  });

  it("is one row for ever: a subscription that is set back to it is not charged for it again", async () => {
    const { id } = await world.aSubscription();
    await world.work();
    world.database.sqlite.prepare("UPDATE subscription SET period = 0, due_at = ?").run(world.time.now);
    await world.gateway.runDue();
    expect(world.bank.bills).toHaveLength(1);
    expect(await periodsOf({ id })).toEqual(["0 billed"]);
  });
});

describe("two thousand that are due at once", () => {
  it("go in rounds, so that no carrier is flooded, and each is billed once", async () => {
    await many(2_000);
    const ports = { ...world.ports, renewalsAtOnce: 600 };
    const rounds: number[] = [];
    for (let left = 2_000; left > 0; ) {
      const before = rungForCharges(world).length;
      rounds.push(await renew(ports));
      left -= rungForCharges(world).length - before;
    }
    expect(rounds).toEqual([600, 600, 600, 200]);
    await charge(ports, rungForCharges(world));
    expect(new Set(world.bank.bills.map(({ recipient }) => recipient)).size).toBe(2_000);
    expect(world.bank.bills).toHaveLength(2_000);
  });

  it("are taken longest due first", async () => {
    const [late] = await many(1, { dueAt: world.time.now - DAY });
    await many(5, { dueAt: world.time.now - HOUR });
    await renew({ ...world.ports, renewalsAtOnce: 1 });
    expect(await periodsOf(late as Subscription)).toEqual(["0 charging"]);
  });
});

describe("a subscription", () => {
  it("is billed in each of its periods for three years, on its day, and says so", async () => {
    const anchor = Date.UTC(2027, 0, 31, 11);
    world.time.now = anchor;
    const { id } = await world.aSubscription();
    const over = beginningOf(anchor, "yearly", 3, "Europe/Oslo");
    for (
      let due: number | undefined = anchor;
      due !== undefined && due <= over;
      due = nextOf(await world.gateway.agenda())
    ) {
      world.time.now = Math.max(due, world.time.now);
      await world.work();
    }
    const charges = (await world.transactions()).filter(({ subscription }) => subscription === id);
    expect(charges.map(({ period, acceptedAt }) => [period, acceptedAt])).toEqual(
      Array.from({ length: 37 }, (_, period) => [period, beginningOf(anchor, "monthly", period, "Europe/Oslo")]),
    );
    expect(world.bank.bills).toHaveLength(37);
    expect(world.bank.texts).toHaveLength(37);
    const told = await world.ports.webhooks.ofSubject(id);
    expect(told.map(({ event }) => event.state)).toEqual(["started", ...Array(36).fill("renewed")]);
  });

  it("that is first billed for a later period starts with that: the person is welcomed, and agrees by it", async () => {
    await world.aService({ startSms: "Welcome" });
    const anchor = world.time.now - 40 * DAY;
    const { id } = await world.aSubscription({ anchor, dueAt: anchor });
    await world.work();
    expect(await periodsOf({ id })).toEqual(["1 billed"]);
    expect(await world.ports.consents.byId("acme", "shop", "games", PERSON)).toMatchObject({ state: "active" });
    expect(world.bank.texts.map(({ text }) => text)).toEqual([
      "Welcome. Pris: 49 kr hver måned på mobilregningen. Send STOP GAMES til 2002 for å avslutte.",
    ]);
    await world.pass(32 * DAY, DAY);
    expect((await world.ports.webhooks.ofSubject(id)).map(({ event }) => event.state)).toEqual(["started", "renewed"]);
  });

  it("gives back no more than it took: its price is the one that was agreed to", async () => {
    await world.aSubscription({ price: 9_900 });
    await world.aService({ price: 1 });
    await world.work();
    expect(world.bank.bills).toEqual([expect.objectContaining({ amount: 9_900, recipient: PERSON })]);
  });

  it("whose charge nobody knows of waits, and is neither charged again nor ended", async () => {
    world.bank.fate = () => ({ is: "lost" });
    world.bank.tells = () => ({ outcome: "cannot-tell" });
    const { id } = await world.aSubscription();
    await world.pass(100 * DAY, DAY);
    expect(world.bank.asked).toHaveLength(1);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 0 });
    await world.gateway.settleCharges([world.bank.receipt((await world.transactions())[0]?.id ?? "txn_", "billed")]);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 1 });
  });

  it("of a closed account rests, and so does one whose service is gone", async () => {
    await world.aSubscription();
    await world.ports.accounts.change("acme", { state: "closed" }, world.time.now);
    await world.pass(60 * DAY, DAY);
    expect(world.bank.asked).toEqual([]);
    expect((await world.gateway.agenda()).subscriptions.next).toBeUndefined();
    await world.ports.accounts.change("acme", { state: "open" }, world.time.now);
    world.database.sqlite.exec("DELETE FROM service");
    await world.work();
    expect(world.bank.asked).toEqual([]);
  });

  it("is looked at no more while it rests, and goes on where it was once its account is open again", async () => {
    const { id, anchor, interval, timeZone } = await world.aSubscription();
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
    const dueAt = beginningOf(anchor, interval, 1, timeZone);
    expect(await world.subscription(id)).toMatchObject({ dueAt });
    await world.ports.accounts.change("acme", { state: "closed" }, world.time.now);
    await world.pass(40 * DAY, DAY);
    const isDue = () => world.database.sqlite.prepare("SELECT due_at FROM subscription WHERE due_at IS NOT NULL").all();
    expect(isDue()).toEqual([]);
    expect(await world.subscription(id)).toMatchObject({ state: "active", period: 1, dueAt });

    await world.ports.accounts.change("acme", { state: "open" }, world.time.now);
    expect((await world.gateway.agenda()).subscriptions.next).toBe(dueAt);
    await Promise.all([world.work(), world.work()]);
    await world.pass(40 * DAY, DAY);
    expect(await periodsOf({ id })).toEqual(["0 billed", "1 billed", "2 billed"]);
    expect(world.bank.bills).toHaveLength(3);
  });

  it("rests while its service is not rebilled, and for ever if it is ended meanwhile", async () => {
    const [first, second] = await many(2);
    await world.aService({ autoRebill: false });
    await world.pass(2 * DAY, DAY);
    await cancelSubscription(world.ports, (second as Subscription).id, "merchant");
    await world.aService();
    await world.pass(2 * DAY, DAY);
    expect(world.bank.bills.map(({ recipient }) => recipient)).toEqual([(first as Subscription).recipient]);
    expect(await world.subscription((second as Subscription).id)).toMatchObject({ state: "cancelled" });
  });

  it("keeps no one else waiting, however many rest", async () => {
    await many(1_200);
    await world.ports.accounts.change("acme", { state: "closed" }, world.time.now);
    await world.quiet.accounts.add({ id: "bolt", name: "Bolt", settings: {}, at: world.time.now });
    await world.aService({ account: "bolt", id: "bolt-games" });
    await world.aSubscription({ account: "bolt", service: "bolt-games", dueAt: world.time.now });
    expect(await renew(world.ports)).toBe(1);
    const asked: string[] = [];
    world.database.around.before = ({ sql }) => void asked.push(...sql);
    expect(await renew(world.ports)).toBe(0);
    expect(asked).toHaveLength(3); // who wakes, who is due, who is to rest
  });

  it("that was ended is never begun again", async () => {
    const { id } = await world.aSubscription();
    await cancelSubscription(world.ports, id, "merchant");
    await world.pass(60 * DAY, DAY);
    expect(world.bank.asked).toEqual([]);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", endedBy: "merchant" });
  });

  it("that is ended twice is ended once, and what was agreed to since stays", async () => {
    const { id } = await world.aSubscription();
    await world.work();
    const consent = () => world.ports.consents.byId("acme", "shop", "games", PERSON);
    expect(await consent()).toMatchObject({ state: "active" });
    await cancelSubscription(world.ports, id, "merchant");
    expect(await consent()).toMatchObject({ state: "ended", endedBy: "merchant" });
    // The person agrees anew, to be charged by the merchant itself.
    world.time.now += 1_000;
    await world.aCharge({ consent: "games", makesConsent: true });
    await world.work();
    expect(await consent()).toMatchObject({ state: "active" });
    world.time.now += 1_000;
    await cancelSubscription(world.ports, id, "merchant");
    expect(await consent()).toMatchObject({ state: "active" });
  });

  it("is two subscriptions where a person has two, and each is charged", async () => {
    await world.aService({ id: "news", keyword: "NEWS" });
    await world.aSubscription();
    await world.aSubscription({ service: "news" });
    await world.work();
    expect(world.bank.bills).toHaveLength(2);
  });
});

describe("a renewal", () => {
  const inOslo = (at: number) => new Date(at).toLocaleString("sv-SE", { timeZone: "Europe/Oslo" }).slice(5, 16);
  const made = async () =>
    (await world.transactions()).map(({ period, acceptedAt }) => `${period} ${inOslo(acceptedAt)}`);

  it.each([
    {
      bought: "02:30 on 31 January",
      at: Date.UTC(2027, 0, 31, 1, 30),
      renewed: ["02-28 08:30", "03-31 08:30", "04-30 08:30"],
    },
    {
      bought: "23:10 on 31 January",
      at: Date.UTC(2027, 0, 31, 22, 10),
      renewed: ["02-28 19:10", "03-31 19:10", "04-30 19:10"],
    },
    {
      bought: "12:00 on 28 February",
      at: Date.UTC(2027, 1, 28, 11),
      renewed: ["03-28 12:00", "04-28 12:00", "05-28 12:00"],
    },
  ])("of what was bought at $bought is charged and texted by day, and its day is kept", async ({ at, renewed }) => {
    world.time.now = at;
    const { id } = await world.aSubscription();
    for (let n = 0; n <= 3; n++) {
      world.time.now = Math.max(world.time.now, (await world.subscription(id)).dueAt ?? 0);
      await world.work();
    }
    expect((await made()).slice(1)).toEqual(renewed.map((day, index) => `${index + 1} ${day}`));
    expect(world.bank.texts.slice(1).map(({ acceptedAt }) => inOslo(acceptedAt))).toEqual(renewed);
  });

  it("that is found at night, after we were down, is left for the morning, and says so", async () => {
    const { id } = await world.aSubscription({
      ...BEGUN,
      period: 1,
      anchor: Date.UTC(2027, 0, 5, 18),
      dueAt: Date.UTC(2027, 1, 5, 18),
    });
    world.time.now = Date.UTC(2027, 1, 6, 2);
    await world.work();
    expect(world.bank.asked).toEqual([]);
    expect((await world.subscription(id)).history.at(-1)).toMatchObject({ event: "period.put_off" });
    await world.pass(12 * HOUR, HOUR / 2);
    expect(await made()).toEqual(["1 02-06 08:00"]);
    expect(await world.subscription(id)).toMatchObject({ period: 2, dueAt: Date.UTC(2027, 2, 5, 18) });
  });

  it("that a busy carrier has not taken by nine in the evening is made in the morning", async () => {
    world.time.now = Date.UTC(2027, 1, 5, 18, 50);
    await world.aSubscription({ ...BEGUN, period: 1, anchor: Date.UTC(2027, 0, 5, 18, 50) });
    world.bank.fate = () => (world.time.now < Date.UTC(2027, 1, 5, 20, 30) ? { is: "busy" } : { is: "billed" });
    await world.pass(DAY, HOUR / 4);
    const asked = (await world.transactions()).find(({ state }) => state === "billed");
    expect(inOslo(asked?.acceptedAt ?? 0)).toMatch(/^02-06 08:/);
    expect(world.bank.bills).toHaveLength(1);
  });

  it("whose outcome is known at night is told in the morning; not at all, if it was ended by then", async () => {
    world.time.now = Date.UTC(2027, 1, 5, 18, 50);
    const given = { ...BEGUN, period: 1, anchor: Date.UTC(2027, 0, 5, 18, 50) };
    await world.aSubscription(given);
    const { id } = await world.aSubscription({ ...given, recipient: person(1) });
    world.bank.fate = () => ({ is: "taken" });
    await world.work();
    world.time.now = Date.UTC(2027, 1, 6, 2);
    await world.gateway.settleCharges((await world.transactions()).map((one) => world.bank.end(one.id)));
    await world.work();
    expect(world.bank.texts).toEqual([]);
    await cancelSubscription(world.ports, id, "operator");
    await world.pass(6 * HOUR, HOUR);
    expect(world.bank.texts.map(({ recipient, sendAt }) => [recipient, inOslo(sendAt)])).toEqual([
      [PERSON, "02-06 08:00"],
    ]);
  });

  it.each([
    { left: "half", late: 0, periods: ["1 billed"], story: "subscription.renewed" },
    {
      left: "less than half",
      late: 1,
      periods: [],
      story: "period.passed",
    },
  ])(
    "of a period of which $left is left when we are back is made, or passed over, and the timeline says so",
    async ({ late, periods, story }) => {
      // From 10 April to 10 May, at noon in Oslo: 30 days.
      const anchor = Date.UTC(2027, 2, 10, 11);
      const [due, next] = [Date.UTC(2027, 3, 10, 10), Date.UTC(2027, 4, 10, 10)];
      const { id } = await world.aSubscription({ ...BEGUN, period: 1, anchor, dueAt: due });
      world.time.now = due + 15 * DAY + late;
      await world.work();
      expect(await periodsOf({ id })).toEqual(periods);
      const then = await world.subscription(id);
      expect(then).toMatchObject({ period: 2, state: "active", dueAt: next });
      expect(then.history.at(-1)).toMatchObject({ event: story, period: 1, next });
      world.time.now = next;
      await world.work();
      expect(await periodsOf({ id })).toEqual([...periods, "2 billed"]);
    },
  );

  it("of a try that was missed for a day is not made when less than half of its period is left", async () => {
    const { id, anchor } = await world.aSubscription(BEGUN);
    world.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
    await world.work();
    world.bank.fate = () => ({ is: "billed" });
    world.time.now = anchor + 20 * DAY;
    await world.work();
    expect(await periodsOf({ id })).toEqual(["0 failed"]);
    const next = beginningOf(anchor, "monthly", 1, "Europe/Oslo");
    expect(await world.subscription(id)).toMatchObject({ state: "dunning", period: 1, dueAt: next });
    world.time.now = next;
    await world.work();
    expect(await periodsOf({ id })).toEqual(["0 failed", "1 billed"]);
  });
});

describe("a decline", () => {
  it("is followed by another charge of the same period, and the next period comes on its own day", async () => {
    const { id, anchor } = await world.aSubscription(BEGUN);
    world.bank.fate = (_, asked) =>
      world.bank.asked.length + asked > 3 ? { is: "billed" } : { is: "refused", reason: "other" };
    await world.pass(10 * DAY);
    expect(await periodsOf({ id })).toEqual(["0 billed"]);
    const attempts = (await world.transactions()).map(({ period, theirId }) => [period, theirId.split("-").at(-1)]);
    expect(attempts).toEqual([
      [0, "1"],
      [0, "2"],
      [0, "3"],
    ]);
    expect(await world.subscription(id)).toMatchObject({
      state: "active",
      period: 1,
      declines: 0,
      dueAt: beginningOf(anchor, "monthly", 1, "Europe/Oslo"),
    });
  });

  it("for good ends it, with one text, one webhook, and no more charges", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "unknown-subscriber" });
    const { id } = await world.aSubscription(BEGUN);
    await world.pass(90 * DAY, DAY);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", reason: "unknown-subscriber" });
    expect(world.bank.asked).toHaveLength(1);
    expect(world.bank.texts).toHaveLength(1);
    expect((await world.ports.webhooks.ofSubject(id)).map(({ event }) => event.state)).toEqual(["cancelled"]);
    expect(await periodsOf({ id })).toEqual(["0 failed"]);
  });
});

describe("a process that dies between any two writes", () => {
  const fates = [
    { name: "a charge that is billed", fate: { is: "billed" }, bills: 1 },
    { name: "a charge whose answer is lost", fate: { is: "lost" }, bills: 1 },
    { name: "a charge that is declined", fate: { is: "refused", reason: "other" }, bills: 0 },
  ] as const;

  it.each(fates)("makes no second charge of a period, and loses none: $name", async ({ fate, bills }) => {
    let deaths = 0;
    for (const death of DEATHS(30)) {
      const here = await openWorld();
      await here.aService();
      const { id } = await here.aSubscription();
      // What is decided of the first charge that reaches the carrier; later ones are billed.
      here.bank.fate = () => (here.bank.asked.length === 1 ? fate : { is: "billed" });
      const died = await dying(here.database, death, async () => {
        await renew(here.ports);
        await charge(here.ports, rungForCharges(here));
      });
      deaths += Number(died);
      await here.pass(DAY);
      const of = (await here.transactions()).filter(({ period }) => period === 0);
      expect([death, here.bank.bills.length]).toEqual([death, 1]);
      expect(new Set(here.bank.asked).size).toBe(here.bank.asked.length);
      expect(of.filter(({ state }) => state === "billed")).toHaveLength(1);
      if (!died && bills === 1) expect(of).toHaveLength(1);
      expect(await periodsOf({ id }, here)).toEqual(["0 billed"]);
      expect(await here.subscription(id)).toMatchObject({ state: "active", period: 1 });
      here.close();
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(8);
  });

  it("in the middle of dunning loses neither the try nor the end", async () => {
    for (const death of DEATHS(30)) {
      const here = await openWorld();
      await here.aService();
      here.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
      const { id } = await here.aSubscription({ ...BEGUN, declines: 4, state: "dunning" });
      const died = await dying(here.database, death, () => here.gateway.runDue());
      await here.pass(6 * HOUR);
      await here.pass(40 * DAY, DAY);
      expect([death, await here.subscription(id)]).toMatchObject([death, { state: "cancelled" }]);
      expect([death, here.bank.texts.length]).toEqual([death, 1]);
      here.close();
      if (!died) break;
    }
  });
});
