/** A person writes to a short number: the customer whose keyword it is hears of it, signed, until they have. */

import { createHash, createPublicKey, verify } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";
import { openSeller, type Seller, strexClient } from "../support/target365-client.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("a text to a keyword", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  afterEach(() => receiver.behave(() => ({ status: 200 })));

  const register = async (seller: Seller, more: Record<string, unknown>, number = seller.shortNumber) => {
    const answer = await strexClient(gateway, seller).call("POST", "/keywords", {
      shortNumberId: `NO-${number}`,
      mode: "Exact",
      forwardUrl: `${receiver.url}/${seller.id}`,
      enabled: true,
      ...more,
    });
    if (answer.status !== 201) throw new Error(`the keyword was refused: ${answer.status} ${await answer.text()}`);
    return answer.headers.get("location")?.split("/").at(-1) ?? "";
  };
  let written = 0;
  /** The person writes; answers the carrier's id of the text. */
  const write = async (from: string, to: string, text: string, theirId = `mo-${++written}`) => {
    const path = `/sandbox/v1/handsets/${encodeURIComponent(from)}/messages`;
    await gateway.operator("POST", path, { to, text, theirId });
    return theirId;
  };
  const came = ({ id }: Seller) => receiver.received.filter(({ url }) => url === `/${id}`);
  const next = async (seller: Seller, count = 1) =>
    (await receiver.next(count, ({ url }) => url === `/${seller.id}`)).at(-1) as Received;
  const shown = async (seller: Seller, id: string) => {
    const path = `/in-messages/NO-${seller.shortNumber}/${id}`;
    return (await (await strexClient(gateway, seller).call("GET", path)).json()) as Record<string, unknown>;
  };

  it("is forwarded with a signature that the published key verifies, and can be looked up", async () => {
    const seller = await openSeller(gateway);
    const person = newNumber();
    const keywordId = await register(seller, { keywordText: "HELLO", tags: ["Foo"], customProperties: { basket: 7 } });
    const id = await write(person, seller.shortNumber, "Hello, you");
    const received = await next(seller);
    expect(received.method).toBe("POST");
    expect(received.headers["content-type"]).toBe("application/json");
    expect(received.json).toEqual({
      transactionId: id,
      keywordId,
      sender: person,
      recipient: seller.shortNumber,
      content: "Hello, you",
      isStopMessage: false,
      processAttempts: 1,
      processed: false,
      created: expect.stringMatching(/\+00:00$/),
      tags: ["Foo"],
      properties: { basket: 7 },
    });
    expect(await isSigned(seller, received)).toBe(true);
    expect(await isSigned(seller, { ...received, body: received.body.replace("you", "me") })).toBe(false);
    await gateway.advance(0);
    expect(await shown(seller, id)).toEqual({ ...received.json, processed: true });
  });

  it("is tried again until it is answered with just 200, each time counted and signed anew", async () => {
    const seller = await openSeller(gateway);
    await register(seller, { keywordText: "AGAIN" });
    const answers = [503, 204, 302, 200];
    receiver.behave(() => ({ status: answers.shift() ?? 200 }));
    const id = await write(newNumber(), seller.shortNumber, "again");
    await gateway.advance(HOUR);
    const calls = came(seller);
    expect(calls.map(({ json }) => json.processAttempts)).toEqual([1, 2, 3, 4]);
    expect(new Set(calls.map(({ json }) => json.transactionId))).toEqual(new Set([id]));
    expect(new Set(calls.map(({ headers }) => headers["x-ecdsa-signature"])).size).toBe(4);
    expect(await Promise.all(calls.map((call) => isSigned(seller, call)))).toEqual([true, true, true, true]);
    expect(await shown(seller, id)).toMatchObject({ processed: true, processAttempts: 4 });
  });

  it("is given up after 19 more tries over about 48 hours, and can still be looked up", async () => {
    const seller = await openSeller(gateway);
    await register(seller, { keywordText: "NEVER" });
    receiver.behave(() => ({ status: 500 }));
    const id = await write(newNumber(), seller.shortNumber, "never");
    await gateway.advance(49 * HOUR);
    expect(came(seller)).toHaveLength(20);
    expect(await gateway.webhooks(seller, { state: "dead" })).toMatchObject([{ kind: "inbound", attempts: 20 }]);
    expect(await shown(seller, id)).toMatchObject({ processed: false, processAttempts: 20 });
  });

  it("is forwarded once, however often its carrier reports it", async () => {
    const seller = await openSeller(gateway);
    const person = newNumber();
    await register(seller, { keywordText: "ONCE" });
    for (let times = 0; times < 3; times++) await write(person, seller.shortNumber, "once", `once-${seller.id}`);
    await write(person, seller.shortNumber, "once", `twice-${seller.id}`);
    await gateway.advance(DAY);
    expect(came(seller).map(({ json }) => json.transactionId)).toEqual([`once-${seller.id}`, `twice-${seller.id}`]);
  });

  it("is for one account of those that share a number, and STOP is for whom it names", async () => {
    const [arcade, paper] = [await openSeller(gateway), await openSeller(gateway)];
    await gateway.operator("PUT", `/admin/v1/accounts/${paper.id}/senders/${arcade.shortNumber}`, {
      kind: "short-number",
      country: "NO",
      isShared: true,
    });
    await register(arcade, { keywordText: "GAMES" });
    await register(paper, { keywordText: "*", mode: "Wildcard" }, arcade.shortNumber);
    const person = newNumber();
    for (const text of ["games", "anything", "STOP GAMES", "Stopp!", "stoppested?"]) {
      await write(person, arcade.shortNumber, text);
    }
    await gateway.advance(0);
    const told = (seller: Seller) =>
      came(seller)
        .map(({ json }) => `${json.content}${json.isStopMessage ? ", a stop" : ""}`)
        .sort();
    expect(told(arcade)).toEqual(["STOP GAMES, a stop", "games"]);
    expect(told(paper)).toEqual(["Stopp!, a stop", "anything", "stoppested?"]);

    const taken = await strexClient(gateway, paper).call("POST", "/keywords", {
      shortNumberId: `NO-${arcade.shortNumber}`,
      keywordText: "games",
      mode: "Exact",
      forwardUrl: receiver.url,
      enabled: true,
    });
    expect(taken.status).toBe(400);
  });

  it("is not forwarded while its keyword is off", async () => {
    const seller = await openSeller(gateway);
    await register(seller, { keywordText: "OFF", enabled: false });
    const id = await write(newNumber(), seller.shortNumber, "off");
    await gateway.advance(0);
    expect(came(seller)).toEqual([]);
    expect(await shown(seller, id)).not.toHaveProperty("keywordId");
  });

  it("that no expression of a customer can hold up is forwarded at once", async () => {
    const seller = await openSeller(gateway);
    await register(seller, { keywordText: "^(a|aa)+(a+)+!$", mode: "Regex" });
    await write(newNumber(), seller.shortNumber, `${"a".repeat(1_900)}?`);
    await write(newNumber(), seller.shortNumber, "aaa!");
    expect((await next(seller)).json.content).toBe("aaa!");
  });

  it("leaves no full number in the log", async () => {
    const seller = await openSeller(gateway);
    await register(seller, { keywordText: "HUSH" });
    const person = newNumber();
    await write(person, seller.shortNumber, "hush");
    await next(seller);
    await gateway.advance(0);
    expect(gateway.log.join("\n")).toContain("inbound.received");
    expect(gateway.log.join("\n")).not.toContain(person.slice(1));
  });

  describe("with pre-authorisation", () => {
    /** A seller of games, whose keyword says something at once and asks half a minute later. */
    const opened = async () => {
      const seller = await openSeller(gateway);
      const preAuthSettings = {
        active: true,
        merchantId: "shop",
        infoText: "Welcome to the games",
        infoSender: "Shop",
        prefixMessage: "Hi.",
        postfixMessage: "The Shop",
        delay: 0.5,
        serviceDescription: "games",
      };
      const keywordId = await register(seller, {
        keywordText: "GAMES",
        customProperties: { basket: 7 },
        preAuthSettings,
      });
      return { seller, keywordId, person: newNumber() };
    };
    const texts = async (person: string) => (await gateway.handset(person)).map(({ from, text }) => `${from}: ${text}`);
    const question = ({ shortNumber }: Seller) =>
      `${shortNumber}: Hi. Svar OK for å godta trekk på mobilregningen fra shop for games. Send STOP GAMES til ${shortNumber} for å avslutte. The Shop`;

    it("is forwarded when its person has said OK, and may be billed on that", async () => {
      const { seller, keywordId, person } = await opened();
      const client = strexClient(gateway, seller);
      const id = await write(person, seller.shortNumber, "GAMES");
      await gateway.advance(10);
      expect(await texts(person)).toEqual(["Shop: Welcome to the games"]);
      expect(await shown(seller, id)).toMatchObject({ properties: { basket: 7, ServiceId: keywordId } });
      await gateway.advance(30);
      expect(await texts(person)).toEqual(["Shop: Welcome to the games", question(seller)]);
      expect(came(seller)).toEqual([]);

      await write(person, seller.shortNumber, "ok");
      const received = await next(seller);
      const properties = { basket: 7, ServiceId: keywordId, preAuthorization: true };
      expect(received.json).toMatchObject({ transactionId: id, content: "GAMES", properties });
      expect(await isSigned(seller, received)).toBe(true);
      await gateway.advance(0);
      expect(await shown(seller, id)).toMatchObject({ processed: true, properties });

      const query = `?serviceId=${keywordId}&msisdn=${encodeURIComponent(person)}`;
      const token = await client.call("GET", `/strex/token/shop${query}`);
      expect(await token.json()).toMatch(/^[A-Z0-9]{24}$/);
      const charge = await client.charged({ recipient: person, preAuthServiceId: keywordId });
      expect(await client.shown(charge)).toMatchObject({ statusCode: "Ok", billed: true });

      await write(person, seller.shortNumber, "games");
      expect((await next(seller, 2)).json).toMatchObject({ content: "games", properties });
      expect(await texts(person)).toHaveLength(2);
    });

    it("is told something first, and asked after that, where nothing lies between", async () => {
      const { seller } = await opened();
      const preAuthSettings = { active: true, merchantId: "shop", infoText: "First", delay: 0 };
      await register(seller, { keywordText: "NOW", preAuthSettings });
      const people = Array.from({ length: 12 }, () => newNumber());
      await Promise.all(people.map((person) => write(person, seller.shortNumber, "NOW")));
      await gateway.advance(30);
      for (const person of people) {
        expect((await gateway.handset(person)).map(({ text }) => text.split(" ")[0])).toEqual(["First", "Svar"]);
      }
    });

    it("is forwarded without it when the person says STOP, who is then asked nothing", async () => {
      const { seller, keywordId, person } = await opened();
      await write(person, seller.shortNumber, "GAMES");
      await write(person, seller.shortNumber, "STOP GAMES");
      await gateway.advance(DAY);
      const told = came(seller).map(({ json }) => json);
      expect(told).toMatchObject([
        { content: "GAMES", isStopMessage: false, properties: { ServiceId: keywordId, preAuthorization: false } },
        { content: "STOP GAMES", isStopMessage: true, properties: { ServiceId: keywordId, preAuthorization: false } },
      ]);
      expect(await texts(person)).toEqual(["Shop: Welcome to the games"]);
    });

    it("is forwarded without it when a day has passed", async () => {
      const { seller, keywordId, person } = await opened();
      const id = await write(person, seller.shortNumber, "GAMES");
      await gateway.advance(DAY);
      expect(came(seller)).toEqual([]);
      await gateway.advance(60);
      expect(came(seller).map(({ json }) => json.properties)).toEqual([
        { basket: 7, ServiceId: keywordId, preAuthorization: false },
      ]);
      await write(person, seller.shortNumber, "OK");
      await gateway.advance(DAY);
      expect(came(seller)).toHaveLength(1);
      expect(await shown(seller, id)).toMatchObject({ properties: { preAuthorization: false }, processed: true });
    });

    it("STOP ends it, and nothing can be billed on it any more", async () => {
      const { seller, keywordId, person } = await opened();
      const client = strexClient(gateway, seller);
      await write(person, seller.shortNumber, "GAMES");
      await gateway.advance(60);
      await write(person, seller.shortNumber, "OK");
      await next(seller);
      await write(person, seller.shortNumber, "STOPP");
      const charge = await client.charged({ recipient: person, preAuthServiceId: keywordId });
      expect(await client.shown(charge)).toMatchObject({ statusCode: "Failed", detailedStatusCode: "MissingPreAuth" });
      expect(await client.billed(person)).toEqual([]);
    });
  });

  /** Whether the signature in the header is by the key it names, as its receiver can find out. */
  async function isSigned(seller: Seller, received: Received): Promise<boolean> {
    const header = String(received.headers["x-ecdsa-signature"]);
    const [keyName = "", timestamp = "", nonce = "", signature = ""] = header.split(":");
    const answer = await strexClient(gateway, seller).call("GET", `/server/public-keys/${keyName}`);
    const { publicKeyString } = (await answer.json()) as { publicKeyString: string };
    const hash = createHash("sha256").update(received.body).digest("base64");
    const text = `post${receiver.url}${received.url}`.toLowerCase() + timestamp + nonce + hash;
    const key = createPublicKey({ key: Buffer.from(publicKeyString, "base64"), format: "der", type: "spki" });
    return verify("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64"));
  }
});
