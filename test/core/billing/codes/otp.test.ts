/** One-time passwords: a code proves one phone, to one merchant, for one charge, for a while. */

import { beforeEach, describe, expect, it } from "vitest";
import type { NewCharge } from "../../../../src/core/billing/charges/accept.ts";
import type { NewOtp } from "../../../../src/core/billing/codes/otp.ts";
import { DAY, HOUR, MERCHANT, NUMBER, openWorld, PERSON, type World } from "../../../support/ports.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const send = (given: Partial<NewOtp> = {}) =>
  world.gateway.sendOtp(world.caller, {
    theirId: "order-1",
    merchant: MERCHANT,
    recipient: PERSON,
    minutes: 5,
    recurring: false,
    echo: {},
    ...given,
  });
const charge = (given: Partial<NewCharge> = {}) =>
  world.gateway.acceptCharge(world.caller, {
    theirId: "order-1",
    merchant: MERCHANT,
    shortNumber: NUMBER,
    serviceCode: "14002",
    invoiceText: "Games",
    amount: 4_900,
    currency: "NOK",
    recipient: PERSON,
    echo: {},
    ...given,
  });
const refusal = (promise: Promise<unknown>) => promise.then(String, ({ refusal }) => refusal);

/** The code on the phone. */
async function codeOnPhone(): Promise<string> {
  await world.work();
  return world.bank.texts.at(-1)?.text.match(/\d{6}/)?.[0] ?? "";
}
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

describe("a one-time password", () => {
  it("is sent in the customer's words around ours, and is the charge's proof", async () => {
    await send({ prefix: "Hi!", suffix: "Bye" });
    const code = await codeOnPhone();
    expect(world.bank.texts).toMatchObject([
      { recipient: PERSON, sender: NUMBER, text: `Hi! Engangskode: ${code} Bye` },
    ]);
    expect(await charge({ code: ` ${code}` })).toMatchObject({ state: "ready" });
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
  });

  it("is nowhere kept as it is", async () => {
    await send();
    const code = await codeOnPhone();
    const { pin } = (await world.gateway.otp(world.caller, "order-1")) ?? {};
    expect(JSON.stringify(pin)).not.toContain(code);
    expect(JSON.stringify(world.events)).not.toContain(code);
  });

  const failing: [string, string, (code: string) => Partial<NewCharge>, string][] = [
    ["that is wrong", "wrong-code", (code) => ({ code: wrong(code) }), "fails"],
    ["for another purchase", "wrong-code", (code) => ({ code, theirId: "order-2" }), "fails"],
    ["for another person", "wrong-code", (code) => ({ code, recipient: "+4798079009" }), "fails"],
    ["for another merchant", "wrong-code", (code) => ({ code, merchant: "other" }), "fails"],
    ["that is empty", "wrong-code", () => ({ code: "" }), "fails"],
  ];
  it.each(failing)("%s: the charge fails, with %s, and asks no carrier", async (_, reason, given) => {
    await world.ports.services.putMerchant({
      account: "acme",
      id: "other",
      shortNumberIds: [],
      createdAt: world.time.now,
      changedAt: world.time.now,
    });
    await send();
    expect(await charge(given(await codeOnPhone()))).toMatchObject({ state: "failed", reason });
    await world.pass(DAY);
    expect(world.bank.asked).toEqual([]);
  });

  it("that is too old: the charge fails saying so", async () => {
    await send({ minutes: 5 });
    const code = await codeOnPhone();
    world.time.now += 5 * 60_000;
    expect(await charge({ code })).toMatchObject({ state: "failed", reason: "code-expired" });
  });

  it("is right until the very end of its time", async () => {
    await send({ minutes: 5 });
    const code = await codeOnPhone();
    world.time.now += 5 * 60_000 - 1;
    expect(await charge({ code })).toMatchObject({ state: "ready" });
  });

  it("of another account is worth nothing", async () => {
    await send();
    const code = await codeOnPhone();
    const caller = { ...world.caller, account: { ...world.caller.account, id: "bolt", number: 2 } };
    const { accounts, services } = world.ports;
    await accounts.add({ id: "bolt", name: "Bolt", settings: {}, at: 0 });
    await services.putMerchant({ account: "bolt", id: MERCHANT, shortNumberIds: [], createdAt: 0, changedAt: 0 });
    const other = await world.gateway.acceptCharge(caller, {
      theirId: "order-1",
      merchant: MERCHANT,
      shortNumber: NUMBER,
      serviceCode: "14002",
      invoiceText: "Games",
      amount: 4_900,
      currency: "NOK",
      recipient: PERSON,
      code,
      echo: {},
    });
    expect(other).toMatchObject({ state: "failed", reason: "wrong-code" });
    expect(await world.gateway.otp(caller, "order-1")).toBeUndefined();
  });

  it("is used with its charge: the same request is answered the same, another one is refused", async () => {
    await send();
    const code = await codeOnPhone();
    const first = await charge({ code });
    expect(await charge({ code })).toMatchObject({ id: first.id });
    expect(await refusal(charge({ code, amount: 9_900 }))).toBe("already-exists");
    await world.work();
    expect(world.bank.bills).toHaveLength(1);
  });

  it("charges once, however many bring it at once", async () => {
    await send();
    const code = await codeOnPhone();
    const all = await Promise.all(Array.from({ length: 30 }, () => charge({ code })));
    await world.work();
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(world.bank.bills).toHaveLength(1);
  });

  it("makes a consent only if it was sent for more than one charge", async () => {
    await send({ recurring: false });
    await charge({ code: await codeOnPhone(), consent: "games" });
    await world.work();
    expect(await world.gateway.consent(world.caller, MERCHANT, "games", PERSON)).toBeUndefined();
    await send({ theirId: "order-2", recurring: true });
    await charge({ theirId: "order-2", code: await codeOnPhone(), consent: "games" });
    await world.work();
    expect(await world.gateway.consent(world.caller, MERCHANT, "games", PERSON)).toMatchObject({ state: "active" });
  });
});

describe("sending a code", () => {
  it("is done once for an id, however many ask at once", async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => refusal(send())));
    expect(asked.filter((answer) => answer === "already-exists")).toHaveLength(19);
    await world.work();
    expect(world.bank.texts).toHaveLength(1);
  });

  const refused: [string, Partial<NewOtp>, string][] = [
    ["to what is no number", { recipient: "98079008" }, "bad-number"],
    ["for a merchant that is not the account's", { merchant: "stranger" }, "bad-request"],
    ["from a sender that is not the account's", { sender: "Bank" }, "bad-sender"],
  ];
  it.each(refused)("is refused %s", async (_, given, why) => {
    expect(await refusal(send(given))).toBe(why);
    await world.work();
    expect(world.bank.texts).toEqual([]);
  });

  it("is refused to a person who was sent thirty within the hour, however many race, and not to another", async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `race-${n}`);
    const answers = await Promise.all(ids.map((theirId) => refusal(send({ theirId }))));
    expect(answers.filter((answer) => answer === "too-many-requests")).toHaveLength(20);
    await world.work();
    expect(world.bank.texts).toHaveLength(30);
    expect(await refusal(send({ theirId: "another", recipient: "+4798079009" }))).not.toBe("too-many-requests");
    world.time.now += HOUR + 1;
    expect(await refusal(send({ theirId: "later" }))).not.toBe("too-many-requests");
  });
});
