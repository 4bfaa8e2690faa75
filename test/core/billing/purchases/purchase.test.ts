/** Purchases in a window: who proves whose phone it is buys once; who guesses, races or comes too late does not. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Address } from "../../../../src/core/billing/purchases/purchase.ts";
import type { Window } from "../../../../src/core/billing/purchases/window.ts";
import { aTurn, DAY, DEATHS, dying, HOUR, openWorld, PERSON, SEEN, type World } from "../../../support/ports.ts";

const ANOTHER = "+4798079009";
const MINE = "my browser";
const THEIRS = "another browser";
const MINUTE = 60_000;

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
});
afterEach(() => world.close());

async function opened(at = world): Promise<{ address: Address; window: Window }> {
  const { window } = await at.gateway.openWindow(at.caller, { service: "games", customId: "order-1" });
  return { address: { by: "service", service: "games", theirId: window.theirId }, window };
}

/** Gives the number, and reads the PIN on the phone. */
async function pinFor(address: Address, number = PERSON, at = world): Promise<string> {
  await at.gateway.giveNumber(address, MINE, number);
  await at.work();
  return at.bank.texts.at(-1)?.text.slice(0, 4) ?? "";
}

const wrong = (pin: string) => String((Number(pin) + 5_000) % 10_000).padStart(4, "0");
const confirm = (address: Address, pin: string, session = MINE) =>
  world.gateway.confirmByPin(address, session, pin, SEEN);
const refusal = (promise: Promise<unknown>) => promise.then(String, ({ refusal }) => refusal);
const many = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const pinsSentTo = (number: string) =>
  world.bank.texts.filter(({ recipient, text }) => recipient === number && text.includes("er koden")).length;

describe("a purchase", () => {
  it("is shown, and nothing is written by looking", async () => {
    const address = { by: "service", service: "games", theirId: "new-one" } as const;
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({
      step: "number",
      merchant: "The shop",
      amount: 4_900,
      recurring: true,
      interval: "monthly",
      keyword: "GAMES",
    });
    expect(await world.transactions()).toEqual([]);
  });

  it("by PIN is charged once, and begins the subscription", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({ step: "pin", sentTo: "•••• 08", triesLeft: 3 });
    expect(await confirm(address, ` ${pin} `)).toMatchObject({ step: "closed", back: { outcome: "success" } });
    await world.work();
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({ state: "billed", isSettled: true });
    expect(world.bank.bills).toEqual([expect.objectContaining({ recipient: PERSON, amount: 4_900 })]);
    expect(await world.ports.windows.byTheirId("acme", window.theirId)).toMatchObject({ state: "confirmed" });
    const { items } = await world.ports.subscriptions.list({ recipient: PERSON }, { limit: 10 });
    expect(items).toMatchObject([{ state: "active", period: 1, anchor: world.time.now }]);
    expect(await world.ports.consents.byId("acme", "shop", "games", PERSON)).toMatchObject({ state: "active" });
  });

  it("sends the PIN in the language of the page, and without one in that of the number", async () => {
    const { address } = await opened();
    await world.gateway.giveNumber(address, MINE, PERSON, { language: "en" });
    await world.gateway.giveNumber(address, MINE, ANOTHER);
    await world.work();
    const textTo = (number: string) => world.bank.texts.find(({ recipient }) => recipient === number)?.text;
    expect(textTo(PERSON)).toMatch(/^\d{4} is your code to pay NOK 49 /);
    expect(textTo(ANOTHER)).toMatch(/^\d{4} er koden for å betale 49 kr /);
  });

  it("by the network's word needs no PIN", async () => {
    const { address } = await opened();
    await world.gateway.confirmByNetwork(address, MINE, PERSON, SEEN);
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
    expect(world.bank.texts.map(({ text }) => text)).toEqual([
      "Du abonnerer på Games: 49 kr hver måned på mobilregningen. Send STOP GAMES til 2002 for å avslutte.",
    ]);
  });

  it("that is not there is not found, nor is a reversal's id", async () => {
    const nowhere: Address[] = [
      { by: "id", theirId: "none" },
      { by: "account", account: "acme", theirId: "none" },
      { by: "account", account: "nobody", theirId: "none" },
      { by: "service", service: "none", theirId: "none" },
      { by: "service", service: "games", theirId: "-charge-1" },
    ];
    for (const address of nowhere) {
      expect([address, await world.gateway.lookAt(address, MINE)]).toEqual([address, undefined]);
      expect(await refusal(world.gateway.giveNumber(address, MINE, PERSON))).toBe("not-found");
      expect(await refusal(world.gateway.leave(address, MINE))).toBe("not-found");
    }
    expect(await world.transactions()).toEqual([]);
  });

  it.each(["98079008", "+47 980 79 008", "0047 98079008", "4798079008"])(
    "takes a number written as %s",
    async (number) => {
      const { address } = await opened();
      await world.gateway.giveNumber(address, MINE, number);
      await world.work();
      expect(world.bank.texts.at(-1)?.recipient).toBe(PERSON);
    },
  );

  it.each(["", "abc", "123", "+479807900800000"])("takes no number written as %j", async (number) => {
    const { address } = await opened();
    expect(await refusal(world.gateway.giveNumber(address, MINE, number))).toBe("bad-number");
  });
});

describe("a PIN", () => {
  it("may be wrong twice, and is right the third time", async () => {
    const { address } = await opened();
    const pin = await pinFor(address);
    expect(await refusal(confirm(address, wrong(pin)))).toBe("bad-request");
    expect(await refusal(confirm(address, wrong(pin)))).toBe("bad-request");
    expect(await confirm(address, pin)).toMatchObject({ step: "closed", back: { outcome: "success" } });
  });

  it("that is wrong three times ends the purchase, and nobody is charged", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    for (let n = 0; n < 2; n++) expect(await refusal(confirm(address, wrong(pin)))).toBe("bad-request");
    expect(await confirm(address, wrong(pin))).toMatchObject({ step: "closed", back: { outcome: "cancelled" } });
    expect(await confirm(address, pin)).toMatchObject({ step: "closed", back: { outcome: "cancelled" } });
    expect(await world.transaction(window.transaction)).toMatchObject({ state: "failed", reason: "too-many-codes" });
    await world.pass(DAY);
    expect(world.bank.asked).toEqual([]);
  });

  it("is tried three times, however many tries race", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    // The right one is among them, too late.
    await many(200, (n) => refusal(confirm(address, n === 150 ? pin : String(5_000 + n))));
    await confirm(address, pin);
    await world.work();
    expect(await world.transaction(window.transaction)).toMatchObject({ state: "failed", reason: "too-many-codes" });
    expect(world.bank.asked).toEqual([]);
  });

  it("that is new brings no new tries", async () => {
    const { address, window } = await opened();
    const first = await pinFor(address);
    for (let n = 0; n < 2; n++) await refusal(confirm(address, wrong(first)));
    world.time.now += MINUTE;
    const second = await pinFor(address);
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({ triesLeft: 1 });
    await confirm(address, wrong(second));
    expect(await world.transaction(window.transaction)).toMatchObject({ state: "failed" });
  });

  it("that is new brings no new tries, though it was asked for while others were tried", async () => {
    const { address } = await opened();
    const first = await pinFor(address);
    world.time.now += MINUTE;
    // Between reading what tries are left and writing the new PIN, two are used.
    let isFirst = true;
    world.database.around = {
      before: async ({ sql }) => {
        if (!isFirst || !sql[0]?.includes("INSERT INTO pin")) return;
        isFirst = false;
        for (let n = 0; n < 2; n++) await refusal(confirm(address, wrong(first)));
      },
    };
    await world.gateway.giveNumber(address, MINE);
    expect(isFirst).toBe(false);
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({ triesLeft: 1 });
  });

  it("that was replaced is worth nothing", async () => {
    const { address } = await opened();
    const first = await pinFor(address);
    world.time.now += MINUTE;
    const second = await pinFor(address);
    expect(await refusal(confirm(address, first))).toBe("bad-request");
    expect(await confirm(address, second)).toMatchObject({ step: "closed" });
  });

  it("of one window is worth nothing in another", async () => {
    const [one, other] = [await opened(), await opened()];
    const pin = await pinFor(one.address);
    world.time.now += MINUTE;
    await pinFor(other.address);
    expect(await refusal(confirm(other.address, pin))).toBe("bad-request");
    expect(await confirm(one.address, pin)).toMatchObject({ step: "closed" });
  });

  it("that is too old is refused, and a new one is right", async () => {
    const { address } = await opened();
    const old = await pinFor(address);
    world.time.now += 10 * MINUTE;
    expect(await refusal(confirm(address, old))).toBe("too-late");
    const pin = await pinFor(address);
    expect(await confirm(address, pin)).toMatchObject({ step: "closed", back: { outcome: "success" } });
  });

  it("is sent once for a double click, and again when asked for later", async () => {
    const { address } = await opened();
    await many(10, () => world.gateway.giveNumber(address, MINE, PERSON));
    await world.work();
    expect(pinsSentTo(PERSON)).toBe(1);
    world.time.now += MINUTE;
    await world.gateway.giveNumber(address, MINE);
    await world.work();
    expect(pinsSentTo(PERSON)).toBe(2);
  });

  it("is sent three times in a window, not more", async () => {
    const { address } = await opened();
    for (let n = 0; n < 3; n++) {
      await world.gateway.giveNumber(address, MINE, n % 2 ? ANOTHER : PERSON);
      world.time.now += MINUTE;
    }
    expect(await refusal(world.gateway.giveNumber(address, MINE, PERSON))).toBe("too-many-requests");
  });

  it.each([
    { most: 5, in: "an hour", wait: 0 },
    { most: 10, in: "a day", wait: 2 * HOUR },
  ])(
    "is sent to one person $most times in $in, over all windows there are, however many race",
    async ({ most, wait }) => {
      const windows = await many(20, () => opened());
      const race = () =>
        many(20, (n) => refusal(world.gateway.giveNumber(windows[n]?.address as Address, MINE, PERSON)));
      await race();
      await world.work();
      if (wait) {
        for (let n = 0; n < 5; n++) {
          world.time.now += wait;
          const { address } = await opened();
          await many(5, () => refusal(world.gateway.giveNumber(address, MINE, PERSON)));
          const more = await many(5, () => opened());
          await many(5, (m) => refusal(world.gateway.giveNumber(more[m]?.address as Address, MINE, PERSON)));
          await world.work();
        }
      }
      expect(pinsSentTo(PERSON)).toBe(most);
      const { address } = await opened();
      await world.gateway.giveNumber(address, MINE, ANOTHER);
      await world.work();
      expect(pinsSentTo(ANOTHER)).toBe(1);
    },
  );
});

describe("who has another's phone", () => {
  it("cannot have the first one charged by it, though a process died while the number was changed", async () => {
    let deaths = 0;
    for (const death of DEATHS(30)) {
      world.close();
      world = await openWorld();
      await world.aService();
      const { address } = await opened();
      await pinFor(address, PERSON);
      world.time.now += MINUTE;
      const died = await dying(world.database, death, () => world.gateway.giveNumber(address, MINE, ANOTHER));
      deaths += Number(died);
      await world.pass(MINUTE, 10_000);
      // What came to the other phone is all that they know.
      const seen = world.bank.texts
        .filter(({ recipient }) => recipient === ANOTHER)
        .map(({ text }) => text.slice(0, 4));
      for (const pin of seen) await refusal(confirm(address, pin));
      await world.work();
      expect([death, world.bank.bills.filter(({ recipient }) => recipient === PERSON)]).toEqual([death, []]);
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(5);
  });
});

describe("another browser", () => {
  it("cannot confirm with the PIN, right as it may be", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    expect(await confirm(address, pin, THEIRS)).toMatchObject({ step: "number" });
    expect(await world.transaction(window.transaction)).toMatchObject({ state: "waiting" });
    expect(await confirm(address, pin)).toMatchObject({ step: "closed" });
  });

  it("is not shown the number, nor how many tries are left", async () => {
    const { address } = await opened();
    await pinFor(address);
    const shown = await world.gateway.lookAt(address, THEIRS);
    expect(shown).toMatchObject({ step: "number" });
    expect(shown?.sentTo).toBeUndefined();
    expect(shown?.triesLeft).toBeUndefined();
  });

  it("cannot have another PIN sent to a number it did not give", async () => {
    const { address } = await opened();
    await pinFor(address);
    expect(await refusal(world.gateway.giveNumber(address, THEIRS))).toBe("bad-number");
  });

  it("that gives a number of its own buys for itself, with its own PIN", async () => {
    const { address } = await opened();
    const mine = await pinFor(address);
    world.time.now += MINUTE;
    await world.gateway.giveNumber(address, THEIRS, ANOTHER);
    await world.work();
    expect(await confirm(address, mine)).toMatchObject({ step: "number" });
    await confirm(address, world.bank.texts.at(-1)?.text.slice(0, 4) ?? "", THEIRS);
    await world.work();
    expect(world.bank.bills).toEqual([expect.objectContaining({ recipient: ANOTHER })]);
  });
});

describe("a confirmation", () => {
  it("given twice, or fifty times at once, is charged once", async () => {
    const { address } = await opened();
    const pin = await pinFor(address);
    world.bank.before = aTurn;
    await many(50, () => confirm(address, pin));
    await confirm(address, pin);
    await many(10, () => world.gateway.runDue());
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
    expect((await world.ports.subscriptions.list({}, { limit: 10 })).items).toHaveLength(1);
  });

  it("against leaving, at once, comes to one of the two", async () => {
    for (const first of ["confirm", "leave"]) {
      const { address, window } = await opened();
      const pin = await pinFor(address);
      const acts = { confirm: () => confirm(address, pin), leave: () => world.gateway.leave(address, MINE) };
      const inTurn = first === "confirm" ? [acts.confirm, acts.leave] : [acts.leave, acts.confirm];
      const before = world.bank.bills.length;
      await Promise.all(inTurn.map((act) => act()));
      await world.work();
      const { state } = await world.transaction(window.transaction);
      const closed = (await world.ports.windows.byTheirId("acme", window.theirId))?.state;
      expect([
        ["billed", "confirmed", 1],
        ["cancelled", "cancelled", 0],
      ]).toContainEqual([state, closed, world.bank.bills.length - before]);
      world.time.now += HOUR;
    }
  });

  it("after leaving is worth nothing", async () => {
    const { address } = await opened();
    const pin = await pinFor(address);
    await world.gateway.leave(address, MINE);
    expect(await confirm(address, pin)).toMatchObject({ step: "closed", back: { outcome: "cancelled" } });
    await world.pass(DAY);
    expect(world.bank.asked).toEqual([]);
  });

  it("of a charge that is declined goes back as one that was not bought", async () => {
    world.bank.fate = () => ({ is: "refused", reason: "insufficient-funds" });
    const { address } = await opened();
    await confirm(address, await pinFor(address));
    await world.work();
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({
      state: "failed",
      back: { outcome: "cancelled" },
    });
    expect((await world.ports.subscriptions.list({}, { limit: 10 })).items).toEqual([]);
    expect(await world.ports.consents.byId("acme", "shop", "games", PERSON)).toBeUndefined();
  });

  it("is not lost, nor charged twice, wherever a process dies", async () => {
    let deaths = 0;
    for (const death of DEATHS(30)) {
      world.close();
      world = await openWorld();
      await world.aService();
      const { address, window } = await opened();
      const pin = await pinFor(address);
      const died = await dying(world.database, death, () => confirm(address, pin));
      deaths += Number(died);
      await world.work();
      await confirm(address, pin); // the person presses the button again
      await world.pass(10 * MINUTE, MINUTE);
      expect([death, world.bank.bills.length]).toEqual([death, 1]);
      expect(await world.transaction(window.transaction)).toMatchObject({ state: "billed" });
      if (!died) break;
    }
    expect(deaths).toBeGreaterThan(5);
  });
});

describe("a window that nobody came back to", () => {
  it("expires with its purchase, and its customer is told so", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    await world.pass(HOUR, MINUTE);
    expect(await world.transaction(window.transaction)).toMatchObject({ state: "expired", reason: "timed-out" });
    expect(await world.ports.windows.byTheirId("acme", window.theirId)).toMatchObject({ state: "expired" });
    expect(await confirm(address, pin)).toMatchObject({ step: "closed", back: { outcome: "cancelled" } });
    await world.gateway.confirmByNetwork(address, MINE, PERSON, SEEN);
    await world.pass(HOUR);
    expect(world.bank.asked).toEqual([]);
    expect((await world.ports.webhooks.ofSubject(window.transaction)).map(({ event }) => event.state)).toEqual([
      "expired",
    ]);
  });

  it("sells nothing more, though nobody has swept yet", async () => {
    const { address } = await opened();
    await pinFor(address);
    world.time.now += HOUR;
    expect(await world.gateway.lookAt(address, MINE)).toMatchObject({ step: "closed" });
    await world.gateway.confirmByNetwork(address, MINE, PERSON, SEEN);
    expect(await refusal(world.gateway.giveNumber(address, MINE, PERSON))).not.toBe("too-many-requests");
    await world.work();
    expect(world.bank.asked).toEqual([]);
  });
});

describe("the evidence of a purchase", () => {
  it.each(DEATHS(14))(
    "is kept with the confirmation or not at all, whenever the process dies: $when call $call",
    async (at) => {
      const { address, window } = await opened();
      const pin = await pinFor(address);
      await dying(world.database, at, () => confirm(address, pin)).catch(() => {});
      const { state } = (await world.quiet.windows.byTheirId("acme", window.theirId)) as Window;
      const evidence = await world.quiet.windows.evidence({ id: window.id });
      expect(evidence !== undefined).toBe(state === "confirmed");
      if (evidence) expect(evidence).toMatchObject({ ...SEEN, by: "pin", message: expect.stringMatching(/^msg_/) });
    },
  );

  it("is that of the click that counted, however many there were", async () => {
    const { address, window } = await opened();
    const pin = await pinFor(address);
    await many(5, () => confirm(address, pin));
    const at = world.time.now;
    world.time.now += MINUTE;
    await confirm(address, pin);
    expect(await world.quiet.windows.evidence({ id: window.transaction })).toMatchObject({
      at,
      transaction: window.transaction,
    });
  });
});
