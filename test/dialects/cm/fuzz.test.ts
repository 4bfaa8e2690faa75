/** Whatever comes, both gateways answer as their guide says they do, and none of it is a fault of ours. */

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import { readXml } from "../../../src/dialects/cm/xml.ts";
import { useGateway } from "../../support/gateway.ts";
import { aDocument, aMsgXml, ask, postXml } from "./ashx.ts";
import { newGsm, openTokenAccount, postJson, type TokenAccount } from "./support.ts";

/** Always the same cases, so that one that fails can be looked at. */
const here = { seed: 4, numRuns: 1_000 };
const byHttp = { seed: 4, numRuns: 120 };

const TOKEN = "11111111-2222-3333-4444-555555555555";

/** A document with everything in it. */
function aFullDocument(token: string): string {
  const more = [
    "<DCS>8</DCS><REFERENCE>r_1</REFERENCE><APPKEY>k</APPKEY><VALIDITY>2h</VALIDITY>",
    "<MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS>",
    "<MAXIMUMNUMBEROFMESSAGEPARTS>8</MAXIMUMNUMBEROFMESSAGEPARTS><CUSTOMGROUPING>g</CUSTOMGROUPING>",
    "<ALLOWEDCHANNELS><CHANNEL>SMS</CHANNEL></ALLOWEDCHANNELS>",
  ].join("");
  const body = '<BODY TYPE="AUTO" HEADER=""><![CDATA[a & b]]> &amp; &#x20AC;<!-- c --></BODY>';
  const document = aDocument({ token }, aMsgXml(newGsm()), aMsgXml(`${newGsm()}</TO><TO>${newGsm()}`, { body, more }));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document.replace("<MESSAGES>", '<MESSAGES PID="1">')}`;
}

/** Something in place of a piece, before it, or instead of it and the next. */
type Mutation = { at: number; how: "replace" | "insert" | "delete" | "double" | "swap"; piece: string };

const oddXml = fc.oneof(
  fc.constantFrom("<", ">", "&", '"', "'", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE a>", "</", "/>"),
  fc.constantFrom("&#x0;", "&#xD83D;", "&#99999999;", "&lt;", "&x;", "&", "\u0000", "\ufeff", "\r\n", "<__proto__>"),
  fc.constantFrom(
    "<TO/>",
    "<TO>x</TO>",
    "<FROM> </FROM>",
    "<BODY/>",
    "<DCS>9</DCS>",
    "<MSG/>",
    "<VALIDITY>x</VALIDITY>",
  ),
  fc.constantFrom("<MSG>", "</MSG>", "<TO>", "</TO>", "<BODY", "<MESSAGES>", "</MESSAGES>"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const changes = fc.array(
  fc.record<Mutation>({
    at: fc.nat(1_000),
    how: fc.constantFrom("replace", "insert", "delete", "double", "swap"),
    piece: oddXml,
  }),
  { minLength: 1, maxLength: 4 },
);

const mutations = fc.record({ changes, isByElement: fc.boolean() });

/** By element, many a document stays well-formed; tag by tag, hardly one. */
function mutated(document: string, { changes, isByElement }: { changes: readonly Mutation[]; isByElement: boolean }) {
  const pieces = document.match(isByElement ? /<(\w+)[^>]*>[^<]*<\/\1>|<[^>]*>|[^<]+/g : /<[^>]*>|[^<]+/g) ?? [];
  for (const { at, how, piece } of changes) {
    const place = at % (pieces.length || 1);
    const old = pieces[place] ?? "";
    if (how === "replace") pieces[place] = piece;
    if (how === "insert") pieces[place] = isByElement ? piece + old : old.slice(0, at % 7) + piece + old.slice(at % 7);
    if (how === "delete") pieces.splice(place, 1);
    if (how === "double") pieces.splice(place, 0, old);
    if (how === "swap") pieces.splice(place, 2, pieces[place + 1] ?? "", old);
  }
  return pieces.join("");
}

describe("reading XML", () => {
  const read = (xml: string) => {
    try {
      return readXml(xml);
    } catch (error) {
      if (error instanceof GatewayError && error.refusal === "bad-request") return undefined;
      throw error;
    }
  };

  it("refuses any text that is no request, and throws nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(oddXml).map((all) => all.join("")),
        ),
        (text) => {
          read(text);
        },
      ),
      here,
    );
  });

  it("reads a document that somebody broke as a request, or refuses it", () => {
    fc.assert(
      fc.property(mutations, (mutation) => {
        for (const msg of read(mutated(aFullDocument(TOKEN), mutation))?.msgs ?? []) {
          if (msg instanceof GatewayError) continue;
          for (const to of msg.to) expect(typeof to).toBe("string");
        }
      }),
      here,
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("finds in a text what was written, however it was escaped", () => {
    const isKnown = (text: string) => /^[\t\n -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text);
    const text = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom("&", "<", ">", "]", "]]>", "é", "😀", " "),
          fc.string({ unit: "binary", maxLength: 3 }),
        ),
      })
      .filter(isKnown);
    const escapes: ((text: string) => string)[] = [
      (all) => all.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;" })[char] ?? "&gt;"),
      (all) => [...all].map((char) => `&#${char.codePointAt(0)};`).join(""),
      (all) =>
        all
          .split("")
          .map((unit) => `&#x${unit.charCodeAt(0).toString(16)};`)
          .join(""),
      (all) => `<![CDATA[${all.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`,
    ];
    fc.assert(
      fc.property(text, fc.constantFrom(...escapes), (written, escaped) => {
        const xml = aDocument({ token: TOKEN }, aMsgXml("0044", { body: `<BODY>${escaped(written)}</BODY>` }));
        expect(readXml(xml).msgs).toMatchObject([{ body: { content: written } }]);
      }),
      here,
    );
  });
});

describe("the gateways", () => {
  const gateway = useGateway();
  let account: TokenAccount;
  beforeAll(async () => {
    account = await openTokenAccount(gateway);
  });

  const faults = () => gateway.log.filter((logged) => logged.includes('"request.failed"'));

  function expectLine({ status, text, type }: { status: number; text: string; type: string | null }): void {
    expect(status).toBe(200);
    expect(text).toMatch(/^(?:Error: ERROR [^\r\n]+)?$/);
    expect(type).toBe(text === "" ? null : "text/plain; charset=utf-8");
  }

  async function expectJson(answer: Response): Promise<void> {
    expect([200, 400]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const { details, errorCode, messages, ...more } = (await answer.json()) as Record<string, unknown>;
    expect(more).toEqual({});
    expect(typeof details).toBe("string");
    expect([0, 101, 102, 103, 201, 202, 203]).toContain(errorCode);
    const entries = messages as Record<string, unknown>[];
    for (const entry of entries) {
      const isAccepted = entry.status === "Accepted";
      expect(entry).toEqual({
        to: expect.any(String),
        status: isAccepted ? "Accepted" : "Rejected",
        reference: entry.reference === null ? null : expect.any(String),
        parts: expect.any(Number),
        messageDetails: isAccepted ? null : expect.stringMatching(/./),
        messageErrorCode: expect.toSatisfy((code) => (isAccepted ? code === 0 : code > 300 && code < 404)),
      });
    }
    expect(answer.status === 200).toBe(entries.some(({ status }) => status === "Accepted"));
  }

  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new Uint8Array(array));

  it("answer any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        expectLine(await postXml(gateway, body));
        await expectJson(await gateway.fetch("/v1.0/message", { method: "POST", body }));
      }),
      byHttp,
    );
    expect(faults()).toEqual([]);
  });

  it("answer a document that somebody broke", async () => {
    await fc.assert(
      fc.asyncProperty(mutations, async (mutation) => {
        expectLine(await postXml(gateway, mutated(aFullDocument(account.token), mutation)));
      }),
      byHttp,
    );
    expect(faults()).toEqual([]);
  });

  it("answer any query", async () => {
    const name = fc.constantFrom("from", "to", "BODY", "reference", "appkey", "x", "__proto__");
    const pair = fc.oneof(
      fc
        .tuple(name, fc.string({ unit: "binary" }))
        .map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`),
      fc
        .tuple(name, fc.constantFrom("Hi", "%E9", "%", "%zz", "+", "0044791111000001", "%00", "a%0d%0ab"))
        .map((both) => both.join("=")),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pair), fc.boolean(), async (pairs, isKnown) => {
        const query = isKnown ? [`producttoken=${account.token}`, ...pairs] : pairs;
        expectLine(await ask(gateway, query.join("&")));
      }),
      byHttp,
    );
    expect(faults()).toEqual([]);
  });

  it("answer any JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), async (json) => expectJson(await postJson(gateway, json))),
      byHttp,
    );
    expect(faults()).toEqual([]);
  });

  const oddJson = fc.oneof(
    fc.constantFrom<unknown>(null, true, 0, -1, 8, 4.5, 1e300, "", " ", "x", [], {}, [null], [[]], ["SMS"], {
      number: 1,
    }),
    fc.constantFrom<unknown>(
      "0044791111000001",
      "AUTO",
      "x".repeat(2_000),
      "\ud800",
      "\u0000",
      "2h",
      "__proto__",
      "é😀",
    ),
    fc.constantFrom<unknown>(
      [{ number: "x" }, null, 7],
      { conversation: [{ text: 5 }] },
      { suggestions: [{ action: "Dial" }] },
    ),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const changes = fc.array(fc.record({ at: fc.nat(1_000), value: fc.option(oddJson, { nil: undefined }) }), {
    minLength: 1,
    maxLength: 3,
  });

  /** A request with everything in it, some members of which are something else, or gone. */
  function mutatedRequest(all: readonly { at: number; value: unknown }[]): unknown {
    const request = aFullRequest(account.token);
    for (const { at, value } of all) {
      const places = placesIn(request);
      const place = places[at % places.length];
      if (place) place.holder[place.key] = structuredClone(value);
    }
    return request;
  }

  it("answer a request that somebody broke", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (all) => expectJson(await postJson(gateway, mutatedRequest(all)))),
      { ...byHttp, numRuns: 300 },
    );
    expect(faults()).toEqual([]);
  });

  it("answer a request whose letters somebody broke", async () => {
    const breaks = fc.array(fc.record({ at: fc.nat(2_000), cut: fc.nat(3), text: fc.string({ maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(breaks, async (all) => {
        let json = JSON.stringify(aFullRequest(account.token));
        for (const { at, cut, text } of all)
          json = json.slice(0, at % json.length) + text + json.slice((at % json.length) + cut);
        await expectJson(await postJson(gateway, json));
      }),
      byHttp,
    );
    expect(faults()).toEqual([]);
  });
});

function aFullRequest(productToken: string): Record<string, unknown> {
  const suggestion = { action: "OpenUrl", label: "Open", url: "https://example.com" };
  const place = { action: "ViewLocation", label: "Here", viewLocation: { latitude: "51.6", longitude: "4.8" } };
  const media = { mediaName: "A", mediaUri: "https://example.com/a.png", mimeType: "image/png" };
  return {
    messages: {
      authentication: { productToken },
      msg: [
        { from: "Shop", to: [{ number: newGsm() }], body: { content: "Hi", type: "AUTO" } },
        {
          from: "Shop",
          to: [{ number: newGsm() }, { number: newGsm() }],
          body: { content: "Hi" },
          dcs: 8,
          reference: "r_1",
          minimumNumberOfMessageParts: 1,
          maximumNumberOfMessageParts: 8,
          appKey: "k",
          allowedChannels: ["SMS", "RCS"],
          customGrouping3: "text-sdk",
          validity: "2h",
          richContent: {
            conversation: [
              { text: "Hi", suggestions: [suggestion] },
              { header: "A", text: "b", media },
            ],
            suggestions: [suggestion, place],
          },
        },
      ],
    },
  };
}

type Holder = Record<string, unknown>;

/** Every member of everything in it. */
function placesIn(value: unknown): { holder: Holder; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [{ holder: value as Holder, key }, ...placesIn(member)]);
}
