/** What the gateway of the first years answers instead of nothing: each of its texts, in XML and by GET. */

import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { Taken } from "../../../src/core/messages/each.ts";
import { RequestError } from "../../../src/dialects/cm/errors.ts";
import { ashx } from "../../../src/dialects/cm/gateway.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { useGateway } from "../../support/gateway.ts";
import { aDocument, aMsgXml, ask, postXml } from "./ashx.ts";
import { newGsm, openTokenAccount, type TokenAccount } from "./support.ts";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const line = (text: string) => ({ status: 200, text: `Error: ERROR ${text}`, type: "text/plain; charset=utf-8" });

describe("a request that is refused", () => {
  const gateway = useGateway();
  let account: TokenAccount;
  beforeAll(async () => {
    account = await openTokenAccount(gateway);
  });

  const GOOD = "0044791111000001";
  const xmls: { name: string; document: (token: string) => string; says: string }[] = [
    { name: "that is no XML", document: () => "<MESSAGES>", says: "Unknown error" },
    { name: "that declares a type", document: (t) => `<!DOCTYPE a>${aDocument({ token: t })}`, says: "Unknown error" },
    {
      name: "with an unknown token",
      document: () => aDocument({ token: NOBODY }, aMsgXml(GOOD)),
      says: "No account found for the given authentication",
    },
    {
      name: "with an unknown customer of old",
      document: () => `<MESSAGES><CUSTOMER ID="1"/><USER LOGIN="a" PASSWORD="b"/>${aMsgXml(GOOD)}</MESSAGES>`,
      says: "No account found for the given authentication",
    },
    {
      name: "without a token",
      document: () => `<MESSAGES>${aMsgXml(GOOD)}</MESSAGES>`,
      says: "Invalid product token.",
    },
    {
      name: "with an empty token",
      document: () => aDocument({ token: " " }, aMsgXml(GOOD)),
      says: "Invalid product token.",
    },
    {
      name: "with a token that could not be one",
      document: () => aDocument({ token: "secret" }, aMsgXml(GOOD)),
      says: "Invalid product token.",
    },
    {
      name: "without FROM",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { from: "" })),
      says: "No FROM field found in a MSG node.",
    },
    {
      name: "with an empty FROM",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { from: "<FROM> </FROM>" })),
      says: "No FROM field found in a MSG node.",
    },
    {
      name: "with a FROM that is too long",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { from: "<FROM>TwelveLetter</FROM>" })),
      says: "FROM may have 11 characters, or 16 digits; this one has 12",
    },
    {
      name: "without MSG",
      document: (token) => aDocument({ token }),
      says: "A MESSAGES node requires at least one MSG node",
    },
    {
      name: "with more MSG than there may be",
      document: (token) => aDocument({ token }, aMsgXml(GOOD).repeat(1001)),
      says: "A MESSAGES node may have 1000 MSG nodes",
    },
    {
      name: "with more TO than are taken all or none",
      document: (token) => aDocument({ token }, ...Array(10).fill(aMsgXml(GOOD + `</TO><TO>${GOOD}`.repeat(1000)))),
      says: "MESSAGES may have 10000 TO nodes in all; send it in several requests",
    },
    {
      name: "with more text than is taken all or none",
      document: (token) =>
        aDocument(
          { token },
          aMsgXml(GOOD + `</TO><TO>${GOOD}`.repeat(1999), {
            body: `<BODY TYPE="AUTO">${"x".repeat(8_000)}</BODY>`,
            more: "<MAXIMUMNUMBEROFMESSAGEPARTS>255</MAXIMUMNUMBEROFMESSAGEPARTS>",
          }),
        ),
      says: "this is too much to be taken all or none; send it in several requests",
    },
    {
      name: "without TO",
      document: (token) => aDocument({ token }, aMsgXml("")),
      says: "No phone numbers found. Message will not be sent.",
    },
    {
      name: "with an empty TO beside a good one",
      document: (token) => aDocument({ token }, aMsgXml(`${GOOD}</TO><TO> `)),
      says: "No phone numbers found. Message will not be sent.",
    },
    {
      name: "with a TO that is no number",
      document: (token) => aDocument({ token }, aMsgXml("invalid")),
      says: "Rejected: Gsm 'invalid' is not a number.",
    },
    {
      name: "with a TO of two numbers",
      document: (token) => aDocument({ token }, aMsgXml(`${GOOD},${GOOD}`)),
      says: `Rejected: Gsm '${GOOD},${GOOD}' is not a number.`,
    },
    {
      name: "with a TO of several lines, which are told in one",
      document: (token) => aDocument({ token }, aMsgXml("a\n &lt;b&gt;\tc")),
      says: "Rejected: Gsm 'a <b> c' is not a number.",
    },
    {
      name: "without BODY",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { body: "" })),
      says: "No BODY field found in a MSG object.",
    },
    {
      name: "with an empty BODY",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { body: "<BODY></BODY>" })),
      says: "A body without content was found",
    },
    {
      name: "with a text of two parts and no word that it may have them",
      document: (token) => aDocument({ token }, aMsgXml(GOOD, { body: `<BODY>${"x".repeat(161)}</BODY>` })),
      says: "Maximum number of parts exceeded. (need at least 2, max is 1)",
    },
    {
      name: "with a text of more parts than it may have",
      document: (token) =>
        aDocument(
          { token },
          aMsgXml(GOOD, {
            body: `<BODY TYPE="AUTO">${"x".repeat(1400)}</BODY>`,
            more: "<MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS><MAXIMUMNUMBEROFMESSAGEPARTS>9</MAXIMUMNUMBEROFMESSAGEPARTS>",
          }),
        ),
      says: "Maximum number of parts exceeded. (need at least 10, max is 9)",
    },
  ];
  it.each(xmls)("in XML, $name", async ({ document, says }) => {
    expect(await postXml(gateway, document(account.token))).toEqual(line(says));
  });

  const fields: [string, RegExp, { body?: string; more?: string }][] = [
    ["a DCS that nobody knows", /DCS/, { more: "<DCS>4</DCS>" }],
    ["octets that are none", /BINARY/, { body: '<BODY TYPE="BINARY">0a0</BODY>' }],
    ["a header of a text", /HEADER/, { body: '<BODY HEADER="06050415820000">0a0b</BODY>' }],
    ["a header that lies", /HEADER/, { body: '<BODY TYPE="BINARY" HEADER="07050415820000">0a0b</BODY>' }],
    ["a validity that is none", /VALIDITY/, { more: "<VALIDITY>soon</VALIDITY>" }],
    ["a channel that nobody knows", /./, { more: "<ALLOWEDCHANNELS>Pigeon</ALLOWEDCHANNELS>" }],
    ["parts that are no number", /PARTS/, { more: "<MAXIMUMNUMBEROFMESSAGEPARTS>x</MAXIMUMNUMBEROFMESSAGEPARTS>" }],
    ["a grouping that is too long", /GROUPING/, { more: `<CUSTOMGROUPING>${"x".repeat(101)}</CUSTOMGROUPING>` }],
  ];
  it.each(fields)("in XML, with %s, in words of our own", async (_, says, msg) => {
    const answer = await postXml(gateway, aDocument(account, aMsgXml(GOOD, msg)));
    expect(answer).toEqual(line(answer.text.replace("Error: ERROR ", "")));
    expect(answer.text).toMatch(says);
    expect(answer.text).not.toMatch(/\n/);
  });

  const queries: { name: string; query: Record<string, string> | string; says: string }[] = [
    {
      name: "without a token",
      query: { producttoken: "" },
      says: "The parameter 'producttoken' contains an invalid value",
    },
    {
      name: "with a token that could not be one",
      query: { producttoken: "secret" },
      says: "The parameter 'producttoken' contains an invalid value",
    },
    {
      name: "with an unknown token",
      query: { producttoken: NOBODY },
      says: "No account found for the given authentication",
    },
    { name: "without a sender", query: { from: "" }, says: "No sender name" },
    { name: "with a sender of spaces", query: { from: " " }, says: "No sender name" },
    { name: "without a number", query: { to: "" }, says: "The parameter 'to' contains an invalid value" },
    { name: "with what is no number", query: { to: "invalid" }, says: "The parameter 'to' contains an invalid value" },
    {
      name: "with two numbers",
      query: { to: `${GOOD},${GOOD}` },
      says: "The parameter 'to' contains an invalid value",
    },
    { name: "without a text", query: { body: "" }, says: "The parameter 'body' is required" },
    {
      name: "with a text of two parts",
      query: { body: "x".repeat(161) },
      says: "Maximum number of parts exceeded. (need at least 2, max is 1)",
    },
    {
      name: "with a text outside the GSM alphabet",
      query: { body: "Привет" },
      says: "The parameter 'body' has characters outside the GSM alphabet: send it with POST",
    },
  ];
  it.each(queries)("by GET, $name", async ({ query, says }) => {
    const good = { producttoken: account.token, from: "Shop", to: GOOD, body: "Hi" };
    expect(await ask(gateway, { ...good, ...(query as Record<string, string>) })).toEqual(line(says));
  });

  it("by GET, with a number that is there twice", async () => {
    const query = `producttoken=${account.token}&from=Shop&body=Hi&to=${GOOD}&to=${GOOD}`;
    expect(await ask(gateway, query)).toEqual(line("The parameter 'to' contains an invalid value"));
  });

  it("by GET, without anything", async () => {
    expect(await ask(gateway, "")).toEqual(line("The parameter 'producttoken' contains an invalid value"));
  });

  it.each(["body=%E9", "body=%C3", "%FF=1"])("by GET, with %s, which is not UTF-8", async (query) => {
    const answer = await ask(gateway, `producttoken=${account.token}&from=Shop&to=${GOOD}&${query}`);
    expect(answer).toEqual(line(answer.text.replace("Error: ERROR ", "")));
    expect(answer.text).toMatch(/UTF-8/);
  });

  it("is refused whole: one bad TO, or one bad MSG, and nobody hears of it", async () => {
    const [one, two, three] = [newGsm(), newGsm(), newGsm()];
    const documents = [
      aDocument(account, aMsgXml(`${one}</TO><TO>invalid</TO><TO>${two}`)),
      aDocument(account, aMsgXml(one), aMsgXml("invalid"), aMsgXml(three, { from: "" })),
    ];
    for (const document of documents) {
      expect(await postXml(gateway, document)).toEqual(line("Rejected: Gsm 'invalid' is not a number."));
    }
    await gateway.advance(1);
    for (const to of [one, two, three]) expect(await gateway.handset(to.replace("00", "+"))).toEqual([]);
  });

  const unread: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    ["of nothing", new Uint8Array(), /^Unknown error$/],
    ["that is not UTF-8", new Uint8Array([0x3c, 0xff, 0x3e]), /^Unknown error$/],
    ["in Latin 1", new Uint8Array(Buffer.from("<MESSAGES>é</MESSAGES>", "latin1")), /^Unknown error$/],
    ["in UTF-16", new Uint8Array(Buffer.from("\ufeff<MESSAGES></MESSAGES>", "utf16le")), /^Unknown error$/],
    ["in UTF-16 without a mark", new Uint8Array(Buffer.from("<MESSAGES></MESSAGES>", "utf16le")), /^Unknown error$/],
    ["of eleven megabytes", new Uint8Array(11 * 1024 * 1024).fill(0x20), /^the body is larger than 10 MB/],
  ];
  it.each(unread)("in a body %s", async (_, body, says) => {
    const { status, text, type } = await postXml(gateway, body);
    expect({ status, type }).toEqual({ status: 200, type: "text/plain; charset=utf-8" });
    expect(text.replace("Error: ERROR ", "")).toMatch(says);
  });

  it.each(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])(
    "with 400 and nothing else, for %s, which sends nothing",
    async (method) => {
      const to = newGsm();
      const query = new URLSearchParams({ producttoken: account.token, from: "Shop", to, body: "Hi" });
      for (const path of ["/gateway.ashx", "/cm/gateway.ashx", "/smssgateway/cm/gateway.ashx"]) {
        const answer = await gateway.fetch(`${path}?${query}`, { method });
        expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 400, text: "" });
      }
      await gateway.advance(1);
      expect(await gateway.handset(to.replace("00", "+"))).toEqual([]);
    },
  );
});

describe("what only the rest of the gateway can cause", () => {
  const faults: unknown[] = [];

  /** The gateway's answers, where its inside answers so. */
  async function answers(inside: Record<string, unknown>) {
    faults.length = 0;
    const app = new Hono<DialectEnv>();
    app.use(async (c, next) => {
      c.set("admit", async () => {});
      c.set("gateway", {
        callerBySecret: async () => ({ account: { id: "a", settings: {} }, callbacks: new Map() }) as unknown as Caller,
        carriers: () => ["simulator"],
        now: () => 0,
        acceptEach: async () => [],
        ...inside,
      } as never);
      c.set("fault", (error) => `fault ${faults.push(error)}`);
      await next();
    });
    app.route("/", ashx);
    const query = new URLSearchParams({ producttoken: NOBODY, from: "Shop", to: "0044791111000001", body: "Hi" });
    const document = aDocument({ token: NOBODY }, aMsgXml("0044791111000001"));
    const texts = [];
    for (const asked of [
      app.request("/gateway.ashx", { method: "POST", body: document }),
      app.request(`/gateway.ashx?${query}`),
    ]) {
      const answer = await asked;
      expect(answer.status).toBe(200);
      texts.push(await answer.text());
    }
    return texts;
  }

  const both = (text: string) => [`Error: ERROR ${text}`, `Error: ERROR ${text}`];
  const refused = (error: GatewayError): Taken[] => [{ outcome: "refused", error }];

  it("is told as an unknown error where it is a fault of ours, and the log has it", async () => {
    const acceptEach = async () => {
      throw new TypeError("SQLITE_BUSY");
    };
    expect(await answers({ acceptEach })).toEqual(both("Unknown error"));
    expect(faults).toHaveLength(2);
  });

  it("is told as an unknown error where some could not be stored", async () => {
    const acceptEach = async (): Promise<Taken[]> => [{ outcome: "lost", error: new Error("the disk is full") }];
    expect(await answers({ acceptEach })).toEqual(both("Unknown error"));
    expect(faults).toEqual([new Error("the disk is full"), new Error("the disk is full")]);
  });

  it("is told where the account has nothing left to send with", async () => {
    const callerBySecret = async () => {
      throw new RequestError(102);
    };
    expect(await answers({ callerBySecret })).toEqual(both("Insufficient balance."));
  });

  it("is told where there is no way out", async () => {
    expect(await answers({ carriers: () => [] })).toEqual(both("Message is unrouteable."));
  });

  it("is told in its own words where somebody wants to hear nothing", async () => {
    const acceptEach = async () => refused(new GatewayError("opted-out", "they wrote STOP\nto Shop"));
    expect(await answers({ acceptEach })).toEqual(both("they wrote STOP to Shop"));
    expect(faults).toEqual([]);
  });

  it("is told as a bad number where the number is found bad later", async () => {
    const acceptEach = async () => refused(new GatewayError("bad-number", "Gsm '1' is not a number."));
    expect(await answers({ acceptEach })).toEqual([
      "Error: ERROR Rejected: Gsm '1' is not a number.",
      "Error: ERROR The parameter 'to' contains an invalid value",
    ]);
  });

  it("is nothing where all are taken", async () => {
    expect(await answers({})).toEqual(["", ""]);
  });
});
