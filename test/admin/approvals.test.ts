/** Four eyes: what the settings name is done when a second operator approves it: once, by another token, and in time. */

import type { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { type Approval, type AskedRequest, approve, askApproval, reject } from "../../src/core/operator/approvals.ts";
import type { Actor, Token, TokenStore } from "../../src/core/operator/tokens.ts";
import { approvalStore } from "../../src/store/operator/approvals.ts";
import { tokenStore } from "../../src/store/operator/tokens.ts";
import { useConsole } from "../support/console.ts";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";
import { aTurn, surroundings } from "../support/ports.ts";
import { forgetBefore } from "../support/rows.ts";

const who = (name: string): Actor => ({ id: `tok_${name}`, name, role: "operator" });
const REQUEST: AskedRequest = {
  method: "PUT",
  path: "/admin/v1/carriers/norway",
  contentType: "application/json",
  body: '{"secrets":{"key":"hidden-1"}}',
};

describe("an approval", () => {
  const open = async () => {
    const here = surroundings();
    const tokens = tokenStore(here.database.d1);
    const ports = {
      ...here.ports,
      tokens,
      approvals: approvalStore(here.database.d1),
      sealer: makeSealer([{ name: "1", bytes: new Uint8Array(32) }]),
    };
    const made = async (name: string, more: Partial<Token> = {}) =>
      tokens.add({ name, role: "operator", id: `tok_${name}`, createdAt: here.time.now, ...more }, `hash of ${name}`);
    for (const name of ["kari", "ola", "per", "eva", ..."abcdefgh"]) await made(name);
    const asked = { actor: who("kari"), action: "PUT /carriers/:name", request: REQUEST, why: "a carrier" };
    const approval = await askApproval(ports, asked);
    const done: AskedRequest[] = [];
    const carryOut = async (request: AskedRequest) => {
      done.push(request);
      await aTurn();
      return { status: 200 };
    };
    const approves = (name: string) => approve(ports, who(name), approval.id, carryOut);
    const row = () => here.database.sqlite.prepare("SELECT * FROM approval").get();
    return { ...here, ports, approval, done, approves, row, made };
  };
  const outcome = (deciding: Promise<Approval>) =>
    deciding.then(
      ({ state }) => state,
      ({ refusal }: { refusal: string }) => refusal,
    );

  it("is carried out once, whoever approves and rejects at the same moment", async () => {
    for (let round = 0; round < 10; round++) {
      const { ports, approval, approves, done } = await open();
      const deciding = [..."abcd"].map((name) => approves(name));
      const rejecting = [..."efgh"].map((name) => reject(ports, who(name), approval.id));
      const outcomes = await Promise.all(
        (round % 2 ? [...rejecting, ...deciding] : [...deciding, ...rejecting]).map(outcome),
      );
      const states = outcomes.filter((one) => one !== "too-late");
      expect(states).toHaveLength(1);
      expect(done).toEqual(states[0] === "approved" ? [REQUEST] : []);
    }
  });

  it("is not decided by who asked, nor when its time is over", async () => {
    const { ports, approval, approves, done, database, time, row } = await open();
    expect(await outcome(approves("kari"))).toBe("not-allowed");
    expect(await outcome(reject(ports, who("kari"), approval.id))).toBe("not-allowed");
    time.now = approval.expiresAt;
    expect(await outcome(approves("ola"))).toBe("too-late");
    await forgetBefore(database, { approvals: time.now });
    expect(row()).toMatchObject({ state: "expired" });
    expect(done).toEqual([]);
  });

  it("is taken up by the next who approves, where the process died in the middle", async () => {
    const { ports, approval, approves, done, time, row } = await open();
    const dying = approve(ports, who("ola"), approval.id, () => Promise.reject(new Error("the process died")));
    await expect(dying).rejects.toThrow("died");
    expect(await outcome(approves("per"))).toBe("too-late");
    time.now += 61_000;
    expect(await outcome(approves("per"))).toBe("approved");
    expect(await outcome(approves("eva"))).toBe("too-late");
    expect([done.length, row()]).toMatchObject([1, { decided_name: "per", status: 200 }]);
  });

  it("is not taken up again when its time is over, though nobody knows what came of it", async () => {
    const { ports, approval, approves, done, time } = await open();
    const dying = approve(ports, who("ola"), approval.id, () => Promise.reject(new Error("the process died")));
    await expect(dying).rejects.toThrow("died");
    time.now = approval.expiresAt;
    expect(await outcome(approves("per"))).toBe("too-late");
    expect(done).toEqual([]);
  });

  it("is not decided by a token that its asker made, nor by one that made its asker", async () => {
    const { ports, approval, approves, done, made } = await open();
    await made("second", { madeBy: "tok_kari" });
    expect(await outcome(approves("second"))).toBe("not-allowed");
    expect(await outcome(reject(ports, who("second"), approval.id))).toBe("not-allowed");
    const asked = { actor: who("second"), action: "PUT /carriers/:name", request: REQUEST, why: "a carrier" };
    const theirs = await askApproval(ports, asked);
    const carryOut = async () => ({ status: 200 });
    expect(await outcome(approve(ports, who("kari"), theirs.id, carryOut))).toBe("not-allowed");
    expect(await ports.approvals.decide(theirs.id, { state: "approved", by: "tok_kari", name: "kari", at: 0 }, 0)).toBe(
      false,
    );
    expect(await outcome(approves("ola"))).toBe("approved");
    expect(done).toHaveLength(1);
  });

  it.each([
    { name: "withdrawn", end: (ports: { tokens: TokenStore }) => ports.tokens.remove("tok_kari") },
    { name: "expired", end: (_: unknown, sqlite: DatabaseSync) => sqlite.exec("UPDATE token SET expires_at = 1") },
  ])("is not approved where the token of who asked is $name", async ({ end }) => {
    const { ports, approval, approves, done, database, time } = await open();
    await end(ports, database.sqlite);
    expect(await outcome(approves("ola"))).toBe("too-late");
    const decision = { state: "approved" as const, by: "tok_ola", name: "ola", at: time.now };
    expect(await ports.approvals.decide(approval.id, decision, 0)).toBe(false);
    expect(done).toEqual([]);
  });

  it("keeps no secret that anybody could read", async () => {
    const { row } = await open();
    expect(JSON.stringify(row())).not.toContain("hidden-1");
  });

  it("is not there where nothing can be sealed", async () => {
    const { ports } = await open();
    const asked = { actor: who("kari"), action: "PUT /carriers/:name", request: REQUEST, why: "a carrier" };
    await expect(askApproval({ ...ports, sealer: makeSealer([]) }, asked)).rejects.toMatchObject({
      refusal: "not-allowed",
    });
  });
});

describe("where some things need a second operator", () => {
  const gateway = useGateway({
    FOUR_EYES: "reversals:1000, prices, carriers, cancels, campaigns:2",
    LOCAL_ADDRESS: "192.0.2.7",
  });
  const console = useConsole(gateway);
  const secrets: Record<string, string> = {};
  const call = async (name: string, method: string, path: string, json?: unknown) => {
    const answer = await gateway.fetch(path, {
      method,
      headers: { authorization: `Bearer ${secrets[name]}` },
      ...(json === undefined ? {} : { json }),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };

  beforeAll(async () => {
    secrets.setting = ADMIN_TOKEN;
    for (const [name, role] of [
      ["kari", "operator"],
      ["ola", "operator"],
      ["vera", "viewer"],
    ] as const) {
      secrets[name] = (await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", { name, role })).secret;
    }
  });

  it("a carrier is set up when another operator approves it, in the log by both names", async () => {
    const carrier = {
      kind: "target365",
      settings: { baseUrl: "http://127.0.0.1:9" },
      secrets: { apiKey: "very-secret-1" },
    };
    const asked = await call("kari", "PUT", "/admin/v1/carriers/second", carrier);
    expect(asked).toMatchObject({
      status: 202,
      body: { state: "waiting", action: "PUT /carriers/:name", subject: "/carriers/second", askedBy: "kari" },
    });
    const at = `/admin/v1/approvals/${asked.body.id}`;
    expect(asked.headers.get("location")).toBe(at);
    expect(JSON.stringify(asked.body)).not.toContain("very-secret");
    expect(await gateway.refusal("GET", "/admin/v1/carriers/second")).toMatchObject({ status: 404 });
    expect((await call("kari", "POST", `${at}/approve`)).status).toBe(403);
    expect((await call("vera", "POST", `${at}/approve`)).status).toBe(403);
    expect((await call("vera", "GET", "/admin/v1/approvals?state=waiting")).body.items).toHaveLength(1);
    expect(await call("ola", "POST", `${at}/approve`)).toMatchObject({
      status: 200,
      body: { state: "approved", decidedBy: "ola", status: 200 },
    });
    expect(await gateway.operator("GET", "/admin/v1/carriers/second")).toMatchObject({ secrets: ["apiKey"] });
    expect((await call("ola", "POST", `${at}/approve`)).status).toBe(409);
    type Entry = { actor: string; action: string; after?: unknown };
    const { items } = await gateway.operator<{ items: Entry[] }>("GET", "/admin/v1/audit?subject=/carriers/second");
    expect(items.map(({ actor, after }) => [actor, after])).toMatchObject([
      ["ola", { kind: "target365" }],
      ["kari", { approval: asked.body.id }],
      ["kari", { kind: "target365" }],
    ]);
  });

  it("a campaign above the size starts when another operator approves it, one below at once", async () => {
    const account = await gateway.account();
    const numbers = Array.from({ length: 3 }, () => newNumber());
    const wanted = { account: account.id, name: "Sale", sender: "Shop", text: "Hello", perMinute: 60 };
    const make = (recipients?: readonly string[]) =>
      call("kari", "POST", "/admin/v1/campaigns", { ...wanted, ...(recipients ? { recipients } : {}) });
    expect(await make(numbers.slice(0, 2))).toMatchObject({ status: 201 });
    expect(await make(numbers)).toMatchObject({ status: 202, body: { why: "a campaign of 3 texts, more than 2" } });
    const draft = await make();
    const path = `/admin/v1/campaigns/${draft.body.id}`;
    expect((await call("kari", "POST", `${path}/recipients`, numbers)).status).toBe(200);
    const asked = await call("kari", "POST", `${path}/start`);
    expect(asked.status).toBe(202);
    expect(await gateway.operator("GET", path)).toMatchObject({ state: "draft" });
    expect(await call("ola", "POST", `/admin/v1/approvals/${asked.body.id}/approve`)).toMatchObject({
      body: { state: "approved", status: 200 },
    });
    expect(await gateway.operator("GET", path)).not.toMatchObject({ state: "draft" });
  });

  it("a campaign that was filled further while its start waited is not started by what was approved", async () => {
    const account = await gateway.account();
    const wanted = { account: account.id, name: "Sale", sender: "Shop", text: "Hello", perMinute: 60 };
    const draft = await call("kari", "POST", "/admin/v1/campaigns", wanted);
    const path = `/admin/v1/campaigns/${draft.body.id}`;
    const fill = (count: number) =>
      call(
        "kari",
        "POST",
        `${path}/recipients`,
        Array.from({ length: count }, () => newNumber()),
      );
    await fill(3);
    const asked = await call("kari", "POST", `${path}/start`);
    expect(asked.body).toMatchObject({ body: { waiting: 3, accepted: 3 } });
    await fill(4);
    expect(await call("ola", "POST", `/admin/v1/approvals/${asked.body.id}/approve`)).toMatchObject({
      body: { state: "approved", status: 409 },
    });
    expect(await gateway.operator("GET", path)).toMatchObject({ state: "draft" });
  });

  it("what is approved and cannot be done says so", async () => {
    const asked = await call("kari", "PUT", "/admin/v1/carriers/third", { kind: "no-such-kind", settings: {} });
    const approved = await call("ola", "POST", `/admin/v1/approvals/${asked.body.id}/approve`);
    expect(approved.body).toMatchObject({ state: "approved", status: 400 });
  });

  it("a reversal above the amount waits, one below is made at once", async () => {
    const account = await gateway.account();
    const path = `/admin/v1/accounts/${account.id}`;
    await gateway.operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO" });
    await gateway.operator("PUT", `${path}/merchants/mag`, { shortNumberIds: ["NO-2002"] });
    const billed = async (price: number) => {
      const theirId = `order-${price}`;
      await gateway.fetch("/api/strex/transactions", {
        headers: { "x-apikey": account.apiKey },
        json: {
          ...{ transactionId: theirId, merchantId: "mag", shortNumber: "2002", recipient: newNumber() },
          ...{ price, serviceCode: "14002", invoiceText: "A song" },
        },
      });
      type List = { items: { id: string; state: string }[] };
      const find = () =>
        gateway.operator<List>("GET", `/admin/v1/transactions?account=${account.id}&theirId=${theirId}`);
      await expect.poll(async () => (await find()).items[0]?.state, { timeout: 10_000 }).toBe("billed");
      return (await find()).items[0]?.id ?? "";
    };
    const [small, large] = [await billed(10), await billed(49)];
    expect((await call("kari", "POST", `/admin/v1/transactions/${small}/reverse`)).status).toBe(201);
    const asked = await call("kari", "POST", `/admin/v1/transactions/${large}/reverse`);
    expect(asked).toMatchObject({ status: 202, body: { why: "a reversal of more than 1000 minor units of NOK" } });
    expect(await gateway.operator("GET", `/admin/v1/transactions/${large}`)).toMatchObject({ state: "billed" });
    const approvals = await Promise.all(
      ["ola", "setting"].map((name) =>
        name === "setting"
          ? gateway.operator("POST", `/admin/v1/approvals/${asked.body.id}/approve`).then(
              () => 200,
              () => 409,
            )
          : call(name, "POST", `/admin/v1/approvals/${asked.body.id}/approve`).then(({ status }) => status),
      ),
    );
    expect(approvals.toSorted()).toEqual([200, 409]);
    type Ledger = { items: { reverses?: string }[] };
    const { items } = await gateway.operator<Ledger>("GET", `/admin/v1/transactions?account=${account.id}`);
    expect(items.filter(({ reverses }) => reverses === large)).toHaveLength(1);
  });

  it("a new key of a customer reverses no more than one operator may", async () => {
    const account = await gateway.account();
    const path = `/admin/v1/accounts/${account.id}`;
    await gateway.operator("PUT", `${path}/senders/2003`, { kind: "short-number", country: "NO" });
    await gateway.operator("PUT", `${path}/merchants/mag`, { shortNumberIds: ["NO-2003"] });
    const headers = { "x-apikey": account.apiKey };
    const reverses = async (price: number) => {
      const at = `/api/strex/transactions/order-${price}`;
      await gateway.fetch("/api/strex/transactions", {
        headers,
        json: {
          ...{ transactionId: `order-${price}`, merchantId: "mag", shortNumber: "2003", recipient: newNumber() },
          ...{ price, serviceCode: "14002", invoiceText: "A song" },
        },
      });
      await gateway.advance(0);
      return gateway.fetch(at, { method: "DELETE", headers });
    };
    expect((await reverses(10)).status).toBe(201);
    const refused = await reverses(49);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("is new or changed")]);
    // Keys are of real time: what moves the sandbox's clock makes none older.
    await gateway.advance(2 * 86_400);
    expect((await gateway.fetch("/api/strex/transactions/order-49", { method: "DELETE", headers })).status).toBe(403);
  });

  it("an approval is carried out once, though its execution is taken up by another while it goes on", async () => {
    const { id: account } = await gateway.account();
    const asked = await call("kari", "POST", "/admin/v1/messages/cancel", { account });
    const at = `/admin/v1/approvals/${asked.body.id}/approve`;
    const db = await gateway.runtime.miniflare.getD1Database("DB");
    expect((await call("ola", "POST", at)).body).toMatchObject({ state: "approved", status: 200 });
    // As if the first had not come to its end: what it did is not done again, and its answer is the one that counts.
    await db.prepare("UPDATE approval SET status = NULL, decided_at = 0 WHERE id = ?1").bind(asked.body.id).run();
    const { body } = await call("setting", "POST", at).catch(() => ({ body: undefined }));
    expect(body).toBeDefined();
    const { n } = (await db
      .prepare("SELECT count(*) AS n FROM idempotency WHERE scope = ?1")
      .bind(`approval ${asked.body.id}`)
      .first<{ n: number }>()) ?? { n: 0 };
    expect(n).toBe(1);
  });

  it("a PUT that was approved is not made again over what was changed since, though its execution is taken up", async () => {
    const put = async (text: string) => {
      const headers = { authorization: `Bearer ${secrets.kari}`, "content-type": "text/csv" };
      const asked = await gateway.fetch("/admin/v1/carriers/simulator/prices", { method: "PUT", headers, body: text });
      expect(asked.status).toBe(202);
      return `/admin/v1/approvals/${((await asked.json()) as { id: string }).id}`;
    };
    const price = () => gateway.operator("GET", "/admin/v1/carriers/simulator/prices");
    const list = (amount: string) => `prefix,price,currency\n47,${amount},EUR\n`;
    const first = await put(list("0.01"));
    expect((await call("ola", "POST", `${first}/approve`)).body).toMatchObject({ status: 200 });
    const then = await price();
    const second = await put(list("0.02"));
    expect((await call("ola", "POST", `${second}/approve`)).body).toMatchObject({ status: 200 });
    const now = await price();
    expect(now).not.toEqual(then);
    // As if the process that carried out the first had died before it could say so, and another operator takes it up.
    const db = await gateway.runtime.miniflare.getD1Database("DB");
    const id = first.split("/").at(-1);
    await db.prepare("UPDATE approval SET status = NULL, decided_at = 0 WHERE id = ?1").bind(id).run();
    expect((await call("setting", "POST", `${first}/approve`)).body).toMatchObject({ status: 200 });
    expect(await price()).toEqual(now);
  });

  it("cancels many things at once when a second operator approves", async () => {
    const account = await gateway.account();
    const later = { account: account.id, sender: "Shop", text: "Later", sendAt: "2040-01-01T12:00:00Z" };
    const sent = [];
    for (let n = 0; n < 3; n++) {
      sent.push(
        await gateway.operator<{ id: string }>("POST", "/admin/v1/messages", { ...later, recipient: newNumber() }),
      );
    }
    const asked = await call("kari", "POST", "/admin/v1/messages/cancel", { account: account.id });
    expect(asked).toMatchObject({ status: 202, body: { why: "every scheduled message is cancelled" } });
    const state = async (id = "") => (await gateway.operator("GET", `/admin/v1/messages/${id}`)).state;
    expect(await state(sent[0]?.id)).toBe("scheduled");
    expect((await call("ola", "POST", `/admin/v1/approvals/${asked.body.id}/approve`)).body).toMatchObject({
      status: 200,
    });
    expect(await Promise.all(sent.map(({ id }) => state(id)))).toEqual(["cancelled", "cancelled", "cancelled"]);
    const ending = await call("kari", "POST", "/admin/v1/subscriptions/cancel", { account: account.id });
    expect(ending).toMatchObject({ status: 202, body: { why: "every subscription is ended" } });
  });

  it("the console asks first with how many, and says that it waits", async () => {
    const account = await gateway.account();
    const later = { account: account.id, sender: "Shop", text: "Later", sendAt: "2040-01-01T12:00:00Z" };
    const { id } = await gateway.operator("POST", "/admin/v1/messages", { ...later, recipient: newNumber() });
    const form = (path: string, fields: Record<string, string>, cookie = "") =>
      gateway.fetch(path, { method: "POST", headers: { cookie }, body: new URLSearchParams(fields) });
    const cookie =
      (await form("/console/login", { token: secrets.kari ?? "" })).headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const at = `/console/setup/${account.id}/cancel/messages`;
    const page = await (await gateway.fetch(at, { headers: { cookie } })).text();
    expect(page).toContain("<strong>1</strong> scheduled message.");
    const answer = await form(at, {}, cookie);
    expect([answer.status, await answer.text()]).toEqual([202, expect.stringContaining("waits for a second operator")]);
    expect((await gateway.operator("GET", `/admin/v1/messages/${id}`)).state).toBe("scheduled");
  });

  it("is decided in the console, by whoever did not ask", async () => {
    const prices = await gateway.fetch("/admin/v1/carriers/simulator/prices", {
      method: "PUT",
      headers: { authorization: `Bearer ${secrets.kari}`, "content-type": "text/csv" },
      body: "prefix,price,currency\n47,0.04,EUR\n",
    });
    expect(prices.status).toBe(202);
    const enter = async (name: string) => {
      const tab = await console.visit();
      await tab.page.request.post(`${gateway.url}/console/login`, { form: { token: secrets[name] ?? "" } });
      await tab.go("/console/approvals");
      return tab;
    };
    const approve = "approve PUT /carriers/:name/prices /carriers/simulator/prices";
    const kari = await enter("kari");
    await kari.page.getByText("a carrier's prices").first().waitFor();
    expect(await kari.page.getByRole("button", { name: approve }).count()).toBe(0);
    const ola = await enter("ola");
    await ola.page.getByRole("button", { name: approve }).click();
    await ola.page.getByText("It is approved, and done.").waitFor();
    const list = await gateway.operator<{ items: unknown[] }>("GET", "/admin/v1/carriers/simulator/prices");
    expect(list.items).toHaveLength(1);
  });

  it("a price list of any length waits, and whoever decides sees what it says", async () => {
    const put = async (csv: string) => {
      const answer = await gateway.fetch("/admin/v1/carriers/simulator/prices", {
        method: "PUT",
        headers: { authorization: `Bearer ${secrets.kari}`, "content-type": "text/csv" },
        body: csv,
      });
      return { status: answer.status, body: (await answer.json()) as { id: string; body?: unknown } };
    };
    const short = "prefix,price,currency\n47,0.04,EUR\n";
    expect(await put(short)).toMatchObject({ status: 202, body: { body: short } });
    const long = Array.from({ length: 20_000 }, (_, index) => `${100_000 + index},0.0432,EUR\n`).join("");
    const asked = await put(long);
    expect(asked).toMatchObject({
      status: 202,
      body: { body: { begins: expect.stringMatching(/^100000,0\.0432,EUR\n/), leftOut: expect.any(String) } },
    });
    const approved = await call("ola", "POST", `/admin/v1/approvals/${asked.body.id}/approve`);
    expect(approved.body).toMatchObject({ state: "approved", status: 200 });
    const [last] = (
      await gateway.operator<{ items: { prefix: string }[] }>("GET", "/admin/v1/carriers/simulator/prices?limit=1")
    ).items;
    expect(last?.prefix).toBe("100000");
  });
});
