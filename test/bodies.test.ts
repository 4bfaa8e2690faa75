/** What a stranger can have us do: bodies are cut and counted at every door before its caller is known. */

import { Hono } from "hono";
import { beforeEach, describe, expect, it } from "vitest";
import { methodsAt } from "../src/dialects/methods.ts";
import { admin } from "../src/doors/admin.ts";
import { BODY_CAP, FORM_CAP, MOST_PAIRS, MOST_PIECES, STRANGERS_PIECES, spent } from "../src/doors/body.ts";
import { dialects } from "../src/registry.ts";
import { sandbox } from "../src/sandbox/sandbox.ts";
import { consolePages } from "../src/web/console/console.tsx";
import { purchase } from "../src/web/purchase/purchase.tsx";

const TOKEN = "the operator's token";
const NOW = Date.UTC(2026, 10, 28);

/** All doors as the Worker mounts them, with a gateway that knows no caller. */
const doors = new Hono<{ Variables: Record<string, unknown> }>();
doors.use(async (c, next) => {
  const unknown = async () => undefined;
  c.set("admit", async () => {});
  c.set("gateway", {
    callerBySecret: unknown,
    callerByKeyName: unknown,
    carriers: () => [],
    wallClock: () => NOW,
    lookAt: async () => ({ step: "number", price: 100, currency: "NOK", merchant: "Shop", invoiceText: "A song" }),
  });
  c.set("ports", {
    codes: { digest: async () => "a digest", isDigest: async () => true },
    ids: { uuid: () => crypto.randomUUID() },
  });
  c.set("publicUrls", ["http://localhost"]);
  c.set("adminToken", TOKEN);
  c.set("actorBy", async () => undefined);
  c.set("actorOfToken", async () => undefined);
  c.set("noteLogin", async () => {});
  c.set("world", {});
  c.set("slowDown", unknown);
  c.set("guesses", { missed: unknown, holdUp: unknown });
  c.set("now", () => NOW);
  c.set("wall", () => NOW);
  c.set("fault", (error: unknown) => {
    throw error;
  });
  await next();
});
for (const { app } of dialects) doors.route("/", app as unknown as typeof doors);
doors.route("/admin/v1", admin as unknown as typeof doors);
doors.route("/sandbox/v1", sandbox as unknown as typeof doors);
doors.route("/console", consolePages as unknown as typeof doors);
doors.route("/", purchase as unknown as typeof doors);

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const [LIST, XML] = ["[0", "<MESSAGES>"];
const signed = { authorization: `HMAC nobody:${NOW / 1000}:a-nonce:c2lnbmF0dXJl` };
const basic = { authorization: `Basic ${btoa("12345678:a secret key of nobody's")}` };
const bearer = { authorization: "Bearer of nothing" };

/** Each door, with the smallest piece that it takes apart, and the most pieces it may take apart for a stranger. */
const DOORS: { path: string; headers?: Record<string, string>; begin?: string; piece: string; most: number }[] = [
  { path: "/api/out-messages", begin: LIST, piece: ",0", most: 0 },
  { path: "/api/out-messages", headers: { "x-apikey": "nobody's" }, begin: LIST, piece: ",0", most: 0 },
  { path: "/api/out-messages/batch", headers: signed, begin: LIST, piece: ",0", most: 0 },
  { path: "/v2.1/messages", headers: basic, begin: LIST, piece: ",0", most: 0 },
  { path: "/v1.0/message", begin: LIST, piece: ",0", most: STRANGERS_PIECES + 1 },
  {
    path: "/v1.0/message",
    begin: '{"messages": {"authentication": {"productToken": "a"}',
    piece: ",0",
    most: STRANGERS_PIECES + 1,
  },
  { path: "/otp/v2/otp", headers: { "x-cm-producttoken": "a" }, begin: LIST, piece: ",0", most: 0 },
  { path: "/v1.1/numbervalidation", begin: LIST, piece: ",0", most: 0 },
  { path: "/gateway.ashx", begin: XML, piece: "<a/>", most: STRANGERS_PIECES + 1 },
  { path: "/gateway.ashx", begin: XML, piece: "<MSG></MSG>", most: STRANGERS_PIECES + 10 },
  { path: "/gateway.php", headers: FORM, piece: "a&", most: MOST_PAIRS + 1 },
  { path: "/no/one-click/new", headers: FORM, piece: "&", most: MOST_PAIRS + 1 },
  { path: "/no/status/view", headers: FORM, piece: "a=b&", most: MOST_PAIRS + 1 },
  { path: "/no/dob/send", headers: FORM, piece: "%&", most: MOST_PAIRS + 1 },
  { path: "/admin/v1/accounts", headers: bearer, begin: LIST, piece: ",0", most: 0 },
  { path: "/sandbox/v1/reset", headers: bearer, begin: LIST, piece: ",0", most: 0 },
  { path: "/console/login", headers: FORM, piece: "a&", most: MOST_PAIRS + 1 },
  { path: "/console/send", headers: FORM, piece: "a&", most: 0 },
  { path: "/service?id=order-1", headers: FORM, piece: "a&", most: MOST_PAIRS + 1 },
];

beforeEach(() => {
  Object.assign(spent, { bytes: 0, pieces: 0 });
});

it("every dialect's door is among them", () => {
  const called = DOORS.map(({ path }) => path.split("?")[0] as string);
  const without = dialects.filter(({ app }) => !called.some((path) => methodsAt(app, path).includes("POST")));
  expect(without.map(({ name }) => name)).toEqual([]);
});

describe.each([
  { size: "the largest body that is taken", bytes: BODY_CAP },
  { size: "the largest form that is taken", bytes: FORM_CAP },
])("$size, made of the smallest pieces, by a stranger", ({ bytes }) => {
  it.each(DOORS)(
    "costs $path no more than $most pieces of $piece",
    async ({ path, headers, begin = "", piece, most }) => {
      const body = begin + piece.repeat(Math.floor((bytes - begin.length) / piece.length));
      const length = { "content-length": String(body.length) };
      const answer = await doors.request(path, { method: "POST", headers: { ...length, ...headers }, body });
      expect(answer.status).toBeLessThan(500);
      expect(await answer.text()).not.toBe("SUCCESS");
      expect(spent.pieces).toBeLessThanOrEqual(most);
      if (headers === FORM && bytes > FORM_CAP) expect(spent).toEqual({ bytes: 0, pieces: 0 });
    },
  );
});

describe("a body that never ends, and does not tell its length", () => {
  it.each(DOORS)("is cut at $path", async ({ path, headers = {}, piece }) => {
    const chunk = new TextEncoder().encode(piece.repeat(16_384));
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    const answer = await doors.request(path, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    expect(answer.status).toBeLessThan(500);
    expect(spent.bytes).toBe(0);
    // Read on for a while, and thrown away, so that who writes hears the answer.
    expect(pulled).toBeLessThanOrEqual(4 * BODY_CAP + 2 * chunk.byteLength);
  });
});

describe("an operator's body", () => {
  const post = (body: string) =>
    doors.request("/admin/v1/accounts", { method: "POST", headers: { authorization: `Bearer ${TOKEN}` }, body });

  it.each([
    { name: "of more than a megabyte", body: `[${" ".repeat(1024 * 1024)}]`, status: 413, bytes: 0 },
    { name: "nested without end", body: "[".repeat(100_000), status: 400, bytes: 100_000 },
  ])("$name is refused", async ({ body, status, bytes }) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(spent.bytes).toBe(bytes);
  });
});

describe("a caller's JSON", () => {
  it("may have as many pieces as the largest batch needs, twice over", () => {
    const members = Object.keys(JSON.parse(OUT_MESSAGE)).length;
    expect(10_000 * members * 2).toBeLessThan(MOST_PIECES);
  });
});

/** Each member that the vendor's SDKs send of a message. */
const OUT_MESSAGE = JSON.stringify({
  ...{ transactionId: "", sessionId: "", correlationId: "", keywordId: "", sender: "", recipient: "", content: "" },
  ...{ sendTime: "", timeToLive: 0, priority: "", deliveryMode: "", deliveryReportUrl: "", lastModified: "" },
  ...{ created: "", statusCode: "", detailedStatusCode: "", delivered: false, operator: "", smscTransactionId: "" },
  ...{ smscMessageParts: 0, allowUnicode: false, merchantId: "", serviceCode: "", businessModel: "", age: 0 },
  ...{ invoiceText: "", price: 0, strex: 0, tags: 0, properties: 0, externalId: "", isRestricted: 0 },
});
