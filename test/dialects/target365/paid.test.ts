/** Paid messages: the person is charged first, and the text goes once that is through. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { messageOf, openSeller, outMessageClient, type Seller, strexClient } from "../../support/target365-client.ts";

describe("a paid message", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let seller: Seller;
  let client: ReturnType<typeof outMessageClient>;
  let strex: ReturnType<typeof strexClient>;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = outMessageClient(gateway, seller);
    strex = strexClient(gateway, seller);
  });

  const COSTS = { merchantId: "shop", serviceCode: "14002", invoiceText: "Ringtone", price: 9.9 };
  const paid = (costs: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
    transactionId: randomUUID(),
    sender: seller.shortNumber,
    recipient: newNumber(),
    content: "Here it is",
    deliveryReportUrl: receiver.url,
    strex: { ...COSTS, ...costs },
    ...more,
  });
  const reported = async (id: string) => (await receiver.next(1, ({ json }) => json.transactionId === id))[0]?.json;

  it("is charged, then sent, and told of with its price", async () => {
    const message = paid();
    expect((await client.post(message)).status).toBe(201);
    expect(await reported(message.transactionId)).toMatchObject({
      statusCode: "Ok",
      detailedStatusCode: "Delivered",
      delivered: true,
      billed: true,
      price: 9.9,
    });
    expect(await client.shown(message.transactionId)).toMatchObject({
      statusCode: "Ok",
      strex: { ...COSTS, age: 0, billed: true },
    });
    expect(await strex.billed(message.recipient)).toEqual([990]);
    expect(await gateway.handset(message.recipient)).toMatchObject([{ text: "Here it is", from: seller.shortNumber }]);
  });

  it("is charged once, however often the same request comes", async () => {
    const message = paid();
    await Promise.all([client.post(message), client.post(message)]);
    await reported(message.transactionId);
    expect((await client.post(message)).status).toBe(201);
    await gateway.advance(60);
    expect(await strex.billed(message.recipient)).toEqual([990]);
    expect(await gateway.handset(message.recipient)).toHaveLength(1);
    const dearer = { ...message, strex: { ...message.strex, price: 10 } };
    await messageOf(await client.post(dearer), 409);
  });

  it("is shown with everything it was given", async () => {
    const given = {
      ...COSTS,
      businessModel: "STREX-PAYMENT",
      age: 18,
      isRestricted: true,
      smsConfirmation: false,
      timeout: 10,
      preAuthServiceId: "ringtones",
      preAuthServiceDescription: "Ringtones",
      teletorg: { bNumber: "82000000", duration: 12 },
    };
    const message = paid(given, { sendTime: "2099-06-01T12:00:00Z" });
    await client.post(message);
    expect((await client.shown(message.transactionId)).strex).toEqual(given);
  });

  it("costs what it costs by the time it is sent", async () => {
    const message = paid({}, { sendTime: new Date((await gateway.now()) + 3_600_000).toISOString() });
    await client.post(message);
    const put = { ...message, strex: { ...message.strex, price: 20 } };
    expect((await client.put(message.transactionId, put)).status).toBe(204);
    await gateway.advance(3_601);
    await reported(message.transactionId);
    expect(await strex.billed(message.recipient)).toEqual([2000]);
  });

  it("costs nothing when it is deleted before", async () => {
    const message = paid({}, { sendTime: new Date((await gateway.now()) + 3_600_000).toISOString() });
    await client.post(message);
    await client.delete(message.transactionId);
    await gateway.advance(3_601);
    expect(await strex.billed(message.recipient)).toEqual([]);
  });

  it("is free once it is changed to be free", async () => {
    const message = paid({}, { sendTime: new Date((await gateway.now()) + 3_600_000).toISOString() });
    await client.post(message);
    const { strex: _, ...free } = message;
    expect((await client.put(message.transactionId, free)).status).toBe(204);
    await gateway.advance(3_601);
    expect(await reported(message.transactionId)).toMatchObject({ statusCode: "Ok", price: null, billed: null });
    expect(await strex.billed(message.recipient)).toEqual([]);
  });

  const declined = [
    { who: "somebody with too little left", profile: { prepaidBalance: 989 }, costs: {}, is: "InsufficientFunds" },
    { who: "somebody too young", profile: { age: 17 }, costs: { age: 18 }, is: "SubscriberTooYoung" },
    { who: "somebody who agreed to nothing", profile: {}, costs: { preAuthServiceId: "x" }, is: "MissingPreAuth" },
    { who: "somebody not registered", profile: { registered: false }, costs: {}, is: "RegistrationRequired" },
  ];
  it.each(declined)("is not sent to who is not charged: $who, $is", async ({ profile, costs, is }) => {
    const message = paid(costs);
    await strex.subscriber(message.recipient, profile);
    await client.post(message);
    const told = { statusCode: "Failed", detailedStatusCode: is };
    expect(await reported(message.transactionId)).toMatchObject({
      ...told,
      delivered: false,
      billed: false,
      price: 9.9,
    });
    expect(await client.shown(message.transactionId)).toMatchObject({
      ...told,
      strex: { billed: false, resultCode: is, resultDescription: expect.any(String) },
    });
    expect(await strex.billed(message.recipient)).toEqual([]);
    expect(await gateway.handset(message.recipient)).toEqual([]);
  });

  it("is sent once the person has said OK", async () => {
    const message = paid({ smsConfirmation: true });
    await client.post(message);
    await gateway.handset(message.recipient, { wait: 20, match: "OK" });
    expect(await client.shown(message.transactionId)).toMatchObject({ statusCode: "Queued" });
    await gateway.advance(120);
    await strex.write(message.recipient, "OK");
    expect(await reported(message.transactionId)).toMatchObject({ statusCode: "Ok", billed: true });
    expect(await client.shown(message.transactionId)).toMatchObject({ timeToLive: 120 });
    expect(await gateway.handset(message.recipient)).toHaveLength(2);
    expect(await strex.billed(message.recipient)).toEqual([990]);
  });

  it("is not sent to who does not say so", async () => {
    const message = paid({ smsConfirmation: true, timeout: 1 });
    await client.post(message);
    await gateway.handset(message.recipient, { wait: 20, match: "OK" });
    await gateway.advance(61);
    expect(await reported(message.transactionId)).toMatchObject({
      statusCode: "Failed",
      detailedStatusCode: "TimeoutError",
      billed: false,
    });
    expect(await strex.billed(message.recipient)).toEqual([]);
  });

  it("stays paid for when it does not arrive", async () => {
    await gateway.faults({ only: "messages", refuse: "subscriber-unavailable", times: 1 });
    const message = paid();
    await client.post(message);
    expect(await reported(message.transactionId)).toMatchObject({
      statusCode: "Failed",
      detailedStatusCode: "SubscriberUnavailable",
      billed: true,
    });
    expect((await client.shown(message.transactionId)).strex).not.toHaveProperty("resultCode");
  });

  it("is paid for by a transaction of the same id, which can be reversed", async () => {
    const message = paid({ timeout: 10 }, { content: "The code is ~~4711~~", correlationId: "c-1" });
    await client.post(message);
    await reported(message.transactionId);
    const transaction = await strex.shown(message.transactionId);
    expect(transaction).toMatchObject({
      ...COSTS,
      transactionId: message.transactionId,
      recipient: message.recipient,
      shortNumber: seller.shortNumber,
      correlationId: "c-1",
      timeout: 10,
      statusCode: "Ok",
    });
    expect(transaction).not.toHaveProperty("strex");
    expect(JSON.stringify(transaction)).not.toContain("4711");
    expect((await strex.reverse(message.transactionId)).status).toBe(201);
    expect(await strex.shown(`-${message.transactionId}`)).toMatchObject({ statusCode: "Reversed", price: -9.9 });
    expect(await client.shown(message.transactionId)).toMatchObject({ statusCode: "Ok", strex: { billed: true } });
    expect(await strex.billed(message.recipient)).toEqual([990, -990]);
  });

  describe("is refused", () => {
    const cases: { name: string; costs?: Record<string, unknown>; more?: Record<string, unknown>; why: RegExp }[] = [
      { name: "from a name", more: { sender: "Shop" }, why: /short number/ },
      { name: "for a merchant nobody knows", costs: { merchantId: "nobody" }, why: /not a merchant/ },
      { name: "without a merchant", costs: { merchantId: undefined }, why: /strex.merchantId: is missing/ },
      { name: "for nothing", costs: { price: 0 }, why: /price: must be more than 0/ },
      { name: "for less than nothing", costs: { price: -1 }, why: /price: must be more than 0/ },
      { name: "for a fraction of an øre", costs: { price: 0.001 }, why: /strex.price: .*two decimals/ },
      { name: "for more than anybody pays", costs: { price: 10_001 }, why: /price: at most/ },
      { name: "with what is no strex", more: { strex: "paid" }, why: /strex/ },
    ];
    it.each(cases)("$name", async ({ costs, more, why }) => {
      const message = paid(costs, more);
      expect(await messageOf(await client.post(message), 400)).toMatch(why);
      await messageOf(await client.get(message.transactionId), 404);
      expect(await strex.billed(message.recipient)).toEqual([]);
    });

    it.each(cases)("in a batch, alone: $name", async ({ costs, more }) => {
      const [good, bad] = [paid(), paid(costs, more)];
      expect((await client.batch([good, bad])).status).toBe(201);
      expect(await reported(good.transactionId)).toMatchObject({ statusCode: "Ok", billed: true });
      expect(await reported(bad.transactionId)).toMatchObject({ statusCode: "Failed", delivered: false });
      expect(await strex.billed(bad.recipient)).toEqual([]);
    });
  });
});
