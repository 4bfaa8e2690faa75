/** One message at a time: what is taken, what is refused, and what is shown of it. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { type OutMessageBody, outMessageClient } from "../../support/target365-client.ts";

/** Far enough away that nothing happens to a message while it is looked at. */
const LATER = "2099-06-01T12:00:00Z";
const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);

describe("an out-message", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let account: TestAccount;
  let client: ReturnType<typeof outMessageClient>;

  beforeAll(async () => {
    account = await gateway.account();
    client = outMessageClient(gateway, account);
  });

  const hello = (more: Record<string, unknown> = {}) => ({
    transactionId: randomUUID(),
    sender: "Shop",
    recipient: newNumber(),
    content: "Hello",
    ...more,
  });
  const postRaw = (body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
    gateway.fetch("/api/out-messages", { method: "POST", body, headers: { "x-apikey": account.apiKey, ...headers } });
  const refusal = async (answer: Response, status = 400): Promise<string> => {
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    return (JSON.parse(text) as { Message: string }).Message;
  };

  describe("when it is taken", () => {
    it("is answered with where it lies, and nothing else", async () => {
      const message = hello();
      const answer = await client.post(message);
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/out-messages/${message.transactionId}`);
      expect(await answer.text()).toBe("");
    });

    it("is given an id where it brings none", async () => {
      const { transactionId: _, ...message } = hello({ sendTime: LATER });
      const answer = await client.post(message);
      const [id = ""] = (answer.headers.get("location") ?? "").split("/").slice(-1);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(await client.shown(id)).toMatchObject({ transactionId: id, content: "Hello" });
    });

    it("is a message of its own each time it brings no id", async () => {
      const { transactionId: _, ...message } = hello();
      await Promise.all([client.post(message), client.post(message)]);
      await gateway.advance(1);
      expect(await gateway.handset(message.recipient)).toHaveLength(2);
    });

    it("is shown with what it has, and without what it has not", async () => {
      const message = hello({ sendTime: LATER });
      await client.post(message);
      const answer = await client.get(message.transactionId);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.json()).toEqual({
        ...message,
        sendTime: "2099-06-01T12:00:00.000+00:00",
        timeToLive: 120,
        priority: "Normal",
        deliveryMode: "AtMostOnce",
        statusCode: "Queued",
        detailedStatusCode: "None",
        statusDescription: "Not sent yet",
        smscMessageParts: 1,
        created: DATE,
        lastModified: DATE,
      });
    });

    it("is shown with everything it was given", async () => {
      const message = hello({
        sessionId: "s-1",
        correlationId: "c-1",
        keywordId: "102",
        allowUnicode: true,
        sendTime: "2099-06-01T12:00:00.000+00:00",
        timeToLive: 1440,
        priority: "High",
        deliveryMode: "AtLeastOnce",
        deliveryReportUrl: "https://shop.example.com/reports?a=1",
        tags: ["group:a/b", "plain"],
        properties: { TestInProd: true, foo: "bar", intValue: 123, deep: { list: [1, null] } },
      });
      await client.post(message);
      expect(await client.shown(message.transactionId)).toMatchObject(message);
    });

    it("is shown as delivered, by whom and in how many parts, once the handset has it", async () => {
      const message = hello({ content: "x".repeat(161), deliveryReportUrl: receiver.url });
      await client.post(message);
      await receiver.next(1, ({ json }) => json.transactionId === message.transactionId);
      expect(await client.shown(message.transactionId)).toMatchObject({
        statusCode: "Ok",
        detailedStatusCode: "Delivered",
        delivered: true,
        operatorId: expect.stringMatching(/^no\.(telenor|telia|ice)$/),
        smscTransactionId: expect.stringMatching(/^[0-9a-f]{11}$/),
        smscMessageParts: 2,
        sendTime: DATE,
      });
    });

    /** Fates of numbers that nobody has. */
    const fates = [
      { recipient: "+4700000001", is: ["Ok", "Delivered", true] },
      { recipient: "+4700000010", is: ["Failed", "Undelivered", false] },
      { recipient: "+4700000020", is: ["Failed", "SubscriberBarred", false] },
      { recipient: "+4700000099", is: ["Ok", "Delivered", true] },
    ];
    it.each(fates)("ends as $is when it goes to $recipient", async ({ recipient, is }) => {
      const message = hello({ recipient, deliveryReportUrl: receiver.url });
      await client.post(message);
      const [report] = await receiver.next(1, ({ json }) => json.transactionId === message.transactionId);
      for (const { statusCode, detailedStatusCode, delivered } of [
        report?.json ?? {},
        await client.shown(message.transactionId),
      ]) {
        expect([statusCode, detailedStatusCode, delivered]).toEqual(is);
      }
    });
  });

  describe("is read", () => {
    const cases: { name: string; more: Record<string, unknown>; is?: Record<string, unknown> }[] = [
      { name: "with timeToLive 0 for not set, as Java writes it", more: { timeToLive: 0 }, is: { timeToLive: 120 } },
      { name: "with a number written as a text", more: { timeToLive: "60" }, is: { timeToLive: 60 } },
      { name: "with the shortest life time", more: { timeToLive: 5 }, is: { timeToLive: 5 } },
      { name: "with the longest life time", more: { timeToLive: 1440 }, is: { timeToLive: 1440 } },
      {
        name: "with nulls for what is not set, as .NET writes them",
        more: {
          sessionId: null,
          tags: null,
          strex: null,
          timeToLive: null,
          allowUnicode: null,
          deliveryReportUrl: null,
        },
        is: { timeToLive: 120 },
      },
      {
        name: "with empty texts for what is not set",
        more: { sessionId: "", correlationId: "", deliveryReportUrl: "" },
      },
      {
        name: "without regard to what the gateway sets itself",
        more: {
          statusCode: "Ok",
          detailedStatusCode: "Delivered",
          delivered: true,
          billed: true,
          created: "0001-01-01T00:00:00+00:00",
          lastModified: "",
          smscMessageParts: 0,
          operatorId: "no.telia",
        },
        is: { statusCode: "Queued", detailedStatusCode: "None" },
      },
      { name: "without regard to members nobody knows", more: { flavour: { vanilla: [] }, constructor: 1 } },
      {
        name: "with names of a list in any case",
        more: { priority: "HIGH", deliveryMode: "atleastonce" },
        is: { priority: "High", deliveryMode: "AtLeastOnce" },
      },
      {
        name: "with a time without a zone, which is UTC",
        more: { sendTime: "2099-06-01T12:00:00" },
        is: { sendTime: "2099-06-01T12:00:00.000+00:00" },
      },
      {
        name: "with a time in another zone",
        more: { sendTime: "2099-06-01T14:00:00.1234567+02:00" },
        is: { sendTime: "2099-06-01T12:00:00.123+00:00" },
      },
      { name: "with empty lists and objects", more: { tags: [], properties: {} } },
      {
        name: "with the spaces people write in numbers",
        more: { recipient: "+47 91 99 99 99" },
        is: { recipient: "+4791999999" },
      },
    ];
    it.each(cases)("$name", async ({ more, is = {} }) => {
      const message = hello({ sendTime: LATER, ...more });
      const answer = await client.post(message);
      expect(answer.status, await answer.text()).toBe(201);
      const shown = await client.shown(message.transactionId);
      expect(shown).toMatchObject({ sender: "Shop", content: "Hello", ...is });
      for (const value of Object.values(shown)) expect([null, "", []]).not.toContainEqual(value);
      expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(["delivered"]));
    });

    it("with its members in any case", async () => {
      const id = randomUUID();
      const answer = await client.post({
        TransactionID: id,
        SENDER: "Shop",
        Recipient: newNumber(),
        content: "Hello",
        SendTime: LATER,
        Properties: { Foo: 1 },
      });
      expect(answer.status).toBe(201);
      expect(await client.shown(id)).toMatchObject({ transactionId: id, sender: "Shop", properties: { Foo: 1 } });
    });

    it.each(["0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00.0000000+01:00"])(
      "with the sendTime %s as to be sent now",
      async (sendTime) => {
        const message = hello({ sendTime });
        expect((await client.post(message)).status).toBe(201);
        expect(await gateway.handset(message.recipient, { wait: 20 })).toHaveLength(1);
      },
    );

    const types = [
      { name: "without a content type, as PHP and Python send it", headers: {} },
      { name: "as text/plain, as Node sends it", headers: { "content-type": "text/plain;charset=UTF-8" } },
      { name: "as a form, whatever it says", headers: { "content-type": "application/x-www-form-urlencoded" } },
      { name: "whatever its client wants back", headers: { accept: "text/csv" } },
    ];
    it.each(types)("$name", async ({ headers }) => {
      const body = new TextEncoder().encode(JSON.stringify(hello({ sendTime: LATER })));
      expect((await postRaw(new Uint8Array(body), headers)).status).toBe(201);
    });

    it("with the commas too many that the guides' examples have", async () => {
      const { recipient } = hello();
      const body = `{ "sender": "Shop", "recipient": "${recipient}", "content": "a, b,]", "tags": ["x",], }`;
      expect((await postRaw(body)).status).toBe(201);
      expect(await gateway.handset(recipient, { wait: 20 })).toMatchObject([{ text: "a, b,]" }]);
    });

    it("with members that nobody knows, which its timeline names", async () => {
      const known = { statusCode: "Queued", created: "2026-11-22T12:00:00+00:00", SMSCMESSAGEPARTS: 1, tags: null };
      const message = hello({ sendTime: LATER, ...known, colour: "red", nothing: null, Txet: "Hello" });
      expect((await client.post(message)).status).toBe(201);
      expect(await gateway.timeline(account, message.transactionId)).toMatchObject([
        { event: "accepted" },
        { event: "request.unknown_members", members: ["colour", "Txet"] },
      ]);
    });

    it("with none but those that it knows, which its timeline has nothing to say of", async () => {
      const message = hello({ sendTime: LATER });
      expect((await client.post(message)).status).toBe(201);
      expect(await gateway.timeline(account, message.transactionId)).toHaveLength(1);
    });
  });

  describe("is refused", () => {
    const cases: { name: string; more: Record<string, unknown>; why: RegExp }[] = [
      { name: "without a sender", more: { sender: undefined }, why: /^sender: is missing/ },
      { name: "with null for a recipient", more: { recipient: null }, why: /^recipient: is missing/ },
      { name: "with an empty recipient", more: { recipient: "" }, why: /^recipient: is empty/ },
      { name: "with a number without +", more: { recipient: "4798079008" }, why: /not a phone number.*\+/ },
      { name: "with a number without its country", more: { recipient: "98079008" }, why: /not a phone number/ },
      { name: "with a number that nobody can have", more: { recipient: "+47123" }, why: /not a phone number/ },
      { name: "with a recipient that is no number", more: { recipient: "Ola" }, why: /not a phone number/ },
      {
        name: "with several recipients in one text",
        more: { recipient: "+4798079008,+4798079009" },
        why: /not a phone/,
      },
      { name: "with a sender that is not the account's", more: { sender: "Bank" }, why: /not a sender of account/ },
      { name: "with a sender in another case", more: { sender: "SHOP" }, why: /not a sender/ },
      { name: "with a sender that is no text", more: { sender: 2002 }, why: /^sender: / },
      { name: "with a content that is no text", more: { content: 7 }, why: /^content: / },
      { name: "without a text", more: { content: undefined }, why: /^content: is missing or empty$/ },
      { name: "with null for a text", more: { content: null }, why: /^content: is missing or empty$/ },
      { name: "with an empty text", more: { content: "" }, why: /^content: is missing or empty$/ },
      {
        name: "with its text under another name",
        more: { content: undefined, Text: "Hello" },
        why: /^content: is missing or empty; "Text" is not known here: the text goes in "content"$/,
      },
      {
        name: "with its text under a misspelt name",
        more: { content: undefined, contnet: "Hello" },
        why: /"contnet" is not known here: the text goes in "content"$/,
      },
      { name: "with an id that is no text", more: { transactionId: 7 }, why: /^transactionId: / },
      { name: "with an id of 201 characters", more: { transactionId: "i".repeat(201) }, why: /^transactionId: .*200/ },
      { name: "with an id that ends with a space", more: { transactionId: "id " }, why: /^transactionId: / },
      { name: "with an id that breaks the line", more: { transactionId: "i\nd" }, why: /^transactionId: / },
      { name: "with an id that no path can hold", more: { transactionId: ".." }, why: /^transactionId: / },
      { name: "with a priority nobody knows", more: { priority: "Urgent" }, why: /^priority: .*High/ },
      { name: "with a delivery mode nobody knows", more: { deliveryMode: "Once" }, why: /^deliveryMode: / },
      { name: "with allowUnicode as a text", more: { allowUnicode: "maybe" }, why: /^allowUnicode: / },
      { name: "with a life time too short", more: { timeToLive: 4 }, why: /^timeToLive: must be 5 to 1440/ },
      { name: "with a life time too long", more: { timeToLive: 1441 }, why: /^timeToLive: must be 5 to 1440/ },
      { name: "with a negative life time", more: { timeToLive: -5 }, why: /^timeToLive: / },
      { name: "with half a minute", more: { timeToLive: 5.5 }, why: /^timeToLive: / },
      { name: "with a life time in words", more: { timeToLive: "an hour" }, why: /^timeToLive: / },
      { name: "with a time that is none", more: { sendTime: "tomorrow" }, why: /^sendTime: .*2026-11-22T12:00:00Z/ },
      { name: "with a time as a number", more: { sendTime: 1_700_000_000 }, why: /^sendTime: / },
      {
        name: "with a relative URL for its report",
        more: { deliveryReportUrl: "/reports" },
        why: /^deliveryReportUrl: .*absolute/,
      },
      {
        name: "with an ftp URL for its report",
        more: { deliveryReportUrl: "ftp://shop.test/" },
        why: /^deliveryReportUrl: /,
      },
      {
        name: "with a script for its report",
        more: { deliveryReportUrl: "javascript:alert(1)" },
        why: /^deliveryReportUrl: /,
      },
      { name: "with tags that are no list", more: { tags: "a" }, why: /^tags: / },
      { name: "with a tag that is no text", more: { tags: ["a", 7] }, why: /^tags\.1: / },
      { name: "with properties that are no object", more: { properties: ["a"] }, why: /^properties: / },
      { name: "with too many properties", more: { properties: { x: "x".repeat(16_000) } }, why: /^properties / },
      { name: "with properties too deep", more: { properties: { x: nested(31) } }, why: /^properties / },
    ];
    it.each(cases)("$name", async ({ more, why }) => {
      expect(await refusal(await client.post(hello(more)))).toMatch(why);
    });

    it("and leaves nothing behind: its id can be used once it is right", async () => {
      const message = hello();
      await refusal(await client.post({ ...message, sender: "Bank" }));
      expect((await client.get(message.transactionId)).status).toBe(404);
      expect((await client.post(message)).status).toBe(201);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toHaveLength(1);
    });

    it("with a sender that is another account's", async () => {
      const other = await gateway.account();
      await gateway.operator("PUT", `/admin/v1/accounts/${other.id}/senders/Theirs`, {
        kind: "alphanumeric",
        country: "NO",
      });
      expect(await refusal(await client.post(hello({ sender: "Theirs" })))).toMatch(/not a sender/);
    });

    it("when it is larger than ten megabytes", async () => {
      const body = JSON.stringify(hello({ content: "x".repeat(11 * 1024 * 1024) }));
      expect(await refusal(await postRaw(body), 413)).toMatch(/10 MB/);
    });

    it("when it turns out larger than ten megabytes, not having said how large it is", async () => {
      const answer = await gateway.fetch("/api/out-messages", {
        method: "POST",
        headers: { "x-apikey": account.apiKey },
        body: streamOf(11),
        duplex: "half",
      } as RequestInit);
      expect(await refusal(answer, 413)).toMatch(/10 MB/);
    });

    it("when it is not UTF-8", async () => {
      const latin1 = new Uint8Array(Buffer.from(JSON.stringify(hello({ content: "Blåbær" })), "latin1"));
      expect(await refusal(await postRaw(latin1))).toMatch(/UTF-8/);
    });

    const addresses = [
      { method: "GET", path: "", allow: "POST" },
      { method: "PUT", path: "", allow: "POST" },
      { method: "DELETE", path: "", allow: "POST" },
      { method: "POST", path: "/some-id", allow: "GET, PUT, DELETE" },
      { method: "PATCH", path: "/some-id", allow: "GET, PUT, DELETE" },
    ];
    it.each(addresses)("for $method at out-messages$path, which takes $allow", async ({ method, path, allow }) => {
      const answer = await client.call(method, path);
      expect(answer.headers.get("allow")).toBe(allow);
      expect(await refusal(answer, 405)).toContain(allow);
    });
  });

  describe("may be sent from", () => {
    const senders = [
      { sender: "2002", kind: "short-number", from: "2002" },
      { sender: "+4759447000", kind: "long-number", from: "+4759447000" },
      { sender: "Kaffe & Te", kind: "alphanumeric", from: "Kaffe & Te" },
    ];
    it.each(senders)("a sender of the kind $kind: $sender", async ({ sender, kind, from }) => {
      const path = `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(sender)}`;
      await gateway.operator("PUT", path, { kind, country: "NO" });
      const message = hello({ sender });
      expect((await client.post(message)).status).toBe(201);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toMatchObject([{ from }]);
    });
  });

  describe("has a text", () => {
    const cases = [
      {
        name: "that goes out as it is",
        content: "Hei på deg, 10 € [nå]",
        text: "Hei på deg, 10 € [nå]",
        encoding: "gsm7",
      },
      {
        name: "whose quotes and dashes are made plain",
        content: "«Tilbud» – i\u00a0dag",
        text: '"Tilbud" - i dag',
        encoding: "gsm7",
      },
      {
        name: "that goes out as UCS-2 where making it plain is not enough",
        content: "«Hei» 😀",
        text: '"Hei" 😀',
        encoding: "ucs2",
      },
      {
        name: "that is made plain where unicode is ruled out",
        content: "«Hei»",
        allowUnicode: false,
        text: '"Hei"',
        encoding: "gsm7",
      },
      {
        name: "that is left alone where unicode is allowed",
        content: "«Hei»",
        allowUnicode: true,
        text: "«Hei»",
        encoding: "ucs2",
      },
      {
        name: "whose masked part the handset shows",
        content: "Code ~~12 34~~!",
        text: "Code 12 34!",
        encoding: "gsm7",
        shown: "Code *****!",
      },
      {
        name: "whose marks do not count",
        content: `~~${"x".repeat(160)}~~`,
        text: "x".repeat(160),
        encoding: "gsm7",
        shown: "*".repeat(160),
      },
      { name: "with a character that ends a text elsewhere", content: "a\u0000b", text: "a\u0000b", encoding: "ucs2" },
      {
        name: "with half a surrogate pair, which no wire can carry",
        content: "a\ud83d",
        text: "a\ufffd",
        encoding: "ucs2",
        shown: "a\ufffd",
      },
    ];
    it.each(cases)("$name", async ({ content, allowUnicode, text, encoding, shown = content }) => {
      const message = hello({ content, ...(allowUnicode === undefined ? {} : { allowUnicode }) });
      const first = await client.post(message);
      expect(first.status, await first.text()).toBe(201);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toMatchObject([{ text, encoding, parts: 1 }]);
      expect(await client.shown(message.transactionId)).toMatchObject({ content: shown });
      expect((await client.post(message)).status).toBe(201);
    });

    it("that is refused where unicode is ruled out and it cannot be made plain", async () => {
      expect(await refusal(await client.post(hello({ content: "Hei 😀", allowUnicode: false })))).toMatch(/GSM/);
    });

    const lengths = [
      { name: "66 parts of GSM", content: "x".repeat(66 * 153), status: 201 },
      { name: "67 parts of GSM", content: "x".repeat(66 * 153 + 1), status: 400 },
      { name: "66 parts of UCS-2", content: "ж".repeat(66 * 67), status: 201 },
      { name: "67 parts of UCS-2", content: "ж".repeat(66 * 67 + 1), status: 400 },
      { name: "more than anybody would send", content: "x".repeat(100_000), status: 400 },
    ];
    it.each(lengths)("of $name, and is answered $status", async ({ content, status }) => {
      expect((await client.post(hello({ content, sendTime: LATER }))).status).toBe(status);
    });

    it("of which each part counts: 152 GSM characters and one other are three", async () => {
      const message = hello({ content: `${"x".repeat(152)}ж`, sendTime: LATER });
      await client.post(message);
      expect(await client.shown(message.transactionId)).toMatchObject({ smscMessageParts: 3 });
    });
  });

  describe("has an id", () => {
    const ids = [
      "17953162746b025a3256dcd9.59398623",
      "with space",
      "a+b",
      "a+b c",
      "50%",
      "100%25",
      "blåbær",
      "a/b",
      "a%2Fb",
      "a?b#c",
      "a&b=c",
      "it's~(1)*!",
      "batch",
      "...",
      "😀",
    ];
    it.each(ids)("%s that comes back from its Location as it went", async (transactionId) => {
      const answer = await client.post(hello({ transactionId, sendTime: LATER }));
      expect(answer.status, await answer.text()).toBe(201);
      const location = new URL(answer.headers.get("location") ?? "");
      const path = location.href.slice(location.origin.length + "/api/out-messages".length);
      expect(path.split("/")).toHaveLength(2);
      expect(await (await client.call("GET", path)).json()).toMatchObject({ transactionId });
      expect((await client.call("PUT", path, hello({ sendTime: LATER, content: "Changed" }))).status).toBe(204);
      expect(await client.shown(transactionId)).toMatchObject({ content: "Changed" });
      expect((await client.call("DELETE", path)).status).toBe(204);
    });

    it.each([
      { id: "form with space", path: "/form+with+space" },
      { id: "form+and space", path: "/form%2Band+space" },
      { id: "form&and space", path: "/form%26and+space" },
    ])("$id that is found as .NET and Java write it: $path", async ({ id, path }) => {
      await client.post(hello({ transactionId: id, sendTime: LATER }));
      expect(await (await client.call("GET", path)).json()).toMatchObject({ transactionId: id });
    });

    it("with a + that goes before the one with a space", async () => {
      for (const transactionId of ["x y", "x+y"]) await client.post(hello({ transactionId, sendTime: LATER }));
      expect(await (await client.call("GET", "/x+y")).json()).toMatchObject({ transactionId: "x+y" });
      expect(await (await client.call("GET", "/x%20y")).json()).toMatchObject({ transactionId: "x y" });
    });

    it("with half a surrogate pair, which no URL can carry", async () => {
      const answer = await client.post(hello({ transactionId: "half-\ud83d", sendTime: LATER }));
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/out-messages/half-%EF%BF%BD`);
    });

    it("in another case, which is another id", async () => {
      await client.post(hello({ transactionId: "CaSe", sendTime: LATER }));
      expect((await client.get("case")).status).toBe(404);
    });

    it.each(["%E6", "%", "%zz"])("that is not there when its path is not UTF-8: %s", async (path) => {
      expect(await refusal(await client.call("GET", `/${path}`), 404)).toBeTruthy();
    });
  });

  describe("when its id is used again", () => {
    const released = async () => {
      const message = hello({ tags: ["a"], properties: { x: 1, y: 2 }, timeToLive: 60 });
      await client.post(message);
      await gateway.handset(message.recipient, { wait: 20 });
      return message;
    };

    const same: { name: string; write: (message: OutMessageBody) => OutMessageBody | Promise<OutMessageBody> }[] = [
      { name: "to the letter", write: (message) => message },
      {
        name: "with its members in another order",
        write: (message) => Object.fromEntries(Object.entries(message).reverse()),
      },
      {
        name: "with its properties in another order",
        write: (message) => ({ ...message, properties: { y: 2, x: 1 } }),
      },
      {
        name: "with defaults written out",
        write: (message) => ({ ...message, priority: "Normal", deliveryMode: "AtMostOnce" }),
      },
      {
        name: "with now for its time",
        write: async (message) => {
          await gateway.advance(5);
          return { ...message, sendTime: new Date(await gateway.now()).toISOString() };
        },
      },
    ];
    it.each(same)("$name, is answered as before and not sent again", async ({ write }) => {
      const message = await released();
      const answer = await client.post(await write(message));
      expect(answer.status, await answer.text()).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/out-messages/${message.transactionId}`);
      await gateway.advance(1);
      expect(await gateway.handset(message.recipient)).toHaveLength(1);
    });

    const other: { name: string; more: Record<string, unknown> }[] = [
      { name: "text", more: { content: "Hallo" } },
      { name: "recipient", more: { recipient: "+4791888888" } },
      { name: "life time", more: { timeToLive: 61 } },
      { name: "time, still to come", more: { sendTime: LATER } },
      { name: "priority", more: { priority: "Low" } },
      { name: "delivery mode", more: { deliveryMode: "AtLeastOnce" } },
      { name: "address for its report", more: { deliveryReportUrl: "https://shop.test/" } },
      { name: "tag", more: { tags: ["b"] } },
      { name: "property", more: { properties: { x: 1 } } },
      { name: "correlation id", more: { correlationId: "c" } },
    ];
    it.each(other)("for another $name, is refused and changes nothing", async ({ more }) => {
      const message = await released();
      expect(await refusal(await client.post({ ...message, ...more }), 409)).toMatch(/used before/);
      await gateway.advance(1);
      expect(await gateway.handset(message.recipient)).toHaveLength(1);
      expect(await gateway.handset("+4791888888")).toEqual([]);
    });
  });

  describe("that has left", () => {
    it.each(["PUT", "DELETE"])("is no longer changed by %s", async (method) => {
      const message = hello();
      await client.post(message);
      await gateway.handset(message.recipient, { wait: 20 });
      const path = `/${message.transactionId}`;
      const answer = await client.call(method, path, method === "PUT" ? { ...message, content: "Other" } : undefined);
      expect(await refusal(answer, 409)).toMatch(/can no longer be/);
      expect(await client.shown(message.transactionId)).toMatchObject({ content: "Hello" });
    });
  });

  it.each(["GET", "PUT", "DELETE"])("that nobody sent is not there for %s", async (method) => {
    const answer = await client.call(method, "/nobody", method === "PUT" ? hello() : undefined);
    expect(await refusal(answer, 404)).toContain("nobody");
  });
});

/** So many megabytes, in chunks, without their number in advance. */
function streamOf(megabytes: number): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ < megabytes) controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
      else controller.close();
    },
  });
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}
