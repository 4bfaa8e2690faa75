/** Carriers are set up, changed and retired while the gateway runs; what is secret of them is sealed. */

import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { newKey } from "../../scripts/local-settings.ts";
import { keysOf, readKeys } from "../../src/adapters/keys.ts";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";

const API_KEY = "key-of-the-provider";
const SECRETS_KEY = newKey();
let made = 0;

describe("a carrier that is set up", () => {
  const gateway = useGateway({ SECRETS_KEY });
  const provider = useReceiver();
  let account: TestAccount;
  let name: string;

  beforeEach(async () => {
    provider.received.length = 0;
    provider.behave(() => ({ status: 201 }));
    account = await gateway.account();
    name = `relay-${++made}`;
  });
  const at = (of = name) => `/admin/v1/carriers/${of}`;
  const whole = (more: Record<string, unknown> = {}) => ({
    kind: "target365",
    settings: { baseUrl: provider.url },
    secrets: { apiKey: API_KEY },
    ...more,
  });
  const put = (more?: Record<string, unknown>) => gateway.operator("PUT", at(), whole(more));
  const route = (carriers: string[]) =>
    gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, {
      ...{ account: account.id, kind: "message", prefix: "", carriers },
    });
  const posts = () => provider.received.filter(({ method }: Received) => method === "POST");

  it("shows its settings, the names of its secrets, and where its provider is to call; never a secret", async () => {
    const told = await put();
    expect(told).toMatchObject({
      name,
      kind: "target365",
      state: "on",
      bills: true,
      secrets: ["apiKey"],
      sealedWith: "1",
    });
    const texts = [told, await gateway.operator("GET", at()), await gateway.operator("GET", "/admin/v1/carriers")];
    expect(texts.map((text) => JSON.stringify(text)).join()).not.toContain(API_KEY);
    expect(gateway.log.filter((line) => line.includes(API_KEY))).toEqual([]);
    const { rows } = await sql("SELECT sealed FROM carrier WHERE name = ?1", name);
    expect(String(rows[0]?.sealed)).toMatch(/^1\.[A-Za-z0-9+/=]+\.[A-Za-z0-9+/=]+$/);
  });

  it("takes what its route is for at once, and a change of it at once, with the secret that it had", async () => {
    await put({ settings: { baseUrl: "http://127.0.0.1:9" } });
    await route([name]);
    await gateway.operator("PUT", at(), { kind: "target365", settings: { baseUrl: `${provider.url}/moved` } });
    await gateway.send(account);
    const [call] = await provider.next(1, ({ method }) => method === "POST");
    expect(call?.url).toBe("/moved/api/out-messages");
    expect(call?.headers["x-apikey"]).toBe(API_KEY);
  });

  it("takes nothing while it is switched off: a new text is refused, one that waits goes to the next, or waits on", async () => {
    await put({ isEnabled: false });
    await route([name]);
    const refused = await gateway.fetch("/api/out-messages", {
      headers: { "x-apikey": account.apiKey },
      json: { transactionId: "t-1", sender: "Shop", recipient: newNumber(), content: "Hi" },
    });
    expect(refused.status).toBe(503);
    await put({ isEnabled: true });
    const sendTime = new Date((await gateway.now()) + 600_000).toISOString();
    const id = await gateway.send(account, { sendTime });
    await put({ isEnabled: false });
    await gateway.advance(700);
    expect(await gateway.message(account, id)).toMatchObject({ state: "accepted" });
    expect(posts()).toEqual([]);
    await put({ isEnabled: true });
    await gateway.advance(600);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent", carrier: name });
  });

  it("is not asked in the sandbox unless a route names it", async () => {
    await put();
    const to = newNumber();
    await gateway.faults({ busySeconds: 1, times: 1 });
    await gateway.send(account, { recipient: to });
    await gateway.advance(10);
    expect(await gateway.handset(to, { wait: 20 })).toHaveLength(1);
    expect(posts()).toEqual([]);
  });

  it("is retired when it is removed: heard of what it has, forgotten when that is settled", async () => {
    await put();
    await route([name]);
    const id = await gateway.send(account);
    await provider.next(1, ({ method }) => method === "POST");
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
    expect(await gateway.refusal("DELETE", at())).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^route of-/),
    });
    await gateway.operator("DELETE", `/admin/v1/routes/of-${account.id}`);
    expect(await gateway.operator("DELETE", at())).toMatchObject({ state: "retired" });
    expect(
      await gateway.refusal("PUT", "/admin/v1/routes/again", {
        ...{ account: account.id, kind: "message", prefix: "", carriers: [name] },
      }),
    ).toMatchObject({ status: 400, field: "carriers.0" });
    // By real time it is a minute old now; what it has is not settled.
    await sql("UPDATE carrier SET changed_at = changed_at - 61000 WHERE name = ?1", name);
    await gateway.runtime.tick();
    expect(await gateway.operator("GET", at())).toMatchObject({ state: "retired" });
    await gateway.advance(3 * 3_600 + 60);
    expect(await gateway.message(account, id)).toMatchObject({ state: "expired" });
    await gateway.runtime.tick();
    expect(await gateway.refusal("GET", at())).toMatchObject({ status: 404 });
  });

  it("is in use again where it is set up anew before it was forgotten", async () => {
    await put();
    await gateway.operator("DELETE", at());
    expect(await gateway.operator("PUT", at(), { kind: "target365", settings: {} })).toMatchObject({ state: "on" });
  });

  it("is sealed under the key of the deployment, for itself alone", async () => {
    await put();
    const { rows } = await sql("SELECT sealed FROM carrier WHERE name = ?1", name);
    const sealer = makeSealer(sealing(SECRETS_KEY));
    const opened = await sealer.open(String(rows[0]?.sealed), `carrier ${name} target365`);
    expect(JSON.parse(opened)).toMatchObject({ secrets: { apiKey: API_KEY } });
    await expect(sealer.open(String(rows[0]?.sealed), "carrier other target365")).rejects.toThrow(/another owner/);
  });

  it.each([
    { what: "a kind that is not there", body: { kind: "pigeon" }, field: "kind", why: "there is no kind pigeon" },
    {
      what: "the kind that is part of the gateway",
      body: { kind: "simulator" },
      field: "kind",
      why: "there is no kind",
    },
    {
      what: "a setting that is not known",
      body: { settings: { url: "x" } },
      field: "settings.url",
      why: "known: baseUrl",
    },
    {
      what: "an address that is none",
      body: { settings: { baseUrl: "nowhere" } },
      field: "settings.baseUrl",
      why: "http",
    },
    { what: "no secret", body: { secrets: {} }, field: "secrets.apiKey", why: "" },
    {
      what: "a secret that is not known",
      body: { secrets: { apiKey: "k", pin: "1" } },
      field: "secrets.pin",
      why: "known: apiKey",
    },
    {
      what: "addresses of callers that are none",
      body: { settings: { callers: ["10.0.0.0/99"] } },
      field: "settings.callers.0",
      why: "",
    },
    { what: "a member that is not known", body: { isOn: true }, field: "isOn", why: "known" },
  ])("is refused with $what", async ({ body, field, why }) => {
    const refused = await gateway.refusal("PUT", at(), whole(body));
    expect(refused).toMatchObject({ status: 400, field });
    expect(refused.detail).toContain(why);
    expect(await gateway.refusal("GET", at())).toMatchObject({ status: 404 });
  });

  it("cannot have a name that is taken, or that no address may hold", async () => {
    expect(await gateway.refusal("PUT", at("simulator"), whole())).toMatchObject({ status: 409, field: "name" });
    expect(await gateway.refusal("PUT", at("No Such"), whole())).toMatchObject({ status: 400 });
    expect(await gateway.refusal("DELETE", at("simulator"))).toMatchObject({ status: 403 });
    expect(await gateway.refusal("DELETE", at("nobody"))).toMatchObject({ status: 404 });
  });

  const sql = async (statement: string, ...given: unknown[]) => {
    const db = await gateway.runtime.miniflare.getD1Database("DB");
    const { results } = await db
      .prepare(statement)
      .bind(...given)
      .all<Record<string, unknown>>();
    return { rows: results };
  };
});

describe("where no private address may be called", () => {
  const gateway = useGateway({ ALLOW_PRIVATE_WEBHOOKS: "off" });

  it.each([
    ["http://127.0.0.1:8080", "not a public address"],
    ["https://10.0.0.1", "not a public address"],
    ["https://metadata.google.internal", "not a public name"],
    ["https://user:pass@sms.example.com", "user or password"],
    ["http://sms.example.com", "must begin with https"],
  ])("a carrier at %s is refused", async (baseUrl, why) => {
    const body = { kind: "target365", settings: { baseUrl }, secrets: { apiKey: "k" } };
    const refused = await gateway.refusal("PUT", "/admin/v1/carriers/inside", body);
    expect(refused).toMatchObject({ status: 400, field: "settings.baseUrl" });
    expect(refused.detail).toContain(why);
  });
});

describe("without a key for secrets", () => {
  const gateway = useGateway({ SECRETS_KEY: "" });

  it("no carrier can be set up, and it is said why", async () => {
    const body = { kind: "target365", settings: {}, secrets: { apiKey: "k" } };
    const refused = await gateway.refusal("PUT", "/admin/v1/carriers/norway", body);
    expect(refused).toMatchObject({ status: 403, detail: expect.stringMatching(/SECRETS_KEY/) });
  });
});

describe("a key for secrets", () => {
  const key = () => randomBytes(32).toString("base64");

  it("seals differently each time, opens what older ones sealed, and tells which is missing", async () => {
    const [one, two] = [key(), key()];
    const old = makeSealer(sealing(`old:${one}`));
    const both = makeSealer(sealing(`new:${two},old:${one}`));
    const sealed = await old.seal("a secret", "me");
    expect(await old.seal("a secret", "me")).not.toBe(sealed);
    expect(await both.open(sealed, "me")).toBe("a secret");
    expect(both.keyOf(await both.seal("a secret", "me"))).toBe("new");
    const without = makeSealer(sealing(`new:${two}`));
    await expect(without.open(sealed, "me")).rejects.toThrow("SECRETS_KEY has no key old");
    const wrong = makeSealer(sealing(`old:${two}`));
    await expect(wrong.open(sealed, "me")).rejects.toThrow("does not open this");
  });

  it.each(["", "short", "1:c2hvcnQ=", `a:${"A".repeat(43)}=,a:${"A".repeat(43)}=`, `${"A".repeat(44)}`])(
    "is none: %j",
    (text) => {
      expect(readKeys(text)).toBeUndefined();
    },
  );
});

function sealing(list: string) {
  return keysOf({ signing: [], root: [], own: { secrets: readKeys(list) ?? [] } }).secrets;
}
