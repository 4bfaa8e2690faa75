/** A charge, asked for by the Target365 dialect: billed once or not at all, and its customer is told the truth of it. */

import { afterEach, describe, expect, it } from "vitest";
import { type Seller, useCharging } from "../support/charging.ts";
import { useGateway } from "../support/gateway.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

const gateway = useGateway();
const shop = useCharging(gateway);
const { seller, person, subscriber, operatorCharges, writes, texts, call, wanted, charge, shown, transaction } = shop;

/** The faults of the operator's, and not of who carries texts. */
const faults = (what: Record<string, unknown>) => gateway.faults({ only: "charges", ...what });
afterEach(() => gateway.faults({}));

const amounts = async (msisdn: string) => (await operatorCharges(msisdn)).map(({ amount }) => amount);
const state = async (account: Seller, id: string) => (await transaction(account, id)).state;
const fifty = <T>(does: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, does));

describe("a charge", () => {
  it("is billed once, and shown as billed", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await charge(account, { recipient: msisdn, invoiceText: "A song" });
    expect(await shown(account, id)).toMatchObject({
      transactionId: id,
      recipient: msisdn,
      price: 49,
      statusCode: "Ok",
      detailedStatusCode: "Delivered",
      billed: true,
    });
    expect(await operatorCharges(msisdn)).toMatchObject([
      { amount: 4900, currency: "NOK", kind: "charge", shortNumber: account.shortNumber, invoiceText: "A song" },
    ]);
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("asked for fifty times at once is one charge, and every answer is 201", async () => {
    const account = await seller();
    const msisdn = await person();
    const same = wanted(account, { recipient: msisdn });
    const answers = await fifty(() => call(account, "POST", "/strex/transactions", same));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ headers }) => headers.get("location"))).size).toBe(1);
    expect(await shown(account, same.transactionId)).toMatchObject({ billed: true });
    await gateway.advance(DAY);
    expect((await call(account, "POST", "/strex/transactions", same)).status).toBe(201);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("with a used id and other content is refused, also much later", async () => {
    const account = await seller();
    const msisdn = await person();
    const first = wanted(account, { recipient: msisdn });
    const other = { ...first, price: 59 };
    const post = async (body: unknown) => (await call(account, "POST", "/strex/transactions", body)).status;
    const both = await Promise.all([post(first), post(other)]);
    expect(both.sort()).toEqual([201, 409]);
    const [billed] = [(await shown(account, first.transactionId)).price];
    await gateway.advance(300 * DAY);
    expect(await post(billed === 49 ? other : first)).toBe(409);
    expect(await amounts(msisdn)).toEqual([Number(billed) * 100]);
  });

  it("of one account is nothing to another that uses the same id", async () => {
    const [one, two] = [await seller(), await seller()];
    const msisdn = await person();
    await charge(one, { recipient: msisdn, transactionId: "the-same" });
    await charge(two, { recipient: msisdn, transactionId: "the-same", price: 10 });
    expect(await shown(one, "the-same")).toMatchObject({ price: 49, billed: true });
    expect(await shown(two, "the-same")).toMatchObject({ price: 10, billed: true });
    expect((await amounts(msisdn)).sort()).toEqual([1000, 4900]);
  });

  it.each([
    { number: "+4700000001", says: "Delivered", billed: true },
    { number: "+4700000010", says: "Undelivered", billed: false },
    { number: "+4700000020", says: "SubscriberBarred", billed: false },
  ])("to the fake number $number ends as the guide says: $says", async ({ number, says, billed }) => {
    const account = await seller();
    const id = await charge(account, { recipient: await person(undefined, number) });
    expect(await shown(account, id)).toMatchObject({ detailedStatusCode: says, billed });
  });
});

describe("a reversal", () => {
  it("gives back all of it, once, however many ask at once", async () => {
    const account = await seller();
    const msisdn = await person({ prepaidBalance: 10_000 });
    const id = await charge(account, { recipient: msisdn });
    expect(await shown(account, id)).toMatchObject({ billed: true });
    const answers = await fifty(() => call(account, "DELETE", `/strex/transactions/${id}`));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(49).fill(409)]);
    expect(await shown(account, `-${id}`)).toMatchObject({
      transactionId: `-${id}`,
      price: -49,
      statusCode: "Reversed",
    });
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900, -4900]);
    expect(await subscriberOf(msisdn)).toMatchObject({ prepaidBalance: 10_000 });
    await gateway.advance(DAY);
    expect((await call(account, "DELETE", `/strex/transactions/${id}`)).status).toBe(409);
    expect((await call(account, "DELETE", `/strex/transactions/-${id}`)).status).toBe(409);
    expect(await amounts(msisdn)).toEqual([4900, -4900]);
  });

  it("is refused for what was not billed", async () => {
    const account = await seller();
    const id = await charge(account, { recipient: await person({ barred: true }) });
    expect((await call(account, "DELETE", `/strex/transactions/${id}`)).status).toBe(409);
  });

  it.each([
    { name: "whose answer is lost", fault: { loseAnswer: true } },
    { name: "whose receipt is lost", fault: { loseReceipt: true } },
    { name: "whose receipt comes twice", fault: { duplicateReceipts: 2 } },
    { name: "that the operator was too busy for", fault: { busySeconds: 30, times: 2 } },
  ])("$name is made once", async ({ fault }) => {
    const account = await seller();
    const msisdn = await person();
    const id = await charge(account, { recipient: msisdn });
    await shown(account, id);
    await faults(fault);
    await Promise.all([call(account, "DELETE", `/strex/transactions/${id}`), gateway.advance(0)]);
    await gateway.advance(DAY);
    expect(await shown(account, `-${id}`)).toMatchObject({ statusCode: "Reversed", detailedStatusCode: "Delivered" });
    expect(await amounts(msisdn)).toEqual([4900, -4900]);
  });

  const subscriberOf = (msisdn: string) =>
    gateway.operator("GET", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`);
});

describe("a charge whose operator", () => {
  /** Charges under a fault, and lets everything happen that is due now. */
  async function under(fault: Record<string, unknown>) {
    const account = await seller();
    const msisdn = await person();
    await faults(fault);
    const id = await charge(account, { recipient: msisdn });
    await gateway.advance(0);
    return { account, msisdn, id };
  }

  it("loses the answer is not charged again: it is unknown, and settled by asking", async () => {
    const { account, msisdn, id } = await under({ loseAnswer: true });
    expect(await state(account, id)).toBe("unknown");
    expect(await amounts(msisdn)).toEqual([4900]);
    await gateway.advance(MINUTE);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("loses the answer, and does not say what became of it for days, is asked until it does", async () => {
    const { account, msisdn, id } = await under({ loseAnswer: true, receiptDelaySeconds: 3 * DAY });
    expect(await state(account, id)).toBe("unknown");
    await gateway.advance(2 * DAY);
    expect(await state(account, id)).toBe("sent");
    await gateway.advance(DAY);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("never answers is not charged again", async () => {
    const { account, msisdn, id } = await under({ hang: true, times: 1 });
    expect(await state(account, id)).toBe("unknown");
    await gateway.advance(HOUR);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("loses the receipt is asked for it", async () => {
    const { account, msisdn, id } = await under({ loseReceipt: true });
    expect(await state(account, id)).toBe("sent");
    await gateway.advance(HOUR);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it.each([
    { name: "sends the receipt many times", fault: { duplicateReceipts: 3 } },
    { name: "sends the receipt before the answer", fault: { earlyReceipt: true } },
    { name: "sends it early and often", fault: { earlyReceipt: true, duplicateReceipts: 3 } },
    { name: "contradicts itself", fault: { contradict: true } },
    { name: "contradicts itself before it answers", fault: { contradict: true, earlyReceipt: true } },
    { name: "contradicts itself, and its answer is lost", fault: { contradict: true, loseAnswer: true } },
  ])("$name is believed the first time", async ({ fault }) => {
    const { account, msisdn, id } = await under(fault);
    await gateway.advance(DAY);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("is busy is tried again, and billed once", async () => {
    const { account, msisdn, id } = await under({ busySeconds: 30, times: 2 });
    expect(await state(account, id)).toBe("ready");
    expect(await amounts(msisdn)).toEqual([]);
    await gateway.advance(29);
    expect(await amounts(msisdn)).toEqual([]);
    await gateway.advance(HOUR);
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("is busy for hours is given up, and bills nothing afterwards", async () => {
    const { account, msisdn, id } = await under({ busySeconds: 5 * MINUTE });
    await gateway.advance(3 * HOUR);
    expect(await shown(account, id)).toMatchObject({ detailedStatusCode: "Expired", billed: false });
    await gateway.faults({});
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([]);
  });
});

describe("a person who", () => {
  const refusals = [
    { who: "is not registered", profile: { registered: false }, says: "RegistrationRequired" },
    { who: "is barred", profile: { barred: true }, says: "SubscriberBarred" },
    { who: "is too young", profile: { age: 17 }, says: "SubscriberTooYoung" },
    { who: "is of an age that nobody knows", profile: { birthDate: null }, says: "UnknownAge" },
    { who: "has no money", profile: { prepaidBalance: 4899 }, says: "InsufficientFunds" },
    { who: "has reached the month's limit", profile: { monthlyLimit: 4899 }, says: "SubscriberLimitExceeded" },
    { who: "has reached the year's limit", profile: { yearlyLimit: 4899 }, says: "SubscriberLimitExceeded" },
  ];
  it.each(refusals)("$who is not billed, and the customer reads $says", async ({ profile, says }) => {
    const account = await seller();
    const msisdn = await person(profile);
    const id = await charge(account, { recipient: msisdn, age: 18 });
    expect(await shown(account, id)).toMatchObject({
      statusCode: "Failed",
      detailedStatusCode: says,
      billed: false,
      resultCode: says,
    });
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([]);
  });

  it.each([
    { who: "is just old enough", profile: { age: 18 } },
    { who: "has just enough money", profile: { prepaidBalance: 4900 } },
    { who: "has just enough left of the month", profile: { monthlyLimit: 4900 } },
  ])("$who is billed", async ({ profile }) => {
    const account = await seller();
    const msisdn = await person(profile);
    const id = await charge(account, { recipient: msisdn, age: 18 });
    expect(await shown(account, id)).toMatchObject({ billed: true });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("is not registered may do that, and is billed then", async () => {
    const account = await seller();
    const msisdn = await person({ registered: false });
    const id = await charge(account, { recipient: msisdn, timeout: 10 });
    expect(await gateway.handset(msisdn, { wait: 10, match: "register" })).toMatchObject([
      { from: account.shortNumber },
    ]);
    await gateway.advance(5 * MINUTE);
    expect(await state(account, id)).toBe("sent");
    expect(await amounts(msisdn)).toEqual([]);
    await subscriber(msisdn, { registered: true });
    expect(await shown(account, id)).toMatchObject({ statusCode: "Ok", billed: true });
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("does not register in time is not billed", async () => {
    const account = await seller();
    const msisdn = await person({ registered: false });
    const id = await charge(account, { recipient: msisdn, timeout: 10 });
    await gateway.advance(11 * MINUTE);
    expect(await shown(account, id)).toMatchObject({ detailedStatusCode: "RegistrationRequired", billed: false });
    await subscriber(msisdn, { registered: true });
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([]);
  });
});

describe("the caps of an account", () => {
  const capped = async (caps: Record<string, number>) => {
    const account = await seller();
    await gateway.operator("PATCH", account.path, { settings: { caps } });
    return account;
  };
  const ten = async (account: Seller, msisdn: string, price = 49) => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => charge(account, { recipient: msisdn, price })));
    return Promise.all(ids.map(async (id) => (await shown(account, id)).detailedStatusCode));
  };

  it("let no single charge be larger", async () => {
    const account = await capped({ transaction: 5000 });
    const msisdn = await person();
    const id = await charge(account, { recipient: msisdn, price: 50.01 });
    expect(await shown(account, id)).toMatchObject({ detailedStatusCode: "SubscriberLimitExceeded", billed: false });
    expect(await shown(account, await charge(account, { recipient: msisdn, price: 50 }))).toMatchObject({
      billed: true,
    });
    expect(await amounts(msisdn)).toEqual([5000]);
  });

  it("hold for each person, by the day and by the month, however many charges come at once", async () => {
    await shop.advanceTo(await shop.noonOf(10));
    const account = await capped({ day: 10_000, month: 15_000 });
    const [msisdn, another] = [await person(), await person()];
    const [first] = await Promise.all([ten(account, msisdn), ten(account, another)]);
    expect(first.sort()).toEqual([...Array(2).fill("Delivered"), ...Array(8).fill("SubscriberLimitExceeded")]);
    expect(await amounts(another)).toEqual([4900, 4900]);
    await gateway.advance(DAY);
    await ten(account, msisdn);
    expect(await amounts(msisdn)).toEqual([4900, 4900, 4900]);
    await shop.advanceTo(await shop.noonOf(1));
    await ten(account, msisdn);
    expect(await amounts(msisdn)).toHaveLength(5);
  });

  it("count a charge of which nobody knows what became", async () => {
    const account = await capped({ day: 5000 });
    const msisdn = await person();
    await faults({ loseAnswer: true, receiptDelaySeconds: HOUR, times: 1 });
    const first = await charge(account, { recipient: msisdn });
    await gateway.advance(0);
    expect(await state(account, first)).toBe("unknown");
    expect(await shown(account, await charge(account, { recipient: msisdn }))).toMatchObject({
      detailedStatusCode: "SubscriberLimitExceeded",
    });
    await gateway.advance(2 * HOUR);
    expect(await amounts(msisdn)).toEqual([4900]);
  });
});

describe("a person's word by SMS", () => {
  const confirmed = { smsConfirmation: true };

  it("is asked for; OK is billed, once, however often it is said", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await charge(account, { recipient: msisdn, ...confirmed });
    const [question] = await gateway.handset(msisdn, { wait: 10 });
    expect(question).toMatchObject({
      from: account.shortNumber,
      text: "Svar OK for å betale 49 kr for The Club til The Shop.",
    });
    expect(await state(account, id)).toBe("waiting");
    expect(await amounts(msisdn)).toEqual([]);
    await Promise.all([1, 2, 3].map(() => writes(msisdn, account.shortNumber, "Ok!")));
    expect(await shown(account, id)).toMatchObject({ billed: true });
    await writes(msisdn, account.shortNumber, "OK");
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("that does not come in time bills nothing, also when it comes later", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await charge(account, { recipient: msisdn, ...confirmed, timeout: 10 });
    await gateway.advance(9 * MINUTE);
    expect(await state(account, id)).toBe("waiting");
    await gateway.advance(2 * MINUTE);
    expect(await shown(account, id)).toMatchObject({ detailedStatusCode: "TimeoutError", billed: false });
    await writes(msisdn, account.shortNumber, "OK");
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([]);
  });

  it("is asked for about one charge at a time", async () => {
    const account = await seller();
    const msisdn = await person();
    const first = await charge(account, { recipient: msisdn, ...confirmed });
    const second = await charge(account, { recipient: msisdn, ...confirmed, price: 99 });
    expect(await shown(account, second)).toMatchObject({ detailedStatusCode: "UserInTransaction", billed: false });
    await writes(msisdn, account.shortNumber, "OK");
    expect(await shown(account, first)).toMatchObject({ billed: true });
    await gateway.advance(0);
    expect(await texts(msisdn)).toHaveLength(1);
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("is that person's: another's OK, or an OK to another number, is none", async () => {
    const [account, other] = [await seller(), await seller()];
    const [msisdn, stranger] = [await person(), await person()];
    const id = await charge(account, { recipient: msisdn, ...confirmed });
    await writes(stranger, account.shortNumber, "OK");
    await writes(msisdn, other.shortNumber, "OK");
    await gateway.advance(MINUTE);
    expect(await state(account, id)).toBe("waiting");
    expect(await amounts(msisdn)).toEqual([]);
  });
});

describe("a consent", () => {
  const token = (account: Seller, msisdn: string, method = "GET") =>
    call(account, method, `/strex/token/shop?${new URLSearchParams({ serviceId: account.service, msisdn })}`);
  const onConsent = (account: Seller, msisdn: string) =>
    charge(account, { recipient: msisdn, preAuthServiceId: account.service });

  /** A person who has given the code that they were sent, to be charged again and again. */
  async function agreed(account: Seller, msisdn: string): Promise<string> {
    const { transactionId } = wanted(account, {});
    const otp = { transactionId, merchantId: "shop", recipient: msisdn, recurring: true };
    expect((await call(account, "POST", "/strex/one-time-passwords", otp)).status).toBe(201);
    const sent = await gateway.handset(msisdn, { wait: 10, match: "Engangskode: 1234" });
    expect(sent.length).toBeGreaterThan(0);
    await charge(account, {
      transactionId,
      recipient: msisdn,
      oneTimePassword: "1234",
      preAuthServiceId: account.service,
    });
    expect(await shown(account, transactionId)).toMatchObject({ billed: true });
    return transactionId;
  }

  it("is made by a one-time password, and later charges need nothing more", async () => {
    const account = await seller();
    const msisdn = await person();
    expect((await token(account, msisdn)).status).toBe(404);
    await agreed(account, msisdn);
    expect((await token(account, msisdn)).status).toBe(200);
    await gateway.advance(30 * DAY);
    expect(await shown(account, await onConsent(account, msisdn))).toMatchObject({ billed: true });
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
    expect(await texts(msisdn)).toHaveLength(1);
  });

  it("is not made by a wrong code, nor by a charge that was declined", async () => {
    const account = await seller();
    const [guesser, poor] = [await person(), await person({ prepaidBalance: 0 })];
    const { transactionId } = wanted(account, {});
    const otp = { transactionId, merchantId: "shop", recipient: guesser, recurring: true };
    await call(account, "POST", "/strex/one-time-passwords", otp);
    const withCode = { recipient: guesser, preAuthServiceId: account.service, oneTimePassword: "4321", transactionId };
    await charge(account, withCode);
    expect(await shown(account, transactionId)).toMatchObject({ detailedStatusCode: "OneTimePasswordFailed" });
    expect((await token(account, guesser)).status).toBe(404);
    const asked = await charge(account, { recipient: poor, preAuthServiceId: account.service });
    await writes(poor, account.shortNumber, "OK");
    expect(await shown(account, asked)).toMatchObject({ detailedStatusCode: "InsufficientFunds" });
    expect((await token(account, poor)).status).toBe(404);
    expect([...(await amounts(guesser)), ...(await amounts(poor))]).toEqual([]);
  });

  it("is made by OK to the first charge that needs one", async () => {
    const account = await seller();
    const msisdn = await person();
    const first = await onConsent(account, msisdn);
    await gateway.advance(0);
    expect(await texts(msisdn)).toEqual([
      `Svar OK for å betale 49 kr for The Club til The Shop, og for å godta senere trekk etter avtale der. Send STOP til ${account.shortNumber} for å avslutte.`,
    ]);
    await writes(msisdn, account.shortNumber, "ok");
    expect(await shown(account, first)).toMatchObject({ billed: true });
    expect(await shown(account, await onConsent(account, msisdn))).toMatchObject({ billed: true });
    expect(await amounts(msisdn)).toEqual([4900, 4900]);
  });

  it("that the merchant ended is charged on no more: the person is asked anew", async () => {
    const account = await seller();
    const msisdn = await person();
    await agreed(account, msisdn);
    expect((await token(account, msisdn, "DELETE")).status).toBe(204);
    expect((await token(account, msisdn)).status).toBe(404);
    expect((await token(account, msisdn, "DELETE")).status).toBe(404);
    const later = await onConsent(account, msisdn);
    expect(await state(account, later)).toBe("waiting");
    await gateway.advance(DAY);
    expect(await shown(account, later)).toMatchObject({ detailedStatusCode: "TimeoutError", billed: false });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it.each(["STOP CLUB", "stopp", "Stop."])(
    "that the person ended by %s is charged on no more, nor asked about",
    async (stop) => {
      const account = await seller();
      const msisdn = await person();
      await agreed(account, msisdn);
      await writes(msisdn, account.shortNumber, stop);
      expect((await token(account, msisdn)).status).toBe(404);
      const later = await onConsent(account, msisdn);
      expect(await shown(account, later)).toMatchObject({ detailedStatusCode: "MissingPreAuth", billed: false });
      await gateway.advance(DAY);
      expect(await amounts(msisdn)).toEqual([4900]);
      expect(await texts(msisdn)).toHaveLength(1);
      await agreed(account, msisdn);
      expect(await shown(account, await onConsent(account, msisdn))).toMatchObject({ billed: true });
    },
  );

  it("ended while a charge on it waits its turn is not charged", async () => {
    const account = await seller();
    const msisdn = await person();
    await agreed(account, msisdn);
    await faults({ busySeconds: 30, times: 1 });
    const ready = await onConsent(account, msisdn);
    await gateway.advance(0);
    expect(await state(account, ready)).toBe("ready");
    await writes(msisdn, account.shortNumber, "STOP");
    await gateway.advance(DAY);
    expect(await shown(account, ready)).toMatchObject({ billed: false });
    expect(await amounts(msisdn)).toEqual([4900]);
  });

  it("ended while the operator has a charge on it: what was billed is given back", async () => {
    const account = await seller();
    const msisdn = await person();
    await agreed(account, msisdn);
    await faults({ receiptDelaySeconds: HOUR, times: 1 });
    const sent = await onConsent(account, msisdn);
    await gateway.advance(0);
    expect(await state(account, sent)).toBe("sent");
    await writes(msisdn, account.shortNumber, "STOP");
    await gateway.advance(DAY);
    expect(await state(account, sent)).toBe("reversed");
    expect(await amounts(msisdn)).toEqual([4900, 4900, -4900]);
  });
});
