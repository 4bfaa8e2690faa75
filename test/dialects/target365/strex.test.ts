/** Charges on the phone bill: what is taken, what is refused, and what comes of it. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);

describe("a transaction", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  /** The status as clients read it. */
  const statusOf = async (id: string) => {
    const { statusCode, detailedStatusCode, billed } = await client.shown(id);
    return [statusCode, detailedStatusCode, billed];
  };

  describe("when it is taken", () => {
    it("is answered with where it lies, and nothing else", async () => {
      const transaction = client.charge();
      const answer = await client.post(transaction);
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/strex/transactions/${transaction.transactionId}`);
      expect(await answer.text()).toBe("");
    });

    it("is shown with what it has, and without what it has not", async () => {
      const transaction = client.charge();
      await client.post(transaction);
      const answer = await client.get(transaction.transactionId);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.json()).toEqual({
        ...transaction,
        age: 0,
        deliveryMode: "AtMostOnce",
        statusCode: "Ok",
        detailedStatusCode: "Delivered",
        statusDescription: "Delivered",
        billed: true,
        smscTransactionId: expect.any(String),
        created: DATE,
        lastModified: DATE,
      });
      expect(await client.billed(transaction.recipient)).toEqual([4900]);
    });

    it("is shown with everything it was given", async () => {
      const transaction = client.charge({
        sessionId: "s-1",
        correlationId: "c-1",
        keywordId: "102",
        businessModel: "STREX-PAYMENT",
        age: 18,
        isRestricted: true,
        timeout: 10,
        price: 9.9,
        serviceCode: "01001",
        content: "You bought it",
        deliveryMode: "AtLeastOnce",
        tags: ["group:a/b"],
        properties: { foo: "bar", intValue: 123 },
        teletorg: { bNumber: "82000000", startTime: "2026-11-22T12:00:00.000+00:00", duration: 12, startPrice: 250 },
      });
      await client.post(transaction);
      expect(await client.shown(transaction.transactionId)).toMatchObject(transaction);
      expect(await client.billed(transaction.recipient)).toEqual([990]);
    });

    it("is charged once, however often the same request comes", async () => {
      const transaction = client.charge();
      const answers = await Promise.all(Array.from({ length: 5 }, () => client.post(transaction)));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
      expect((await client.post(transaction)).status).toBe(201);
      expect(await statusOf(transaction.transactionId)).toEqual(["Ok", "Delivered", true]);
      expect(await client.billed(transaction.recipient)).toEqual([4900]);
    });

    /** What clients of several ages and languages write for the same thing. */
    const spellings: { name: string; more: Record<string, unknown>; is?: Record<string, unknown> }[] = [
      { name: "a price as a text", more: { price: "49.00" }, is: { price: 49 } },
      { name: "a price with a comma", more: { price: "49,5" }, is: { price: 49.5 } },
      { name: "a service code as a number", more: { serviceCode: 14002 }, is: { serviceCode: "14002" } },
      { name: "a time limit of 0, which is the default", more: { timeout: 0 }, is: { timeout: 0 } },
      { name: "a time limit as a text", more: { timeout: "10" }, is: { timeout: 10 } },
      { name: "Java's name of isRestricted", more: { restricted: true }, is: { isRestricted: true } },
      {
        name: "capital letters",
        more: { businessModel: undefined, BusinessModel: "STREX-PAYMENT", AGE: 18 },
        is: { businessModel: "STREX-PAYMENT", age: 18 },
      },
      {
        name: "nulls for what is not set",
        more: { sessionId: null, tags: null, teletorg: null, oneTimePassword: null },
      },
      { name: "empty texts for what is not set", more: { sessionId: "", preAuthServiceId: "", oneTimePassword: "" } },
      {
        name: "what the gateway sets itself",
        more: { statusCode: "Failed", billed: false, created: "0001-01-01T00:00:00+00:00", resultCode: "1" },
      },
    ];
    it.each(spellings)("takes $name", async ({ more, is = {} }) => {
      expect(await client.shown(await client.charged(more))).toMatchObject({ statusCode: "Ok", billed: true, ...is });
    });
  });

  describe("is refused", () => {
    const cases: { name: string; more: Record<string, unknown>; why: RegExp }[] = [
      { name: "without an id", more: { transactionId: undefined }, why: /transactionId: is missing/ },
      { name: "with a reversal's id", more: { transactionId: "-1" }, why: /begins? with -/ },
      { name: "without a merchant", more: { merchantId: undefined }, why: /merchantId: is missing/ },
      { name: "for a merchant nobody knows", more: { merchantId: "nobody" }, why: /merchantId.*not a merchant/ },
      { name: "without a short number", more: { shortNumber: undefined }, why: /shortNumber: is missing/ },
      { name: "for a short number nobody has", more: { shortNumber: "1999" }, why: /not a short number/ },
      { name: "for a sender that is no short number", more: { shortNumber: "Shop" }, why: /not a short number/ },
      { name: "without a service code", more: { serviceCode: undefined }, why: /serviceCode: is missing/ },
      { name: "without an invoice text", more: { invoiceText: "" }, why: /invoiceText: is empty/ },
      { name: "without a price", more: { price: undefined }, why: /price: is missing/ },
      { name: "for nothing", more: { price: 0 }, why: /price: must be more than 0/ },
      { name: "for less than nothing", more: { price: -49 }, why: /price: must be more than 0/ },
      { name: "for a fraction of an øre", more: { price: 9.999 }, why: /price: .*two decimals/ },
      { name: "for next to nothing", more: { price: 1e-7 }, why: /price: .*two decimals/ },
      { name: "for more than anybody pays", more: { price: 10_000.01 }, why: /price: at most 10000/ },
      { name: "for 10 to the 21st", more: { price: 1e21 }, why: /price: .*two decimals/ },
      { name: "for a price that is no number", more: { price: "free" }, why: /price: .*two decimals/ },
      { name: "for a price of true", more: { price: true }, why: /price: .*two decimals/ },
      { name: "to what is no number", more: { recipient: "98079008" }, why: /not a phone number/ },
      { name: "with a negative age", more: { age: -1 }, why: /age: / },
      { name: "with a negative time limit", more: { timeout: -1 }, why: /timeout: must be 0 to 1440 minutes/ },
      { name: "with properties that are none", more: { properties: ["a"] }, why: /properties/ },
      {
        name: "without a recipient and a page to go back to",
        more: { recipient: undefined },
        why: /properties.RedirectUrl/,
      },
      {
        name: "without a recipient, with a page that is no address of the web",
        more: { recipient: "", properties: { RedirectUrl: "javascript:alert(1)" } },
        why: /properties.RedirectUrl/,
      },
      {
        name: "without a recipient, with half an address",
        more: { recipient: undefined, properties: { RedirectUrl: "/done" } },
        why: /properties.RedirectUrl/,
      },
      {
        name: "without a recipient, with a code",
        more: { recipient: undefined, oneTimePassword: "1234", properties: { RedirectUrl: "https://shop.example" } },
        why: /recipient: is missing/,
      },
    ];
    it.each(cases)("$name", async ({ more, why }) => {
      const recipient = newNumber();
      const transaction = client.charge({ recipient, ...more });
      expect(await messageOf(await client.post(transaction), 400)).toMatch(why);
      expect((await client.get(String(transaction.transactionId))).status).toBe(404);
      expect(await client.billed(recipient)).toEqual([]);
    });

    it("for a merchant or a short number of another account", async () => {
      const other = await openSeller(gateway);
      await gateway.operator("PUT", `/admin/v1/accounts/${other.id}/merchants/theirs`, {});
      const transaction = client.charge({ merchantId: "theirs" });
      expect(await messageOf(await client.post(transaction), 400)).toMatch(/not a merchant/);
      const atTheirs = client.charge({ shortNumber: other.shortNumber });
      expect(await messageOf(await client.post(atTheirs), 400)).toMatch(/not a short number/);
    });

    it("with a used id and other content", async () => {
      const transaction = client.charge();
      await client.post(transaction);
      const other = { ...transaction, price: 50 };
      expect(await messageOf(await client.post(other), 409)).toContain(transaction.transactionId);
      expect(await client.shown(transaction.transactionId)).toMatchObject({ price: 49 });
      expect(await client.billed(transaction.recipient)).toEqual([4900]);
    });
  });

  describe("of another account", () => {
    it("is not there", async () => {
      const id = await client.charged();
      await client.shown(id);
      const other = strexClient(gateway, await openSeller(gateway));
      await messageOf(await other.get(id), 404);
      await messageOf(await other.reverse(id), 404);
      await messageOf(await other.call("GET", `/reverse-payment?transactionId=${id}`), 404);
      expect(await statusOf(id)).toEqual(["Ok", "Delivered", true]);
    });

    it("may have the same id", async () => {
      const other = await openSeller(gateway);
      const transactionId = await client.charged();
      await strexClient(gateway, other).charged({ transactionId, price: 1 });
      expect(await client.shown(transactionId)).toMatchObject({ price: 49 });
      expect(await strexClient(gateway, other).shown(transactionId)).toMatchObject({ price: 1 });
    });
  });

  describe("that the operator declines", () => {
    const cases = [
      { who: "somebody barred", profile: { barred: true }, is: "SubscriberBarred" },
      { who: "somebody with too little left", profile: { prepaidBalance: 4899 }, is: "InsufficientFunds" },
      { who: "somebody at their limit", profile: { monthlyLimit: 4899 }, is: "SubscriberLimitExceeded" },
      { who: "somebody too young", profile: { age: 17 }, is: "SubscriberTooYoung" },
      { who: "somebody of unknown age", profile: { birthDate: null }, is: "UnknownAge" },
      { who: "somebody not registered", profile: { registered: false }, is: "RegistrationRequired" },
    ];
    it.each(cases)("says why: $who, $is", async ({ profile, is }) => {
      const recipient = newNumber();
      await client.subscriber(recipient, profile);
      const id = await client.charged({ recipient, age: 18 });
      expect(await statusOf(id)).toEqual(["Failed", is, false]);
      expect(await client.shown(id)).toMatchObject({ resultCode: is, resultDescription: expect.any(String) });
      expect(await client.billed(recipient)).toEqual([]);
    });

    it("waits for a registration where the client gave it time", async () => {
      const recipient = newNumber();
      await client.subscriber(recipient, { registered: false });
      const id = await client.charged({ recipient, timeout: 10 });
      const looked = statusOf(id);
      expect(await gateway.handset(recipient, { wait: 20, match: "register" })).toHaveLength(1);
      await client.subscriber(recipient, { registered: true });
      expect(await looked).toEqual(["Ok", "Delivered", true]);
      expect(await client.billed(recipient)).toEqual([4900]);
    });

    it("waits for it no longer than that", async () => {
      const recipient = newNumber();
      await client.subscriber(recipient, { registered: false });
      const id = await client.charged({ recipient, timeout: 10 });
      await gateway.handset(recipient, { wait: 20, match: "register" });
      await gateway.advance(11 * 60);
      expect(await statusOf(id)).toEqual(["Failed", "RegistrationRequired", false]);
    });
  });

  describe("with a one-time password", () => {
    /** Sends one; answers what a charge by it must have. */
    const sent = async (more: Record<string, unknown> = {}) => {
      const otp = {
        transactionId: randomUUID(),
        merchantId: "shop",
        recipient: newNumber(),
        recurring: false,
        ...more,
      };
      const answer = await client.sendOtp(otp);
      expect(answer.status).toBe(201);
      return { transactionId: otp.transactionId, recipient: otp.recipient };
    };

    it("is charged if it is right", async () => {
      const otp = await sent();
      const id = await client.charged({ ...otp, oneTimePassword: "1234" });
      const shown = await client.shown(id);
      expect(shown).toMatchObject({ statusCode: "Ok", billed: true });
      expect(shown).not.toHaveProperty("oneTimePassword");
      expect(JSON.stringify(shown)).not.toContain('"1234"');
    });

    const wrong: { name: string; more: Record<string, unknown>; is: string }[] = [
      { name: "is wrong", more: { oneTimePassword: "9999" }, is: "OneTimePasswordFailed" },
      { name: "was never sent", more: { transactionId: randomUUID() }, is: "OneTimePasswordFailed" },
      { name: "was sent to another person", more: { recipient: newNumber() }, is: "OneTimePasswordFailed" },
    ];
    it.each(wrong)("is not charged if it $name", async ({ more, is }) => {
      const otp = await sent();
      const transaction = client.charge({ ...otp, oneTimePassword: "1234", ...more });
      await client.post(transaction);
      expect(await statusOf(transaction.transactionId)).toEqual(["Failed", is, false]);
      expect(await client.billed(transaction.recipient)).toEqual([]);
    });

    it("is not charged if it is too old", async () => {
      const otp = await sent();
      await gateway.advance(121);
      const id = await client.charged({ ...otp, oneTimePassword: "1234" });
      expect(await statusOf(id)).toEqual(["Failed", "OneTimePasswordExpired", false]);
      expect(await client.billed(otp.recipient)).toEqual([]);
    });

    it("lives as long as was asked for", async () => {
      const otp = await sent({ timeToLive: 10 });
      await gateway.advance(9 * 60);
      expect(await statusOf(await client.charged({ ...otp, oneTimePassword: "1234" }))).toEqual([
        "Ok",
        "Delivered",
        true,
      ]);
    });

    it("is never charged by guessing", async () => {
      const otp = await sent();
      const tries = ["0000", "0001", "0002", "0003", "1234"];
      const answers = [];
      for (const oneTimePassword of tries) answers.push(await client.post(client.charge({ ...otp, oneTimePassword })));
      // An id is used once: what came first has failed, and what comes under it with another code is refused.
      expect(answers.map(({ status }) => status)).toEqual([201, 409, 409, 409, 409]);
      expect(await statusOf(otp.transactionId)).toEqual(["Failed", "OneTimePasswordFailed", false]);
      expect(await client.billed(otp.recipient)).toEqual([]);
    });
  });

  describe("that the person must confirm", () => {
    const LATER = { smsConfirmation: true };

    it("asks by SMS, and is charged when the answer is OK", async () => {
      const recipient = newNumber();
      const properties = { message_prefix: "Hi there.", message_suffix: "Bye." };
      const id = await client.charged({ ...LATER, recipient, properties });
      const looked = client.shown(id);
      const [question] = await gateway.handset(recipient, { wait: 20 });
      expect(question).toMatchObject({
        from: seller.shortNumber,
        text: expect.stringMatching(/^Hi there\. .*49 kr.* Bye\.$/),
      });
      expect(await client.billed(recipient)).toEqual([]);
      await client.write(recipient, "ok");
      expect(await looked).toMatchObject({ statusCode: "Ok", billed: true, smsConfirmation: true, properties });
      expect(await client.billed(recipient)).toEqual([4900]);
    });

    it("is not charged when there is no answer", async () => {
      const recipient = newNumber();
      const id = await client.charged({ ...LATER, recipient, timeout: 1 });
      await gateway.advance(61);
      expect(await statusOf(id)).toEqual(["Failed", "TimeoutError", false]);
      await client.write(recipient, "OK");
      await gateway.advance(1);
      expect(await client.billed(recipient)).toEqual([]);
    });
  });

  describe("on what the person agreed to", () => {
    it("asks the first time, and not again", async () => {
      const recipient = newNumber();
      const agreed = { recipient, preAuthServiceId: "magazine", preAuthServiceDescription: "The magazine" };
      const first = await client.charged(agreed);
      await gateway.handset(recipient, { wait: 20 });
      await client.write(recipient, "OK");
      expect(await client.shown(first)).toMatchObject({ statusCode: "Ok", ...agreed });

      const second = await client.charged({ ...agreed, price: 50 });
      expect(await client.shown(second)).toMatchObject({ statusCode: "Ok", price: 50 });
      expect(await client.billed(recipient)).toEqual([4900, 5000]);
      expect(await gateway.handset(recipient)).toHaveLength(1);
    });

    it("needs no question where a recurring one-time password was right", async () => {
      const recipient = newNumber();
      const transactionId = randomUUID();
      await client.sendOtp({ transactionId, merchantId: "shop", recipient, recurring: true });
      const agreed = { recipient, preAuthServiceId: "magazine" };
      await client.charged({ transactionId, ...agreed, oneTimePassword: "1234" });
      expect(await statusOf(transactionId)).toEqual(["Ok", "Delivered", true]);
      expect(await statusOf(await client.charged({ ...agreed, price: 50 }))).toEqual(["Ok", "Delivered", true]);
    });
  });

  describe("without a recipient", () => {
    it("waits for the person to come to its page", async () => {
      const properties = { RedirectUrl: "https://shop.example/done?id={TransactionId}", Recurring: true };
      const id = await client.charged({ recipient: undefined, properties });
      const { items } = await gateway.operator<{ items: Record<string, unknown>[] }>(
        "GET",
        `/admin/v1/transactions?account=${seller.id}&limit=500`,
      );
      expect(items.find(({ theirId }) => theirId === id)).toMatchObject({ state: "waiting", waitsFor: "window" });
    });
  });

  describe("that is reversed", () => {
    it("is answered with the reversal's id, and where it lies", async () => {
      const id = await client.charged();
      const answer = await client.reverse(id);
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/strex/transactions/-${id}`);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.json()).toEqual({ transactionId: `-${id}` });
    });

    it("has a reversal with the same members and the price negated, and does not change itself", async () => {
      const more = { tags: ["a"], properties: { foo: "bar" }, sessionId: "s", timeout: 10, price: 9.9 };
      const transaction = client.charge(more);
      await client.post(transaction);
      const before = await client.shown(transaction.transactionId);
      await client.reverse(transaction.transactionId);
      const reversal = await client.shown(`-${transaction.transactionId}`);
      expect(reversal).toMatchObject({
        ...transaction,
        transactionId: `-${transaction.transactionId}`,
        price: -9.9,
        statusCode: "Reversed",
        detailedStatusCode: "Delivered",
      });
      const { lastModified: _, ...same } = before;
      expect(await client.shown(transaction.transactionId)).toMatchObject(same);
      expect(await client.billed(transaction.recipient)).toEqual([990, -990]);
    });

    it("is reversed once", async () => {
      const transaction = client.charge();
      await client.post(transaction);
      await client.shown(transaction.transactionId);
      const answers = await Promise.all([1, 2, 3].map(() => client.reverse(transaction.transactionId)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      await client.shown(`-${transaction.transactionId}`);
      await messageOf(await client.reverse(transaction.transactionId), 409);
      expect(await client.billed(transaction.recipient)).toEqual([4900, -4900]);
    });

    it("cannot be a reversal, nor one that failed, nor one that is not there", async () => {
      const id = await client.charged();
      await client.reverse(id);
      expect(await messageOf(await client.reverse(`-${id}`), 409)).toMatch(/is a reversal/);
      const failed = await client.charged({ recipient: "+4700000020" });
      expect(await messageOf(await client.reverse(failed), 409)).toMatch(/not billed/);
      await messageOf(await client.reverse(randomUUID()), 404);
    });

    it("may be so in the old way", async () => {
      const id = await client.charged();
      const answer = await client.call("GET", `/reverse-payment?transactionId=${id}`);
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/strex/transactions/-${id}`);
      expect(await statusOf(`-${id}`)).toEqual(["Reversed", "Delivered", true]);
      await messageOf(await client.call("GET", "/reverse-payment"), 400);
      await messageOf(await client.call("GET", `/reverse-payment?transactionId=${id}`), 409);
    });
  });

  it("is found under an id that an SDK escapes as a form does", async () => {
    const transactionId = `spaced out ${randomUUID()}`;
    await client.charged({ transactionId });
    const answer = await client.call("GET", `/strex/transactions/${transactionId.replaceAll(" ", "+")}`);
    expect(await answer.json()).toMatchObject({ transactionId, statusCode: "Ok" });
  });

  const methods = [
    { path: "/strex/transactions", allow: "POST" },
    { path: "/strex/transactions/1", allow: "GET, DELETE" },
    { path: "/strex/one-time-passwords", allow: "POST" },
    { path: "/strex/one-time-passwords/1", allow: "GET" },
    { path: "/strex/merchants", allow: "GET" },
    { path: "/strex/merchants/shop", allow: "GET, PUT, DELETE" },
    { path: "/strex/validity", allow: "GET" },
    { path: "/strex/userinfo-v3", allow: "GET" },
    { path: "/strex/registrationsms", allow: "POST" },
    { path: "/strex/token/shop", allow: "GET, DELETE" },
    { path: "/one-click/configs/magazine", allow: "GET, PUT" },
  ];
  it.each(methods)("has addresses that say which methods they take: $path", async ({ path, allow }) => {
    const answer = await client.call("PATCH", path, {});
    expect(answer.headers.get("allow")).toBe(allow);
    await messageOf(answer, 405);
    expect((await gateway.fetch(`/api${path}`)).status).toBe(401);
  });
});
