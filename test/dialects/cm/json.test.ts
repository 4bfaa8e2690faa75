/** The JSON gateway: what it takes, what it answers, and what arrives. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import {
  type Answered,
  aMsg,
  messagesOf,
  newGsm,
  openTokenAccount,
  postJson,
  send,
  sent,
  type TokenAccount,
} from "./support.ts";

const gateway = useGateway();
let shop: TokenAccount;

beforeAll(async () => {
  shop = await openTokenAccount(gateway);
});

const plus = (gsm: string) => gsm.replace(/^00/, "+");
const seen = (gsm: string) => gateway.handset(plus(gsm), { wait: 20 });
const bodyOf = (token: string, ...msg: unknown[]) => ({ messages: { authentication: { productToken: token }, msg } });

/** Levels of objects and lists, as PHP counts them. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("a message to one person", () => {
  it("is answered to the letter, and arrives", async () => {
    const gsm = newGsm();
    const answer = await postJson(gateway, bodyOf(shop.token, aMsg({ to: [{ number: gsm }], reference: "order_7" })));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const text = await answer.text();
    expect(text).toBe(
      `{"details":"Created 1 message(s)","errorCode":0,"messages":[{"to":"${gsm}","status":"Accepted",` +
        `"reference":"order_7","parts":1,"messageDetails":null,"messageErrorCode":0}]}`,
    );
    expect(depthOf(JSON.parse(text))).toBeLessThanOrEqual(5);
    expect(await seen(gsm)).toMatchObject([{ from: "Shop", text: "Your parcel is here", parts: 1 }]);
  });

  it("is another one each time it is asked for, whatever its reference", async () => {
    const msg = aMsg({ reference: "the same" });
    for (const _ of [1, 2]) expect(await send(gateway, shop, msg)).toMatchObject({ status: 200, errorCode: 0 });
  });
});

describe("the product token", () => {
  const wrong = "00000000-0000-4000-8000-000000000000";
  const header = () => ({ "X-CM-PRODUCTTOKEN": shop.token });

  it("may stand in a header", async () => {
    const answer = await postJson(gateway, { messages: { msg: [aMsg()] } }, header());
    expect(answer.status).toBe(200);
  });

  it("of the body goes before that of the header", async () => {
    expect((await postJson(gateway, bodyOf(wrong, aMsg()), header())).status).toBe(400);
    expect((await postJson(gateway, bodyOf(shop.token, aMsg()), { "x-cm-producttoken": wrong })).status).toBe(200);
  });

  it("of the header counts where the body has none", async () => {
    const messages = { authentication: { productToken: null }, msg: [aMsg()] };
    expect((await postJson(gateway, { messages }, header())).status).toBe(200);
  });

  it("may be written in capitals", async () => {
    expect((await postJson(gateway, bodyOf(shop.token.toUpperCase(), aMsg()))).status).toBe(200);
  });
});

describe("how it is written", () => {
  it("may have its keys in any case, at every level", async () => {
    const gsm = newGsm();
    const Msg = [
      {
        From: "Shop",
        TO: [{ Number: gsm }],
        BODY: { Content: "ж", TYPE: "Auto" },
        Reference: "r1",
        CustomGrouping3: "a",
      },
    ];
    const answer = await postJson(gateway, { Messages: { AUTHENTICATION: { producttoken: shop.token }, Msg } });
    expect(await answer.json()).toMatchObject({ errorCode: 0, messages: [{ to: gsm, reference: "r1" }] });
    expect(await seen(gsm)).toMatchObject([{ text: "ж", encoding: "ucs2" }]);
    expect((await messagesOf(gateway, shop)).at(-1)).toMatchObject({ echo: { customGrouping3: "a" } });
  });

  it("takes null for absent, and passes over what it does not know", async () => {
    const nulls = ["dcs", "reference", "allowedChannels", "richContent", "validity", "appKey", "customGrouping"];
    const msg = aMsg({ ...Object.fromEntries(nulls.map((name) => [name, null])), somethingNew: { a: [1] } });
    expect(await send(gateway, shop, msg)).toMatchObject({ errorCode: 0, messages: [{ reference: null }] });
  });

  const types = [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/x-www-form-urlencoded",
  ];
  it.each(types)("is read as JSON where it is called %s", async (type) => {
    const headers = { "content-type": type, accept: "text/html, image/gif", "x-cm-sdk": "text-sdk-php-3.0.1" };
    expect((await postJson(gateway, bodyOf(shop.token, aMsg()), headers)).status).toBe(200);
  });

  it.each(["/V1.0/Message", "/v1.0/MESSAGE/", "/v1.0/message?x=1"])("may be sent to %s", async (path) => {
    const answer = await gateway.fetch(path, { json: bodyOf(shop.token, aMsg()) });
    expect(answer.status).toBe(200);
  });
});

describe("many at once", () => {
  it("are answered in their order, messages first, then recipients, each as it was written", async () => {
    const [a, b, c] = [newGsm(), newGsm(), newGsm()];
    const answered = await send(
      gateway,
      shop,
      aMsg({ to: [{ number: plus(a) }, { number: "nobody" }, { number: b }], reference: "first" }),
      aMsg({ to: [{ number: c.slice(2) }] }),
    );
    expect(answered).toMatchObject({ status: 200, details: "Created 3 message(s)", errorCode: 201 });
    expect(answered.messages).toEqual([
      { to: plus(a), status: "Accepted", reference: "first", parts: 1, messageDetails: null, messageErrorCode: 0 },
      {
        to: "nobody",
        status: "Rejected",
        reference: "first",
        parts: 0,
        messageDetails: "Gsm 'nobody' is not a number.",
        messageErrorCode: 303,
      },
      { to: b, status: "Accepted", reference: "first", parts: 1, messageDetails: null, messageErrorCode: 0 },
      { to: c.slice(2), status: "Accepted", reference: null, parts: 1, messageDetails: null, messageErrorCode: 0 },
    ]);
    for (const gsm of [a, b, c]) expect(await seen(gsm)).toHaveLength(1);
  });

  it("are refused where none of them can be sent", async () => {
    const answered = await send(gateway, shop, aMsg({ to: [{ number: "one" }, { number: "two" }] }));
    expect(answered).toMatchObject({ status: 400, details: "Created 0 message(s)", errorCode: 201 });
    expect(answered.messages.map(({ messageErrorCode }) => messageErrorCode)).toEqual([303, 303]);
  });

  it("may be 1000 messages, and a message may have 1000 recipients", async () => {
    const many = await openTokenAccount(gateway);
    const bulk = aMsg({
      to: Array.from({ length: 1000 }, (_, i) => ({ number: `00479300${String(i).padStart(4, "0")}` })),
    });
    const singles = Array.from({ length: 999 }, (_, i) =>
      aMsg({ to: [{ number: `00479301${String(i).padStart(4, "0")}` }], reference: `n${i}` }),
    );
    const answered = await send(gateway, many, bulk, ...singles);
    expect(answered).toMatchObject({ status: 200, details: "Created 1999 message(s)", errorCode: 0 });
    expect(answered.messages.at(-1)).toMatchObject({ to: "004793010998", reference: "n998" });
  });
});

describe("who it is for", () => {
  const numbers = ["00{}", "+{}", "{}", " +{} ", "00 {}", "+(47) 910-{6}", "0047.910.{6}"];
  it.each(numbers)("may be written as %s", async (form) => {
    const digits = newGsm().slice(2);
    const number = form.replace("{}", digits).replace("{6}", digits.slice(5));
    expect(await send(gateway, shop, aMsg({ to: [{ number }] }))).toMatchObject({
      errorCode: 0,
      messages: [{ to: number }],
    });
    expect((await messagesOf(gateway, shop)).at(-1)).toMatchObject({ recipient: `+${digits}` });
  });

  it("may be a number that no numbering plan knows", async () => {
    expect(await sent(gateway, shop, { to: [{ number: "0044791111123456" }] })).toMatchObject({
      recipient: "+44791111123456",
    });
  });

  it("may be any name where SMS is not allowed", async () => {
    const more = { to: [{ number: "1234567890123456789" }], from: "1112223334445556667", allowedChannels: ["Twitter"] };
    expect(await sent(gateway, shop, more)).toMatchObject({
      recipient: "1234567890123456789",
      sender: "1112223334445556667",
      channel: "Twitter",
    });
  });

  it("is a number with + on channels that know people by number", async () => {
    const digits = newGsm().slice(2);
    const more = { to: [{ number: digits }], allowedChannels: ["WhatsApp"] };
    expect(await sent(gateway, shop, more)).toMatchObject({ recipient: `+${digits}`, channel: "WhatsApp" });
  });
});

describe("who it is from", () => {
  const senders: [given: string, sender: string][] = [
    ["CM Telecom", "CM Telecom"],
    ["Café Zürich", "Café Zürich"],
    ["+44791111123", "44791111123"],
    ["0044791111123456", "0044791111123456"],
    ["00447911111234567", "00447911111234567"],
    [" Shop ", "Shop"],
    ["４４７９１", "44791"],
    ["Ｓｈｏｐ", "Shop"],
    ["Книги", "Книги"],
    ["हिन्दी", "हिन्दी"],
    ["A&B_C's €5!", "A&B_C's €5!"],
  ];
  it.each(senders)("may be %j", async (from, sender) => {
    expect(await sent(gateway, shop, { from })).toMatchObject({ sender });
  });

  it("is cut where the account has it so, unless it is a number", async () => {
    const cutting = await openTokenAccount(gateway);
    await gateway.operator("PATCH", `/admin/v1/accounts/${cutting.account}`, { settings: { longSenders: "truncate" } });
    expect(await sent(gateway, cutting, { from: "Very Long Shop Name" })).toMatchObject({ sender: "Very Long S" });
    const number = await send(gateway, cutting, aMsg({ from: "12345678901234567" }));
    expect(number.messages).toMatchObject([{ messageErrorCode: 301 }]);
    for (const from of ["47900000010 x", "4790-000-010 x"]) {
      const name = await send(gateway, cutting, aMsg({ from }));
      expect(name.messages).toMatchObject([{ messageErrorCode: 301 }]);
    }
  });

  it("is one of its own where the account has no other", async () => {
    const strict = await openTokenAccount(gateway);
    await gateway.operator("PATCH", `/admin/v1/accounts/${strict.account}`, { settings: { senders: "own" } });
    expect(await send(gateway, strict, aMsg())).toMatchObject({ errorCode: 0 });
    const anothers = await send(gateway, strict, aMsg({ from: "Bank" }));
    expect(anothers.messages).toMatchObject([
      { messageErrorCode: 301, messageDetails: "'Bank' is not one of the account's senders" },
    ]);
  });
});

describe("what it carries along", () => {
  it("is kept with each message, as it was given", async () => {
    const kept = {
      reference: "order-7:a/b".padEnd(255, "x"),
      appKey: "7b1f1a3e-0000-4000-8000-1234567890ab",
      customGrouping: "spring",
      customGrouping2: "ø".repeat(100),
      customGrouping3: "text-sdk",
    };
    const to = newGsm();
    expect(await sent(gateway, shop, { ...kept, to: [{ number: to }] })).toMatchObject({ echo: { ...kept, to } });
  });

  it("has a reference that was a number as a text", async () => {
    const answered = await send(gateway, shop, aMsg({ reference: 20260727 }));
    expect(answered.messages).toMatchObject([{ reference: "20260727" }]);
  });

  it.each(["12345678901234567890", "1.0", "1e3", "-0", "0.10"])(
    "has the number %s as it was written",
    async (number) => {
      const body = JSON.stringify(bodyOf(shop.token, aMsg({ Reference: "?", reference: 7 })));
      for (const written of [
        body.replace('"reference":7', `"reference": ${number}`),
        body.replace('"reference":7', `"reference":${number},`),
      ]) {
        const answer = (await (await postJson(gateway, written)).json()) as Answered;
        expect(answer.messages).toMatchObject([{ status: "Accepted", reference: number }]);
      }
    },
  );

  it("is a number only where it is the message's own reference", async () => {
    const richContent = { conversation: [{ text: "Pay", payment: { reference: 1 } }] };
    const message = await sent(gateway, shop, { reference: 7, richContent });
    expect(message).toMatchObject({ echo: { reference: "7" }, rich: { given: richContent } });
  });
});

describe("which way it goes", () => {
  const conversation = [{ text: "Look at this" }];
  const ways: { name: string; more: Record<string, unknown>; channel: string | undefined }[] = [
    { name: "by SMS where nothing is said", more: {}, channel: undefined },
    { name: "by SMS where all are allowed by an empty list", more: { allowedChannels: [] }, channel: undefined },
    { name: "by SMS where there is no name in the list", more: { allowedChannels: [null] }, channel: undefined },
    { name: "by what is named beside it", more: { allowedChannels: [null, "Viber"] }, channel: "Viber" },
    { name: "by SMS where that is among others", more: { allowedChannels: ["RCS", " SMS"] }, channel: undefined },
    {
      name: "by the first that is allowed where SMS is not",
      more: { allowedChannels: ["viber", "RCS"] },
      channel: "Viber",
    },
    { name: "by SMS with its body, though it is rich", more: { richContent: { conversation } }, channel: undefined },
    {
      name: "by RCS where only its rich content says anything",
      more: { body: { content: "" }, richContent: { conversation } },
      channel: "RCS",
    },
    { name: "by RCS where it has no body at all", more: { body: null, richContent: { conversation } }, channel: "RCS" },
    {
      name: "by the first that is not SMS where its body is empty",
      more: { body: { content: null }, allowedChannels: ["SMS", "Whatsapp"], richContent: { conversation } },
      channel: "WhatsApp",
    },
  ];
  it.each(ways)("is $name", async ({ more, channel }) => {
    const message = await sent(gateway, shop, more);
    expect(message.channel).toBe(channel);
    expect(message.parts).toBe(1);
  });

  it("is not split where it is no SMS", async () => {
    const more = { body: { content: "ж".repeat(500) }, allowedChannels: ["WhatsApp"] };
    expect(await sent(gateway, shop, more)).toMatchObject({ parts: 1, text: "ж".repeat(500) });
  });

  it("has its rich content as it was given, whatever is in it", async () => {
    const richContent = { Conversation: [{ text: "Hi", newKey: { a: [1] } }], $type: "rich", suggestions: null };
    const message = await sent(gateway, shop, { richContent });
    expect(message.rich).toMatchObject({ given: { conversation: richContent.Conversation, $type: "rich" } });
  });
});

describe("what is not a message to be sent", () => {
  it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])("is told so without a body: %s", async (method) => {
    const answer = await gateway.fetch("/v1.0/message", { method });
    expect([answer.status, await answer.text()]).toEqual([405, ""]);
  });

  it("is told so in this gateway's form at an address that nobody has", async () => {
    const answer = await gateway.fetch("/v1.0/nowhere", { json: bodyOf(shop.token, aMsg()) });
    expect(answer.status).toBe(404);
    expect((await answer.json()) as Answered).toMatchObject({ errorCode: 999, messages: [] });
  });
});
