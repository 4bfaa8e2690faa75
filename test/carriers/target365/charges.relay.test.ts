/**
 * Charges through Target365, against a second gateway that speaks its API: real HTTP, and an operator with books of its own. After
 * each test our ledger is held against those books.
 */

import { describe, expect, it } from "vitest";
import { allCharges } from "../../../torture/outside.ts";
import { MONTHLY, type Seller } from "../../support/charging.ts";
import { newNumber } from "../../support/gateway.ts";
import { useStrex } from "../../support/strex.ts";

const STREX = "/api/strex/transactions";
const DAY = 86_400;

describe("a charge through Target365", () => {
  const { ours, theirs, wire, charging, seller, subscriber } = useStrex();
  const becomes = (of: Seller, theirId: string, expected: Record<string, unknown>) =>
    expect.poll(() => charging.transaction(of, theirId), { timeout: 20_000 }).toMatchObject(expected);
  const made = () => wire.calls.filter((one) => one.startsWith(`POST ${STREX}`)).length;

  it("is billed there, once, and its customer is told at once", async () => {
    const shop = await seller();
    const id = await charging.charge(shop, { recipient: newNumber() });
    expect(await charging.shown(shop, id)).toMatchObject({ statusCode: "Ok", billed: true, price: 49 });
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "billed", carrier: "strex" });
    expect(made()).toBe(1);
  });

  it.each([
    { profile: { prepaidBalance: 100 }, reason: "insufficient-funds" },
    { profile: { barred: true }, reason: "subscriber-barred" },
    { profile: { birthDate: "2020-01-01" }, more: { age: 18 }, reason: "too-young" },
    { profile: { registered: false }, reason: "not-registered" },
  ])("fails for the reason that they have: $reason", async ({ profile, more, reason }) => {
    const shop = await seller();
    const recipient = newNumber();
    await subscriber(recipient, profile);
    const id = await charging.charge(shop, { recipient, ...more });
    await becomes(shop, id, { state: "failed", reason });
  });

  it("waits while the person has something to do there, and is found billed when they have", async () => {
    const shop = await seller();
    const recipient = newNumber();
    await subscriber(recipient, { registered: false });
    const id = await charging.charge(shop, { recipient, timeout: 10 });
    await becomes(shop, id, { state: "sent" });
    await ours.advance(20);
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "sent" });
    await subscriber(recipient, { registered: true });
    await ours.advance(120);
    await becomes(shop, id, { state: "billed" });
    expect(made()).toBe(1);
  }, 60_000);

  it("whose answer is lost is found by asking, and is not made again", async () => {
    const shop = await seller();
    wire.loses(`POST ${STREX}`, "answer");
    const id = await charging.charge(shop, { recipient: newNumber() });
    await becomes(shop, id, { state: "unknown" });
    await ours.advance(20);
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "billed" });
    expect(made()).toBe(1);
  });

  it("that never got there has failed, but not before it surely does not come any more", async () => {
    const shop = await seller();
    wire.loses(`POST ${STREX}`, "request");
    const id = await charging.charge(shop, { recipient: newNumber() });
    await becomes(shop, id, { state: "unknown" });
    await ours.advance(20);
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "unknown" });
    await ours.advance(120);
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "failed", reason: "carrier-offline" });
    expect(made()).toBe(1);
  });

  it("goes to no other carrier, though one is next on its route", async () => {
    const shop = await seller();
    const both = { account: shop.id, kind: "charge", prefix: "", carriers: ["strex", "simulator"] };
    await ours.operator("PUT", `/admin/v1/routes/charges-of-${shop.id}`, both);
    wire.loses(`POST ${STREX}`, "request");
    const recipient = newNumber();
    const id = await charging.charge(shop, { recipient });
    await becomes(shop, id, { state: "unknown" });
    await ours.advance(600);
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "failed", carrier: "strex" });
    expect((await allCharges(ours.operator)).filter(({ msisdn }) => msisdn === recipient)).toEqual([]);
  });

  it("is refused, and nothing is kept, while its carrier is switched off, though another is next", async () => {
    const shop = await seller();
    const both = { account: shop.id, kind: "charge", prefix: "", carriers: ["strex", "simulator"] };
    await ours.operator("PUT", `/admin/v1/routes/charges-of-${shop.id}`, both);
    const carrier = { kind: "target365", settings: { baseUrl: wire.url } };
    await ours.operator("PUT", "/admin/v1/carriers/strex", { ...carrier, isEnabled: false });
    const wanted = charging.wanted(shop, { recipient: newNumber() });
    expect((await charging.call(shop, "POST", "/strex/transactions", wanted)).status).toBe(503);
    await ours.operator("PUT", "/admin/v1/carriers/strex", { ...carrier, isEnabled: true });
    expect(made()).toBe(0);
  });

  it("is given back there, whole and once", async () => {
    const shop = await seller();
    const id = await charging.charge(shop, { recipient: newNumber() });
    await becomes(shop, id, { state: "billed" });
    expect((await charging.call(shop, "DELETE", `/strex/transactions/${id}`)).status).toBe(201);
    await becomes(shop, `-${id}`, { state: "billed", amount: -4900 });
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "reversed" });
    expect((await charging.call(shop, "DELETE", `/strex/transactions/${id}`)).status).toBe(409);
    expect(wire.calls.filter((one) => one.startsWith("DELETE"))).toHaveLength(1);
  });

  it.each(["answer", "request"] as const)("is given back once, though the reversal's %s is lost", async (loss) => {
    const shop = await seller();
    const id = await charging.charge(shop, { recipient: newNumber() });
    await becomes(shop, id, { state: "billed" });
    // The platform repeats by itself what may be repeated, as a DELETE may: it is lost as often.
    wire.loses(`DELETE ${STREX}`, loss, 3);
    expect((await charging.call(shop, "DELETE", `/strex/transactions/${id}`)).status).toBe(201);
    await expect.poll(() => wire.calls.filter((one) => one.startsWith("DELETE")).length).toBeGreaterThan(0);
    await ours.advance(3_600);
    await becomes(shop, `-${id}`, { state: "billed" });
    expect(await charging.transaction(shop, id)).toMatchObject({ state: "reversed" });
  });

  it("of a subscription is made each month, and not any more after STOP", async () => {
    const shop = await seller(MONTHLY);
    const person = newNumber();
    const { id } = await charging.subscribe(shop, person);
    const paid = async () => (await charging.subscription(id)).periods.filter(({ state }) => state === "billed").length;
    await ours.advance(60);
    await expect.poll(paid, { timeout: 20_000 }).toBe(1);
    await ours.advance(32 * DAY);
    await expect.poll(paid, { timeout: 20_000 }).toBe(2);
    await charging.writes(person, shop.shortNumber, "STOP CLUB");
    await ours.advance(70 * DAY);
    expect(await charging.subscription(id)).toMatchObject({ state: "cancelled" });
    expect(await paid()).toBe(2);
  }, 60_000);

  it("of a subscription that they decline is tried again, each time as a charge of its own", async () => {
    const shop = await seller(MONTHLY);
    const person = newNumber();
    await subscriber(person, { prepaidBalance: 5_000 });
    const { id } = await charging.subscribe(shop, person);
    const state = async () => (await charging.subscription(id)).state;
    await ours.advance(33 * DAY);
    await expect.poll(state, { timeout: 20_000 }).toBe("dunning");
    await subscriber(person, { prepaidBalance: 100_000 });
    await ours.advance(35 * DAY);
    await expect.poll(state, { timeout: 20_000 }).toBe("active");
    expect(made()).toBeGreaterThan(2);
  }, 60_000);

  it("is bought on a purchase page, with the PIN that we send", async () => {
    const shop = await seller();
    const person = newNumber();
    const theirId = crypto.randomUUID();
    const wanted = charging.wanted(shop, {
      ...{ transactionId: theirId, properties: { RedirectUrl: "https://shop.example/done" } },
    });
    expect((await charging.call(shop, "POST", "/strex/transactions", wanted)).status).toBe(201);
    const url = await charging.buys(person, `/${shop.id}/${theirId}`);
    expect(url).toMatch(/^https:\/\/shop\.example\/done/);
    await becomes(shop, theirId, { state: "billed", carrier: "strex", recipient: person });
  });

  it("for a text lets it go when it is billed, and not before", async () => {
    const shop = await seller();
    const [rich, poor] = [newNumber(), newNumber()];
    await subscriber(poor, { prepaidBalance: 1 });
    const strex = { merchantId: "shop", serviceCode: "14002", invoiceText: "A song", price: 10 };
    const send = (recipient: string) => ours.send(shop, { sender: shop.shortNumber, recipient, strex });
    const [paid, unpaid] = [await send(rich), await send(poor)];
    expect(await ours.handset(rich, { wait: 20 })).toHaveLength(1);
    await expect.poll(() => ours.message(shop, unpaid)).toMatchObject({ state: "failed" });
    expect(await ours.message(shop, paid)).toMatchObject({ state: "delivered" });
    expect(await ours.handset(poor)).toEqual([]);
  });

  it("tells before what they know of a person, and asks one to register", async () => {
    const shop = await seller();
    const person = newNumber();
    const ask = async (what: string) =>
      (await charging.call(shop, "GET", `/strex/${what}?recipient=${encodeURIComponent(person)}`)).json();
    await subscriber(person, { prepaidBalance: 12_300 });
    expect(await ask("validity")).toBe("Full");
    expect(await ask("userinfo-v3")).toMatchObject({ postpaid_or_prepaid: "prepaid", remainder_month: "12300" });
    await subscriber(person, { barred: true });
    expect(await ask("validity")).toBe("Barred");
    const wanted = { transactionId: "reg-1", merchantId: "shop", recipient: person, smsText: "Please register:" };
    expect((await charging.call(shop, "POST", "/strex/registrationsms", wanted)).status).toBe(201);
    const [text] = await theirs.handset(person, { wait: 10 });
    expect(text?.text).toMatch(/^Please register: https:/);
  });

  it("is not told of where they do not answer", async () => {
    const shop = await seller();
    wire.loses("GET /api/strex/validity", "request", 9);
    const path = `/strex/validity?recipient=${encodeURIComponent(newNumber())}`;
    const answer = await charging.call(shop, "GET", path);
    expect([answer.status, await answer.json()]).toMatchObject([503, { Message: expect.stringMatching(/carrier/) }]);
  });
});

describe("a one-time password that Strex makes", () => {
  const { ours, theirs, wire, charging, seller } = useStrex({ oneTimePasswords: "theirs" });
  const PASSWORDS = "/api/strex/one-time-passwords";
  const asked = () => wire.calls.filter((one) => one.startsWith(`POST ${PASSWORDS}`)).length;

  const send = async (shop: Seller, wanted: Record<string, unknown>) =>
    (await charging.call(shop, "POST", "/strex/one-time-passwords", { merchantId: "shop", ...wanted })).status;
  const codeOn = async (person: string) => {
    const [text] = await theirs.handset(person, { wait: 20 });
    return text?.text.match(/\d{4,6}/)?.[0] ?? "";
  };
  const becomes = (of: Seller, theirId: string, expected: Record<string, unknown>) =>
    expect.poll(() => charging.transaction(of, theirId), { timeout: 20_000 }).toMatchObject(expected);
  const payWith = (shop: Seller, recipient: string, transactionId: string, oneTimePassword: string) =>
    charging.charge(shop, { recipient, transactionId, oneTimePassword });

  it("reaches the person from there, and is the proof of the charge that carries it", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    const wanted = { transactionId: theirId, recipient: person, messagePrefix: "For the song:", timeToLive: 10 };
    expect(await send(shop, wanted)).toBe(201);
    expect(await ours.handset(person)).toEqual([]);
    const code = await codeOn(person);
    expect((await theirs.handset(person))[0]?.text).toMatch(/^For the song:/);
    const shown = await charging.call(shop, "GET", `/strex/one-time-passwords/${theirId}`);
    expect(await shown.json()).toMatchObject({ sender: shop.shortNumber, recipient: person, timeToLive: 10 });

    await payWith(shop, person, theirId, code);
    await becomes(shop, theirId, { state: "billed", carrier: "strex" });
    expect(JSON.stringify(await charging.transaction(shop, theirId))).not.toContain(`"${code}"`);
    expect(await send(shop, wanted)).toBe(409);
  });

  it("fails its charge when it is wrong, and bills nothing", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    await send(shop, { transactionId: theirId, recipient: person });
    await codeOn(person);
    await payWith(shop, person, theirId, "0000");
    await becomes(shop, theirId, { state: "failed", reason: "wrong-code" });
  });

  it("is of one person", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    await send(shop, { transactionId: theirId, recipient: person });
    await payWith(shop, newNumber(), theirId, await codeOn(person));
    await becomes(shop, theirId, { state: "failed", reason: "wrong-code" });
    expect(wire.calls.some((one) => one.startsWith(`POST ${STREX}`))).toBe(false);
  });

  it("is sent once when the answer is lost, however often it is asked for", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    const wanted = { transactionId: theirId, recipient: person };
    wire.loses(`POST ${PASSWORDS}`, "answer");
    wire.loses(`GET ${PASSWORDS}`, "request");
    expect(await send(shop, wanted)).toBe(503);
    expect(await send(shop, { ...wanted, recipient: newNumber() })).toBe(409);
    expect(await send(shop, wanted)).toBe(201);
    expect(asked()).toBe(2);
    await payWith(shop, person, theirId, await codeOn(person));
    await becomes(shop, theirId, { state: "billed" });
    expect(await theirs.handset(person)).toHaveLength(1);
  });

  it("that they refuse may be asked for anew, with what was wrong mended", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    await ours.operator("PUT", `${shop.path}/merchants/unknown-there`, {
      name: "New",
      shortNumberIds: [`NO-${shop.shortNumber}`],
    });
    const wanted = { transactionId: theirId, recipient: person };
    expect(await send(shop, { ...wanted, merchantId: "unknown-there" })).toBe(400);
    expect(await send(shop, wanted)).toBe(201);
    expect(await codeOn(person)).not.toBe("");
  });

  it("belongs to the carrier that made it, whatever the routes say by then", async () => {
    const shop = await seller();
    const [person, theirId] = [newNumber(), crypto.randomUUID()];
    await send(shop, { transactionId: theirId, recipient: person });
    const code = await codeOn(person);
    const elsewhere = { account: shop.id, kind: "charge", prefix: "", carriers: ["simulator"] };
    await ours.operator("PUT", `/admin/v1/routes/charges-of-${shop.id}`, elsewhere);
    await payWith(shop, person, theirId, code);
    await becomes(shop, theirId, { state: "billed", carrier: "strex" });
  });
});
