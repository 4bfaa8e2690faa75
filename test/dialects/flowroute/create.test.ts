/** POST messages: what is taken, in which envelope, and what comes of it. */

import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import type { Callback } from "../../../src/core/accounts/callback.ts";
import { WEB_URL } from "../../../src/core/kernel/web-url.ts";
import type { NewMessage } from "../../../src/core/messages/new-message.ts";
import { flowroute } from "../../../src/dialects/flowroute/index.ts";
import { Pace } from "../../../src/dialects/flowroute/pace.ts";
import { sha256 } from "../../../src/dialects/read.ts";
import { useGateway } from "../../support/gateway.ts";
import { basic, call, type KeyAccount, newOwnNumber, newPerson, openAccessKey, type Refused } from "./support.ts";

const VERSIONS = ["v2", "v2.1", "v2.2"];
const LATER = ["v2.1", "v2.2"];

const gateway = useGateway();
let who: KeyAccount;
beforeAll(async () => {
  who = await openAccessKey(gateway);
});

/** Posts what is given, with the sender and a new person, unless it says otherwise. */
async function create(version: string, body: Record<string, unknown>, from = who) {
  const to = newPerson();
  const answer = await call(gateway, from, "POST", `/${version}/messages`, {
    to: to.slice(1),
    from: from.digits,
    ...body,
  });
  const text = await answer.text();
  return { to, status: answer.status, headers: answer.headers, text, json: JSON.parse(text) as Told };
}
type Told = { data: { id: string; type?: string; links?: { self: string } } } & Refused;

const arrived = (to: string) => gateway.handset(to, { wait: 20 });

describe("the answer", () => {
  it("of v2 is 200 and an id, and nothing else", async () => {
    const { status, headers, json, to } = await create("v2", { content: "Gee, nice marmot!" });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json");
    expect(json).toEqual({ data: { id: expect.stringMatching(/^mdr1-[0-9a-f]{32}$/) } });
    expect(await arrived(to)).toMatchObject([{ text: "Gee, nice marmot!", from: who.number }]);
  });

  it.each(LATER)("of %s is 202, with a link that leads to the record", async (version) => {
    const { status, json, to } = await create(version, { body: "Hello" });
    expect(status).toBe(202);
    const { id } = json.data;
    expect(id).toMatch(/^mdr2-[0-9a-f]{32}$/);
    const self = `${gateway.url}/${version}/messages/${id}`;
    expect(json).toEqual({ data: { id, type: "message", links: { self } } });
    const record = await fetch(self, { headers: { authorization: basic(who) } });
    expect(record.status).toBe(200);
    expect(await arrived(to)).toMatchObject([{ text: "Hello" }]);
  });

  it("is of JSON:API's type for who names that, and no Accept is refused", async () => {
    const cases: [string, Record<string, string>, string][] = [
      ["v2.1", { accept: "application/vnd.api+json" }, "application/vnd.api+json"],
      ["v2.2", { "content-type": "application/vnd.api+json; charset=utf-8" }, "application/vnd.api+json"],
      ["v2.1", { accept: "application/json" }, "application/json"],
      ["v2.1", { accept: "text/html" }, "application/json"],
      ["v2", { accept: "application/vnd.api+json" }, "application/json"],
    ];
    for (const [version, headers, type] of cases) {
      const body = { to: newPerson().slice(1), from: who.digits, body: "Hello" };
      const answer = await call(gateway, who, "POST", `/${version}/messages`, body, headers);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([version === "v2" ? 200 : 202, type]);
    }
  });
});

describe.each(VERSIONS)("a body of %s", (version) => {
  const own = version === "v2" ? "content" : "body";
  const shapes: [string, (to: string) => Record<string, unknown>, string?][] = [
    ["flat, with content", (to) => ({ to, from: who.digits, content: "Hello" })],
    ["flat, with body", (to) => ({ to, from: who.digits, body: "Hello" })],
    [
      "of JSON:API",
      (to) => ({ data: { type: "message", attributes: { to, from: who.digits, body: "Hello" } } }),
      "application/vnd.api+json",
    ],
    ["of JSON:API without a type", (to) => ({ data: { attributes: { to, from: who.digits, content: "Hello" } } })],
    [
      "of JSON:API, as JSON with a charset",
      (to) => ({ data: { type: "message", attributes: { to, from: who.digits, body: "Hello" } } }),
      "application/json; charset=utf-8",
    ],
    ["flat, as JSON:API", (to) => ({ to, from: who.digits, body: "Hello" }), "application/vnd.api+json"],
    ["flat, as nothing", (to) => ({ to, from: who.digits, body: "Hello" }), ""],
    ["flat, as JSON in capitals", (to) => ({ to, from: who.digits, body: "Hello" }), "Application/JSON ;charset=UTF-8"],
    ["with numbers that are integers", (to) => ({ to: Number(to), from: Number(who.digits), body: "Hello" })],
    ["with a plus before each number", (to) => ({ to: `+${to}`, from: who.number, body: "Hello" })],
    [
      "with members that nobody knows, and nulls",
      (to) => ({
        to,
        from: who.digits,
        body: "Hello",
        more: [1],
        data: 5,
        dlr_callback: null,
        media_urls: null,
        is_mms: null,
      }),
    ],
    [
      "with both, of which its own counts",
      (to) => ({ to, from: who.digits, content: "No", body: "No", [own]: "Hello" }),
    ],
    [
      "with both, of which its own is null",
      (to) => ({ to, from: who.digits, content: "Hello", body: "Hello", [own]: null }),
    ],
  ];
  it.each(shapes)("may be %s", async (_, toBody, type = "application/json") => {
    const to = newPerson();
    const answer = await call(gateway, who, "POST", `/${version}/messages`, toBody(to.slice(1)), {
      "content-type": type,
    });
    expect([answer.status, await answer.text()]).toEqual([version === "v2" ? 200 : 202, expect.any(String)]);
    expect(await arrived(to)).toMatchObject([{ text: "Hello" }]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json"])(
    "is not read as %s",
    async (type) => {
      const body = { to: newPerson().slice(1), from: who.digits, body: "Hello" };
      const answer = await call(gateway, who, "POST", `/${version}/messages`, body, { "content-type": type });
      expect(answer.status).toBe(415);
      expect(((await answer.json()) as Refused).errors).toMatchObject([
        { status: 415, title: "Unsupported Media Type" },
      ]);
    },
  );

  const malformed = version === "v2" ? 403 : 422;
  const wrong: [string, Record<string, unknown>, number, string?][] = [
    ["without to", { to: undefined, body: "Hello" }, 422, "to"],
    ["without from", { from: undefined, body: "Hello" }, 422, "from"],
    ["without a text", {}, 422, own],
    ["with an empty text", { [own]: "" }, 422, own],
    ["with a text that is a number", { [own]: 7 }, 422, own],
    ["with a text that is a list", { [own]: [] }, 422, own],
    ["with two texts that are empty", { content: "", body: "" }, 422, own],
    ["with a text of 10,001 characters", { [own]: "a".repeat(10_001) }, 422, own],
    ["to a list", { to: ["12065551234"], body: "Hello" }, 422, "to"],
    ["to true", { to: true, body: "Hello" }, 422, "to"],
    ["to a fraction", { to: 1.5, body: "Hello" }, 422, "to"],
    ["to ten digits", { to: "2065551234", body: "Hello" }, malformed, "to"],
    ["to twelve digits", { to: "120655512345", body: "Hello" }, malformed, "to"],
    ["to an area code with 1", { to: "11065551234", body: "Hello" }, malformed, "to"],
    ["to a number with dashes", { to: "1-206-555-1234", body: "Hello" }, malformed, "to"],
    ["to a number with spaces", { to: "1 206 555 1234", body: "Hello" }, malformed, "to"],
    ["to a number with brackets", { to: "1(206)5551234", body: "Hello" }, malformed, "to"],
    ["to two pluses", { to: "++12065551234", body: "Hello" }, malformed, "to"],
    ["to 00", { to: "0012065551234", body: "Hello" }, malformed, "to"],
    ["to a short code", { to: "73245", body: "Hello" }, malformed, "to"],
    ["to nothing", { to: "", body: "Hello" }, malformed, "to"],
    ["to a name", { to: "nobody", body: "Hello" }, malformed, "to"],
    ["to Norway", { to: "4798079008", body: "Hello" }, malformed, "to"],
    ["to Jamaica, which has the same code", { to: "18765551234", body: "Hello" }, malformed, "to"],
    ["from a name", { from: "Seattle", body: "Hello" }, malformed, "from"],
    ["from ten digits", { from: "2065551234", body: "Hello" }, malformed, "from"],
    ["from a number that is nobody's", { from: "12067770000", body: "Hello" }, 403],
    ["from a sender that is no number", { from: "Shop", body: "Hello" }, 403],
  ];
  it.each(wrong)("is refused %s", async (_, body, status, field) => {
    const { to, json, ...answer } = await create(version, body);
    expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
    const [error] = json.errors;
    if (status === 422)
      expect(error?.detail).toEqual({ data: { attributes: { [field ?? ""]: [expect.any(String)] } } });
    else expect(error?.detail).toEqual(expect.any(String));
    expect(await gateway.handset(to)).toEqual([]);
  });

  it("has the text under either name where the other is empty", async () => {
    for (const body of [
      { content: "", body: "Hello" },
      { content: "Hello", body: "" },
    ]) {
      const { to } = await create(version, body);
      expect(await arrived(to)).toMatchObject([{ text: "Hello" }]);
    }
  });

  it("has U+FFFD where half a character was, and no more of them", async () => {
    const { to } = await create(version, { [own]: "\ud83d".repeat(70) });
    expect(await arrived(to)).toMatchObject([{ text: "\ufffd".repeat(70) }]);
  });

  it.each([
    { to: "12425550100" },
    { to: "+12425550100" },
    { to: "18765551234" },
    { to: "+4798079008" },
    { from: "12425550100" },
  ])("is told that it is abroad: %j", async (number) => {
    const { status, text } = await create(version, { body: "Hello", ...number });
    expect(status).toBe(malformed);
    expect(text).toContain("abroad");
    expect(text).toContain("international");
  });

  it.each([{ to: "2065551234" }, { to: "120655512345" }, { from: "2065551234" }])(
    "or that it is none: %j",
    async (number) => {
      const { text } = await create(version, { body: "Hello", ...number });
      expect(text).not.toContain("abroad");
      expect(text).toContain("11 digits");
    },
  );

  it("is told of all that is wrong at once", async () => {
    const { json } = await create(version, { to: undefined, from: [], [own]: "" });
    expect(json.errors).toMatchObject([
      {
        detail: {
          data: { attributes: { to: ["is missing"], from: ["must be a string"], [own]: ["must not be empty"] } },
        },
      },
    ]);
  });

  it("may have 10,000 characters, which arrive as one text", async () => {
    const text = "0123456789".repeat(1_000);
    const { to, status } = await create(version, { [own]: text });
    expect(status).toBe(version === "v2" ? 200 : 202);
    expect(await arrived(to)).toMatchObject([{ text }]);
  });

  it.each(["12061231234", "12061232634", "12012673227", "15305557784", "18444205700", "17875551234"])(
    "may be for %s",
    async (to) => {
      expect((await create(version, { to, body: "Hello" })).status).toBe(version === "v2" ? 200 : 202);
    },
  );
});

describe("numbers abroad", () => {
  it("are taken where the account may, also as senders", async () => {
    const norwegian = await openAccessKey(gateway, { settings: { international: "on" }, number: "+4759447001" });
    for (const to of ["4798079008", "+4798079008", "18765551234", "12061231234"]) {
      const body = { to, from: "4759447001", body: "Hello" };
      expect((await call(gateway, norwegian, "POST", "/v2.1/messages", body)).status).toBe(202);
    }
    for (const to of ["98079008", "47123", "47 98 07 90 08"]) {
      const body = { to, from: "4759447001", body: "Hello" };
      expect((await call(gateway, norwegian, "POST", "/v2.1/messages", body)).status).toBe(422);
    }
  });
});

describe.each(LATER)("pictures by %s", (version) => {
  const URLS = ["https://pictures.example/a/marmot.jpg", "https://pictures.example/b.gif?key=%20x"];

  it("arrive, the first of them with the text", async () => {
    const { to, status } = await create(version, { body: "Look", media_urls: URLS });
    expect(status).toBe(202);
    expect(await arrived(to)).toMatchObject([
      {
        text: "Look",
        channel: "MMS",
        shown: {
          bubbles: [
            { text: "Look", media: { url: URLS[0], type: "image/jpeg", name: "marmot.jpg" } },
            { media: { url: URLS[1], type: "image/gif", name: "b.gif" } },
          ],
        },
      },
    ]);
  });

  it("need no text", async () => {
    for (const body of [{}, { body: "" }]) {
      const { to, status } = await create(version, { ...body, media_urls: URLS.slice(0, 1) });
      expect(status).toBe(202);
      expect(await arrived(to)).toMatchObject([{ text: "", channel: "MMS" }]);
    }
  });

  it.each([true, "true"])("may be none: a text that is to go as one says is_mms %j", async (is_mms) => {
    const { to } = await create(version, { body: "Hello", is_mms });
    expect(await arrived(to)).toMatchObject([{ text: "Hello", channel: "MMS" }]);
  });

  it.each([false, "false"])("are not meant by is_mms %j and an empty list", async (is_mms) => {
    const { to } = await create(version, { body: "Hello", is_mms, media_urls: [] });
    const [received] = await arrived(to);
    expect(received).toMatchObject({ text: "Hello" });
    expect(received).not.toHaveProperty("channel");
  });

  const wrong: [string, Record<string, unknown>, string][] = [
    ["that is none", { media_urls: ["marmot.jpg"] }, "media_urls"],
    ["of another scheme", { media_urls: ["ftp://pictures.example/a.jpg"] }, "media_urls"],
    ["with a password", { media_urls: ["https://me:secret@pictures.example/a.jpg"] }, "media_urls"],
    ["that is no text", { media_urls: [7] }, "media_urls"],
    ["without a list around it", { media_urls: "https://pictures.example/a.jpg" }, "media_urls"],
    ["eleven times", { media_urls: Array.from({ length: 11 }, () => URLS[0]) }, "media_urls"],
    ["that is endless", { media_urls: [`https://pictures.example/${"a".repeat(2_000)}`] }, "media_urls"],
  ];
  it.each(wrong)("are refused with an address %s", async (_, body, field) => {
    const { status, json } = await create(version, { body: "Look", ...body });
    expect(status).toBe(422);
    expect(json.errors[0]?.detail).toMatchObject({ data: { attributes: { [field]: [expect.any(String)] } } });
  });

  const NO_URL = WEB_URL;
  const LONG_URL = `https://pictures.example/${"a".repeat(2_500)}`;
  it.each([
    [{ media_urls: [1] }, { media_urls: [NO_URL] }],
    [{ media_urls: ["marmot.jpg"] }, { media_urls: [NO_URL] }],
    [{ media_urls: [LONG_URL] }, { media_urls: ["must have at most 2000 characters"] }],
    [{ dlr_callback: 1 }, { dlr_callback: [NO_URL] }],
    [{ dlr_callback: LONG_URL }, { dlr_callback: ["must have at most 2000 characters"] }],
  ])("and receipts are refused with the reason, and one alone", async (body, attributes) => {
    const { json } = await create(version, { body: "Look", ...body });
    expect(json.errors[0]?.detail).toEqual({ data: { attributes } });
  });

  it("are told where they lie without half a character", async () => {
    const { to } = await create(version, { media_urls: ["https://pictures.example/\ud83d.jpg"] });
    expect(JSON.stringify(await arrived(to))).toContain("https://pictures.example/\ufffd.jpg");
  });

  it("are refused where is_mms is neither true nor false, or nothing is there to send", async () => {
    expect((await create(version, { body: "Look", is_mms: "yes" })).json.errors[0]?.detail).toEqual({
      data: { attributes: { is_mms: ["must be true or false"] } },
    });
    expect((await create(version, { is_mms: true })).json.errors[0]?.detail).toEqual({
      data: { attributes: { body: ["is missing"] } },
    });
  });
});

describe("v2", () => {
  it("knows nothing of pictures and receipts, and passes over what is said of them", async () => {
    const { to, status } = await create("v2", { content: "Hello", is_mms: 7, media_urls: "x", dlr_callback: "y" });
    expect(status).toBe(200);
    const [received] = await arrived(to);
    expect(received).not.toHaveProperty("channel");
  });
});

describe("who opted out", () => {
  const say = (person: string, to: string, text: string) =>
    gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, { to, text });

  it.each(VERSIONS)("is written to no more by %s, and costs nothing, until they change their mind", async (version) => {
    const own = await openAccessKey(gateway);
    const person = newPerson();
    await say(person, own.number, " Stop ");
    const { status, json } = await create(version, { to: person.slice(1), body: "Hello" }, own);
    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ status: 400, detail: expect.stringMatching(/\b1110\b/) }]);
    const listed = await call(gateway, own, "GET", `/${version}/messages?start_date=2020-01-01`);
    expect(((await listed.json()) as { data: unknown[] }).data).toHaveLength(1);

    const other = await openAccessKey(gateway);
    expect((await create("v2", { to: person.slice(1), body: "Hello" }, other)).status).toBe(200);
    await say(person, own.number, "UNSTOP");
    expect((await create("v2", { to: person.slice(1), body: "Hello" }, own)).status).toBe(200);
  });

  it("has written STOP and nothing else", async () => {
    const own = await openAccessKey(gateway);
    const person = newPerson();
    await say(person, own.number, "STOP PLEASE");
    expect((await create("v2.1", { to: person.slice(1), body: "Hello" }, own)).status).toBe(202);
  });
});

describe("the same request", () => {
  it("is a message of its own each time", async () => {
    const body = { to: newPerson().slice(1), body: "Hello" };
    const ids = [await create("v2.1", body), await create("v2.1", body)].map(({ json }) => json.data.id);
    expect(new Set(ids).size).toBe(2);
  });
});

describe("what is handed on", () => {
  const OWN = newOwnNumber();
  type Given = {
    callbacks?: [string, Partial<Callback>][];
    settings?: Caller["account"]["settings"];
    clock?: { now: number };
  };

  /** The dialect alone, with a gateway that takes whatever comes. */
  function asked({ callbacks = [], settings = {}, clock = { now: 0 } }: Given = {}) {
    const taken: NewMessage[] = [];
    const caller = {
      account: { id: `acme-${newPerson()}`, settings },
      credential: { secretHash: "" },
      senders: new Map([[OWN.slice(1), { sender: OWN, kind: "long-number", country: "US" }]]),
      callbacks: new Map(callbacks.map(([number, callback]) => [number, { forms: {}, ...callback }])),
    };
    const variables = {
      gateway: {
        callerByKeyName: async () => ({ ...caller, credential: { secretHash: await sha256("secret") } }),
        wallClock: () => clock.now,
        newId: () => crypto.randomUUID(),
        accept: async (_: unknown, wanted: NewMessage) => {
          taken.push(wanted);
          return wanted;
        },
      },
      admit: async () => {},
      publicUrls: ["https://sms.example"],
      fault: (error: unknown) => {
        throw error;
      },
    };
    const post = (version: string, body: Record<string, unknown> = {}) => {
      const request = new Request(`https://sms.example/${version}/messages`, {
        method: "POST",
        headers: {
          authorization: basic({ accessKey: "12345678", secretKey: "secret" }),
          "content-type": "application/json",
        },
        body: JSON.stringify({ to: newPerson().slice(1), from: OWN.slice(1), body: "Hello", ...body }),
      });
      return app(variables).fetch(request);
    };
    return { post, taken };
  }

  it("is how it is to be sent, what it costs by then, and how it was asked for", async () => {
    const { post, taken } = asked({ settings: { rates: { longCode: 7, surcharge: 2 } } });
    await post("v2", { content: "a".repeat(161) });
    await post("v2.2", { body: "å", is_mms: true });
    const plain = {
      anyNumber: true,
      maxParts: 255,
      validitySeconds: 172_800,
      deliveryMode: "at-most-once",
      priority: "normal",
      sender: OWN,
    };
    expect(taken).toMatchObject([
      {
        ...plain,
        theirId: expect.stringMatching(/^mdr1-/),
        echo: {
          encoding: 0,
          segments: 2,
          isMms: false,
          baseNanodollars: 7,
          surchargeNanodollars: 2,
        },
      },
      {
        ...plain,
        theirId: expect.stringMatching(/^mdr2-/),
        channel: "MMS",
        echo: { encoding: 8, segments: 1, isMms: true, baseNanodollars: 9_500_000 },
      },
    ]);
    expect(taken[0]).not.toHaveProperty("reportUrl");
    for (const name of ["reportForm", "version", "isTollFree"]) expect(taken[0]?.echo).not.toHaveProperty(name);
  });

  const NUMBERS = { reportUrl: "https://a.example/number", forms: { report: "v2.2" } };
  const ACCOUNTS = {
    reportUrl: "https://a.example/all",
    mmsReportUrl: "https://a.example/mms",
    forms: { report: "v2" },
  };
  const ADDRESS = "https://a.example/this";
  const reports: [string, string, Record<string, unknown>, [string, Partial<Callback>][], string?, string?][] = [
    ["nowhere", "v2.1", {}, []],
    ["where the message says", "v2.1", { dlr_callback: ADDRESS }, [["", ACCOUNTS]], ADDRESS, "v2.1"],
    ["where the message says, in its version", "v2.2", { dlr_callback: ADDRESS }, [], ADDRESS, "v2.2"],
    [
      "where the number says",
      "v2.1",
      {},
      [
        [OWN, NUMBERS],
        ["", ACCOUNTS],
      ],
      NUMBERS.reportUrl,
      "v2.2",
    ],
    ["where the account says, v2 told as v2.1", "v2.2", {}, [["", ACCOUNTS]], ACCOUNTS.reportUrl, "v2.1"],
    ["also of v2, where an address is set", "v2", {}, [["", ACCOUNTS]], ACCOUNTS.reportUrl, "v2.1"],
    ["where the account says in no form", "v2.1", {}, [["", { reportUrl: ADDRESS }]], ADDRESS, "v2.1"],
    [
      "where those of pictures go",
      "v2.1",
      { is_mms: true },
      [
        [OWN, NUMBERS],
        ["", ACCOUNTS],
      ],
      ACCOUNTS.mmsReportUrl,
      "v2.1",
    ],
    ["nowhere for v2, whatever the message says", "v2", { dlr_callback: ADDRESS }, []],
    [
      "where the account says, if the message has an empty one",
      "v2.1",
      { dlr_callback: "" },
      [["", ACCOUNTS]],
      ACCOUNTS.reportUrl,
      "v2.1",
    ],
  ];
  it.each(reports)("goes with its receipts %s", async (_, version, body, callbacks, url, form) => {
    const { post, taken } = asked({ callbacks });
    expect((await post(version, body)).ok).toBe(true);
    expect([taken[0]?.reportUrl, taken[0]?.echo.reportForm]).toEqual([url, form]);
  });

  it.each(["ftp://a.example/", "a.example/this", "javascript:alert(1)", "https://"])(
    "is refused where receipts are to go to %j",
    async (dlr_callback) => {
      const { post, taken } = asked();
      const answer = await post("v2.1", { dlr_callback });
      expect(answer.status).toBe(422);
      expect(taken).toEqual([]);
    },
  );

  it("is no more in a second than the account may send", async () => {
    const clock = { now: 1_000_000 };
    const { post, taken } = asked({ settings: { perSecond: 2 }, clock });
    expect((await post("v2.1")).status).toBe(202);
    clock.now += 600;
    expect((await post("v2.1")).status).toBe(202);
    const refused = await post("v2.1");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(((await refused.json()) as Refused).errors).toMatchObject([{ status: 429, title: "Too Many Requests" }]);
    clock.now += 400;
    expect((await post("v2.1")).status).toBe(202);
    expect((await post("v2.1")).status).toBe(429);
    expect(taken).toHaveLength(3);
  });

  it("is counted for each account alone, and begins anew where the number is changed", () => {
    const pace = new Pace();
    expect([1, 2, 3].map(() => pace.takes("acme", 2, 5_000))).toEqual([true, true, false]);
    expect(pace.takes("bolt", 2, 5_000)).toBe(true);
    expect(pace.takes("acme", 3, 5_000)).toBe(true);
  });
});

/** The dialect's app, with these variables. */
function app(variables: Record<string, unknown>) {
  const here = new Hono();
  here.use(async (c, next) => {
    for (const [name, value] of Object.entries(variables)) c.set(name as never, value as never);
    await next();
  });
  here.route("/", flowroute.app as never);
  return here;
}
