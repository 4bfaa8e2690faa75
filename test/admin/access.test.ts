/** Who gets in: every address of the operator's API with every role, and one account's token at another account's things. */

import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { OF_ONE_ACCOUNT } from "../../src/admin/access.ts";
import type { Role } from "../../src/core/operator/tokens.ts";
import { admin } from "../../src/doors/admin.ts";
import { openApi } from "../../src/doors/openapi.ts";
import { ADMIN_TOKEN, problemOf, type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type Parameters = { name: string; in: string }[];
type Operation = {
  parameters?: Parameters;
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
};
const paths = openApi([], "").paths as unknown as Record<string, Record<string, Operation>>;

/** Every address of the API, as it is in the reference. */
const addresses = Object.entries(paths)
  .filter(([path]) => path.startsWith("/admin/v1/"))
  .flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
      name: `${method.toUpperCase()} ${path.slice("/admin/v1".length).replace(/\{(\w+)\}/g, ":$1")}`,
      method: method.toUpperCase(),
      path,
      hasFilter: parameters.some((one) => one.in === "query" && one.name === "account"),
      body: requestBody?.content["application/json"]?.schema,
    })),
  );

const isLook = ({ method, name }: { method: string; name: string }) =>
  (method === "GET" && !/ \/people\b/.test(name)) ||
  ["POST /routes/explain", "POST /preview", "POST /messages/preview", "POST /webhooks/:id/check-signature"].includes(
    name,
  );
const isOfOwners = ({ name }: { name: string }) => / \/(?:tokens|sealing)\b/.test(name);

describe("the operator's API, without its gateway", () => {
  const strangers = new Hono<{ Variables: Record<string, unknown> }>();
  strangers.use(async (c, next) => {
    c.set("adminToken", ADMIN_TOKEN);
    c.set("actorBy", async () => undefined);
    await next();
  });
  strangers.route("/admin/v1", admin as unknown as typeof strangers);

  it.each(addresses)("answers nobody without a token, or with a wrong one, at $name", async ({ method, path }) => {
    for (const headers of [{}, { authorization: "Bearer wrong" }]) {
      const answer = await strangers.request(path.replace(/\{\w+\}/g, "none"), { method, headers });
      expect(answer.status).toBe(401);
    }
  });
});

describe("the operator's API", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const tokens: Partial<Record<Role | "viewer of one", string>> = {};
  let mine: TestAccount;
  let theirs: TestAccount;

  const issue = async (role: Role, account?: string, more: object = {}) => {
    const body = { name: `a ${role}`, role, ...(account === undefined ? {} : { account }), ...more };
    return gateway.operator<{ id: string; secret: string }>("POST", "/admin/v1/tokens", body);
  };
  const call = (token: string | undefined, method: string, path: string, json?: unknown) =>
    gateway.fetch(path, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { json }),
    });
  const statusOf = async (token: string | undefined, method: string, path: string, json?: unknown) =>
    (await call(token, method, path, json)).status;

  beforeAll(async () => {
    [mine, theirs] = [await gateway.account(), await gateway.account()];
    for (const role of ["owner", "operator", "viewer"] as const) tokens[role] = (await issue(role)).secret;
    tokens.merchant = (await issue("merchant", mine.id)).secret;
    tokens["viewer of one"] = (await issue("viewer", mine.id)).secret;
  });

  /** No such thing is there, so that nothing is changed by whoever gets in. */
  const nowhere = (path: string) => path.replace(/\{\w+\}/g, "none");

  it("has its addresses in this table", () => {
    expect(addresses.length).toBe(admin.openAPIRegistry.definitions.filter(({ type }) => type === "route").length);
    for (const address of Object.keys(OF_ONE_ACCOUNT)) expect(addresses.map(({ name }) => name)).toContain(address);
  });

  it("slows down who has no token, or a wrong one", async () => {
    for (const token of [undefined, "wrong"]) expect(await statusOf(token, "GET", "/admin/v1/accounts")).toBe(401);
  });

  it.each(addresses)(
    "lets owners in at $name, operators except for tokens, viewers where they look",
    async (address) => {
      const { method, path } = address;
      const isIn = async (role: Role) => (await statusOf(tokens[role], method, nowhere(path))) !== 403;
      expect([await isIn("owner"), await isIn("operator"), await isIn("viewer")]).toEqual([
        true,
        !isOfOwners(address),
        isLook(address) && !isOfOwners(address),
      ]);
    },
  );

  it.each(addresses.filter(({ name }) => !Object.hasOwn(OF_ONE_ACCOUNT, name)))(
    "is closed to a merchant at $name",
    async ({ method, path, name }) => {
      const answer = await call(tokens.merchant, method, nowhere(path));
      expect(await problemOf(answer)).toMatchObject({
        status: 403,
        detail: `a token of role merchant for account ${mine.id} may not call ${name}`,
      });
    },
  );

  it("writes down whose token was refused what it may not do", async () => {
    await call(tokens.viewer, "DELETE", "/admin/v1/accounts/denied");
    const lines = () =>
      gateway.log.flatMap((piece) => piece.split("\n")).filter((line) => line.includes("access.denied"));
    await expect.poll(() => lines().find((line) => line.includes("/accounts/denied"))).toBeDefined();
    const line = JSON.parse(lines().find((one) => one.includes("/accounts/denied")) ?? "{}");
    expect(line).toMatchObject({ method: "DELETE", by: expect.stringMatching(/^tok_/) });
  });

  const ofOne = addresses.filter(({ name }) => Object.hasOwn(OF_ONE_ACCOUNT, name));
  it.each(ofOne)("shows a merchant its own things alone at $name", async ({ method, path, name, hasFilter, body }) => {
    const at = (account: TestAccount) => {
      const id = OF_ONE_ACCOUNT[name] === "account" ? account.id : `msg_${String(account.number).padStart(6, "0")}none`;
      const query = OF_ONE_ACCOUNT[name] === "filter" ? `?account=${account.id}` : "";
      return nowhere(path.replace("{id}", id)) + query;
    };
    const scope = OF_ONE_ACCOUNT[name];
    if (scope === "filter") expect(hasFilter).toBe(true);
    if (scope === "body") expect(JSON.stringify(body)).toContain('"account"');
    const json = (account: TestAccount) => (scope === "body" ? { account: account.id } : undefined);
    const [own, other] = [
      await statusOf(tokens.merchant, method, at(mine), json(mine)),
      await statusOf(tokens.merchant, method, at(theirs), json(theirs)),
    ];
    expect(own).not.toBe(403);
    if (scope !== "own") expect(other).toBe(scope === "id" ? 404 : 403);
    if (scope === "own") {
      const list = (await (await call(tokens.merchant, method, path)).json()) as { items: { id: string }[] };
      return expect(list.items.map(({ id }) => id)).toEqual([mine.id]);
    }
    const looks = isLook({ method, name });
    const viewer = await statusOf(tokens["viewer of one"], method, at(mine), json(mine));
    expect(viewer === 403).toBe(!looks);
    expect(await statusOf(tokens["viewer of one"], method, at(theirs), json(theirs))).toBe(
      scope === "id" && looks ? 404 : 403,
    );
  });

  it("keeps two merchants apart, in lists and by ids", async () => {
    const other = (await issue("merchant", theirs.id)).secret;
    receiver.behave(() => ({ status: 200 }));
    const ids = [];
    for (const account of [mine, theirs]) {
      const id = await gateway.send(account, { deliveryReportUrl: `${receiver.url}/reports` });
      await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "delivered" });
      ids.push((await gateway.message(account, id)).id);
    }
    const [myMessage, theirMessage] = ids as [string, string];
    type List = { items: { id: string; account: string }[] };
    for (const list of ["messages", "webhooks"]) {
      for (const [token, account] of [[tokens.merchant, mine] as const, [other, theirs] as const]) {
        const { items } = (await (await call(token, "GET", `/admin/v1/${list}`)).json()) as List;
        expect(items.length).toBeGreaterThan(0);
        expect(new Set(items.map((one) => one.account))).toEqual(new Set([account.id]));
      }
    }
    expect(await statusOf(tokens.merchant, "GET", `/admin/v1/messages/${myMessage}`)).toBe(200);
    for (const path of [theirMessage, `${theirMessage}/timeline`]) {
      const answer = await call(tokens.merchant, "GET", `/admin/v1/messages/${path}`);
      expect(await problemOf(answer)).toMatchObject({ status: 404, detail: `there is no ${theirMessage}` });
    }
    const { items } = (await (await call(other, "GET", "/admin/v1/webhooks")).json()) as List;
    const theirWebhook = items[0]?.id ?? "";
    expect(await statusOf(tokens.merchant, "POST", `/admin/v1/webhooks/${theirWebhook}/replay`)).toBe(404);
    expect(await statusOf(other, "GET", `/admin/v1/webhooks/${theirWebhook}`)).toBe(200);
    const text = { account: theirs.id, sender: "Shop", recipient: "+4791000000", text: "Hello" };
    expect(await statusOf(tokens.merchant, "POST", "/admin/v1/messages", text)).toBe(403);
  });

  it("keeps the sandbox and the figures from merchants, and viewers from its levers", async () => {
    for (const path of ["/sandbox/v1/clock", "/metrics"]) {
      expect(await statusOf(tokens.merchant, "GET", path)).toBe(403);
      expect(await statusOf(tokens["viewer of one"], "GET", path)).toBe(403);
      expect(await statusOf(tokens.viewer, "GET", path)).toBe(200);
    }
    expect(await statusOf(tokens.viewer, "POST", "/sandbox/v1/clock/advance", { seconds: 1 })).toBe(403);
    expect(await statusOf(tokens.operator, "POST", "/sandbox/v1/clock/advance", { seconds: 1 })).toBe(200);
  });

  describe("a token", () => {
    it("is shown with its secret once, is listed without it, and opens nothing once it is withdrawn", async () => {
      const { id, secret } = await issue("viewer");
      expect(secret).toMatch(/^stafett_[\w-]{43}$/);
      expect(await statusOf(secret, "GET", "/admin/v1/messages")).toBe(200);
      const list = await gateway.operator<{ items: { id: string; usedAt?: string }[] }>(
        "GET",
        "/admin/v1/tokens?limit=500",
      );
      expect(list.items.find((one) => one.id === id)).toMatchObject({ role: "viewer", usedAt: expect.any(String) });
      expect(JSON.stringify(list)).not.toContain(secret.slice(8));
      expect(gateway.log.join("\n")).not.toContain(secret.slice(8));
      expect(await statusOf(ADMIN_TOKEN, "DELETE", `/admin/v1/tokens/${id}`)).toBe(204);
      expect(await statusOf(secret, "GET", "/admin/v1/messages")).toBe(401);
      expect(await statusOf(ADMIN_TOKEN, "DELETE", `/admin/v1/tokens/${id}`)).toBe(404);
    });

    it("is exchanged without a gap: two are valid at a time", async () => {
      const [old, next] = [await issue("operator"), await issue("operator")];
      for (const { secret } of [old, next]) expect(await statusOf(secret, "GET", "/admin/v1/accounts")).toBe(200);
      await gateway.operator("DELETE", `/admin/v1/tokens/${old.id}`);
      expect(await statusOf(next.secret, "GET", "/admin/v1/accounts")).toBe(200);
    });

    it.each([
      ["a merchant's without an account", { role: "merchant" }, "account"],
      ["an operator's for one account", { role: "operator", account: "demo" }, "account"],
      ["one for an account that is not there", { role: "merchant", account: "nobody" }, "account"],
      ["one that is over already", { role: "viewer", expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
      ["one of no role", { role: "king" }, "role"],
      ["one with a member that is not known", { role: "viewer", colour: "red" }, "colour"],
    ])("is not made: %s", async (_, body, field) => {
      const refused = await gateway.refusal("POST", "/admin/v1/tokens", { name: "x", ...body });
      expect(refused).toMatchObject({ status: 400, field });
    });
  });
});
