/** How many PINs purchase pages send: budgets by network, service and account, which no race overruns. */

import { beforeEach, describe, expect, it } from "vitest";
import { hourOf } from "../../../../src/core/billing/purchases/pin-budget.ts";
import type { Address } from "../../../../src/core/billing/purchases/purchase.ts";
import { aTurn, HOUR, openWorld, type World } from "../../../support/ports.ts";

const CLIENT = "203.0.113.7";
let world: World;
let numbers = 0;
beforeEach(async () => {
  world = await openWorld();
  world.time.now = hourOf(world.time.now) + 60_000;
});

/** Another browser asks for a PIN to another phone, in a purchase of its own. */
async function ask(service = "games", network = CLIENT): Promise<unknown> {
  const n = ++numbers;
  const address: Address = { by: "service", service, theirId: `purchase-${n}` };
  await aTurn();
  return world.gateway
    .giveNumber(address, `browser ${n}`, `+479807${String(1_000 + n).slice(-4)}`, { network })
    .then(({ step }) => step)
    .catch(({ refusal, field }) => `${refusal} ${field}`);
}

/** So many at once; answers how often each answer was given. */
async function askAll(count: number, service?: string, network?: (n: number) => string) {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => ask(service, network?.(n))));
  const told: Record<string, number> = {};
  for (const answer of answers) told[String(answer)] = (told[String(answer)] ?? 0) + 1;
  return told;
}

const pinsSent = () => world.bank.texts.filter(({ text }) => text.includes("er koden")).length;
const rowsIn = (table: string) => world.database.sqlite.prepare(`SELECT * FROM ${table}`).all();

describe("a client", () => {
  it("who opens sixty purchases at once has thirty PINs sent to as many phones, and no row written for the others", async () => {
    await world.aService();
    expect(await askAll(60)).toEqual({ pin: 30, "too-many-requests address": 30 });
    await world.work();
    expect(pinsSent()).toBe(30);
    expect(await ask()).toBe("too-many-requests address");
    expect(await ask("games", "198.51.100.1")).toBe("pin");
    const rows = (await world.transactions()).length;
    expect(await askAll(10)).toEqual({ "too-many-requests address": 10 });
    expect((await world.transactions()).length).toBe(rows);
  });

  it("is sent more in the hour after", async () => {
    await world.aService();
    await askAll(40);
    world.time.now += HOUR;
    expect(await askAll(31)).toEqual({ pin: 30, "too-many-requests address": 1 });
  });

  it("is kept as a digest, for as long as is counted", async () => {
    await world.aService();
    await ask();
    expect(rowsIn("pin_budget").map((row) => row.scope)).toEqual(["account", "address", "service"]);
    expect(JSON.stringify(rowsIn("pin_budget"))).not.toContain(CLIENT);
    world.time.now += 72 * HOUR;
    await world.gateway.tidy();
    expect(rowsIn("pin_budget")).toEqual([]);
  });

  it("of which nothing is known is counted with its service and account alone", async () => {
    await world.aService({ pinsPerHour: 40 });
    expect(await askAll(45, "games", () => "")).toEqual({ pin: 40, "too-many-requests service": 5 });
  });
});

describe("a service", () => {
  it("sends as many PINs in an hour as it says, or its account, however many networks ask at once", async () => {
    await world.aService({ pinsPerHour: 3 });
    await world.aService({ id: "news", keyword: "NEWS" });
    await world.quiet.accounts.change("acme", { settings: { pinBudgets: { service: 5 } } }, world.time.now);
    const spread = (n: number) => `198.51.100.${n}`;
    expect(await askAll(9, "games", spread)).toEqual({ pin: 3, "too-many-requests service": 6 });
    expect(await askAll(9, "news", spread)).toEqual({ pin: 5, "too-many-requests service": 4 });
  });
});

describe("an account", () => {
  it("sends as many PINs in an hour as it says, over all it sells", async () => {
    await world.aService();
    await world.aService({ id: "news", keyword: "NEWS" });
    await world.quiet.accounts.change("acme", { settings: { pinBudgets: { account: 7 } } }, world.time.now);
    const told = [await askAll(5), await askAll(5, "news")];
    expect(told).toEqual([{ pin: 5 }, { pin: 2, "too-many-requests account": 3 }]);
  });

  it("may send none", async () => {
    await world.aService({ pinsPerHour: 0 });
    expect(await ask()).toBe("too-many-requests service");
  });
});

describe("a PIN that is not sent", () => {
  it("is counted by the budget that was spent, and logged without the phone or the network", async () => {
    await world.aService({ pinsPerHour: 2 });
    await askAll(5);
    expect(await world.ports.pins.figures()).toEqual({
      sent: 2,
      refused: { address: 0, service: 3, account: 0 },
    });
    const refused = world.events.filter(({ name }) => name === "window.pin_rejected");
    expect(refused.map(({ fields }) => fields)).toEqual(
      Array.from({ length: 3 }, () => ({ budget: "service", account: "acme", service: "games" })),
    );
  });
});
