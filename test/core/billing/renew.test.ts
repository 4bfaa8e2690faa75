/** Subscriptions that rebill themselves: each period is charged once or not at all, whoever races, and wherever a process dies. */

import { beforeEach, describe, expect, it } from "vitest";
import { beginningOf } from "../../../src/core/billing/anchor.ts";
import { charge } from "../../../src/core/billing/charge.ts";
import { renew } from "../../../src/core/billing/renew.ts";
import type { Subscription } from "../../../src/core/billing/subscription.ts";
import type { TransactionId } from "../../../src/core/kernel/ids.ts";
import { aTurn, DAY, DEATHS, dying, HOUR, openWorld, PERSON, type World } from "../../support/ports.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
});

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
    for (let due: number | undefined = anchor; due !== undefined && due <= over; due = await world.gateway.nextDue()) {
      world.time.now = Math.max(due, world.time.now);
      await world.work();
    }
    const charges = (await world.transactions()).filter(({ subscription }) => subscription === id);
    expect(charges.map(({ period, acceptedAt }) => [period, acceptedAt])).toEqual(
      Array.from({ length: 37 }, (_, period) => [period, beginningOf(anchor, "monthly", period, "Europe/Oslo")]),
    );
    expect(world.bank.bills).toHaveLength(37);
    expect(world.bank.texts).toHaveLength(36); // of the first, the shop says what it wants to
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
    expect(world.bank.texts.map(({ text }) => text)).toEqual(["Welcome"]);
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
    expect(await world.ports.subscriptions.nextDue()).toBeUndefined();
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
    expect(await world.ports.subscriptions.nextDue()).toBe(dueAt);
    await Promise.all([world.work(), world.work()]);
    await world.pass(40 * DAY, DAY);
    expect(await periodsOf({ id })).toEqual(["0 billed", "1 billed", "2 billed"]);
    expect(world.bank.bills).toHaveLength(3);
  });

  it("rests while its service is not rebilled, and for ever if it is ended meanwhile", async () => {
    const [first, second] = await many(2);
    await world.aService({ autoRebill: false });
    await world.pass(2 * DAY, DAY);
    await world.gateway.cancelSubscription((second as Subscription).id, "merchant");
    await world.aService();
    await world.pass(2 * DAY, DAY);
    expect(world.bank.bills.map(({ recipient }) => recipient)).toEqual([(first as Subscription).recipient]);
    expect(await world.subscription((second as Subscription).id)).toMatchObject({ state: "cancelled" });
  });

  it("keeps no one else waiting, however many rest", async () => {
    await many(1_200);
    await world.ports.accounts.change("acme", { state: "closed" }, world.time.now);
    await world.quiet.accounts.add({ id: "bolt", name: "Bolt", settings: {}, at: world.time.now });
    await world.aService({ account: "bolt" });
    await world.aSubscription({ account: "bolt", dueAt: world.time.now });
    expect(await renew(world.ports)).toBe(1);
    const asked: string[] = [];
    world.database.around.before = ({ sql }) => void asked.push(...sql);
    expect(await renew(world.ports)).toBe(0);
    expect(asked).toHaveLength(3); // who wakes, who is due, who is to rest
  });

  it("that was ended is never begun again", async () => {
    const { id } = await world.aSubscription();
    await world.gateway.cancelSubscription(id, "merchant");
    await world.pass(60 * DAY, DAY);
    expect(world.bank.asked).toEqual([]);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", endedBy: "merchant" });
  });

  it("that is ended twice is ended once, and what was agreed to since stays", async () => {
    const { id } = await world.aSubscription();
    await world.work();
    const consent = () => world.ports.consents.byId("acme", "shop", "games", PERSON);
    expect(await consent()).toMatchObject({ state: "active" });
    await world.gateway.cancelSubscription(id, "merchant");
    expect(await consent()).toMatchObject({ state: "ended", endedBy: "merchant" });
    // The person agrees anew, to be charged by the merchant itself.
    world.time.now += 1_000;
    await world.aCharge({ consent: "games", makesConsent: true });
    await world.work();
    expect(await consent()).toMatchObject({ state: "active" });
    world.time.now += 1_000;
    await world.gateway.cancelSubscription(id, "merchant");
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

describe("a decline", () => {
  it("is followed by another charge of the same period, and the next period comes on its own day", async () => {
    const { id, anchor } = await world.aSubscription();
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
    const { id } = await world.aSubscription();
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
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(8);
  });

  it("in the middle of dunning loses neither the try nor the end", async () => {
    for (const death of DEATHS(30)) {
      const here = await openWorld();
      await here.aService();
      here.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
      const { id } = await here.aSubscription({ declines: 4, state: "dunning" });
      const died = await dying(here.database, death, () => here.gateway.runDue());
      await here.pass(6 * HOUR);
      await here.pass(40 * DAY, DAY);
      expect([death, await here.subscription(id)]).toMatchObject([death, { state: "cancelled" }]);
      expect([death, here.bank.texts.length]).toEqual([death, 1]);
      if (!died) break;
    }
  });
});
