/**
 * STOP against a charge that is under way, at every point where one may overtake the other: once STOP is acknowledged,
 * no carrier is asked for more, and what turns out to be billed all the same is given back.
 */

import { describe, expect, it } from "vitest";
import { charge } from "../../../../src/core/billing/charges/charge.ts";
import { renew } from "../../../../src/core/billing/subscriptions/renew.ts";
import { cancelSubscription } from "../../../../src/core/billing/subscriptions/subscribe.ts";
import { receive } from "../../../../src/core/inbound/receive.ts";
import type { TransactionId } from "../../../../src/core/kernel/ids.ts";
import { submit } from "../../../../src/core/messages/submit.ts";
import type { Fate } from "../../../support/bank.ts";
import { aTurn, DAY, HOUR, NUMBER, openWorld, PERSON, type World } from "../../../support/ports.ts";
import { aMessage, stored } from "../../../support/rows.ts";

const ENDED = "Abonnementet Games er avsluttet. Du trekkes ikke mer.";
const STOP = { carrier: "bank", theirId: "stop-1", sender: PERSON, recipient: NUMBER, text: "STOP GAMES" };

const chargesRungFor = ({ rung }: World) => rung.flatMap((one) => (one.charge ?? []) as TransactionId[]);
const consentOf = ({ quiet }: World) => quiet.consents.byId("acme", "shop", "games", PERSON);

/** The person has agreed to be charged, and was once. */
async function agreed(world: World): Promise<void> {
  await world.aCharge({ consent: "games", makesConsent: true });
  await world.work();
  world.time.now += 60_000;
}

/** What is under way when the person says STOP. */
const underWay: Record<string, { begin: (world: World) => Promise<unknown>; go: (world: World) => Promise<unknown> }> =
  {
    "a renewal": {
      begin: (world) => world.aSubscription({ period: 3, anchor: world.time.now - 90 * DAY }),
      go: async (world) => {
        await renew(world.ports);
        await charge(world.ports, chargesRungFor(world));
      },
    },
    "the purchase that begins it": {
      begin: (world) =>
        world.aCharge({ service: "games", consent: "games", makesConsent: true, startsSubscription: true }),
      go: async (world) => {
        const [first] = await world.transactions();
        await charge(world.ports, [(first as { id: TransactionId }).id]);
      },
    },
    "a charge that the merchant makes on the consent": {
      begin: async (world) => {
        await world.aCharge({ consent: "games", makesConsent: true });
        await world.work();
        world.time.now += 60_000;
        await world.aCharge({ consent: "games" });
      },
      go: async (world) => {
        const last = (await world.transactions()).at(-1);
        await charge(world.ports, [(last as { id: TransactionId }).id]);
      },
    },
    "a message that the person pays for": {
      begin: async (world) => {
        await agreed(world);
        const paid = { merchant: "shop", consent: "games", serviceCode: "14002", invoiceText: "Games", amount: 900 };
        const rest = { currency: "NOK", age: 0, confirm: false, minutes: 5, registrationMinutes: 0 };
        const reportUrl = "https://shop.example/reports";
        await stored(
          world.database,
          aMessage({
            acceptedAt: world.time.now,
            sender: NUMBER,
            text: "paid",
            charge: { ...paid, ...rest },
            reportUrl,
          }),
        );
      },
      go: async (world) => {
        const { items } = await world.quiet.messages.list({}, { limit: 1 });
        await submit(
          world.ports,
          items.map(({ id }) => id),
        );
        await charge(world.ports, chargesRungFor(world));
      },
    },
  };

const fates: Fate[] = [
  { is: "billed" },
  { is: "taken" },
  { is: "lost" },
  { is: "dropped" },
  { is: "busy" },
  { is: "refused", reason: "other" },
];

/** Where it may be overtaken: around each call of the database, and of the carrier. */
async function race(what: string, fate: Fate, point: number) {
  const world = await openWorld();
  const { bank, database, slept } = world;
  await world.aService({ startSms: "Welcome to Games" });
  const { begin, go } = underWay[what] as (typeof underWay)[string];
  await begin(world);
  const before = { asked: bank.asked.length, texts: bank.texts.length, bills: bank.bills.length };
  // A carrier that is busy once bills the next time it is asked.
  bank.fate = ({ kind }, asked) => (kind === "reversal" || asked > 1 ? { is: "billed" } : fate);

  let points = 0;
  let stopping: Promise<void> | undefined;
  let askedThen = Number.POSITIVE_INFINITY;
  let billedThen: TransactionId[] = [];
  const overtake = async () => {
    if (points++ !== point) return;
    const all = await world.transactions();
    billedThen = all.filter(({ state }) => state === "billed").map(({ id }) => id);
    const nights = slept.times;
    let isOver = false;
    stopping = receive(world.quiet, [STOP]).finally(() => {
      isOver = true;
      askedThen = bank.asked.length;
    });
    // It goes on when STOP is acknowledged, or waits for it.
    while (!isOver && slept.times === nights) await aTurn();
  };
  database.around = { before: overtake, after: overtake };
  bank.before = overtake;
  bank.after = overtake;
  await go(world);
  database.around = {};
  bank.before = () => {};
  bank.after = () => {};
  await stopping;
  const wasOvertaken = stopping !== undefined;
  return { world, before, wasOvertaken, askedThen, billedThen };
}

describe.each(Object.keys(underWay))("STOP while there is %s", (what) => {
  it.each(fates)("that is $is: the carrier is asked for nothing more, and nothing is kept", async (fate) => {
    let point = 0;
    for (; ; point++) {
      const { world, before, wasOvertaken, askedThen, billedThen } = await race(what, fate, point);
      if (!wasOvertaken) break;
      const { bank } = world;
      const at = `${what}, ${fate.is}, at ${point}`;
      await world.pass(2 * HOUR, 30 * 60_000);
      for (const { id } of await world.transactions()) {
        if (bank.tells({ id } as never).outcome === "taken") await world.gateway.settleCharges([bank.end(id)]);
      }
      await world.pass(40 * DAY, 8 * DAY);

      const all = await world.transactions();
      const kindOf = new Map(all.map(({ id, kind }) => [id, kind]));
      const askedLater = bank.asked.slice(askedThen).filter((id) => kindOf.get(id) === "charge");
      expect([at, askedLater]).toEqual([at, []]);

      // What was billed before the STOP stays so; of all else nothing is kept.
      const kept = bank.bills.filter(({ transaction }) => billedThen.includes(transaction));
      const net = bank.bills.reduce((sum, { amount }) => sum + amount, 0);
      expect([at, net]).toEqual([at, kept.reduce((sum, { amount }) => sum + amount, 0)]);
      const states = all
        .filter(({ id, kind }) => kind === "charge" && !billedThen.includes(id))
        .map(({ state }) => state);
      expect([at, states.filter((state) => !["reversed", "failed", "cancelled", "expired"].includes(state))]).toEqual([
        at,
        [],
      ]);

      const texts = bank.texts.slice(before.texts).map(({ text }) => text);
      const mayGo = billedThen.length > before.bills && what.includes("message") ? [ENDED, "paid"] : [ENDED];
      expect([at, texts.filter((text) => !mayGo.includes(text))]).toEqual([at, []]);
      expect(texts.filter((text) => text === ENDED).length).toBeLessThanOrEqual(1);

      expect([at, await consentOf(world)]).toMatchObject([at, { state: "ended", endedBy: "person" }]);
      const subscriptions = await world.quiet.subscriptions.list({}, { limit: 10 });
      expect(subscriptions.items.filter(({ state }) => state !== "cancelled")).toEqual([]);
      // Nobody waits for ever.
      const held = await world.quiet.messages.list({ state: "held" }, { limit: 10 });
      expect([at, held.items]).toEqual([at, []]);
      world.close();
    }
    expect(point).toBeGreaterThanOrEqual(8);
  });
});

describe("STOP", () => {
  const ended = async (world: World) => {
    await world.aService();
    const subscription = await world.aSubscription();
    await world.work();
    world.time.now += HOUR;
    await receive(world.ports, [STOP]);
    return subscription;
  };

  it("ends it at once, tells the person and the customer, and bills no more", async () => {
    const world = await openWorld();
    const { id } = await ended(world);
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", endedBy: "person" });
    expect((await world.subscription(id)).dueAt).toBeUndefined();
    await world.pass(400 * DAY, DAY);
    expect(world.bank.bills).toHaveLength(1);
    expect((await world.ports.webhooks.ofSubject(id)).map(({ event }) => event.state).sort()).toEqual([
      "cancelled",
      "started",
    ]);
  });

  it("that is reported again ends nothing that was begun since", async () => {
    const world = await openWorld();
    await ended(world);
    world.time.now += DAY;
    const newer = await world.aSubscription({ anchor: world.time.now, dueAt: world.time.now });
    await world.work();
    await receive(world.ports, [STOP]);
    await receive(world.ports, [STOP, STOP]);
    expect(await world.subscription(newer.id)).toMatchObject({ state: "active" });
    expect(await consentOf(world)).toMatchObject({ state: "active" });
    world.time.now += 60_000;
    await receive(world.ports, [{ ...STOP, theirId: "stop-2" }]);
    expect(await world.subscription(newer.id)).toMatchObject({ state: "cancelled" });
  });

  it("is told to the person once, though they write it twice at once", async () => {
    const world = await openWorld();
    await world.aService();
    await world.aSubscription();
    await world.work();
    world.time.now += HOUR;
    await receive(world.ports, [STOP, { ...STOP, theirId: "stop-2" }]);
    await world.work();
    expect(world.bank.texts.map(({ text }) => text).slice(1)).toEqual([ENDED]);
  });

  it("ends nothing of another person, another number, another keyword", async () => {
    const world = await openWorld();
    await world.aService();
    await world.aService({ id: "news", keyword: "NEWS" });
    const others = [
      await world.aSubscription({ recipient: "+4798079009" }),
      await world.aSubscription({ service: "news" }),
    ];
    await receive(world.ports, [STOP, { ...STOP, theirId: "stop-2", recipient: "2003", text: "STOP" }]);
    for (const { id } of others) expect(await world.subscription(id)).toMatchObject({ state: "active" });
    await receive(world.ports, [{ ...STOP, theirId: "stop-3", text: "STOP" }]);
    expect(await world.subscription(others[1]?.id ?? "sub_")).toMatchObject({ state: "cancelled" });
  });

  it("of somebody who never bought anything is remembered: nobody opens a subscription for them", async () => {
    const world = await openWorld();
    await world.aService();
    await receive(world.ports, [STOP]);
    const opened = world.gateway.operator.subscriptions.begin("acme", "games", PERSON);
    await expect(opened).rejects.toMatchObject({ refusal: "not-allowed" });
  });

  it("is first against who would charge again what a busy carrier gave back", async () => {
    const world = await openWorld();
    await world.aService();
    await world.aSubscription();
    world.bank.fate = () => ({ is: "busy" });
    let stopping: Promise<void> | undefined;
    world.bank.before = async () => {
      const nights = world.slept.times;
      stopping ??= receive(world.quiet, [STOP]);
      while (world.slept.times === nights) await aTurn();
    };
    await renew(world.ports);
    await charge(world.ports, chargesRungFor(world));
    // STOP has not looked again yet: the charge is ready, and it is due.
    world.bank.before = () => {};
    world.time.now += 1_000;
    await charge(world.ports, chargesRungFor(world));
    await stopping;
    expect(world.bank.asked).toHaveLength(1);
    expect((await world.transactions()).map(({ state }) => state)).toEqual(["cancelled"]);
  });

  it("meets what the person is just agreeing to: it makes no consent, and what is billed is given back", async () => {
    const world = await openWorld();
    const { id } = await world.aCharge({ consent: "vip", makesConsent: true });
    world.bank.fate = () => ({ is: "taken" });
    await world.work();
    expect((await world.transaction(id)).state).toBe("sent");
    await world.writes("STOP");
    await world.gateway.settleCharges([
      { transaction: id, carrier: "bank", reference: "ref", outcome: "billed", at: world.time.now },
    ]);
    expect(await world.quiet.consents.byId("acme", "shop", "vip", PERSON)).toBeUndefined();
    const reversal = (await world.transactions()).find(({ reverses }) => reverses === id);
    expect(reversal).toMatchObject({ kind: "reversal", amount: -4_900 });
  });

  it("waits for the carrier that is being asked, but not for ever", async () => {
    const world = await openWorld();
    await world.aService();
    await world.aSubscription();
    world.bank.after = () => new Promise(() => {}); // it hangs
    await renew(world.ports);
    void charge(world.ports, chargesRungFor(world));
    while (world.bank.asked.length === 0) await aTurn();
    const began = world.time.now;
    await receive(world.quiet, [STOP]);
    expect(world.time.now - began).toBeGreaterThan(10_000);
    expect(world.time.now - began).toBeLessThan(60_000);
  });
});

describe("an end by the merchant", () => {
  it.each(["billed", "busy"] as const)("while a renewal is %s is as good as one by the person", async (is) => {
    const world = await openWorld();
    await world.aService();
    const { id } = await world.aSubscription();
    world.bank.fate = ({ kind }, asked) => (kind === "reversal" || asked > 1 ? { is: "billed" } : { is });
    let ending: Promise<unknown> | undefined;
    world.bank.before = async () => {
      const nights = world.slept.times;
      ending ??= cancelSubscription(world.ports, id, "merchant");
      while (world.slept.times === nights) await aTurn();
    };
    await renew(world.ports);
    await charge(world.ports, chargesRungFor(world));
    world.bank.before = () => {};
    await ending;
    await world.pass(2 * DAY);
    expect(world.bank.bills.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    expect(world.bank.asked.filter((one, index, all) => all.indexOf(one) !== index)).toEqual([]);
  });
});
