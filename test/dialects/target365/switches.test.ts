/** Where the provider's sources contradict each other, an account chooses; and what holds where it has not. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { newNumber, type TestAccount, type TestGateway, useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, outMessageClient, strexClient } from "../../support/target365-client.ts";

const hello = (more: Record<string, unknown> = {}) => ({
  transactionId: randomUUID(),
  sender: "Shop",
  recipient: newNumber(),
  content: "Hello",
  ...more,
});

async function accountWith(gateway: TestGateway, settings: Record<string, unknown>): Promise<TestAccount> {
  const account = await gateway.account();
  await gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings });
  return account;
}

describe("an account may choose", () => {
  const gateway = useGateway();

  const clientWith = async (settings: Record<string, unknown>) =>
    outMessageClient(gateway, await accountWith(gateway, settings));

  describe("what becomes of a text that does not say whether it may have every character", () => {
    // A dash that the guides replace, and a letter that they do not.
    const content = "A – č";
    const cases = [
      { settings: {}, sent: "A - č", encoding: "ucs2" },
      { settings: { allowUnicode: "fold" }, sent: "A - č", encoding: "ucs2" },
      { settings: { allowUnicode: "allow" }, sent: "A – č", encoding: "ucs2" },
      { settings: { allowUnicode: "question-marks" }, sent: "A - ?", encoding: "gsm7" },
    ];
    it.each(cases)("$settings: $sent", async ({ settings, sent, encoding }) => {
      const message = hello({ content });
      await (await clientWith(settings)).post(message);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toMatchObject([{ text: sent, encoding }]);
    });

    it("but not what becomes of one that says so", async () => {
      const [free, strict] = [
        await clientWith({ allowUnicode: "allow" }),
        await clientWith({ allowUnicode: "question-marks" }),
      ];
      expect(await messageOf(await free.post(hello({ content: "č", allowUnicode: false })), 400)).toMatch(
        /GSM alphabet/,
      );
      const message = hello({ content, allowUnicode: true });
      await strict.post(message);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toMatchObject([{ text: content }]);
    });
  });

  describe("how many parts a text may have", () => {
    it.each([
      { settings: {}, parts: 66 },
      { settings: { maxParts: 2 }, parts: 2 },
      { settings: { maxParts: 100 }, parts: 100 },
    ])("$settings: $parts", async ({ settings, parts }) => {
      const client = await clientWith(settings);
      expect((await client.post(hello({ content: "x".repeat(parts * 153) }))).status).toBe(201);
      const refusal = await messageOf(await client.post(hello({ content: "x".repeat(parts * 153 + 1) })), 400);
      expect(refusal).toMatch(`${parts} are the most`);
    });
  });

  describe("whether texts to numbers that nobody has must say so", () => {
    const fake = "+4700000001";

    it("which they need not in the sandbox", async () => {
      expect((await (await clientWith({})).post(hello({ recipient: fake }))).status).toBe(201);
    });

    it.each([true, "true"])("TestInProd: %o says so", async (TestInProd) => {
      const client = await clientWith({ fakeNumbers: "test-in-prod" });
      const message = hello({ recipient: fake, properties: { TestInProd } });
      expect((await client.post(message)).status).toBe(201);
    });

    it.each([{}, { properties: {} }, { properties: { TestInProd: false } }, { properties: { Test: true } }])(
      "%o does not",
      async (more) => {
        const client = await clientWith({ fakeNumbers: "test-in-prod" });
        const message = hello({ recipient: fake, ...more });
        expect(await messageOf(await client.post(message), 400)).toMatch(/needs properties.TestInProd/);
        expect((await client.batch([message])).status).toBe(201);
        expect(await client.shown(message.transactionId)).toMatchObject({ statusCode: "Failed" });
      },
    );

    it("nor may a scheduled message be changed to one", async () => {
      const client = await clientWith({ fakeNumbers: "test-in-prod" });
      const message = hello({ sendTime: "2099-01-01T00:00:00Z" });
      await client.post(message);
      const refusal = await messageOf(await client.put(message.transactionId, { ...message, recipient: fake }), 400);
      expect(refusal).toMatch(/needs properties.TestInProd/);
    });

    it("likewise charges, one-time passwords and pincodes", async () => {
      const seller = await openSeller(gateway);
      const settings = { fakeNumbers: "test-in-prod" };
      await gateway.operator("PATCH", `/admin/v1/accounts/${seller.id}`, { settings });
      const client = strexClient(gateway, seller);
      const charge = client.charge({ recipient: fake });
      await messageOf(await client.post(charge), 400);
      expect((await client.post({ ...charge, properties: { TestInProd: true } })).status).toBe(201);
      const code = { transactionId: randomUUID(), merchantId: "shop", recipient: fake, sender: "Shop" };
      await messageOf(await client.sendOtp(code), 400);
      await messageOf(await client.call("POST", "/pincodes", code), 400);
    });
  });

  it("none of what does not exist", async () => {
    const { id } = await gateway.account();
    for (const settings of [{ pincodes: "never" }, { allowUnicode: "maybe" }, { maxParts: 0 }, { maxParts: 256 }]) {
      expect(await gateway.refusal("PATCH", `/admin/v1/accounts/${id}`, { settings })).toMatchObject({ status: 400 });
    }
  });

  it("and take it back", async () => {
    const settings = { pincodes: "random", allowUnicode: "allow", fakeNumbers: "test-in-prod", maxParts: 3 };
    const { id } = await accountWith(gateway, settings);
    const path = `/admin/v1/accounts/${id}`;
    expect(await gateway.operator("GET", path)).toMatchObject({ settings });
    await gateway.operator("PATCH", path, { settings: { pincodes: null, maxParts: null } });
    const left = { allowUnicode: "allow", fakeNumbers: "test-in-prod" };
    expect((await gateway.operator("GET", path)).settings).toEqual(left);
  });
});

describe("where nothing is simulated", () => {
  const gateway = useGateway({ SANDBOX: "off" });
  let account: TestAccount;
  let client: ReturnType<typeof outMessageClient>;
  beforeAll(async () => {
    account = await gateway.account();
    client = outMessageClient(gateway, account);
  });

  it("a number that nobody has is none", async () => {
    expect(await messageOf(await client.post(hello({ recipient: "+4700000001" })), 400)).toMatch(/is a fake number/);
  });

  it.each([
    { recipient: "+4700000001", is: { statusCode: "Ok", detailedStatusCode: "Delivered" } },
    { recipient: "+4700000010", is: { statusCode: "Failed", detailedStatusCode: "Undelivered" } },
    { recipient: "+4700000020", is: { statusCode: "Failed", detailedStatusCode: "SubscriberBarred" } },
    { recipient: "+4700000077", is: { statusCode: "Ok", detailedStatusCode: "Delivered" } },
  ])("a test that says it is one is answered for: $recipient $is.detailedStatusCode", async ({ recipient, is }) => {
    const message = hello({ recipient, properties: { TestInProd: true } });
    expect((await client.post(message)).status).toBe(201);
    await vi.waitFor(async () => expect(await client.shown(message.transactionId)).toMatchObject(is), 20_000);
  });

  it("a text to any other number is refused, as no carrier takes it", async () => {
    const message = hello();
    expect((await client.post(message)).status).toBe(503);
    await expect(client.shown(message.transactionId)).rejects.toThrow("404");
    expect(await (await gateway.fetch("/health")).json()).toMatchObject({ status: "failing" });
  });

  it("nobody is in the directory", async () => {
    const known = await gateway.fetch("/api/lookup?msisdn=%2B4798079008", { headers: { "x-apikey": account.apiKey } });
    await messageOf(known, 404);
  });

  it("no pincode is the same each time", async () => {
    const tester = await accountWith(gateway, { fakeNumbers: "always" });
    const codes = await Promise.all(
      [1, 2, 3].map(async () => {
        const pincode = { ...hello({ recipient: "+4700000001" }), pincodeLength: 6 };
        const answer = await gateway.fetch("/api/pincodes", { headers: { "x-apikey": tester.apiKey }, json: pincode });
        expect(answer.status).toBe(204);
        return (await outMessageClient(gateway, tester).shown(pincode.transactionId)).content;
      }),
    );
    expect(new Set(codes).size).toBe(3);
  });
});
