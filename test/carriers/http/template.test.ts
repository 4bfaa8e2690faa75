/** A described API: no text breaks out of its place, no secret goes where it does not belong, no answer is taken for another. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { root } from "../../../scripts/runtime.ts";
import { carrierForm } from "../../../src/carriers/carrier.ts";
import { Description, faultInDescription } from "../../../src/carriers/http/engine.ts";
import { EXAMPLE, EXAMPLE_SECRETS } from "../../../src/carriers/http/example.ts";
import { http } from "../../../src/carriers/http/http.ts";
import { PRESETS } from "../../../src/carriers/http/presets.ts";
import { allAt, textAt } from "../../../src/carriers/http/reading.ts";
import { answered, aText, open } from "../support.ts";
import { problemIn } from "./support.ts";

const guide = readFileSync(join(root, "docs/carriers.md"), "utf8");

const SEND = { path: "/send", json: { ref: "{{id}}", to: "{{to}}", text: "{{text}}" } };
const ANSWERS = [{ status: "2xx", at: "/id", means: "taken" }];
const described = (more: Record<string, unknown> = {}) => ({
  ...{ baseUrl: "https://sms.example.org", send: SEND, answers: ANSWERS },
  ...more,
});
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    '","to":"+4790000000","x":"',
    "&to=1#",
    "..",
    "../../x",
    "{{secret.key}}",
    "%2e%2e/",
    "a\r\nX-Evil: 1",
    "$&",
    "\0",
  ),
);

describe("the example", () => {
  const [, written = "{}"] = /-d '(\{\s+"kind": "http"[\s\S]+?)'\n```/.exec(guide) ?? [];
  const { kind, settings, secrets } = JSON.parse(written);

  it("is a whole description", () => {
    const given = { settings: described(EXAMPLE), secrets: EXAMPLE_SECRETS };
    expect(carrierForm(http).check(given).settings).toMatchObject(EXAMPLE);
  });

  it("is the one that the guide shows, and that the form begins with", () => {
    expect({ kind, settings, secrets }).toEqual({
      kind: "http",
      settings: described(EXAMPLE),
      secrets: EXAMPLE_SECRETS,
    });
  });
});

describe("a described request", () => {
  const sentFor = async (send: unknown, text: string, from = text) => {
    const { carrier, sent } = open(http, { settings: described({ send }), secrets: { key: "hush" } }, () =>
      answered(200),
    );
    await carrier.submit([aText({ text, sender: from })]);
    return sent[0];
  };

  it("holds in JSON exactly what was written, whatever that is", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const request = await sentFor({ path: "/s", json: { a: ["x {{text}} y", { "{{text}}": "{{text}}" }] } }, text);
        expect(JSON.parse(request?.body ?? "")).toEqual({ a: [`x ${text} y`, { "{{text}}": text }] });
      }),
    );
  });

  it("holds in forms and queries exactly what was written, in as many fields as there are", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const request = await sentFor(
          { path: "/s", query: { q: "{{text}}", z: "1" }, form: { t: "a{{text}}b", f: "{{from}}" } },
          text,
        );
        const whole = text.toWellFormed();
        expect([...new URLSearchParams(request?.body)]).toEqual([
          ["t", `a${whole}b`],
          ["f", whole],
        ]);
        const url = new URL(request?.url ?? "");
        expect([url.origin, url.pathname]).toEqual(["https://sms.example.org", "/s"]);
        expect([...url.searchParams]).toEqual([
          ["q", whole],
          ["z", "1"],
        ]);
      }),
    );
  });

  it("keeps its path, whatever the provider called a text", async () => {
    await fc.assert(
      fc.asyncProperty(
        hostile.filter((text) => text.isWellFormed()),
        async (reference) => {
          const settings = described({
            ask: { request: { method: "GET", path: "/texts/{{reference}}/state" }, recordAt: "" },
          });
          const { carrier, sent } = open(http, { settings, secrets: {} }, () => answered(404));
          await carrier.query([aText({ reference })]);
          const url = new URL(sent[0]?.url ?? "");
          expect(url.origin).toBe("https://sms.example.org");
          expect(url.pathname.split("/")).toHaveLength(4);
          expect(url.pathname).toMatch(/^\/texts\/.+\/state$/);
          expect([url.search, url.hash]).toEqual(["", ""]);
        },
      ),
    );
  });

  it("has numbers where numbers are meant, and leaves out what it does not know", async () => {
    const json = { minutes: "{{validity_minutes}}", parts: "{{parts}}", of: "{{parts}} parts", ref: "{{reference}}" };
    const request = await sentFor({ path: "/s", json }, "Hi");
    expect(JSON.parse(request?.body ?? "")).toEqual({ minutes: 120, parts: 1, of: "1 parts" });
  });

  it("has secrets in headers and in Basic authentication", async () => {
    const send = {
      ...SEND,
      headers: { "X-Key": "k {{secret.key}}" },
      basic: { user: "me", password: "{{secret.key}}" },
    };
    expect((await sentFor(send, "Hi"))?.headers).toMatchObject({
      "x-key": "k hush",
      authorization: `Basic ${btoa("me:hush")}`,
    });
  });
});

describe("a description is refused", () => {
  it.each([
    [
      "with a variable that is not there",
      { send: { ...SEND, form: undefined, json: { a: "{{txet}}" } } },
      "send.json.a",
    ],
    ["with a secret that was not given", { send: { ...SEND, headers: { a: "{{secret.other}}" } } }, "send.headers.a"],
    ["with a secret in its query", { send: { ...SEND, query: { k: "{{secret.key}}" } } }, "send.query.k"],
    ["with a secret in its path", { send: { ...SEND, path: "/{{secret.key}}/send" } }, "send.path"],
    [
      "with a secret in the address it asks at",
      { ask: { request: { method: "GET", path: "/a", query: { k: "{{secret.key}}" } }, recordAt: "" } },
      "ask.request.query.k",
    ],
    ["with the text in a header", { send: { ...SEND, headers: { a: "{{text}}" } } }, "send.headers.a"],
    ["with the sender in its path", { send: { ...SEND, path: "/{{from}}" } }, "send.path"],
    ["with a header of two lines", { send: { ...SEND, headers: { a: "b\r\nc: d" } } }, "send.headers.a"],
    ["with a header that has no name", { send: { ...SEND, headers: { "a b": "c" } } }, "send.headers.a b"],
    ["with braces that hold nothing", { send: { ...SEND, json: "{{ }}" } }, "send.json"],
    ["with two bodies", { send: { ...SEND, form: { a: "b" } } }, "send.form"],
    ["with a body in a GET", { send: { ...SEND, method: "GET" } }, "send.method"],
    ["with a path that goes elsewhere", { send: { ...SEND, path: "@evil.example/" } }, "send.path"],
    ["without a word on answers", { answers: [] }, "answers"],
    ["with a row that says nothing known", { answers: [{ status: 200, means: "perhaps" }] }, "answers.0.means"],
    ["with a reason that is none of ours", { answers: [{ means: "refused", reason: "why not" }] }, "answers.0.reason"],
    ["with a host in a setting", { baseUrl: "https://{{to}}.example.org" }, "baseUrl"],
    ["with what is not known", { retries: 3 }, "retries"],
  ])("%s", (_, more, field) => {
    expect(
      problemIn(() => carrierForm(http).check({ settings: described(more), secrets: { key: "hush" } })),
    ).toMatchObject({
      ...{ refusal: "bad-request", field: `settings.${field}` },
    });
  });

  it("unless the API wants its secret there, and that is said", () => {
    const settings = described({ send: { ...SEND, query: { k: "{{secret.key}}" } }, secretsInUrl: true });
    const checked = carrierForm(http).check({ settings, secrets: { key: "hush" } });
    expect(checked.addresses).toEqual([{ field: "settings.baseUrl", url: "https://sms.example.org" }]);
  });

  it.each(PRESETS.map((preset) => [preset.kind, preset] as const))(
    "but not that of %s",
    (_, { description, secrets, settings }) => {
      expect(
        faultInDescription(Description.parse(description), Object.keys(secrets), Object.keys(settings)),
      ).toBeUndefined();
    },
  );
});

describe("an answer", () => {
  const resultOf = async (answers: unknown, body: unknown, status = 200) => {
    const settings = described({ answers, referenceAt: "/id", detailAt: "/why" });
    const { carrier } = open(http, { settings, secrets: {} }, () => answered(status, body));
    return (await carrier.submit([aText()]))[0];
  };

  it.each([
    [
      { status: 200, at: "/list/*/ok", is: [true], means: "taken" },
      { list: [{ ok: false }, { ok: true }], id: "r" },
      "taken",
    ],
    [{ status: 200, at: "/list/*/ok", is: [true], means: "taken" }, { list: [] }, "unknown"],
    [{ contains: "OK", means: "taken" }, "it is OK", "taken"],
    [{ contains: "OK", means: "taken" }, "it is not", "unknown"],
    [{ at: "/toString", means: "taken" }, {}, "unknown"],
    [{ at: "/__proto__", means: "taken" }, {}, "unknown"],
    [{ status: 200, means: "busy" }, {}, "busy"],
    [{ status: "4xx", means: "taken" }, {}, "unknown"],
    [{ at: "/code", is: ["7"], means: "refused", reason: "opted-out" }, { code: 7, why: "They said STOP" }, "refused"],
  ])("that fits %j, or does not: %j is %s", async (row, body, outcome) => {
    expect((await resultOf([row], body))?.outcome).toBe(outcome);
  });

  it("is what the first row that fits says, with the API's id and its sentence", async () => {
    const rows = [
      { status: 500, means: "taken" },
      { at: "/code", is: [1], means: "refused", reason: "bad-number" },
      { status: 200, means: "taken" },
    ];
    expect(await resultOf(rows, { code: 1, why: "No such number" })).toEqual({
      ...{ outcome: "refused", reason: "bad-number", detail: "No such number" },
    });
    expect(await resultOf(rows, { code: 0, id: 4711 })).toEqual({ outcome: "taken", reference: "4711" });
  });
});

describe("a pointer", () => {
  it.each([
    ["", [{ a: 1 }]],
    ["/a", [1]],
    ["/b", []],
    ["/a/b", []],
  ])("%j", (pointer, found) => {
    expect(allAt({ a: 1 }, pointer)).toEqual(found);
  });

  it("reads escaped names, items, and any of a list", () => {
    const value = { "a/b": [{ "~": "x" }, { "~": "y" }] };
    expect(textAt(value, "/a~1b/1/~0")).toBe("y");
    expect(allAt(value, "/a~1b/*/~0")).toEqual(["x", "y"]);
    expect(textAt({ a: { b: 1 } }, "/a")).toBeUndefined();
  });
});
