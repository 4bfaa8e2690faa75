/** Accounts, credentials and senders: what an operator may do with them, and what is refused. */

import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ADMIN_TOKEN, newNumber, type Problem, problemOf, useGateway } from "../support/gateway.ts";
import { newKeyPair } from "../support/target365-client.ts";

type Credential = { id: string; name: string; kind: string; secret?: string } & Record<string, unknown>;
type List<Item> = { items: Item[]; next?: string };

let counted = 0;
const newId = () => `shop-${++counted}`;

describe("the operator", () => {
  const gateway = useGateway();
  const { operator, refusal } = gateway;
  const open = async (id = newId()) =>
    (await operator<{ id: string }>("POST", "/admin/v1/accounts", { id, name: id })).id;
  const addKey = (account: string, more: Record<string, unknown> = {}) =>
    operator<Credential>("POST", `/admin/v1/accounts/${account}/credentials`, {
      dialect: "target365",
      kind: "api-key",
      name: "shop",
      ...more,
    });
  /** What the dialect answers to this key. */
  const tryKey = async (key: string) =>
    (await gateway.fetch("/api/client/public-keys", { headers: { "x-apikey": key, "cf-connecting-ip": "127.0.0.1" } }))
      .status;

  describe("keeps accounts:", () => {
    it("opens one, and finds it again", async () => {
      const id = newId();
      const wanted = { id, name: "A shop", settings: { webhookRetries: "15h" } };
      const opened = await operator("POST", "/admin/v1/accounts", wanted);
      expect(opened).toMatchObject({ ...wanted, state: "open", number: expect.any(Number) });
      expect(opened.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
      expect(await operator("GET", `/admin/v1/accounts/${id}`)).toEqual(opened);
    });

    it("renames one and sets it up, and what was not said stays", async () => {
      const id = await open();
      await operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { webhookRetries: "15h" } });
      const renamed = await operator("PATCH", `/admin/v1/accounts/${id}`, { name: "Another name" });
      expect(renamed).toMatchObject({ name: "Another name", settings: { webhookRetries: "15h" }, state: "open" });
    });

    it("closes one, whose keys stop at once, and opens it again", async () => {
      const id = await open();
      const { secret = "" } = await addKey(id);
      expect(await tryKey(secret)).toBe(200);
      await operator("DELETE", `/admin/v1/accounts/${id}`);
      expect(await tryKey(secret)).toBe(401);
      expect(await operator("GET", `/admin/v1/accounts/${id}`)).toMatchObject({ state: "closed" });
      expect(await refusal("POST", "/admin/v1/accounts", { id, name: "Anew" })).toMatchObject({ status: 409 });
      await operator("PATCH", `/admin/v1/accounts/${id}`, { state: "open" });
      expect(await tryKey(secret)).toBe(200);
    });

    it("lists all of them, page by page", async () => {
      const mine = [await open(), await open(), await open()];
      const found: string[] = [];
      let cursor = "";
      do {
        const page = await operator<List<{ id: string }>>("GET", `/admin/v1/accounts?limit=2${cursor}`);
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next ? `&cursor=${page.next}` : "";
      } while (cursor);
      expect(found).toEqual([...new Set(found)].sort());
      expect(found).toEqual(expect.arrayContaining(mine));
    });

    it.each([
      { name: "an id with capitals", body: { id: "Shop", name: "A" }, field: "id" },
      { name: "an empty id", body: { id: "", name: "A" }, field: "id" },
      { name: "an id that is too long", body: { id: "a".repeat(64), name: "A" }, field: "id" },
      { name: "no name", body: { id: "nameless" }, field: "name" },
      { name: "a blank name", body: { id: "nameless", name: "  " }, field: "name" },
      {
        name: "retries nobody offers",
        body: { id: "patient", name: "A", settings: { webhookRetries: "99h" } },
        field: "settings.webhookRetries",
      },
    ])("refuses $name, and names the field", async ({ body, field }) => {
      expect(await refusal("POST", "/admin/v1/accounts", body)).toMatchObject({ status: 400, field });
    });

    it.each(["GET", "PATCH", "DELETE"])("refuses to %s one that is not there", async (method) => {
      const answer = await refusal(method, "/admin/v1/accounts/nobody", method === "PATCH" ? { name: "A" } : undefined);
      expect(answer).toEqual({
        type: "urn:stafett:not-found",
        title: "Not found",
        status: 404,
        detail: "there is no account nobody",
      });
    });
  });

  describe("keeps credentials:", () => {
    it("is shown a secret once, and finds it in no list", async () => {
      const id = await open();
      const { secret = "", ...shown } = await addKey(id);
      expect(secret.length).toBeGreaterThan(40);
      expect(await tryKey(secret)).toBe(200);
      const list = await operator<List<Credential>>("GET", `/admin/v1/accounts/${id}/credentials`);
      expect(list.items).toEqual([shown]);
      expect(Object.keys(shown).sort()).toEqual(["createdAt", "dialect", "id", "kind", "name"]);
      expect(gateway.log.join("\n")).not.toContain(secret);
    });

    it("brings a secret along, and it works", async () => {
      const secret = `brought-along-${newId()}`;
      await addKey(await open(), { secret });
      expect(await tryKey(secret)).toBe(200);
      expect(await tryKey(`${secret}-`)).toBe(401);
    });

    it("brings a public key along, in one line", async () => {
      const id = await open();
      const { publicKey } = newKeyPair();
      const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey.match(/.{1,64}/g)?.join("\n")}\n-----END PUBLIC KEY-----\n`;
      const added = await addKey(id, { kind: "public-key", name: `${id}-key`, publicKey: pem });
      expect(added).toMatchObject({ kind: "public-key", publicKey, signAlgo: "ECDsaP256" });
      expect(added.secret).toBeUndefined();
    });

    it("withdraws one, which stops at once", async () => {
      const id = await open();
      const { id: credential, secret = "" } = await addKey(id);
      const other = await addKey(id, { name: "other" });
      expect(await tryKey(secret)).toBe(200);
      await operator("DELETE", `/admin/v1/accounts/${id}/credentials/${credential}`);
      expect(await tryKey(secret)).toBe(401);
      expect(await tryKey(other.secret ?? "")).toBe(200);
      expect(await refusal("DELETE", `/admin/v1/accounts/${id}/credentials/${credential}`)).toMatchObject({
        status: 404,
      });
    });

    it("restricts one when it is added and later, by what it is for and from where, and lifts that again", async () => {
      const id = await open();
      const added = await addKey(id, { scopes: ["send"], addresses: ["127.0.0.0/8", "::1"] });
      expect(added).toMatchObject({ scopes: ["send"], addresses: ["127.0.0.0/8", "::1"] });
      const path = `/admin/v1/accounts/${id}/credentials/${added.id}`;
      const send = async (more: object = {}) => {
        const json = { sender: "Shop", recipient: newNumber(), content: "Hello", ...more };
        const headers = { "x-apikey": added.secret ?? "", "cf-connecting-ip": "127.0.0.1" };
        const answer = await gateway.fetch("/api/out-messages", { headers, json });
        return { status: answer.status, text: await answer.text() };
      };
      await operator("PUT", `/admin/v1/accounts/${id}/senders/Shop`, { kind: "alphanumeric", country: "NO" });
      expect(await send()).toMatchObject({ status: 201 });
      expect(await tryKey(added.secret ?? "")).toBe(403);
      const paid = { strex: { merchantId: "none", serviceCode: "14002", invoiceText: "A song", price: 10 } };
      expect(await send(paid)).toEqual({
        status: 403,
        text: '{"Message":"a text with a price needs the scope charge; this credential has send"}',
      });
      expect(await operator("PATCH", path, { scopes: ["read"] })).toMatchObject({ scopes: ["read"] });
      expect([await tryKey(added.secret ?? ""), (await send()).status]).toEqual([200, 403]);
      expect(await operator("PATCH", path, { addresses: ["203.0.113.0/24"] })).toMatchObject({ scopes: ["read"] });
      expect(await tryKey(added.secret ?? "")).toBe(403);
      const lifted = await operator<Credential>("PATCH", path, { scopes: null, addresses: null });
      expect(Object.keys(lifted)).not.toEqual(expect.arrayContaining(["scopes"]));
      expect(await operator("GET", path)).toEqual(lifted);
      expect([await tryKey(added.secret ?? ""), (await send()).status]).toEqual([200, 201]);
    });

    it.each([
      [{ scopes: [] }, "scopes"],
      [{ scopes: ["all"] }, "scopes.0"],
      [{ addresses: ["203.0.113.0/33"] }, "addresses.0"],
      [{ addresses: ["example.com"] }, "addresses.0"],
      [{ colour: "red" }, "colour"],
    ])("does not restrict one by %j", async (body, field) => {
      const id = await open();
      const { id: credential } = await addKey(id);
      const refused = await refusal("PATCH", `/admin/v1/accounts/${id}/credentials/${credential}`, body);
      expect(refused).toMatchObject({ status: 400, field });
    });

    it("limits one, and the account, in each dialect's own form, and tells the figures", async () => {
      const id = await open();
      const { id: credential, secret = "" } = await addKey(id);
      const path = `/admin/v1/accounts/${id}/credentials/${credential}/limits`;
      await operator("PUT", `/admin/v1/accounts/${id}/senders/Shop`, { kind: "alphanumeric", country: "NO" });
      const own = { kind: "long-number", country: "US", isShared: true };
      await operator("PUT", `/admin/v1/accounts/${id}/senders/+12065550142`, own);
      await operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { limits: { messagesPerDay: 1 } } });
      expect(await operator("PUT", path, { spendPerDay: { NOK: 100 } })).toMatchObject({
        limits: { spendPerDay: { NOK: 100 } },
      });
      const token = await addKey(id, { dialect: "cm", kind: "product-token" });
      const campaign = await addKey(id, { dialect: "txtnation", kind: "campaign", name: `${id}-campaign` });
      const access = await addKey(id, { dialect: "flowroute", kind: "access-key", name: `${id}-access` });
      const json = { sender: "Shop", recipient: newNumber(), content: "Hello" };
      const send = () => gateway.fetch("/api/out-messages", { headers: { "x-apikey": secret }, json });
      expect((await send()).status).toBe(201);
      const number = json.recipient.slice(1);
      const form = new URLSearchParams({ cc: campaign.name, ekey: campaign.secret ?? "", number, message: "Hello" });
      const refusals = [
        await send(),
        await gateway.fetch("/v1.0/message", {
          headers: { "x-cm-producttoken": token.secret ?? "" },
          json: { messages: { msg: [{ from: "Shop", to: [{ number: `00${number}` }], body: { content: "Hello" } }] } },
        }),
        await gateway.fetch(`/gateway.php?${form}`),
        await gateway.fetch("/v2.1/messages", {
          headers: {
            authorization: `Basic ${btoa(`${access.name}:${access.secret}`)}`,
            "content-type": "application/json",
          },
          json: { from: "12065550142", to: "12065550199", body: "Hello" },
        }),
      ];
      const texts = await Promise.all(refusals.map((one) => one.text()));
      expect(refusals.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
      for (const { headers } of refusals) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(texts[0]).toContain(`account ${id} may use 1 messages a day`);
      expect(texts[1]).toContain('"errorCode":999');
      expect(texts[2]).toBe("E-100");
      expect(texts[3]).toContain('"title":"Too Many Requests"');
      const figures = async () =>
        (await gateway.fetch("/metrics", { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).text();
      await expect
        .poll(figures, { timeout: 10_000 })
        .toContain(`stafett_limit_refused_total{account="${id}",limit="messages_per_day"} 4`);
      await operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { limits: { messagesPerDay: null } } });
      expect(await operator("PUT", path, {})).not.toHaveProperty("limits");
      expect((await send()).status).toBe(201);
    });

    it.each([
      [{ messagesPerDay: 0 }, "messagesPerDay"],
      [{ spendPerDay: { kroner: 1 } }, "spendPerDay.kroner"],
      [{ requestsPerMinute: 1 }, "requestsPerMinute"],
    ])("does not limit one by %j", async (body, field) => {
      const id = await open();
      const { id: credential } = await addKey(id);
      const refused = await refusal("PUT", `/admin/v1/accounts/${id}/credentials/${credential}/limits`, body);
      expect(refused).toMatchObject({ status: 400, field });
    });

    it("lends one for a time", async () => {
      const id = await open();
      const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
      const over = await addKey(id, { name: "over", expiresAt: at(-1) });
      const tomorrow = await addKey(id, { name: "tomorrow", notBefore: at(1) });
      const now = await addKey(id, { name: "now", notBefore: at(-1), expiresAt: at(1) });
      expect(await tryKey(over.secret ?? "")).toBe(401);
      expect(await tryKey(tomorrow.secret ?? "")).toBe(401);
      expect(await tryKey(now.secret ?? "")).toBe(200);
    });

    it("lists them page by page", async () => {
      const id = await open();
      const added = await Promise.all(Array.from({ length: 5 }, (_, n) => addKey(id, { name: `key-${n}` })));
      const found: string[] = [];
      let cursor = "";
      do {
        const page = await operator<List<Credential>>("GET", `/admin/v1/accounts/${id}/credentials?limit=2${cursor}`);
        found.push(...page.items.map((one) => one.id));
        cursor = page.next ? `&cursor=${page.next}` : "";
      } while (cursor);
      expect(found).toHaveLength(5);
      expect(found).toEqual(expect.arrayContaining(added.map((one) => one.id)));
    });

    it.each([
      { name: "a dialect nobody speaks", body: { dialect: "klingon" }, field: "dialect" },
      { name: "a kind the dialect has not", body: { kind: "campaign" }, field: "kind" },
      { name: "a kind that is none", body: { kind: "handshake" }, field: "kind" },
      { name: "a name with a colon", body: { name: "a:b" }, field: "name" },
      { name: "a secret of fifteen characters", body: { secret: "fifteen-letters" }, field: "secret" },
      {
        name: "a campaign's secret of eight",
        body: { dialect: "txtnation", kind: "campaign", secret: "password" },
        field: "secret",
      },
      {
        name: "an access key's secret of eight",
        body: { dialect: "flowroute", kind: "access-key", secret: "password" },
        field: "secret",
      },
      {
        name: "a product token of eight",
        body: { dialect: "cm", kind: "product-token", secret: "password" },
        field: "secret",
      },
      { name: "an RSA key of 1024 bits", body: { kind: "public-key", publicKey: rsaKey(1_024) }, field: "publicKey" },
      { name: "a public key without a key", body: { kind: "public-key" }, field: "publicKey" },
      { name: "a public key that is none", body: { kind: "public-key", publicKey: "bm8ga2V5" }, field: "publicKey" },
      { name: "an end that is no time", body: { expiresAt: "tomorrow" }, field: "expiresAt" },
    ])("refuses $name", async ({ body, field }) => {
      const id = await open();
      const path = `/admin/v1/accounts/${id}/credentials`;
      const answer = await refusal("POST", path, { dialect: "target365", kind: "api-key", name: "shop", ...body });
      expect(answer).toMatchObject({ status: 400, field });
    });

    it("takes a short RSA key of an account that may have one, and as long as it may", async () => {
      const id = await open();
      const shortRsaKeys = (to: string | null) =>
        operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { shortRsaKeys: to } });
      const body = { dialect: "target365", kind: "public-key", name: `php-${newId()}`, publicKey: rsaKey(1_024) };
      const path = `/admin/v1/accounts/${id}/credentials`;
      await shortRsaKeys("on");
      expect(await operator("POST", path, body)).toMatchObject({ signAlgo: "RSA" });
      await shortRsaKeys(null);
      const another = { ...body, name: `php-${newId()}`, publicKey: rsaKey(1_024) };
      expect((await refusal("POST", path, another)).detail).toMatch(
        /RSA key of 1024 bits; 2048 are the least.*shortRsaKeys/,
      );
    });

    it("refuses a secret that another account has, and does not say whose", async () => {
      const [one, two] = [await open(), await open()];
      const secret = `in-use-by-another-${newId()}`;
      await addKey(one, { secret });
      const body = { dialect: "target365", kind: "api-key", name: "shop", secret };
      const answer = await refusal("POST", `/admin/v1/accounts/${two}/credentials`, body);
      expect(answer.status).toBe(409);
      expect(JSON.stringify(answer)).not.toContain(one);
      expect(JSON.stringify(answer)).not.toContain(secret);
    });

    it("refuses to add, list or withdraw any of an account that is not there", async () => {
      const path = "/admin/v1/accounts/nobody/credentials";
      const body = { dialect: "target365", kind: "api-key", name: "shop" };
      expect(await refusal("POST", path, body)).toMatchObject({ status: 404 });
      expect(await refusal("GET", path)).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `${path}/crd_none`)).toMatchObject({ status: 404 });
    });
  });

  describe("keeps senders:", () => {
    const put = (account: string, sender: string, body: Record<string, unknown>) =>
      operator("PUT", `/admin/v1/accounts/${account}/senders/${encodeURIComponent(sender)}`, body);

    it.each([
      {
        sender: "2002",
        body: { kind: "short-number", country: "NO" },
        kept: { sender: "2002", kind: "short-number", country: "NO", shortNumberId: "NO-2002" },
      },
      {
        sender: "4759447000",
        body: { kind: "long-number", country: "NO" },
        kept: { sender: "+4759447000", kind: "long-number", country: "NO" },
      },
      {
        sender: "Blåbær & Co",
        body: { kind: "alphanumeric", country: "NO" },
        kept: { sender: "Blåbær & Co", kind: "alphanumeric", country: "NO" },
      },
    ])("adds $sender, lists it, and takes it away at the same address", async ({ sender, body, kept }) => {
      const id = await open();
      expect(await put(id, sender, body)).toEqual(kept);
      expect(await put(id, sender, body)).toEqual(kept);
      expect(await operator("GET", `/admin/v1/accounts/${id}/senders`)).toEqual({ items: [kept] });
      await operator("DELETE", `/admin/v1/accounts/${id}/senders/${encodeURIComponent(sender)}`);
      expect(await operator("GET", `/admin/v1/accounts/${id}/senders`)).toEqual({ items: [] });
    });

    it.each([
      { sender: "2471", kind: "short-number", country: "NO" },
      { sender: "+4759440071", kind: "long-number", country: "NO" },
    ])(
      "gives $sender to one account, and to a second one only if they are to share it",
      async ({ sender, ...body }) => {
        const [one, two] = [await open(), await open()];
        const of = async (account: string) => {
          const path = `/admin/v1/accounts/${account}/senders`;
          return (await operator<{ items: Record<string, unknown>[] }>("GET", path)).items;
        };
        const own = await put(one, sender, body);
        expect(own).not.toHaveProperty("isShared");
        const path = `/admin/v1/accounts/${two}/senders/${encodeURIComponent(sender)}`;
        for (const more of [{}, { isShared: false }]) {
          const refused = await refusal("PUT", path, { ...body, ...more });
          expect(refused).toMatchObject({
            status: 409,
            field: "isShared",
            detail: expect.stringContaining("isShared"),
          });
        }
        expect([await of(one), await of(two)]).toEqual([[own], []]);

        const shared = await put(two, sender, { ...body, isShared: true });
        const warning = expect.stringMatching(/is shared with another account: .*belongs to no account/);
        expect(shared).toEqual({ ...own, isShared: true, warning });
        expect([await of(one), await of(two)]).toEqual([[shared], [shared]]);
        // Who has it keeps it, and is told so.
        for (const account of [one, two]) expect(await put(account, sender, body)).toEqual(shared);

        await operator("DELETE", path);
        expect([await of(one), await of(two)]).toEqual([[own], []]);
        expect(await refusal("PUT", path, body)).toMatchObject({ status: 409 });
      },
    );

    it("gives a number to one of those who claim it at once", async () => {
      const claims = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const path = `/admin/v1/accounts/${await open()}/senders/2472`;
          const body = JSON.stringify({ kind: "short-number", country: "NO" });
          const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
          return () => gateway.fetch(path, { method: "PUT", headers, body });
        }),
      );
      const answers = await Promise.all(claims.map((claim) => claim()));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    });

    it("leaves a name to whoever wants it, and has nothing of it to share", async () => {
      const body = { kind: "alphanumeric", country: "NO" };
      const [one, two] = [await open(), await open()];
      expect(await put(one, "Torget", body)).toEqual(await put(two, "Torget", body));
      const shared = { ...body, isShared: true };
      const answer = await refusal("PUT", `/admin/v1/accounts/${two}/senders/Torget`, shared);
      expect(answer).toMatchObject({ status: 400, field: "isShared" });
    });

    it("lets an account send from its own only, from the moment it is added until it is taken away", async () => {
      const account = await gateway.account();
      const send = async () => {
        const answer = await gateway.fetch("/api/out-messages", {
          headers: { "x-apikey": account.apiKey },
          json: { sender: "Kiosk", recipient: newNumber(), content: "Hello" },
        });
        return answer.status;
      };
      await put(await open(), "Kiosk", { kind: "alphanumeric", country: "NO" });
      expect(await send()).toBe(400);
      await put(account.id, "Kiosk", { kind: "alphanumeric", country: "NO" });
      expect(await send()).toBe(201);
      await operator("DELETE", `/admin/v1/accounts/${account.id}/senders/Kiosk`);
      expect(await send()).toBe(400);
    });

    it.each([
      { sender: "ABC", body: { kind: "short-number", country: "NO" }, field: "sender" },
      { sender: "1234567", body: { kind: "short-number", country: "NO" }, field: "sender" },
      { sender: "+47", body: { kind: "long-number", country: "NO" }, field: "sender" },
      { sender: "TwelveLetter", body: { kind: "alphanumeric", country: "NO" }, field: "sender" },
      { sender: "12345", body: { kind: "alphanumeric", country: "NO" }, field: "sender" },
      { sender: "Shop<b>", body: { kind: "alphanumeric", country: "NO" }, field: "sender" },
      { sender: "Shop", body: { kind: "alphanumeric", country: "Norway" }, field: "country" },
      { sender: "Shop", body: { kind: "letters", country: "NO" }, field: "kind" },
    ])("refuses $sender as $body.kind of $body.country", async ({ sender, body, field }) => {
      const path = `/admin/v1/accounts/${await open()}/senders/${encodeURIComponent(sender)}`;
      expect(await refusal("PUT", path, body)).toMatchObject({ status: 400, field });
    });

    it("refuses any of an account that is not there, and one that is not there", async () => {
      const body = { kind: "alphanumeric", country: "NO" };
      expect(await refusal("PUT", "/admin/v1/accounts/nobody/senders/Shop", body)).toMatchObject({ status: 404 });
      expect(await refusal("GET", "/admin/v1/accounts/nobody/senders")).toMatchObject({ status: 404 });
      expect(await refusal("DELETE", `/admin/v1/accounts/${await open()}/senders/Shop`)).toMatchObject({ status: 404 });
    });
  });

  describe("keeps accounts apart:", () => {
    it("no account's credential is withdrawn at another's address", async () => {
      const [one, two] = [await open(), await open()];
      const { id, secret = "" } = await addKey(one);
      expect(await refusal("DELETE", `/admin/v1/accounts/${two}/credentials/${id}`)).toMatchObject({ status: 404 });
      expect(await tryKey(secret)).toBe(200);
    });

    it("no account sees another's text, and both may use the same id", async () => {
      const [one, two] = [await gateway.account(), await gateway.account()];
      await gateway.send(one, { transactionId: "same", content: "For one" });
      const headers = { "x-apikey": two.apiKey };
      expect((await gateway.fetch("/api/out-messages/same", { headers })).status).toBe(404);
      await gateway.send(two, { transactionId: "same", content: "For two" });
      expect(await gateway.outMessage(one, "same")).toMatchObject({ content: "For one" });
      expect(await gateway.outMessage(two, "same")).toMatchObject({ content: "For two" });
    });
  });

  describe("is told what is wrong with a request:", () => {
    const call = (init: RequestInit) =>
      gateway.fetch("/admin/v1/accounts", {
        ...init,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers },
      });
    const json = { "content-type": "application/json" };

    it.each([
      { name: "a body that is not JSON", init: { method: "POST", headers: json, body: "{id: 1" }, status: 400 },
      { name: "an empty body", init: { method: "POST", headers: json, body: "" }, status: 400 },
      { name: "a list for a body", init: { method: "POST", headers: json, body: "[]" }, status: 400 },
      {
        name: "a form",
        init: {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: "id=form&name=A+form",
        },
        status: 400,
      },
      { name: "a method nobody knows", init: { method: "PURGE" }, status: 404 },
    ])("$name", async ({ init, status }) => {
      expect(await problemOf(await call(init))).toMatchObject({ status });
    });

    it("takes JSON for what it is, whatever its content type says", async () => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const answer = await call({ method: "POST", headers, body: '{"id": "from-curl", "name": "From curl"}' });
      expect(answer.status).toBe(201);
    });

    it("an address nobody knows", async () => {
      expect(await refusal("GET", "/admin/v1/acounts")).toEqual({
        type: "urn:stafett:not-found",
        title: "Not found",
        status: 404,
        detail: "GET /admin/v1/acounts is not an address of this API",
      });
    });
  });
});

describe("who is not the operator", () => {
  const gateway = useGateway();
  const addresses = [
    "/admin/v1/accounts",
    "/admin/v1/messages",
    "/admin/v1/nothing",
    "/sandbox/v1/clock",
    "/sandbox/v1/nothing",
    "/metrics",
  ];

  it.each(addresses)("is refused at %s", async (path) => {
    const answer = await gateway.fetch(path);
    expect(await problemOf(answer)).toMatchObject({ status: 401, type: "urn:stafett:unauthorised" });
  });

  it.each(["Bearer ", "Bearer wrong", `Basic ${ADMIN_TOKEN}`, `Bearer ${ADMIN_TOKEN}x`])(
    "is refused with %s",
    async (authorization) => {
      const answer = await gateway.fetch("/admin/v1/accounts", { headers: { authorization } });
      expect(await problemOf(answer)).toMatchObject({ status: 401, type: "urn:stafett:unauthorised" });
    },
  );

  it("is refused before the body is read", async () => {
    const answer = await gateway.fetch("/admin/v1/accounts", { method: "POST", body: "{" });
    expect(await problemOf(answer)).toMatchObject({ status: 401 });
  });

  it("is refused with the key of an account", async () => {
    const { apiKey } = await gateway.account();
    const answer = await gateway.fetch("/admin/v1/accounts", { headers: { authorization: `Bearer ${apiKey}` } });
    expect(await problemOf(answer)).toMatchObject({ status: 401 });
  });
});

describe("a gateway without an admin token", () => {
  const gateway = useGateway({ ADMIN_TOKEN: "" });

  it.each(["/admin/v1/accounts", "/sandbox/v1/clock", "/metrics"])("has no operator at %s", async (path) => {
    for (const headers of [{}, { authorization: "Bearer " }, { authorization: "Bearer undefined" }]) {
      const problem: Problem = await problemOf(await gateway.fetch(path, { headers }));
      expect(problem).toMatchObject({
        status: 403,
        detail: "the setting ADMIN_TOKEN is missing, so the operator's API is closed",
      });
    }
  });

  it("speaks its dialects all the same", async () => {
    expect((await gateway.fetch("/api/ping")).status).toBe(200);
    expect((await gateway.fetch("/health")).status).toBe(200);
  });
});

/** A public key, as it is registered. */
function rsaKey(bits: number): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return publicKey.export({ format: "der", type: "spki" }).toString("base64");
}
