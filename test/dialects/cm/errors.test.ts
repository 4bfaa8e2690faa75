/** Every way to be turned away, with its code and its text; and what breaks on our side. */

import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import { GatewayError, REFUSALS, type Refusal } from "../../../src/core/kernel/errors.ts";
import type { Taken } from "../../../src/core/messages/each.ts";
import { MessageError, RequestError, toErrorResponse, toMessageError } from "../../../src/dialects/cm/errors.ts";
import { cm } from "../../../src/dialects/cm/index.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Answered, aMsg, newGsm, openTokenAccount, postJson, send, type TokenAccount } from "./support.ts";

const NO_MSG = "A MESSAGES object requires at least one MSG object";
const TOO_MANY = "A request may have 100000 TO objects in all; send it in several requests";
const NO_FROM = "No FROM field found in a MSG object.";
const NO_NUMBER = "Empty mobile number field, MT ignored";
const NO_BODY = "No BODY field found in a MSG object.";
const NO_CONTENT = "A body without content was found";
const notList = (name: string) => `${name} is an invalid type, must be an array`;

const gateway = useGateway();
let shop: TokenAccount;
beforeAll(async () => {
  shop = await openTokenAccount(gateway);
});

describe("a whole request", () => {
  const withToken = (messages: Record<string, unknown>) => ({
    messages: { authentication: { productToken: shop.token }, ...messages },
  });
  const ofMsg = (more: Record<string, unknown>) => () => withToken({ msg: [aMsg(), aMsg(more)] });
  const token = (productToken: unknown) => () => ({ messages: { authentication: { productToken }, msg: [aMsg()] } });

  const cases: { name: string; body: () => unknown; code: number; details: string }[] = [
    ...[
      { name: "with a token that nobody has", body: token("00000000-0000-4000-8000-000000000000") },
      { name: "with such a token in capitals", body: token("ABCDEFAB-CDEF-4BCD-8BCD-ABCDEFABCDEF") },
    ].map((one) => ({ ...one, code: 101, details: "No account found for the given authentication" })),
    ...[
      { name: "without a token", body: () => ({ messages: { msg: [aMsg()] } }) },
      { name: "with an empty token", body: token("") },
      { name: "with what could be no token", body: token("my-token") },
      { name: "without messages or a token", body: () => ({}) },
    ].map((one) => ({ ...one, code: 103, details: "Invalid product token." })),
    ...[
      { name: "that is empty", body: () => "" },
      { name: "that is no JSON", body: () => '{"messages": {"msg": [' },
      { name: "that is a list", body: () => [] },
      { name: "that is a text", body: () => '"hello"' },
      { name: "whose messages are a list", body: () => ({ messages: [aMsg()] }) },
      { name: "whose authentication is a text", body: () => ({ messages: { authentication: shop.token, msg: [] } }) },
      { name: "whose token is a number", body: token(7) },
      { name: "with a content that is a number", body: ofMsg({ body: { content: 7 } }) },
      { name: "with a content that is an object", body: ofMsg({ body: { content: { text: "Hi" } } }) },
      { name: "with a body that is a text", body: ofMsg({ body: "Hi" }) },
      { name: "with a sender that is an object", body: ofMsg({ from: { name: "Shop" } }) },
      { name: "with a sender that is true", body: ofMsg({ from: true }) },
      { name: "with a number that is an object", body: ofMsg({ to: [{ number: {} }] }) },
      { name: "with a DCS that is an object", body: ofMsg({ dcs: {} }) },
      { name: "with a reference that is a list", body: ofMsg({ reference: ["a"] }) },
      { name: "with a grouping that is an object", body: ofMsg({ customGrouping2: {} }) },
      { name: "with a validity that is a number", body: ofMsg({ validity: 2 }) },
      { name: "with a channel that is an object", body: ofMsg({ allowedChannels: [{}] }) },
      { name: "with rich content that is a text", body: ofMsg({ richContent: "Hi" }) },
    ].map((one) => ({ ...one, code: 202, details: "Invalid JSON" })),
    ...[
      { name: "without MSG", body: () => withToken({}) },
      { name: "with no MSG in its list", body: () => withToken({ msg: [] }) },
      { name: "with null for MSG", body: () => withToken({ msg: null }) },
      { name: "with one MSG that is in no list", body: () => withToken({ msg: aMsg() }) },
      { name: "with a text for MSG", body: () => withToken({ msg: "Hi" }) },
    ].map((one) => ({ ...one, code: 203, details: NO_MSG })),
    {
      name: "with 1001 MSG",
      body: () => withToken({ msg: Array.from({ length: 1001 }, () => aMsg({ to: [] })) }),
      code: 203,
      details: "A MESSAGES object may have 1000 MSG objects",
    },
    ...[
      {
        name: "with more recipients than there is an answer for",
        body: () => withToken({ msg: Array.from({ length: 101 }, () => aMsg({ to: Array(1000).fill(0) })) }),
      },
      { name: "with as many in one MSG", body: () => withToken({ msg: [aMsg({ to: Array(100_001).fill(0) })] }) },
    ].map((one) => ({ ...one, code: 203, details: TOO_MANY })),
  ];
  it.each(cases)("$name is refused with $code", async ({ body, code, details }) => {
    const answer = await postJson(gateway, body());
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.text()).toBe(JSON.stringify({ details, errorCode: code, messages: [] }));
  });

  it("that is refused sends nothing of what it has", async () => {
    const gsm = newGsm();
    await postJson(gateway, withToken({ msg: [aMsg({ to: [{ number: gsm }] }), aMsg({ body: "Hi" })] }));
    await gateway.advance(1);
    expect(await gateway.handset(gsm.replace("00", "+"))).toEqual([]);
  });
});

describe("one message of many", () => {
  const rich = (richContent: unknown) => aMsg({ richContent });
  const nested = (levels: number): unknown => (levels === 0 ? "" : [nested(levels - 1)]);

  const cases: { name: string; msg: () => unknown; code: number; details: string | RegExp }[] = [
    ...[
      { name: "without a sender", msg: () => aMsg({ from: undefined }) },
      { name: "with null for its sender", msg: () => aMsg({ from: null }) },
      { name: "with an empty sender", msg: () => aMsg({ from: " " }) },
    ].map((one) => ({ ...one, code: 301, details: NO_FROM })),
    ...[
      { name: "with a sender of 12 letters", from: "abcdefghijkl", has: 12 },
      { name: "with a sender of 17 digits", from: "+12345678901234567", has: 17 },
      { name: "with a sender of 00 and 16 digits", from: "001234567890123456", has: 18 },
    ].map(({ name, from, has }) => ({
      name,
      msg: () => aMsg({ from }),
      code: 301,
      details: `FROM may have 11 characters, or 16 digits; this one has ${has}`,
    })),
    {
      name: "with a sender that is too long for any channel",
      msg: () => aMsg({ from: "a".repeat(101), allowedChannels: ["RCS"] }),
      code: 301,
      details: "FROM may have 100 characters; this one has 101",
    },
    ...[
      { name: "with a sender that cannot be printed", msg: () => aMsg({ from: "Sh\nop" }) },
      ...["2240\u200b", "\u202e2240", "a\u2028b", "Sho\u00adp", "Sh\u3164p", "Sh\ufe0fop", "\ud800Shop"].map(
        (from) => ({
          name: `with a sender of which not all is seen, ${JSON.stringify(from)}`,
          msg: () => aMsg({ from }),
        }),
      ),
      ...["Shop 📦", "1️⃣", "☎ 2240", "٢٢٤٠"].map((from) => ({
        name: `with a sender that is not of letters, ${from}`,
        msg: () => aMsg({ from }),
      })),
    ].map((one) => ({ ...one, code: 301, details: "FROM has characters that phones do not show" })),
    ...[
      { name: "without recipients", msg: () => aMsg({ to: undefined }) },
      { name: "with an empty list of recipients", msg: () => aMsg({ to: [] }) },
      { name: "with an empty number", msg: () => aMsg({ to: [{ number: "" }] }) },
      { name: "with a recipient without a number", msg: () => aMsg({ to: [{}] }) },
      { name: "with null for a number", msg: () => aMsg({ to: [{ number: null }] }) },
      { name: "with null for a recipient", msg: () => aMsg({ to: [null] }) },
      { name: "with a recipient that is no object", msg: () => aMsg({ to: ["0047910000000"] }) },
    ].map((one) => ({ ...one, code: 302, details: NO_NUMBER })),
    {
      name: "with a recipient in no list",
      msg: () => aMsg({ to: { number: newGsm() } }),
      code: 302,
      details: notList("TO"),
    },
    ...["invalid", "12345", "004712345678901234", "0612345678", "0047 91x00000", "++4791000000"].map((number) => ({
      name: `to ${number}`,
      msg: () => aMsg({ to: [{ number }] }),
      code: 303,
      details: `Gsm '${number}' is not a number.`,
    })),
    { name: "without a body", msg: () => aMsg({ body: undefined }), code: 304, details: NO_BODY },
    {
      name: "without a body, and with a conversation that says nothing,",
      msg: () => aMsg({ body: undefined, richContent: { conversation: [{}, null] } }),
      code: 304,
      details: NO_BODY,
    },
    { name: "with null for its body", msg: () => aMsg({ body: null }), code: 304, details: NO_BODY },
    ...[
      { name: "with a body without content", msg: () => aMsg({ body: {} }) },
      { name: "with null for its content", msg: () => aMsg({ body: { content: null, type: "AUTO" } }) },
      { name: "with an empty content", msg: () => aMsg({ body: { content: "" } }) },
      {
        name: "with nothing but suggestions",
        msg: () => aMsg({ body: { content: "" }, richContent: { suggestions: [{ action: "Reply", label: "Yes" }] } }),
      },
      ...[[null], [{}], [{ text: " " }], [{ carousel: { cards: [] } }]].map((conversation) => ({
        name: `with nothing but a conversation of ${JSON.stringify(conversation)}`,
        msg: () => aMsg({ body: { content: "" }, richContent: { conversation } }),
      })),
      {
        name: "with a conversation for SMS, which cannot show it",
        msg: () =>
          aMsg({ body: { content: "" }, allowedChannels: ["SMS"], richContent: { conversation: [{ text: "Hi" }] } }),
      },
    ].map((one) => ({ ...one, code: 304, details: NO_CONTENT })),
    {
      name: "with a text of too many parts",
      msg: () => aMsg({ body: { content: "x".repeat(1500) } }),
      code: 304,
      details: "Maximum number of parts exceeded. (need at least 10, max is 1)",
    },
    {
      name: "with a text that is too long for any channel",
      msg: () => aMsg({ body: { content: "x".repeat(39_016) }, allowedChannels: ["RCS"] }),
      code: 304,
      details: "The CONTENT of a BODY may have 39015 characters",
    },
    {
      name: "with channels in no list",
      msg: () => aMsg({ allowedChannels: "SMS" }),
      code: 305,
      details: notList("ALLOWEDCHANNELS"),
    },
    {
      name: "with a conversation in no list",
      msg: () => rich({ conversation: { text: "Hi" } }),
      code: 305,
      details: notList("CONVERSATION"),
    },
    {
      name: "with suggestions in no list",
      msg: () => rich({ suggestions: {} }),
      code: 305,
      details: notList("SUGGESTIONS"),
    },
    {
      name: "with a channel that nobody knows",
      msg: () => aMsg({ allowedChannels: ["SMS", "Pigeon"] }),
      code: 305,
      details: /Pigeon/,
    },
    { name: "with a DCS that there is not", msg: () => aMsg({ dcs: 4 }), code: 305, details: /DCS/ },
    {
      name: "with a validity that is past",
      msg: () => aMsg({ validity: "2017-04-20 11:50:05 GMT" }),
      code: 305,
      details: /VALIDITY/,
    },
    {
      name: "with its parts the wrong way round",
      msg: () => aMsg({ minimumNumberOfMessageParts: 8, maximumNumberOfMessageParts: 1 }),
      code: 305,
      details: /MINIMUMNUMBEROFMESSAGEPARTS/,
    },
    ...["customGrouping", "customGrouping2", "customGrouping3"].map((name) => ({
      name: `with a ${name} of 101 characters`,
      msg: () => aMsg({ [name]: "x".repeat(101) }),
      code: 305,
      details: `${name.toUpperCase()} may have 100 characters`,
    })),
    {
      name: "with an app key of 256 characters",
      msg: () => aMsg({ appKey: "x".repeat(256) }),
      code: 305,
      details: /APPKEY/,
    },
    {
      name: "with six messages in its conversation",
      msg: () => rich({ conversation: Array.from({ length: 6 }, () => ({ text: "Hi" })) }),
      code: 305,
      details: /./,
    },
    {
      name: "with rich content of 100,001 characters",
      msg: () => rich({ conversation: [{ text: "x".repeat(100_001) }] }),
      code: 305,
      details: /RICHCONTENT/,
    },
    {
      name: "with rich content of a hundred levels",
      msg: () => rich({ conversation: [{ text: "Hi", more: nested(100) }] }),
      code: 305,
      details: /RICHCONTENT/,
    },
    { name: "that is no object", msg: () => "Hi", code: 305, details: /MSG/ },
    { name: "that is null", msg: () => null, code: 305, details: /MSG/ },
  ];
  it.each(cases)("$name is refused alone, with $code", async ({ msg, code, details }) => {
    const good = aMsg();
    const { status, messages, ...whole } = await send(gateway, shop, msg(), good);
    expect({ status, ...whole }).toEqual({ status: 200, details: "Created 1 message(s)", errorCode: 201 });
    const [rejected, accepted] = messages;
    expect(messages).toHaveLength(2);
    expect(rejected).toMatchObject({ status: "Rejected", parts: 0, reference: null, messageErrorCode: code });
    if (typeof details === "string") expect(rejected?.messageDetails).toBe(details);
    else expect(rejected?.messageDetails).toMatch(details);
    expect(accepted).toMatchObject({ status: "Accepted", messageErrorCode: 0 });
  });

  it("with 1001 recipients is refused for each of them", async () => {
    const to = Array.from({ length: 1001 }, (_, n) => ({ number: `0047910${n}` }));
    const { messages } = await send(gateway, shop, aMsg({ to, reference: "r" }));
    expect(messages.map(({ to }) => to)).toEqual(to.map(({ number }) => number));
    expect(messages.at(-1)).toMatchObject({
      ...{ reference: "r", status: "Rejected", messageErrorCode: 302 },
      messageDetails: "A MSG object may have 1000 TO objects",
    });
  });

  it("with a time that goes on for long is told no more of it than its beginning", async () => {
    const { messages } = await send(gateway, shop, aMsg({ validity: `2017-04-20 11:50:05${" ".repeat(10_000)}GMT` }));
    expect(messages[0]?.messageDetails).toMatch(/^VALIDITY '.{1,40}' is past$/);
  });

  it("without a body is refused for each of its three recipients", async () => {
    const to = ["0047910990001", "0047910990002", "0047910990003"];
    const answered = await send(
      gateway,
      shop,
      aMsg({ to: to.map((number) => ({ number })), body: {}, reference: "r" }),
    );
    expect(answered.messages).toEqual(
      to.map((number) => ({
        to: number,
        status: "Rejected",
        reference: "r",
        parts: 0,
        messageDetails: NO_CONTENT,
        messageErrorCode: 304,
      })),
    );
  });

  it("with a reference that is too long is refused without it", async () => {
    const { messages } = await send(gateway, shop, aMsg({ reference: "x".repeat(256) }));
    expect(messages).toMatchObject([
      { messageErrorCode: 305, reference: null, messageDetails: "REFERENCE may have 255 characters" },
    ]);
  });

  it("from what looks like a number of another account is rejected", async () => {
    const other = await openTokenAccount(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${other.account}/senders/2241`, {
      kind: "short-number",
      country: "NO",
    });
    for (const more of [{}, { allowedChannels: ["WhatsApp"] }]) {
      expect((await send(gateway, shop, aMsg({ from: "２２４１", ...more }))).messages).toMatchObject([
        { messageErrorCode: 403 },
      ]);
    }
  });

  it("from a number of another account is rejected", async () => {
    const other = await openTokenAccount(gateway);
    const path = `/admin/v1/accounts/${other.account}/senders/4799887766`;
    await gateway.operator("PUT", path, { kind: "long-number", country: "NO" });
    for (const from of ["4799887766", "+4799887766", "004799887766"]) {
      expect((await send(gateway, shop, aMsg({ from }))).messages).toMatchObject([{ messageErrorCode: 403 }]);
    }
  });
});

describe("what cannot be asked for", () => {
  const REQUEST: Partial<Record<Refusal, [status: number, code: number]>> = {
    "too-large": [413, 202],
    unauthorised: [400, 101],
    "not-allowed": [400, 101],
    "not-found": [404, 999],
    "wrong-method": [405, 999],
    "too-many-requests": [429, 999],
    "no-carrier": [503, 999],
    "key-reused": [422, 202],
    "key-in-progress": [409, 999],
  };
  const MESSAGE: Partial<Record<Refusal, number>> = {
    "bad-number": 303,
    "bad-sender": 301,
    "bad-text": 304,
    unauthorised: 403,
    replayed: 403,
    "not-allowed": 403,
    "too-many-requests": 403,
    "opted-out": 402,
    "quiet-hours": 403,
    "country-closed": 403,
    "no-carrier": 500,
  };

  it.each(REFUSALS)("is told of %s in one form, whole", async (refusal) => {
    const answer = await failing(new GatewayError(refusal, "the reason why"));
    const [status, errorCode] = REQUEST[refusal] ?? [400, 202];
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ details: "the reason why", errorCode, messages: [] });
  });

  it.each(REFUSALS)("is told of %s by a code, of a message", (refusal) => {
    const told = toMessageError(new GatewayError(refusal, "the reason why"));
    const text = refusal === "no-carrier" ? "Message is unrouteable." : "the reason why";
    expect(told).toEqual({ code: MESSAGE[refusal] ?? 305, text });
  });

  it("is told of a balance that is used up", async () => {
    const answer = await failing(new RequestError(102));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ details: "Insufficient balance.", errorCode: 102, messages: [] });
  });

  it.each([401, 402, 403] as const)("is told of what is not let through, by %i", (code) => {
    expect(toMessageError(new MessageError(code, "no"))).toEqual({ code, text: "no" });
  });

  it("is told nothing of a fault of ours, which is logged", async () => {
    const faults: unknown[] = [];
    const answer = await failing(new Error("SECRET no such column"), faults);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('{"details":"Unknown error","errorCode":999,"messages":[]}');
    expect(faults).toHaveLength(1);
  });

  function failing(error: unknown, faults: unknown[] = []) {
    const app = new Hono<DialectEnv>();
    app.use(async (c, next) => {
      c.set("fault", (unplanned) => `fault-${faults.push(unplanned)}`);
      await next();
    });
    app.onError(toErrorResponse as never);
    app.all("*", () => {
      throw error;
    });
    return app.request("/");
  }
});

describe("where not all could be stored", () => {
  const lost: Taken = { outcome: "lost", error: new Error("SECRET D1_ERROR") };

  /** A gateway that answers as a test wants, each time it is handed messages. */
  async function ask(recipients: number, ...acceptEach: ((wanted: readonly unknown[]) => Taken[])[]) {
    return askAt(["simulator"], recipients, { reference: "r".repeat(255) }, ...acceptEach);
  }

  async function askAt(
    carriers: string[],
    recipients: number,
    more: Record<string, unknown>,
    ...acceptEach: ((wanted: readonly unknown[]) => Taken[])[]
  ) {
    const faults: unknown[] = [];
    const caller = { account: { settings: {} }, callbacks: new Map() } as unknown as Caller;
    const app = new Hono<DialectEnv>();
    app.use(async (c, next) => {
      c.set("fault", (unplanned) => `fault-${faults.push(unplanned)}`);
      c.set("admit", async () => {});
      c.set("gateway", {
        callerBySecret: async () => caller,
        carriers: () => carriers,
        now: () => 0,
        acceptEach: async (_: Caller, wanted: readonly unknown[]) => acceptEach.shift()?.(wanted) ?? [],
      } as never);
      await next();
    });
    app.route("/", cm.app);
    const to = Array.from({ length: 1000 }, (_, i) => ({ number: `00479100${String(i).padStart(5, "0")}` }));
    const msg = Array.from({ length: recipients / 1000 }, () => aMsg({ to, ...more }));
    const body = JSON.stringify({ messages: { authentication: { productToken: "any" }, msg } });
    const answer = await app.request("/v1.0/message", { method: "POST", body });
    return { status: answer.status, ...((await answer.json()) as Answered), faults };
  }
  const accepted: Taken = { outcome: "accepted", message: { parts: 1 } as never };

  it("says of each whether it was, and of the rest no more than that", async () => {
    const answered = await ask(1000, (wanted) => wanted.map((_, index) => (index < 2 ? accepted : lost)));
    expect(answered).toMatchObject({ status: 200, details: "Created 2 message(s)", errorCode: 201 });
    expect(answered.messages[2]).toMatchObject({
      status: "Rejected",
      messageErrorCode: 500,
      messageDetails: "Unknown error",
    });
    expect(answered.faults).toHaveLength(1);
  });

  const broken = () => {
    throw new Error("SECRET D1_ERROR");
  };

  it("answers for each of as many as there may be, however long their reference", async () => {
    const answered = await ask(100_000, ...Array(20).fill((wanted: unknown[]) => wanted.map(() => accepted)));
    expect(answered).toMatchObject({ status: 200, details: "Created 100000 message(s)", errorCode: 0 });
    expect(answered.messages).toHaveLength(100_000);
    expect(answered.messages.at(-1)).toMatchObject({ reference: "r".repeat(255), status: "Accepted" });
  });

  it("hands over fewer at once where they are heavy", async () => {
    const sizes: number[] = [];
    const heavy = "x".repeat(39_000);
    await askAt(
      ["simulator"],
      1000,
      { body: { content: heavy, type: "AUTO" }, maximumNumberOfMessageParts: 255 },
      (wanted) => {
        sizes.push(wanted.length);
        return wanted.map(() => accepted);
      },
    );
    expect(sizes[0]).toBeLessThan(500);
  });

  it("tells of what is in our care, though the rest of a long request was lost", async () => {
    const answered = await ask(6000, (wanted) => wanted.map(() => accepted), broken);
    expect(answered).toMatchObject({ status: 200, details: "Created 5000 message(s)", errorCode: 201 });
    expect(answered.messages).toHaveLength(6000);
    expect(answered.messages.at(-1)).toMatchObject({ status: "Rejected", messageErrorCode: 500 });
    expect(answered.faults).toHaveLength(1);
  });

  it("refuses all where there is nobody to hand a message to", async () => {
    const answered = await askAt([], 1000, {});
    expect(answered).toMatchObject({ status: 400, details: "Message is unrouteable.", errorCode: 999, messages: [] });
  });

  it("fails as a whole where nothing was stored at all", async () => {
    const answered = await ask(1000, broken);
    expect(answered).toMatchObject({ status: 500, details: "Unknown error", errorCode: 999, messages: [] });
    expect(answered.faults).toHaveLength(1);
  });
});
