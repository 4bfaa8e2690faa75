/** A paid message: charged first, sent once that is through, and its report says both. */

import { describe, expect, it } from "vitest";
import { type Seller, useCharging } from "../support/charging.ts";
import { useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";
import { outMessageClient } from "../support/target365-client.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

const gateway = useGateway();
const receiver = useReceiver();
const { seller, person, subscriber, operatorCharges, writes, texts, wanted } = useCharging(gateway);

const amounts = async (msisdn: string) => (await operatorCharges(msisdn)).map(({ amount }) => amount);
const STREX = { merchantId: "shop", serviceCode: "14002", invoiceText: "A song", price: 10 };
const SONG = "Here is your song";

/** The body of a paid message. */
function paid(account: Seller, recipient: string, more: Record<string, unknown> = {}, strex: object = {}) {
  const { transactionId, shortNumber } = wanted(account, {});
  const strexOf = { ...STREX, ...strex };
  return {
    ...{ transactionId, sender: shortNumber, recipient, content: SONG, deliveryReportUrl: receiver.url },
    ...more,
    strex: strexOf,
  };
}

/** Sends one, and lets everything happen that is due now. */
async function send(account: Seller, recipient: string, more: Record<string, unknown> = {}, strex: object = {}) {
  const message = paid(account, recipient, more, strex);
  const answer = await outMessageClient(gateway, account).post(message);
  expect(answer.status, await answer.text()).toBe(201);
  await gateway.advance(0);
  return message.transactionId;
}
const reports = (id: string) =>
  receiver.received.filter(({ json }) => json.transactionId === id).map(({ json }) => json);
const inSeconds = async (seconds: number) => new Date((await gateway.now()) + seconds * 1000).toISOString();

describe("a paid message", () => {
  it("is charged, then sent, and its report has the price and says that it was billed", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn);
    expect(await amounts(msisdn)).toEqual([1000]);
    expect(await texts(msisdn)).toEqual([SONG]);
    const [charged] = await operatorCharges(msisdn);
    const [shown] = await gateway.handset(msisdn);
    expect(Date.parse(shown?.receivedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(charged?.billedAt ?? ""));
    expect(reports(id)).toMatchObject([
      { price: 10, billed: true, delivered: true, statusCode: "Ok", detailedStatusCode: "Delivered" },
    ]);
    expect(await outMessageClient(gateway, account).shown(id)).toMatchObject({
      delivered: true,
      strex: { price: 10, billed: true, merchantId: "shop" },
    });
    await gateway.advance(DAY);
    expect(reports(id)).toHaveLength(1);
  });

  it.each([
    { why: "has no money", profile: { prepaidBalance: 999 }, says: "InsufficientFunds" },
    { why: "is barred", profile: { barred: true }, says: "SubscriberBarred" },
    { why: "is too young", profile: { age: 12 }, says: "SubscriberTooYoung" },
    { why: "is not registered", profile: { registered: false }, says: "RegistrationRequired" },
  ])("whose person $why is not sent, and the report says so", async ({ profile, says }) => {
    const account = await seller();
    const msisdn = await person(profile);
    const id = await send(account, msisdn, {}, { age: 18 });
    await gateway.advance(DAY);
    expect(await texts(msisdn)).toEqual([]);
    expect(await amounts(msisdn)).toEqual([]);
    expect(reports(id)).toMatchObject([
      { price: 10, billed: false, delivered: false, statusCode: "Failed", detailedStatusCode: says },
    ]);
    expect(await outMessageClient(gateway, account).shown(id)).toMatchObject({
      strex: { billed: false, resultCode: says },
    });
  });

  it("asked for fifty times at once is charged once and sent once", async () => {
    const account = await seller();
    const msisdn = await person();
    const message = paid(account, msisdn);
    const post = () => outMessageClient(gateway, account).post(message);
    const answers = await Promise.all(Array.from({ length: 50 }, post));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    await gateway.advance(DAY);
    expect(await texts(msisdn)).toEqual([SONG]);
    expect(await amounts(msisdn)).toEqual([1000]);
  });

  it("whose id was used for another charge is not sent, and nobody pays for it", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn);
    const { call } = outMessageClient(gateway, account);
    expect((await call("PUT", `/${id}`, paid(account, msisdn))).status).toBe(409);
    const charge = wanted(account, { recipient: msisdn, transactionId: id });
    const again = await gateway.fetch("/api/strex/transactions", {
      headers: { "x-apikey": account.apiKey },
      json: charge,
    });
    expect(again.status).toBe(409);
    await gateway.advance(DAY);
    expect(await amounts(msisdn)).toEqual([1000]);
  });

  it("that could not be delivered was billed all the same, and the report says both", async () => {
    const account = await seller();
    const msisdn = await person();
    await gateway.faults({ only: "messages", refuse: "subscriber-unavailable" });
    const id = await send(account, msisdn);
    expect(await texts(msisdn)).toEqual([]);
    expect(reports(id)).toMatchObject([
      { billed: true, delivered: false, detailedStatusCode: "SubscriberUnavailable" },
    ]);
    expect(await amounts(msisdn)).toEqual([1000]);
  });

  it("of which nobody knows whether it is billed waits for the operator's word, and then goes", async () => {
    const account = await seller();
    const msisdn = await person();
    await gateway.faults({ only: "charges", loseAnswer: true, receiptDelaySeconds: 3 * HOUR });
    const id = await send(account, msisdn, { timeToLive: 60 });
    await gateway.advance(2 * HOUR);
    expect(await texts(msisdn)).toEqual([]);
    expect(reports(id)).toEqual([]);
    await gateway.advance(HOUR);
    expect(await texts(msisdn)).toEqual([SONG]);
    expect(reports(id)).toMatchObject([{ billed: true, delivered: true }]);
    expect(await amounts(msisdn)).toEqual([1000]);
  });

  it("for which OK is asked goes when it is said, and not before", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn, {}, { smsConfirmation: true, timeout: 30 });
    expect(await texts(msisdn)).toEqual(["Svar OK for å betale 10 kr for A song til The Shop."]);
    await gateway.advance(20 * MINUTE);
    expect(reports(id)).toEqual([]);
    await writes(msisdn, account.shortNumber, "OK");
    await gateway.advance(0);
    expect((await texts(msisdn)).slice(1)).toEqual([SONG]);
    expect(reports(id)).toMatchObject([{ billed: true, delivered: true }]);
    expect(await amounts(msisdn)).toEqual([1000]);
  });

  it("for which no OK comes is neither charged nor sent", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn, {}, { smsConfirmation: true, timeout: 30 });
    await gateway.advance(HOUR);
    expect(await texts(msisdn)).toHaveLength(1);
    expect(reports(id)).toMatchObject([{ billed: false, delivered: false, detailedStatusCode: "TimeoutError" }]);
    expect(await amounts(msisdn)).toEqual([]);
  });

  it("on a consent goes to who gave it, and to nobody else", async () => {
    const account = await seller();
    const [agreed, stranger] = [await person(), await person()];
    const consent = { preAuthServiceId: account.service };
    await send(account, agreed, {}, { ...consent, smsConfirmation: true });
    await writes(agreed, account.shortNumber, "OK");
    const later = await send(account, agreed, {}, consent);
    expect(reports(later)).toMatchObject([{ billed: true, delivered: true }]);
    const unasked = await send(account, stranger, {}, consent);
    expect(reports(unasked)).toMatchObject([{ billed: false, detailedStatusCode: "MissingPreAuth" }]);
    expect(await texts(stranger)).toEqual([]);
    await writes(agreed, account.shortNumber, "STOP");
    const ended = await send(account, agreed, {}, consent);
    expect(reports(ended)).toMatchObject([{ billed: false, detailedStatusCode: "MissingPreAuth" }]);
    expect(await amounts(agreed)).toEqual([1000, 1000]);
  });

  it("to who must register first goes when they have", async () => {
    const account = await seller();
    const msisdn = await person({ registered: false });
    const id = await send(account, msisdn, {}, { timeout: 60 });
    await gateway.advance(30 * MINUTE);
    expect(reports(id)).toEqual([]);
    await subscriber(msisdn, { registered: true });
    await gateway.advance(0);
    expect((await texts(msisdn)).at(-1)).toBe(SONG);
    expect(reports(id)).toMatchObject([{ billed: true }]);
    expect(await amounts(msisdn)).toEqual([1000]);
  });
});

describe("a scheduled paid message", () => {
  it("is charged at its time and not before", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn, { sendTime: await inSeconds(2 * DAY) });
    await gateway.advance(2 * DAY - MINUTE);
    expect(await amounts(msisdn)).toEqual([]);
    expect(await texts(msisdn)).toEqual([]);
    await gateway.advance(MINUTE);
    expect(await amounts(msisdn)).toEqual([1000]);
    expect(await texts(msisdn)).toEqual([SONG]);
    expect(reports(id)).toMatchObject([{ billed: true, price: 10 }]);
  });

  it("that was edited is charged and sent as it is then", async () => {
    const account = await seller();
    const msisdn = await person();
    const message = paid(account, msisdn, { sendTime: await inSeconds(DAY) });
    const client = outMessageClient(gateway, account);
    expect((await client.post(message)).status).toBe(201);
    const edited = { ...message, content: "Another song", strex: { ...message.strex, price: 20 } };
    expect((await client.put(message.transactionId, edited)).status).toBe(204);
    await gateway.advance(2 * DAY);
    expect(await texts(msisdn)).toEqual(["Another song"]);
    expect(await amounts(msisdn)).toEqual([2000]);
    expect(reports(message.transactionId)).toMatchObject([{ billed: true, price: 20 }]);
  });

  it("that was made free is sent, and nobody pays", async () => {
    const account = await seller();
    const msisdn = await person();
    const message = paid(account, msisdn, { sendTime: await inSeconds(DAY) });
    const client = outMessageClient(gateway, account);
    expect((await client.post(message)).status).toBe(201);
    const { strex: _, ...free } = message;
    expect((await client.put(message.transactionId, free)).status).toBe(204);
    await gateway.advance(2 * DAY);
    expect(await texts(msisdn)).toEqual([SONG]);
    expect(await amounts(msisdn)).toEqual([]);
    expect(reports(message.transactionId)).toMatchObject([{ delivered: true, price: null, billed: null }]);
  });

  it("that was cancelled is neither charged nor sent", async () => {
    const account = await seller();
    const msisdn = await person();
    const id = await send(account, msisdn, { sendTime: await inSeconds(DAY) });
    expect((await outMessageClient(gateway, account).delete(id)).status).toBe(204);
    await gateway.advance(2 * DAY);
    expect(await amounts(msisdn)).toEqual([]);
    expect(await texts(msisdn)).toEqual([]);
    expect(reports(id)).toEqual([]);
  });
});
