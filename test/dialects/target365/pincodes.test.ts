/** Pincodes: sending one, and asking whether the one that somebody brings is right. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { messageOf, outMessageClient } from "../../support/target365-client.ts";

type Pincode = Record<string, unknown> & { transactionId: string; recipient: string };

describe("a pincode", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });

  const aPincode = (more: Record<string, unknown> = {}): Pincode => ({
    transactionId: randomUUID(),
    recipient: newNumber(),
    sender: "Shop",
    ...more,
  });
  const send = (json: unknown, { apiKey } = account) =>
    gateway.fetch("/api/pincodes", { headers: { "x-apikey": apiKey }, json });
  const sent = async (more: Record<string, unknown> = {}, by = account): Promise<Pincode> => {
    const pincode = aPincode(more);
    const answer = await send(pincode, by);
    if (answer.status !== 204) throw new Error(`the pincode was refused: ${answer.status} ${await answer.text()}`);
    return pincode;
  };
  const ask = (query: Record<string, string>, { apiKey } = account) =>
    gateway.fetch(`/api/pincodes/verification?${new URLSearchParams(query)}`, { headers: { "x-apikey": apiKey } });
  const verify = async ({ transactionId }: Pincode, pincode: string, by = account): Promise<string> => {
    const answer = await ask({ transactionId, pincode }, by);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    return answer.text();
  };
  const setting = async (settings: Record<string, unknown>) => {
    const other = await gateway.account();
    await gateway.operator("PATCH", `/admin/v1/accounts/${other.id}`, { settings });
    return other;
  };

  it("goes to the person, with the texts around it just as they are", async () => {
    const { transactionId, recipient } = await sent({ prefixText: "Code:", suffixText: ". Bye", tags: ["pin/a"] });
    const [text] = await gateway.handset(recipient, { wait: 20 });
    expect(text).toMatchObject({ from: "Shop", text: "Code:1234. Bye" });
    await gateway.advance(1);
    expect(await outMessageClient(gateway, account).shown(transactionId)).toMatchObject({
      ...{ transactionId, recipient, sender: "Shop", content: "Code:1234. Bye", tags: ["pin/a"] },
      ...{ timeToLive: 5, statusCode: "Ok", detailedStatusCode: "Delivered", delivered: true },
    });
  });

  it("alone is the whole text, which suites of SDKs read and pass on", async () => {
    const pincode = await sent();
    const { content } = await outMessageClient(gateway, account).shown(pincode.transactionId);
    expect(await verify(pincode, String(content))).toBe("true");
  });

  it.each([
    { length: 4, is: "1234" },
    { length: 5, is: "12345" },
    { length: 6, is: "123456" },
    { length: 0, is: "1234" },
  ])("of length $length is $is in the sandbox", async ({ length, is }) => {
    const pincode = await sent({ pincodeLength: length });
    expect(await verify(pincode, is)).toBe("true");
  });

  it("is another each time for an account that wants it so", async () => {
    const random = await setting({ pincodes: "random" });
    const pincode = await sent({ pincodeLength: 6 }, random);
    const { content } = await outMessageClient(gateway, random).shown(pincode.transactionId);
    expect(content).toMatch(/^\d{6}$/);
    expect(await verify(pincode, "123456", random)).toBe("false");
    expect(await verify(pincode, String(content), random)).toBe("true");
  });

  it("is right as often as it is asked, where nothing else is said", async () => {
    const pincode = await sent();
    expect([await verify(pincode, "1234"), await verify(pincode, " 1234 ")]).toEqual(["true", "true"]);
  });

  it.each(["AtMostOnce", "atmostonce"])("is right once with %s", async (verificationMode) => {
    const pincode = await sent({ verificationMode });
    expect(await verify(pincode, "4321")).toBe("false");
    expect([await verify(pincode, "1234"), await verify(pincode, "1234")]).toEqual(["true", "false"]);
  });

  it("is right for only one of many who ask at once, with AtMostOnce", async () => {
    const pincode = await sent({ verificationMode: "AtMostOnce" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(pincode, "1234")));
    expect(answers.filter((answer) => answer === "true")).toHaveLength(1);
  });

  it.each([
    { given: {}, tries: 3 },
    { given: { maxAttempts: 1 }, tries: 1 },
    { given: { maxAttempts: 5 }, tries: 5 },
  ])("may be tried $tries times for $given", async ({ given, tries }) => {
    const [early, late] = [await sent(given), await sent(given)];
    for (let n = 1; n < tries; n++) expect(await verify(early, "0000")).toBe("false");
    expect(await verify(early, "1234")).toBe("true");
    for (let n = 1; n <= tries; n++) expect(await verify(late, "0000")).toBe("false");
    expect(await verify(late, "1234")).toBe("false");
  });

  it("is right for five minutes", async () => {
    const pincode = await sent();
    await gateway.advance(299);
    expect(await verify(pincode, "1234")).toBe("true");
    await gateway.advance(2);
    expect(await verify(pincode, "1234")).toBe("false");
  });

  it("nobody sent is not right", async () => {
    expect(await verify(aPincode(), "1234")).toBe("false");
  });

  it("of another account is not right, and its tries are not used up", async () => {
    const [pincode, other] = [await sent({ maxAttempts: 1 }), await gateway.account()];
    expect(await verify(pincode, "0000", other)).toBe("false");
    expect(await verify(pincode, "1234", other)).toBe("false");
    expect(await verify(pincode, "1234")).toBe("true");
  });

  it.each([{}, { transactionId: "a" }, { pincode: "1234" }, { transactionId: "", pincode: "" }])(
    "cannot be asked about with %o alone",
    async (query) => {
      expect(await messageOf(await ask(query as Record<string, string>), 400)).toMatch(/is missing from the query/);
    },
  );

  it("is sent once, however often the very same is asked for", async () => {
    const pincode = await sent({ prefixText: "Once " });
    expect((await send(pincode)).status).toBe(204);
    expect((await send({ ...pincode, PrefixText: "Once ", prefixText: undefined })).status).toBe(204);
    await gateway.advance(1);
    expect(await gateway.handset(pincode.recipient)).toHaveLength(1);
  });

  it.each([
    { prefixText: "Other " },
    { recipient: "+4798079008" },
    { pincodeLength: 5 },
    { maxAttempts: 5 },
    { verificationMode: "AtMostOnce" },
    { tags: ["x"] },
  ])("is refused with a used id and %o", async (other) => {
    const pincode = await sent();
    expect(await messageOf(await send({ ...pincode, ...other }), 409)).toMatch(/was used before/);
    expect(await verify(pincode, "1234")).toBe("true");
  });

  it("is refused with the id of a message, and sends nothing", async () => {
    const transactionId = await gateway.send(account);
    const pincode = aPincode({ transactionId });
    expect(await messageOf(await send(pincode), 409)).toMatch(/was used before/);
    expect(await verify(pincode, "1234")).toBe("false");
    await gateway.advance(1);
    expect(await gateway.handset(pincode.recipient)).toHaveLength(0);
  });

  it("keeps its id from any other message", async () => {
    const { transactionId } = await sent();
    const message = { transactionId, sender: "Shop", recipient: newNumber(), content: "1234" };
    await messageOf(await outMessageClient(gateway, account).post(message), 409);
    await messageOf(await outMessageClient(gateway, account).delete(transactionId), 409);
  });

  const refused: { name: string; more: Record<string, unknown>; why: RegExp }[] = [
    { name: "without an id", more: { transactionId: undefined }, why: /transactionId: is missing/ },
    { name: "without a number", more: { recipient: undefined }, why: /recipient: is missing/ },
    { name: "without a sender", more: { sender: undefined }, why: /sender: is missing/ },
    { name: "to what is no number", more: { recipient: "98079008" }, why: /not a phone number/ },
    { name: "from a sender that is not the account's", more: { sender: "Bank" }, why: /not a sender/ },
    { name: "of three digits", more: { pincodeLength: 3 }, why: /pincodeLength: must be 4 to 6 digits/ },
    { name: "of seven digits", more: { pincodeLength: 7 }, why: /pincodeLength: must be 4 to 6 digits/ },
    { name: "with six attempts", more: { maxAttempts: 6 }, why: /maxAttempts: must be 1 to 5 attempts/ },
    { name: "in a mode nobody knows", more: { verificationMode: "Never" }, why: /verificationMode/ },
  ];
  it.each(refused)("is refused $name", async ({ more, why }) => {
    expect(await messageOf(await send(aPincode(more)), 400)).toMatch(why);
  });

  it("is refused to a person who was sent too many in an hour", async () => {
    const recipient = newNumber();
    for (let n = 0; n < 30; n++) await sent({ recipient });
    expect(await messageOf(await send(aPincode({ recipient })), 429)).toMatch(/too many codes/);
  });
});
