/** One-time passwords: sending one, and asking whether the one that somebody brings is right. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { newGsm, openTokenAccount, type TokenAccount } from "./support.ts";

type Otp = { id: string; channel: string; verified: boolean; createdAt: string; expiresAt: string };

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const gateway = useGateway();
let account: TokenAccount;
beforeAll(async () => {
  account = await openTokenAccount(gateway);
});

const post = (path: string, json: unknown, token: string | undefined = account.token) =>
  gateway.fetch(path, { headers: token ? { "X-CM-ProductToken": token } : {}, json });
const request = (json: Record<string, unknown> = {}, by = account) =>
  post("/otp/v2/otp", { from: "Shop", to: newGsm(), ...json }, by.token);
const sent = async (json: Record<string, unknown> = {}, by = account): Promise<Otp> => {
  const answer = await request(json, by);
  if (answer.status !== 200) throw new Error(`the OTP was refused: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Otp;
};
const verify = ({ id }: Pick<Otp, "id">, code: unknown, by = account) =>
  post(`/otp/v2/otp/${id}/verify`, { code }, by.token);
const isVerified = async (otp: Pick<Otp, "id">, code: unknown, by = account): Promise<boolean> => {
  const answer = await verify(otp, code, by);
  if (answer.status !== 200) throw new Error(`it was not tried: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as Otp).verified;
};
const messageOf = async (answer: Response, status: number): Promise<string> => {
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  const told = (await answer.json()) as { status: number; message: string };
  expect([answer.status, told.status]).toEqual([status, status]);
  return told.message;
};
const received = async (to: string) => {
  await gateway.advance(1);
  return gateway.handset(to.replace(/^00/, "+"));
};
const setting = async (settings: Record<string, unknown>) => {
  const other = await openTokenAccount(gateway);
  await gateway.operator("PATCH", `/admin/v1/accounts/${other.account}`, { settings });
  return other;
};

describe("an OTP", () => {
  it("goes to the person, and is told of with an id and its times", async () => {
    const to = newGsm();
    const otp = await sent({ to });
    expect(otp).toEqual({
      ...{ id: expect.stringMatching(UUID), channel: "sms", verified: false },
      ...{ createdAt: expect.stringMatching(DATE), expiresAt: expect.stringMatching(DATE) },
    });
    expect(Date.parse(otp.expiresAt) - Date.parse(otp.createdAt)).toBe(60_000);
    expect(await received(to)).toMatchObject([{ from: "Shop", text: "Your verification code is 12345" }]);
  });

  it("is verified with the right code, and told of as it was", async () => {
    const otp = await sent();
    const answer = await verify(otp, "12345");
    expect([answer.status, await answer.json()]).toEqual([200, { ...otp, verified: true }]);
  });

  it("is not verified with a wrong one, and may then be tried again", async () => {
    const otp = await sent();
    const answer = await verify(otp, "54321");
    expect([answer.status, await answer.json()]).toEqual([200, otp]);
    expect(await isVerified(otp, "12345")).toBe(true);
  });

  // What each SDK writes: Java leaves out what is null; .NET too, and both say that it goes by SMS.
  const forms = [
    { name: "Java", json: { from: "Shop", digits: 6, expiry: 120, channel: "sms", message: "Code: {code}." } },
    { name: ".NET", json: { from: "Shop", channel: "sms" } },
    {
      name: "null members",
      json: { from: "Shop", channel: null, digits: null, expiry: null, message: null, locale: null },
    },
    { name: "numbers as text, in another case", json: { From: "Shop", Digits: "6", EXPIRY: "120" } },
  ];
  it.each(forms)("is sent as $name asks for it", async ({ json }) => {
    const to = newGsm();
    const answer = await post("/otp/v2/otp", { ...json, to });
    const otp = (await answer.json()) as Otp;
    const [text] = await received(to);
    expect(await isVerified(otp, /\d+/.exec(text?.text ?? "")?.[0])).toBe(true);
  });

  it.each(["+", "00", ""])("goes to a number that begins with %j", async (prefix) => {
    const to = newGsm().slice(2);
    await sent({ to: prefix + to });
    expect(await received(`00${to}`)).toHaveLength(1);
  });

  it.each(["/OTP/V2/OTP", "/otp/v2/otp/"])("is asked for at %s as well", async (path) => {
    expect((await post(path, { from: "Shop", to: newGsm() })).status).toBe(200);
  });

  it("is of as many digits as are asked for", async () => {
    for (const digits of [4, 5, 6, 7, 8, 9, 10]) {
      expect(await isVerified(await sent({ digits }), "1234567890".slice(0, digits))).toBe(true);
    }
  });

  it("is another each time for an account that wants it so", async () => {
    const random = await setting({ pincodes: "random" });
    const to = newGsm();
    const codes = [];
    for (const digits of [10, 10]) {
      const otp = await sent({ to, digits, message: "{code}" }, random);
      const texts = await received(to);
      codes.push(texts.at(-1)?.text);
      expect(codes.at(-1)).toMatch(/^\d{10}$/);
      expect(await isVerified(otp, codes.at(-1), random)).toBe(true);
    }
    expect(codes[0]).not.toBe(codes[1]);
  });

  it("stands wherever its text has a place for it", async () => {
    const to = newGsm();
    await sent({ to, message: "{code} is it: {code} ($&)" });
    expect(await received(to)).toMatchObject([{ text: "12345 is it: 12345 ($&)" }]);
  });

  const locales = [
    { locale: "nl", text: /verificatiecode/ },
    { locale: "nl-NL", text: /verificatiecode/ },
    { locale: "fr_FR", text: /vérification/ },
    { locale: "DE", text: /Bestätigungscode/ },
    { locale: "nb", text: /Koden din/ },
    { locale: "no", text: /Koden din/ },
    { locale: "ja-JP", text: /verification code/ },
  ];
  it.each(locales)("has a text of our own for $locale", async ({ locale, text }) => {
    const to = newGsm();
    await sent({ to, locale });
    expect(await received(to)).toMatchObject([{ text: expect.stringMatching(text) }]);
  });

  const channels = [
    { channel: "auto", told: "sms", shown: undefined },
    { channel: "SMS", told: "sms", shown: undefined },
    { channel: "push", told: "push", shown: "Push" },
    { channel: "whatsapp", told: "whatsapp", shown: "WhatsApp" },
    { channel: "voice", told: "voice", shown: "Voice" },
  ];
  it.each(channels)("goes by $channel", async ({ channel, told, shown }) => {
    const to = newGsm();
    const otp = await sent({ to, channel, pushAppKey: "00000000-0000-0000-0000-000000000001" });
    expect(otp.channel).toBe(told);
    const [message] = (await received(to)) as { text: string; channel?: string }[];
    expect([message?.channel, message?.text]).toEqual([shown, "Your verification code is 12345"]);
    expect(await (await verify(otp, "12345")).json()).toMatchObject({ channel: told, verified: true });
  });

  const refused: { name: string; json: Record<string, unknown>; why: RegExp }[] = [
    { name: "without a sender", json: { from: undefined }, why: /from: is missing/ },
    { name: "from an empty text", json: { from: " " }, why: /from: must be/ },
    { name: "from a name of two letters", json: { from: "AB" }, why: /from: must be/ },
    { name: "from a name of twelve letters", json: { from: "ABCDEFGHIJKL" }, why: /from: must be/ },
    { name: "without a number", json: { to: undefined }, why: /to: is missing/ },
    { name: "to a name", json: { to: "Kari" }, why: /'Kari' is not a number/ },
    { name: "to six digits", json: { to: "+479807" }, why: /is not a number/ },
    { name: "by e-mail", json: { channel: "email" }, why: /channel: .*can be sent by/ },
    { name: "by pigeon", json: { channel: "constructor" }, why: /channel: / },
    { name: "of three digits", json: { digits: 3 }, why: /digits: must be a whole number from 4 to 10/ },
    { name: "of eleven digits", json: { digits: 11 }, why: /digits: must be/ },
    { name: "of four digits and a half", json: { digits: 4.5 }, why: /digits: must be/ },
    { name: "for nine seconds", json: { expiry: 9 }, why: /expiry: must be a whole number from 10 to 3600/ },
    { name: "for more than an hour", json: { expiry: 3601 }, why: /expiry: must be/ },
    {
      name: "with a text that has no place for it",
      json: { message: "Hello" },
      why: /message: must have {code} in it/,
    },
  ];
  it.each(refused)("is refused $name", async ({ json, why }) => {
    expect(await messageOf(await request(json), 400)).toMatch(why);
  });

  it.each(["", "{", "[]", '"x"'])("is refused for a body of %j", async (body) => {
    const headers = { "x-cm-producttoken": account.token };
    await messageOf(await gateway.fetch("/otp/v2/otp", { method: "POST", headers, body }), 400);
  });

  it.each([
    { token: "", why: /Invalid product token/ },
    { token: "secret", why: /Invalid product token/ },
    { token: "00000000-0000-4000-8000-000000000000", why: /No account found/ },
  ])("is refused to who has no token: $token", async ({ token, why }) => {
    expect(await messageOf(await post("/otp/v2/otp", { from: "Shop", to: newGsm() }, token), 400)).toMatch(why);
    expect(await messageOf(await post("/otp/v2/otp/x/verify", { code: "12345" }, token), 400)).toMatch(why);
  });

  it("is refused from a number of another account", async () => {
    const other = await openTokenAccount(gateway);
    const path = `/admin/v1/accounts/${other.account}/senders`;
    await gateway.operator("PUT", `${path}/2240`, { kind: "short-number", country: "NO" });
    for (const from of ["2240", "２２４０"]) {
      expect(await messageOf(await request({ from }), 400)).toMatch(/another account/);
    }
  });

  it("is refused to a person who told this number to stop", async () => {
    const own = await openTokenAccount(gateway);
    const [from, person] = ["+12065550142", "+14255550142"];
    const path = `/admin/v1/accounts/${own.account}/senders/${from}`;
    await gateway.operator("PUT", path, { kind: "long-number", country: "US" });
    await gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: from, text: "STOP" });
    expect(await messageOf(await request({ from, to: person }, own), 400)).toMatch(/asked .* to be left alone/);
  });

  it("is refused where its text needs more parts than a message may have unasked", async () => {
    const long = { message: `{code} ${"x".repeat(160 * 8)}` };
    expect(await messageOf(await request(long), 400)).toMatch(/8 are the most/);
    expect((await request(long, await setting({ maxParts: 16 }))).status).toBe(200);
  });

  it("keeps to its own senders, for an account that has only those", async () => {
    const own = await setting({ senders: "own" });
    const told = await messageOf(await request({ from: "Bank" }, own), 400);
    expect(told).toBe("from: 'Bank' is not one of the account's senders");
    expect((await request({ from: "Shop" }, own)).status).toBe(200);
  });

  it("cuts a long sender for an account that wants it so", async () => {
    const to = newGsm();
    await sent({ to, from: "ABCDEFGHIJKL" }, await setting({ longSenders: "truncate" }));
    expect(await received(to)).toMatchObject([{ from: "ABCDEFGHIJK" }]);
  });

  it("is refused to a person who was sent too many in an hour", async () => {
    const to = newGsm();
    for (let n = 0; n < 30; n++) await sent({ to });
    expect(await messageOf(await request({ to }), 400)).toMatch(/too many codes/);
  });
});

describe("an OTP cannot be verified", () => {
  it("twice", async () => {
    const otp = await sent();
    expect(await isVerified(otp, "12345")).toBe(true);
    expect(await messageOf(await verify(otp, "12345"), 400)).toMatch(/verified already/);
  });

  it("by more than one of many who ask at once", async () => {
    const otp = await sent();
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(otp, "12345")));
    const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<Partial<Otp>>));
    expect(bodies.filter(({ verified }) => verified)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(7);
  });

  it("after three wrong codes", async () => {
    const otp = await sent();
    for (let n = 0; n < 3; n++) expect(await isVerified(otp, "00000")).toBe(false);
    expect(await messageOf(await verify(otp, "12345"), 400)).toMatch(/tried too often/);
  });

  it("with more than three of many codes that are tried at once", async () => {
    const otp = await sent();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => verify(otp, `0000${n}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect((await verify(otp, "12345")).status).toBe(400);
  });

  it("once its time is over", async () => {
    const [early, late] = [await sent({ expiry: 600 }), await sent({ expiry: 600 })];
    await gateway.advance(599);
    expect(await isVerified(early, "12345")).toBe(true);
    await gateway.advance(2);
    expect(await messageOf(await verify(late, "12345"), 400)).toMatch(/expired/);
  });

  it("where nobody sent it", async () => {
    for (const id of ["00000000-0000-4000-8000-000000000000", "x", "%00"]) {
      expect(await messageOf(await verify({ id }, "12345"), 404)).toMatch(/there is no OTP/);
    }
  });

  it("by another account, whose tries do not count", async () => {
    const [otp, other] = [await sent(), await openTokenAccount(gateway)];
    for (const code of ["00000", "00000", "00000", "12345"]) await messageOf(await verify(otp, code, other), 404);
    expect(await isVerified(otp, "12345")).toBe(true);
  });

  it.each([undefined, null, "", "abcde", "123", "12345678901", {}, true])(
    "with %j for a code, which does not count as a try",
    async (code) => {
      const otp = await sent();
      for (let n = 0; n < 4; n++) expect(await messageOf(await verify(otp, code), 400)).toMatch(/code: /);
      expect(await isVerified(otp, 12345)).toBe(true);
    },
  );
});

describe("an OTP of version 1", () => {
  const generate = (json: Record<string, unknown> = {}) =>
    post("/v1.0/otp/generate", { sender: "Shop", recipient: newGsm(), ...json });
  const generated = async (json: Record<string, unknown> = {}) =>
    (await (await generate(json)).json()) as { id: string; createdAt: string; expireAt: string };
  const isValid = async (id: string, code: string) => {
    const answer = await post("/v1.0/otp/verify", { id, code });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { valid: boolean }).valid;
  };

  it("is sent by SMS, whatever else is allowed, and verified once", async () => {
    const recipient = newGsm();
    const more = { length: 6, expiry: 180, allowPush: true, appKey: "k", allowVoice: true, voiceLanguage: "nl-NL" };
    const made = await generated({ recipient, ...more, message: "Code {code}" });
    const date = expect.stringMatching(DATE);
    expect(made).toEqual({ id: expect.stringMatching(UUID), createdAt: date, expireAt: date });
    expect(Date.parse(made.expireAt) - Date.parse(made.createdAt)).toBe(180_000);
    expect(await received(recipient)).toMatchObject([{ from: "Shop", text: "Code 123456" }]);
    expect([await isValid(made.id, "654321"), await isValid(made.id, "123456")]).toEqual([false, true]);
    expect(await isValid(made.id, "123456")).toBe(false);
  });

  it("is not valid once its time is over", async () => {
    const { id } = await generated();
    await gateway.advance(61);
    expect(await isValid(id, "12345")).toBe(false);
  });

  it.each([
    { json: { length: 3 }, why: /length: must be/ },
    { json: { recipient: "Kari" }, why: /is not a number/ },
    { json: { sender: undefined }, why: /sender: is missing/ },
    { json: { message: "Hello" }, why: /message: must have {code} in it/ },
  ])("is refused with $json", async ({ json, why }) => {
    expect(await messageOf(await generate(json), 400)).toMatch(why);
  });

  it.each([{ id: "x", code: "12345" }, { code: "12345" }, { id: "x" }])("is not verified with %j", async (json) => {
    await messageOf(await post("/v1.0/otp/verify", json), 400);
  });
});

describe("an address of one-time passwords that does not exist", () => {
  it.each([
    ["GET", "/otp/v2/otp", 405],
    ["GET", "/otp/v2/otp/x/verify", 405],
    ["DELETE", "/v1.0/otp/generate", 405],
    ["PUT", "/v1.0/otp/verify", 405],
    ["POST", "/otp/v2/otps", 404],
    ["POST", "/otp/v2/otp/x", 404],
    ["POST", "/v1.0/otp/nowhere", 404],
  ] as const)("is told of in the words of these: %s %s", async (method, path, status) => {
    const answer = await gateway.fetch(path, { method, headers: { "x-cm-producttoken": account.token } });
    await messageOf(answer, status);
  });
});
