/** What is the same at every door: what browsers are told, and requests that no client should send. */

import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { type TestAccount, useGateway } from "../support/gateway.ts";

const PATHS = [
  ...["/api/ping", "/api/nowhere", "/gateway.php", "/no/nowhere", "/v2.1/messages", "/v1.0/message", "/gateway.ashx"],
  ...["/admin/v1/accounts", "/sandbox/v1/clock", "/metrics", "/health", "/docs", "/openapi.json", "/"],
  ...["/console/login", "/console", "/assets/console.css", "/assets/live.js", "/nothing-is-sold-here"],
];

describe("every answer", () => {
  const gateway = useGateway();
  const deployed = useGateway({
    PUBLIC_URL: "https://sms.example.com",
    SECURITY_CONTACT: "mailto:security@example.com",
    SMPP_BRIDGE_TOKEN: "a-token-of-the-bridge",
  });

  it.each(PATHS)("at %s keeps browsers from guessing what it is, and from telling where they were", async (path) => {
    const { headers } = await gateway.fetch(path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toMatch(/^(no-referrer|same-origin)$/);
    expect(headers.get("strict-transport-security")).toBeNull();
  });

  it.each(PATHS)("at %s lets no other page show it, and no script, plug-in or base of another's in", async (path) => {
    const policy = (await gateway.fetch(path)).headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy.split("; ")).toContain(rule);
    }
    expect(policy).not.toContain("unsafe-inline");
  });

  it.each(PATHS.filter((path) => !/^\/(assets|docs)/.test(path)))("at %s is kept by no cache", async (path) => {
    expect((await gateway.fetch(path)).headers.get("cache-control")).toBe("no-store");
  });

  it.each(PATHS)("at %s keeps browsers to https where clients come by https", async (path) => {
    const { headers } = await deployed.fetch(path);
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  it.each(PATHS)("at %s says what its body is, and in which letters a text is", async (path) => {
    const answer = await gateway.fetch(path, { redirect: "manual" });
    const type = answer.headers.get("content-type") ?? "";
    if ((await answer.text()) === "") return;
    expect(type).toMatch(/^(?:text\/[a-z]+; ?charset=utf-8|application\/(?:[a-z.]+\+)?json(?:; ?charset=utf-8)?)$/i);
  });

  it("is a refusal where the bridge of SMPP goes in, to a browser as to anybody without its token", async () => {
    for (const headers of [{}, { origin: "https://sms.example.com" }, { authorization: "Bearer another-token" }]) {
      expect((await deployed.fetch("/smpp", { headers })).status).toBe(401);
    }
  });

  it("tells whoever finds a weakness where to write to, by RFC 9116, if there is such a place", async () => {
    const answer = await deployed.fetch("/.well-known/security.txt");
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines).toEqual([
      "Contact: mailto:security@example.com",
      expect.stringMatching(/^Expires: \d{4}-\d\d-\d\dT[\d:.]+Z$/),
      "Preferred-Languages: en",
      "Canonical: https://sms.example.com/.well-known/security.txt",
    ]);
    const days = (Date.parse(lines[1]?.slice("Expires: ".length) ?? "") - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(182);
    expect((await gateway.fetch("/.well-known/security.txt")).status).toBe(404);
  });

  it("does not greet anybody but the bench", async () => {
    expect((await gateway.fetch("/hello")).status).toBe(404);
  });
});

describe("a request that no client should send", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });

  /** By hand: `fetch` would not send such a header. */
  const withHost = (host: string, path: string, { method = "GET", secret = "none" } = {}) =>
    new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const { hostname, port } = new URL(gateway.url);
      const asked = request({ hostname, port, path, method, headers: { host, "x-secret": secret } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", text }),
        );
      });
      asked.on("error", reject).end();
    });

  it.each([
    { path: "/api/client/public-keys", status: 401, has: '"Message"' },
    { path: "/gateway.php", status: 200, has: "IR-414" },
    { path: "/no/status/view", status: 200, has: '"code":1' },
    { path: "/v2.1/messages", status: 401, has: '"errors"' },
    { path: "/v1.0/nowhere", status: 404, has: '"errorCode":999' },
    { path: "/gateway.ashx", status: 200, has: "Error: ERROR" },
    { path: "/admin/v1/accounts", status: 401, has: "urn:stafett:unauthorised" },
    { path: "/health", status: 200, has: "ok" },
  ])("by a Host that is none, is answered at $path in its own shape", async ({ path, status, has }) => {
    const answer = await withHost("a b", path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(has);
  });

  it.each(["/api/ping", "/gateway.php", "/v2.1/messages", "/v1.0/message", "/admin/v1/accounts", "/health"])(
    "by the method TRACE at %s does not get back what it sent",
    async (path) => {
      const { status, text } = await withHost(new URL(gateway.url).host, path, { method: "TRACE", secret: "a-secret" });
      expect(status).not.toBe(200);
      expect(text).not.toContain("a-secret");
    },
  );

  it("to `*` where an address should be, is told that there is nothing", async () => {
    const headers = { "x-apikey": account.apiKey };
    const answer = await gateway.fetch("/api/*", { method: "POST", headers, body: "{}" });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ Message: "/api/* is not an address of this API" });
  });
});

describe("a gateway without a sandbox", () => {
  const gateway = useGateway({ SANDBOX: "off", PUBLIC_URL: "" });

  it("does not run without PUBLIC_URL, and says so", async () => {
    const answer = await gateway.fetch("/health");
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as { why: string }).why).toMatch(/PUBLIC_URL is missing: set it to the base URLs/);
    const refused = await gateway.fetch("/api/out-messages", { headers: { "x-apikey": "any" }, json: {} });
    expect(refused.status).toBe(500);
    expect(await refused.text()).toContain("PUBLIC_URL is missing");
  });
});
