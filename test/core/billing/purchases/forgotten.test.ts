/** Purchases that nobody confirmed are forgotten after a time; that their ids were used is not. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NewCharge } from "../../../../src/core/billing/charges/accept.ts";
import { cancelSubscription } from "../../../../src/core/billing/subscriptions/subscribe.ts";
import { DAY, HOUR, MERCHANT, NUMBER, openWorld, PERSON, SEEN, type World } from "../../../support/ports.ts";

const PREPARED: Omit<NewCharge, "theirId"> = {
  merchant: MERCHANT,
  shortNumber: NUMBER,
  serviceCode: "14002",
  invoiceText: "A song",
  amount: 1_000,
  currency: "NOK",
  redirectUrl: "https://shop.example/done",
  echo: {},
};
const MINE = "my browser";
const RANDOM = "6b1f1c9e-3f0e-4c39-9d6f-0f5a3f2c8e11";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.aService();
});
afterEach(() => world.close());

const refusal = (promise: Promise<unknown>) => promise.then(String, ({ refusal }) => refusal);
const countOf = (table: string) => Number(world.database.sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
const prepare = (theirId: string) => world.gateway.acceptCharge(world.caller, { ...PREPARED, theirId });
/** Time passes, and what is over is put away. */
async function pass(days: number): Promise<void> {
  await world.pass(days * DAY, DAY);
  await world.gateway.tidy();
}
/** A person who comes to this page of a service gives a number, and reads the PIN. */
async function askedAt(theirId: string, number = PERSON): Promise<string> {
  await world.gateway.giveNumber({ by: "service", service: "games", theirId }, MINE, number);
  await world.work();
  return world.bank.texts.at(-1)?.text.slice(0, 4) ?? "";
}

describe("a purchase that nobody confirmed", () => {
  it("is forgotten when what is over is, and not before", async () => {
    await prepare("order-1");
    await askedAt(RANDOM);
    await pass(89);
    expect([countOf("txn"), countOf("win")]).toEqual([2, 2]);
    await pass(3);
    expect([countOf("txn"), countOf("win")]).toEqual([0, 0]);
    expect(world.events.filter(({ name }) => name === "retention.forgot").at(-1)?.fields).toMatchObject({ windows: 2 });
  });

  it("leaves its id used, for the customer who gave it", async () => {
    await prepare("order-1");
    await pass(92);
    expect(await refusal(prepare("order-1"))).toBe("already-exists");
    const charge = { ...PREPARED, theirId: "order-1", recipient: PERSON };
    expect(await refusal(world.gateway.acceptCharge(world.caller, charge))).toBe("already-exists");
    const guard = { as: "dob", seconds: 60 } as const;
    expect(await refusal(world.gateway.acceptCharge(world.caller, { ...charge, guard }))).toBe("already-exists");
    await world.work();
    expect(world.bank.bills).toEqual([]);
    expect(countOf("txn")).toBe(0);
  });

  it("is not at its address any more, nor can another be begun there", async () => {
    await askedAt("order-2");
    await prepare("order-3");
    await pass(92);
    const address = { by: "service", service: "games", theirId: "order-2" } as const;
    expect(await world.gateway.lookAt(address, MINE)).toBeUndefined();
    expect(await refusal(world.gateway.giveNumber(address, MINE, PERSON))).toBe("not-found");
    expect(await world.gateway.lookAt({ by: "account", account: "acme", theirId: "order-3" }, MINE)).toBeUndefined();
    expect(countOf("txn")).toBe(0);
  });

  it("leaves nothing at all where its id was the page's own", async () => {
    await askedAt(RANDOM);
    await pass(92);
    expect([countOf("txn"), countOf("win"), countOf("spent_id")]).toEqual([0, 0, 0]);
  });

  it("is forgotten whichever way it ended", async () => {
    for (const theirId of ["6b1f1c9e-3f0e-4c39-9d6f-0f5a3f2c8e21", "6b1f1c9e-3f0e-4c39-9d6f-0f5a3f2c8e22"]) {
      await askedAt(theirId);
      world.time.now += HOUR / 2;
      const address = { by: "service", service: "games", theirId } as const;
      if (theirId.endsWith("1")) await world.gateway.leave(address, MINE);
      else {
        await askedAt(theirId);
        for (let n = 0; n < 3; n++) await refusal(world.gateway.confirmByPin(address, MINE, "none", SEEN));
      }
    }
    expect((await world.transactions()).map(({ state }) => state).sort()).toEqual(["cancelled", "failed"]);
    await pass(92);
    expect(countOf("txn")).toBe(0);
  });
});

describe("a purchase that nobody confirmed, of an account with a time of its own", () => {
  it.each([
    { name: "sooner", own: 7, passed: 9 },
    { name: "later", own: 200, passed: 202 },
  ])("is forgotten $name, and the id that its customer gave stays used", async ({ own, passed }) => {
    const settings = { retention: { purchases: own, messages: 1 } };
    await world.quiet.accounts.change("acme", { settings }, world.time.now);
    await askedAt("order-9");
    await pass(own - 1);
    expect(countOf("win")).toBe(1);
    await pass(passed - own + 1);
    expect([countOf("txn"), countOf("win"), countOf("spent_id")]).toEqual([0, 0, 1]);
  });
});

describe("a purchase that was confirmed", () => {
  it.each([
    { name: "billed", fate: { is: "billed" } as const },
    { name: "declined", fate: { is: "refused", reason: "insufficient-funds" } as const },
  ])("and $name is kept for ever", async ({ fate }) => {
    if (fate.is === "refused") world.bank.fate = () => fate;
    const pin = await askedAt(RANDOM);
    await world.gateway.confirmByPin({ by: "service", service: "games", theirId: RANDOM }, MINE, pin, SEEN);
    await world.work();
    for (const { id } of (await world.ports.subscriptions.list({}, { limit: 10 })).items) {
      await cancelSubscription(world.ports, id, "operator");
    }
    await pass(400);
    expect([countOf("txn"), countOf("win"), countOf("spent_id")]).toEqual([1, 1, 0]);
  });
});
