/** What a client is told when it is turned away, and when something breaks on our side. */

import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { GatewayError, REFUSALS, type Refusal } from "../../../src/core/kernel/errors.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { toEnvelope, toWord, WORDS } from "../../../src/dialects/txtnation/errors.ts";
import { txtnation } from "../../../src/dialects/txtnation/index.ts";

const CODE: Record<Refusal, number> = {
  "bad-request": 1,
  "bad-number": 1,
  "bad-text": 1,
  "too-large": 1,
  "not-found": 1,
  "wrong-method": 1,
  "already-exists": 1,
  "too-late": 1,
  unauthorised: 2,
  replayed: 2,
  "not-allowed": 3,
  "too-many-requests": 3,
  "opted-out": 3,
  "quiet-hours": 3,
  "country-closed": 3,
  "no-carrier": 3,
  "key-reused": 1,
  "key-in-progress": 3,
  "bad-sender": 4,
  repeated: 5,
};

const WORD: Record<Refusal, string> = {
  "bad-request": "E-103",
  "bad-number": "IR-405",
  "bad-sender": "E-100",
  "bad-text": "IR-417",
  "too-large": "E-103",
  unauthorised: "IR-103",
  replayed: "E-103",
  "not-allowed": "E-100",
  "not-found": "E-103",
  "wrong-method": "E-103",
  "already-exists": "IR-101",
  repeated: "IR-101",
  "too-late": "E-103",
  "too-many-requests": "E-100",
  "opted-out": "BARRED",
  "quiet-hours": "E-100",
  "country-closed": "E-100",
  "no-carrier": "E-100",
  "key-reused": "E-103",
  "key-in-progress": "E-100",
};

const STATUS: Partial<Record<Refusal, number>> = {
  "wrong-method": 405,
  "too-large": 413,
  "too-many-requests": 429,
  "no-carrier": 503,
  "key-reused": 422,
  "key-in-progress": 409,
};

/** An app that fails with whatever a test wants. */
function failing(error: unknown, toAnswer: typeof toEnvelope, faults: unknown[] = []) {
  const app = new Hono<DialectEnv>();
  app.use(async (c, next) => {
    c.set("fault", (unplanned) => `fault-${faults.push(unplanned)}`);
    await next();
  });
  app.onError(toAnswer as never);
  app.all("*", () => {
    throw error;
  });
  return app.request("/");
}

describe("a client of /no/*", () => {
  it.each(REFUSALS)("is told of %s by a code, in an envelope that caches leave alone", async (refusal) => {
    const answer = await failing(new GatewayError(refusal, "the reason why"), toEnvelope);
    expect(answer.status).toBe(STATUS[refusal] ?? 200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const text = await answer.text();
    const { requestId, ...told } = JSON.parse(text);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(told).toEqual({ status: false, code: CODE[refusal], message: "the reason why", data: {} });
    expect(Object.keys(JSON.parse(text))).toEqual(["requestId", "status", "code", "message", "data"]);
  });

  const fields = { service: "service_id", recipient: "to", shortNumber: "shortcode", theirId: "id", price: "tariff" };
  it.each(Object.entries(fields))("is told of %s by its name on this wire: %s", async (field, name) => {
    const answer = await failing(new GatewayError("bad-request", "is wrong", field), toEnvelope);
    expect(await answer.json()).toMatchObject({ message: `${name}: is wrong` });
  });

  it("is told of a fault of ours by an id alone", async () => {
    const faults: unknown[] = [];
    const answer = await failing(new Error("SECRET no such column"), toEnvelope, faults);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ status: false, code: 3, data: {} });
    expect(text).toContain("fault-1");
    expect(text).not.toContain("SECRET");
    expect(faults).toHaveLength(1);
  });
});

describe("a client of gateway.php", () => {
  it.each(REFUSALS)("is told of %s by one word", async (refusal) => {
    const answer = await failing(new GatewayError(refusal, "the reason why"), toWord as never);
    expect(answer.status).toBe(STATUS[refusal] ?? 200);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await answer.text()).toBe(WORD[refusal]);
  });

  it("is told of a fault of ours by one word, and it is logged", async () => {
    const faults: unknown[] = [];
    const answer = await failing(new Error("SECRET"), toWord as never, faults);
    expect([answer.status, await answer.text()]).toEqual([500, "E-100"]);
    expect(faults).toHaveLength(1);
  });

  it("finds one code in each word, as clients look for it", () => {
    for (const word of WORDS) expect(word).toMatch(/^(?:(?:IR|E)-\d{3}|BARRED)$/);
    expect(new Set(WORDS).size).toBe(WORDS.length);
  });
});

describe("nothing is asked of the gateway", () => {
  const touched: string[] = [];
  const app = new Hono<DialectEnv>();
  app.use(async (c, next) => {
    const gateway = new Proxy({}, { get: (_, verb) => touched.push(String(verb)) });
    c.set("admit", async () => {});
    c.set("gateway", gateway as never);
    await next();
  });
  app.route("/", txtnation.app);
  const query = "campaign_name=a&api_key=b&service_id=c&tariff=1&shortcode=2002&to=4798079008";

  const cases = [
    { name: "HEAD", init: { method: "HEAD" } },
    { name: "PUT", init: { method: "PUT" } },
    { name: "DELETE", init: { method: "DELETE" } },
    { name: "OPTIONS", init: { method: "OPTIONS" } },
    { name: "a browser that looks ahead", init: { headers: { "sec-purpose": "prefetch;prerender" } } },
    { name: "an older browser that looks ahead", init: { headers: { "x-moz": "prefetch" } } },
    { name: "a browser that shows what is behind a link", init: { headers: { purpose: "preview" } } },
  ];
  for (const path of ["/no/dob/send", "/no/one-click/new", "/no/status/view", "/gateway.php", "/mbill.php"]) {
    it.each(cases)(`by $name at ${path}`, async ({ init }) => {
      const answer = await app.request(`${path}?${query}&cc=a&ekey=b&number=4798079008&message=x`, init);
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("GET, POST");
      expect(touched).toEqual([]);
    });
  }
});
