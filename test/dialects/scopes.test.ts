/** What a restricted credential may do: every address of every dialect with every scope, and from where it is used. */

import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { SCOPES, type Scope } from "../../src/core/accounts/rules.ts";
import type { Needed } from "../../src/core/accounts/scopes.ts";
import type { Gateway } from "../../src/core/gateway.ts";
import { GatewayError } from "../../src/core/kernel/errors.ts";
import type { Dialect, DocumentedPath } from "../../src/dialects/dialect.ts";
import { sha256 } from "../../src/dialects/read.ts";
import { admission } from "../../src/doors/admission.ts";
import { dialects } from "../../src/registry.ts";

/** What an operator is promised, in words of its own: the dialects' tables must come to the same. */
const PROMISED: Partial<Record<Needed, readonly RegExp[]>> = {
  open: [/^get \/api\/(ping|swagger\.json)$/, /^get \/docs\.json$/],
  charge: [
    /^post \/api\/strex\/(transactions|one-time-passwords)$/,
    /^delete \/api\/strex\/(transactions|token)\//,
    /^get \/api\/reverse-payment$/,
    /^(get|post) \/no\/(one-click\/new|dob\/send)$/,
  ],
  whole: [
    /^(post|put|delete) \/api\/keywords/,
    /^(put|delete) \/api\/strex\/merchants\//,
    /^put \/api\/one-click\/configs\//,
    /^delete \/api\/client\/public-keys\//,
    /^(put|delete) \/\{version\}\/messages\/\{name\}$/,
    /^(post|delete) \/v2\/numbers\//,
  ],
  send: [
    /^(post|put|delete) \/api\/out-messages/,
    /^post \/api\/(pincodes|prepare-msisdns|strex\/registrationsms)$/,
    /^get \/api\/pincodes\/verification$/,
    /^(get|post) \/gateway\.(php|ashx)$/,
    /^post \/(v1\.0\/message|otp\/v2\/otp(\/\{id\}\/verify)?|v1\.0\/otp\/(generate|verify))$/,
    /^post \/v2(\.[12])?\/messages$/,
  ],
};

function promised({ method, path }: DocumentedPath): Needed {
  const name = `${method} ${path}`;
  const found = Object.entries(PROMISED).find(([, patterns]) => patterns.some((pattern) => pattern.test(name)));
  return (found?.[0] as Needed | undefined) ?? "read";
}

const SECRET = "a secret of sixteen";
const XML = `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${SECRET}</PRODUCTTOKEN></AUTHENTICATION></MESSAGES>`;

/** How each dialect's clients prove themselves, and what they take for being forbidden. */
const CLIENTS: Record<string, { headers?: Record<string, string>; form?: string; forbidden: Forbidden }> = {
  target365: {
    headers: { "x-apikey": SECRET },
    forbidden: ({ status, text }) => status === 403 && /"Message"/.test(text),
  },
  flowroute: {
    headers: { authorization: `Basic ${btoa(`shop:${SECRET}`)}` },
    forbidden: ({ status, text }) => status === 403 && /"title":"Forbidden"/.test(text),
  },
  txtnation: {
    form: new URLSearchParams({
      campaign_name: "shop",
      api_key: SECRET,
      service_id: "none",
      cc: "shop",
      ekey: SECRET,
      action: "ir_gateway",
    }).toString(),
    forbidden: ({ text }) => text === "E-100" || /"code":3,/.test(text),
  },
  cm: {
    headers: { "x-cm-producttoken": SECRET },
    form: `producttoken=${encodeURIComponent(SECRET)}`,
    forbidden: ({ text }) => /needs (the scope|a credential without)|may not be used from the address/.test(text),
  },
};
type Forbidden = (answer: { status: number; text: string }) => boolean;

/** A dialect with one caller, behind whom there is nothing: whatever gets past the check is not found. */
function appOf({ app, name }: Dialect, restrictions: Pick<Caller["credential"], "scopes" | "addresses">, address = "") {
  const check = admission(dialects);
  const found = async (): Promise<Caller> => ({
    account: { id: "shop", number: 1, name: "Shop", state: "open", settings: {}, createdAt: 0, changedAt: 0 },
    credential: {
      ...{ id: "crd_1", account: "shop", dialect: name, kind: "key", name: "shop", foundBy: "secret" },
      ...{ secretHash: await sha256(SECRET), createdAt: 0, changedAt: 0 },
      ...restrictions,
    },
    senders: new Map(),
    callbacks: new Map(),
  });
  const known: Record<string, unknown> = {
    callerBySecret: found,
    callerByKeyName: found,
    now: () => 0,
    wallClock: () => 0,
  };
  const nothing = new Proxy(known, {
    get: (_, verb: string) =>
      known[verb] ??
      (() => {
        throw new GatewayError("not-found", "there is nothing");
      }),
  }) as unknown as Gateway;
  const whole = new Hono<{ Variables: Record<string, unknown> }>();
  whole.use(async (c, next) => {
    c.set("gateway", nothing);
    c.set("publicUrls", ["http://localhost"]);
    c.set("reference", () => ({}));
    c.set("fault", () => "fault");
    c.set("admit", async (caller: Caller) => check(caller, { method: c.req.method, path: c.req.path, address }));
    await next();
  });
  return whole.route("/", app as unknown as typeof whole);
}

async function isForbidden(
  dialect: Dialect,
  { method, path }: Pick<DocumentedPath, "method" | "path">,
  restrictions: Parameters<typeof appOf>[1],
  address?: string,
): Promise<boolean> {
  const { headers = {}, form = "", forbidden } = CLIENTS[dialect.name] as (typeof CLIENTS)[string];
  const at = path.replace("{version}", "v2.1").replace("/messages/{name}", "/messages/sms_callback");
  const filled = at.replace("relationships/{name}", "relationships/sms_callback").replace(/\{\w+\}/g, "none");
  const isXml = /gateway\.ashx$/i.test(path);
  const type = isXml
    ? "application/xml"
    : form === "" || dialect.name === "cm"
      ? "application/json"
      : "application/x-www-form-urlencoded";
  const body = isXml ? XML : type === "application/json" ? "{}" : form;
  const answer = await appOf(dialect, restrictions, address).request(method === "get" ? `${filled}?${form}` : filled, {
    method: method.toUpperCase(),
    headers: { ...headers, "content-type": type },
    ...(method === "get" ? {} : { body }),
  });
  return forbidden({ status: answer.status, text: await answer.text() });
}

const routes = dialects.flatMap((dialect) =>
  dialect.paths.flatMap((one) =>
    [one.path, ...(one.aliases ?? [])].map((path) => ({ dialect, route: one, path, name: `${one.method} ${path}` })),
  ),
);

describe.each(routes)("a credential at $name", ({ dialect, route, path }) => {
  const needed = promised(route);

  it("needs what an operator is promised", () => {
    expect(route.needs).toBe(needed);
  });

  it.each(SCOPES)("gets in with the scope %s alone exactly where that is enough", async (scope) => {
    const mayIn = needed === "open" || needed === scope;
    expect(await isForbidden(dialect, { ...route, path }, { scopes: [scope] })).toBe(!mayIn);
  });

  it("gets in with all scopes but where an account is set up, and without scopes everywhere", async () => {
    expect(await isForbidden(dialect, { ...route, path }, { scopes: SCOPES })).toBe(needed === "whole");
    expect(await isForbidden(dialect, { ...route, path }, {})).toBe(false);
  });

  it("is refused from an address that it is not for, where it must be shown at all", async () => {
    const from = (address: string) =>
      isForbidden(dialect, { ...route, path }, { addresses: ["203.0.113.0/24"] }, address);
    expect([await from("198.51.100.1"), await from("203.0.113.7")]).toEqual([needed !== "open", false]);
  });
});

describe("a check of addresses", () => {
  const check = admission(dialects);
  const asked = { method: "POST", path: "/api/out-messages" };
  const callerWith = (credential: object) => ({ credential: { dialect: "target365", ...credential } }) as Caller;

  it.each([
    { address: "203.0.113.7", addresses: ["203.0.113.7"], isIn: true },
    { address: "::ffff:203.0.113.7", addresses: ["203.0.113.0/24"], isIn: true },
    { address: "2001:db8::1", addresses: ["203.0.113.0/24", "2001:db8::/32"], isIn: true },
    { address: "2001:db9::1", addresses: ["2001:db8::/32"], isIn: false },
    { address: "", addresses: ["0.0.0.0/0", "::/0"], isIn: false },
  ])("$address among $addresses: $isIn", ({ address, addresses, isIn }) => {
    const ask = () => check(callerWith({ addresses }), { ...asked, address });
    if (isIn) expect(ask).not.toThrow();
    else expect(ask).toThrow("may not be used from the address that the request comes from");
  });

  it("is closed to a credential with scopes at an address that is in no table", () => {
    const scopes: readonly Scope[] = ["send", "charge", "read"];
    for (const path of ["/api/new-things", "/api/out-messages/a/b"]) {
      expect(() => check(callerWith({ scopes }), { method: "GET", path, address: "" })).toThrow("without scopes");
    }
    expect(() =>
      check(callerWith({ scopes }), { method: "HEAD", path: "/API/out-messages/a/", address: "" }),
    ).not.toThrow();
  });
});
