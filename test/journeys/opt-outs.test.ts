/** STOP, START and HELP at any number of a customer's, in eight languages, and what each dialect says of it. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

const LONG = "+4759447100";
const OTHER = "+4759447101";
const AMERICAN = "+12065550178";
const SHORT = "2711";
const CAMPAIGN = "opt-outs";

const gateway = useGateway();
const { operator } = gateway;
let account: TestAccount;
const secrets: Record<string, string> = {};

const put = (sender: string, more: object) =>
  operator("PUT", `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(sender)}`, more);
const rule = (optOut: object | null) => {
  const none = { scope: null, transactional: null, replies: null, stopText: null, startText: null, helpText: null };
  return operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { optOut: { ...none, ...optOut } } });
};
const writes = (person: string, text: string, to = LONG) =>
  operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, { to, text });
const noted = async (person: string) =>
  (
    await operator<{ items: { number: string; source: string; proof?: string }[] }>(
      "GET",
      `/admin/v1/accounts/${account.id}/suppressions/${encodeURIComponent(person)}`,
    )
  ).items;
const texts = async (person: string, wait = 0) => (await gateway.handset(person, { wait })).map(({ text }) => text);

beforeAll(async () => {
  account = await gateway.account("Fjell AS");
  for (const sender of [LONG, OTHER]) await put(sender, { kind: "long-number", country: "NO" });
  await operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { international: "on" } });
  await put(AMERICAN, { kind: "long-number", country: "US" });
  await put(SHORT, { kind: "short-number", country: "NO" });
  for (const [dialect, kind, name] of [
    ["txtnation", "campaign", CAMPAIGN],
    ["cm", "product-token", "token"],
    ["flowroute", "access-key", "27110001"],
  ] as const) {
    const made = await operator<{ secret: string }>("POST", `/admin/v1/accounts/${account.id}/credentials`, {
      ...{ dialect, kind, name },
    });
    secrets[dialect] = made.secret;
  }
});

/** How each dialect sends a text from a long number or a short one, and what it says where the person opted out. */
const DIALECTS: Record<string, { send: (to: string, text?: string) => Promise<Response>; refusal: [number, RegExp] }> =
  {
    target365: {
      send: (recipient, content = "Our offer of the week") =>
        gateway.fetch("/api/out-messages", {
          headers: { "x-apikey": account.apiKey },
          json: { sender: LONG, recipient, content },
        }),
      refusal: [403, /left alone/],
    },
    txtnation: {
      send: (to) =>
        gateway.fetch("/gateway.php", {
          method: "POST",
          body: new URLSearchParams({
            ...{ cc: CAMPAIGN, ekey: secrets.txtnation ?? "", number: to.slice(1), message: "Our offer of the week" },
            ...{ reply: "0", id: crypto.randomUUID(), network: "INTERNATIONAL", value: "0", currency: "NOK" },
          }),
        }),
      refusal: [200, /^BARRED$/],
    },
    cm: {
      send: (to) =>
        gateway.fetch("/v1.0/message", {
          json: {
            messages: {
              authentication: { productToken: secrets.cm },
              msg: [
                { from: LONG, to: [{ number: to.replace("+", "00") }], body: { content: "Our offer of the week" } },
              ],
            },
          },
        }),
      refusal: [400, /"messageErrorCode":402/],
    },
    flowroute: {
      send: (to) =>
        gateway.fetch("/v2.1/messages", {
          headers: {
            authorization: `Basic ${btoa(`27110001:${secrets.flowroute}`)}`,
            "content-type": "application/json",
          },
          json: { to: to.slice(1), from: AMERICAN.slice(1), body: "Our offer of the week" },
        }),
      refusal: [400, /1110/],
    },
  };

/** By language: a word for each wish, and what the answers begin with after the sender's name. */
const LANGUAGES = {
  en: { out: ["Unsubscribe"], in: "Unstop", help: "HELP", from: "+44", says: [/get no more/, /again/, /Reply STOP/] },
  nb: {
    out: ["STOPP", "Avmeld", "slutt!"],
    in: "start",
    help: "Hjelp",
    from: "+47",
    says: [/ikke flere/, /igjen/, /STOPP/],
  },
  sv: {
    out: ["Stoppa", "avsluta", "avanmäl"],
    in: "Starta",
    help: "HJÄLP",
    from: "+46",
    says: [/inga fler/, /igen/, /STOPP/],
  },
  da: { out: ["Afmeld", "SLUT"], in: "genoptag", help: "hjælp", from: "+45", says: [/ikke flere/, /igen/, /STOP/] },
  fi: { out: ["Lopeta", "peruuta"], in: "Aloita", help: "APUA", from: "+358", says: [/enää/, /taas/, /STOP/] },
  de: {
    out: ["Abmelden", "Kündigen", "Ende"],
    in: "Fortsetzen",
    help: "hilfe",
    from: "+49",
    says: [/mehr/, /wieder/, /STOP/],
  },
  nl: {
    out: ["Afmelden", "stoppen", "UIT"],
    in: "hervatten",
    help: "Hulp",
    from: "+31",
    says: [/geen/, /weer/, /STOP/],
  },
  fr: {
    out: ["ARRÊT", "Désabonner", "fin"],
    in: "Début",
    help: "Aide",
    from: "+33",
    says: [/plus/, /nouveau/, /STOP/],
  },
} as const;

/** Numbers of the form that each country's people have. */
const NATIONAL: Record<string, (n: number) => string> = {
  "+44": (n) => `7400${123_400 + n}`,
  "+47": (n) => `4798${n}0`.slice(2).padEnd(8, "7"),
  "+46": (n) => `70123${4_500 + n}`,
  "+45": (n) => `2012${3_500 + n}`,
  "+358": (n) => `41234${5_600 + n}`,
  "+49": (n) => `15123456${700 + n}`,
  "+31": (n) => `61234${5_600 + n}`,
  "+33": (n) => `61234${5_600 + n}`,
};
let people = 10;
const personOf = (country: string) => `${country}${NATIONAL[country]?.(++people)}`;

const cases = Object.entries(LANGUAGES).flatMap(([language, { out, ...more }]) =>
  [...out, "STOP"].map((word) => ({ language, word, ...more })),
);

describe("a person who writes to a customer's number", () => {
  beforeAll(() => rule({ scope: "account" }));

  it.each(cases)(
    "$word ($language) is answered, is refused by every dialect, and is let in again by $in",
    async (one) => {
      const person = personOf(one.from);
      const [isOut, isIn, isHelp] = one.says;
      await writes(person, one.word);
      await expect.poll(() => texts(person)).toEqual([expect.stringMatching(isOut)]);
      expect((await texts(person))[0]).toMatch(/^Fjell AS: .*START/);
      expect(await noted(person)).toMatchObject([
        { number: "@*", source: "person", proof: expect.stringMatching(/^inb_/) },
      ]);
      for (const [dialect, { send, refusal }] of Object.entries(DIALECTS)) {
        const answer = await send(person);
        expect([dialect, answer.status, await answer.text()]).toEqual([
          dialect,
          refusal[0],
          expect.stringMatching(refusal[1]),
        ]);
      }
      await writes(person, one.help);
      await writes(person, one.in);
      await expect.poll(() => texts(person)).toHaveLength(3);
      const all = (await texts(person)).toSorted().join("\n");
      expect(all).toMatch(isHelp);
      expect(all).toMatch(isIn);
      expect(await noted(person)).toEqual([]);
      for (const [dialect, { send, refusal }] of Object.entries(DIALECTS)) {
        expect([dialect, await (await send(person)).text()]).not.toEqual([dialect, expect.stringMatching(refusal[1])]);
      }
    },
  );

  it.each(["STOP PLEASE", "Don't stop", "slutt med det der", "stopped", "ende gut", "start over", "help me"])(
    "%j asks for nothing of the kind",
    async (text) => {
      const person = newNumber();
      await writes(person, text);
      expect(await noted(person)).toEqual([]);
      expect((await DIALECTS.target365?.send(person))?.status).toBe(201);
      expect(await texts(person, 10)).toEqual(["Our offer of the week"]);
    },
  );
});

describe("the account's rule", () => {
  const from = (sender: string, recipient: string) =>
    gateway.fetch("/api/out-messages", {
      headers: { "x-apikey": account.apiKey },
      json: { sender, recipient, content: "Our offer of the week" },
    });
  const statuses = async (person: string) =>
    Promise.all([LONG, OTHER, SHORT, "Shop"].map(async (sender) => (await from(sender, person)).status));

  it("ends the texts of the number alone, unless it says more", async () => {
    await rule(null);
    const person = newNumber();
    await writes(person, "STOP");
    expect(await statuses(person)).toEqual([403, 201, 201, 201]);
    const other = newNumber();
    await writes(other, "STOP", SHORT);
    expect(await statuses(other)).toEqual([201, 201, 403, 201]);
  });

  it("ends the texts of the number's group", async () => {
    await rule({ scope: "group" });
    for (const sender of [LONG, SHORT]) {
      await put(sender, { kind: sender === SHORT ? "short-number" : "long-number", country: "NO", group: "shop" });
    }
    const person = newNumber();
    await writes(person, "STOP");
    expect(await statuses(person)).toEqual([403, 201, 403, 201]);
    expect(await noted(person)).toMatchObject([{ number: "@shop" }]);
    await writes(person, "START", SHORT);
    expect(await statuses(person)).toEqual([201, 201, 201, 201]);
  });

  it("ends all of its texts, and transactional ones only where it does not exempt them", async () => {
    await rule({ scope: "account", transactional: "exempt" });
    await put(OTHER, { kind: "long-number", country: "NO", purpose: "transactional" });
    const person = newNumber();
    const { transactionId } = {
      transactionId: await gateway.send(account, {
        recipient: person,
        sendTime: new Date((await gateway.now()) + 3_600_000).toISOString(),
      }),
    };
    await writes(person, "STOP");
    expect(await statuses(person)).toEqual([403, 201, 403, 403]);
    await gateway.advance(3_700);
    expect(await gateway.message(account, transactionId)).toMatchObject({ state: "failed", reason: "opted-out" });
    await rule({ scope: "account" });
    expect(await statuses(person)).toEqual([403, 403, 403, 403]);
    await put(OTHER, { kind: "long-number", country: "NO" });
  });

  it("holds for what an operator sends in the account's name, whatever id it is given", async () => {
    await rule(null);
    const person = newNumber();
    await writes(person, "STOP", SHORT);
    const text = {
      account: account.id,
      sender: SHORT,
      recipient: person,
      text: "Our offer",
      theirId: "inb_1-out-answer",
    };
    expect(await gateway.refusal("POST", "/admin/v1/messages", text)).toMatchObject({ status: 403 });
  });

  it("never exempts what is sent from a number of North America", async () => {
    const american = "+12065550177";
    await put(american, { kind: "long-number", country: "US", purpose: "transactional" });
    await rule({ transactional: "exempt" });
    const person = newNumber();
    await writes(person, "STOP", american);
    expect((await from(american, person)).status).toBe(403);
  });

  it("says what is answered: the number's words, or else the account's, or nothing", async () => {
    await rule({ stopText: "Fjell: ferdig.", helpText: "Fjell: ring 800 00 000." });
    await put(OTHER, { kind: "long-number", country: "NO", answers: { help: "Fjell varsel: ring 800 11 111." } });
    const person = newNumber();
    await writes(person, "HELP");
    await writes(person, "HELP", OTHER);
    await writes(person, "STOP", OTHER);
    await expect
      .poll(async () => (await texts(person)).toSorted())
      .toEqual(["Fjell varsel: ring 800 11 111.", "Fjell: ferdig.", "Fjell: ring 800 00 000."]);
    await rule({ replies: "off" });
    const other = newNumber();
    await writes(other, "STOP");
    expect(await noted(other)).toHaveLength(1);
    await gateway.advance(60);
    expect(await texts(other)).toEqual([]);
  });

  it("is answered once in all where two accounts share the number, and holds for both", async () => {
    await rule(null);
    const second = await gateway.account("Dal AS");
    const at = `/admin/v1/accounts/${second.id}`;
    await operator("PUT", `${at}/senders/${SHORT}`, { kind: "short-number", country: "NO", isShared: true });
    const person = newNumber();
    await writes(person, "STOP", SHORT);
    await writes(person, "STOP", SHORT);
    await gateway.advance(60);
    expect(await texts(person)).toEqual([
      `${SHORT}: Du får ikke flere meldinger fra ${SHORT}. Svar START for å få dem igjen.`,
    ]);
    expect(await operator("GET", `${at}/suppressions/${encodeURIComponent(person)}`)).toMatchObject({
      items: [{ number: SHORT }],
    });
    await operator("DELETE", `${at}/senders/${SHORT}`);
  });
});
