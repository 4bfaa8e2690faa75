/** One-time passwords: a code proves one phone, to one merchant, for one charge, for a while. */

import { beforeEach, describe, expect, it } from "vitest";
import type { NewCharge } from "../../../../src/core/billing/charges/accept.ts";
import type { Billing } from "../../../../src/core/billing/charges/carrier.ts";
import type { NewOtp } from "../../../../src/core/billing/codes/new-otp.ts";
import type { Message } from "../../../../src/core/messages/message.ts";
import { everKnownAs } from "../../../../src/core/messages/pseudonym.ts";
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

describe("a one-time password that the carrier makes", () => {
  type Sent = Parameters<NonNullable<Billing["sendCode"]>>[0];
  const made = (answers: ("sent" | "lost" | "refused" | "throws")[]): Sent[] => {
    const asked: Sent[] = [];
    const billing = world.bank.carrier.billing as { sendCode?: Billing["sendCode"] };
    billing.sendCode = async (code) => {
      asked.push(code);
      const answer = answers[asked.length - 1] ?? "sent";
      if (answer === "throws") throw new Error("the connection broke");
      if (answer === "refused") return { outcome: "refused", reason: "bad-number", detail: "no such number" };
      return answer === "lost" ? { outcome: "lost", detail: "no answer" } : { outcome: "sent" };
    };
    return asked;
  };
  const inDatabase = () =>
    world.database.sqlite
      .prepare("SELECT one_time_password FROM txn")
      .all()
      .map((row) => row.one_time_password);

  it("goes with its charge, under the id that the carrier knows it by, and is then forgotten", async () => {
    const asked = made([]);
    await send({ prefix: "Hi!", recurring: true });
    expect(asked).toMatchObject([{ merchant: MERCHANT, msisdn: PERSON, sender: NUMBER, prefix: "Hi!", minutes: 5 }]);
    const paid = await charge({ code: " 4711 " });
    expect(paid).toMatchObject({ state: "ready", id: asked[0]?.id, carrier: "bank", oneTimePassword: "4711" });
    expect(inDatabase()).toEqual(["4711"]);
    await world.work();
    expect(world.bank.bills).toMatchObject([{ transaction: asked[0]?.id }]);
    expect(inDatabase()).toEqual([null]);
    expect(JSON.stringify(world.events)).not.toContain("4711");
  });

  it("stays with its carrier when it is claimed by who read its route while another had it", async () => {
    made([]);
    await send();
    const { id } = await charge({ code: "4711" });
    const now = world.time.now;
    const times = { now, lease: now + 1, inHandUntil: now + 1, day: 0, month: 0, carriers: [] };
    const [claimed] = await world.ports.transactions.claim([id], times);
    expect(claimed?.transaction.carrier).toBe("bank");
  });

  it("is kept while the carrier is busy, and no longer than its charge lives", async () => {
    made([]);
    await send();
    world.bank.fate = () => ({ is: "busy" });
    await charge({ code: "4711" });
    await world.work();
    expect(inDatabase()).toEqual(["4711"]);
    await world.pass(DAY);
    expect(inDatabase()).toEqual([null]);
    expect(world.bank.bills).toEqual([]);
  });

  it.each(["lost", "throws"] as const)("is asked for again under the same id when the answer %s", async (how) => {
    const asked = made([how]);
    expect(await refusal(send())).toBe("no-carrier");
    await send();
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(await refusal(send())).toBe("already-exists");
    expect(asked).toHaveLength(2);
  });

  it("is not sent to who wants nothing from the account, nor is a request to register, though they were erased since", async () => {
    const asked = made([]);
    const register = { merchant: MERCHANT, msisdn: PERSON, shortNumber: NUMBER };
    const wish = { number: "*", word: "asked", source: "operator", createdAt: world.time.now } as const;
    for (const recipient of await everKnownAs(world.ports.codes, PERSON)) {
      await world.ports.suppressions.add([{ ...wish, account: "acme", recipient }]);
      expect(await refusal(send())).toBe("opted-out");
      expect(await refusal(world.gateway.sendRegistration(world.caller, register))).toBe("opted-out");
      await world.ports.suppressions.liftAll("acme", [recipient], world.ports.clock.now());
    }
    expect(asked).toEqual([]);
    expect(await refusal(send())).not.toBe("opted-out");
    await world.gateway.sendRegistration(world.caller, register);
  });

  it("that is refused leaves nothing behind", async () => {
    made(["refused"]);
    expect(await refusal(send())).toBe("bad-number");
    expect(await world.gateway.otp(world.caller, "order-1")).toBeUndefined();
    await send();
  });

  it("is valid from when the carrier sent it", async () => {
    made(["lost"]);
    await refusal(send({ minutes: 5 }));
    world.time.now += 10 * 60_000;
    await send({ minutes: 5 });
    expect(await charge({ code: "4711" })).toMatchObject({ state: "ready" });
  });

  it("is sent to a person no oftener than ours", async () => {
    const asked = made([]);
    const ids = Array.from({ length: 31 }, (_, index) => `order-${index}`);
    for (const theirId of ids.slice(0, 30)) await send({ theirId });
    expect(await refusal(send({ theirId: "order-30" }))).toBe("too-many-requests");
    expect(asked).toHaveLength(30);
  });

  it("is sent once, however many ask for it at once", async () => {
    const asked = made([]);
    await Promise.allSettled(Array.from({ length: 10 }, () => send()));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  });
});

describe("a text that carries a code", () => {
  const texts = () =>
    world.database.sqlite
      .prepare("SELECT text FROM message")
      .all()
      .map(({ text }) => text);

  it("has lost it once it is settled, and keeps it until then", async () => {
    await send();
    await world.work();
    const [{ id, text }] = world.bank.texts as [Message];
    expect(texts()).toEqual([text]);
    await world.gateway.settle([
      { message: id, outcome: "delivered", reference: "r", at: world.time.now, carrier: "bank" },
    ]);
    expect(texts()).toEqual(["•••"]);
  });

  it("has lost it once its time is over, though nobody knows what became of it", async () => {
    await send();
    await world.work();
    world.time.now += 5 * 60_000 + 1;
    await world.gateway.tidy();
    expect(texts()).toEqual(["•••"]);
  });
});
