/** An Idempotency-Key: one request, one effect, one answer, at every address that takes a POST. */

import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { admin } from "../../src/doors/admin.ts";
import { dialects } from "../../src/registry.ts";
import { sandbox } from "../../src/sandbox/sandbox.ts";
import { purchase } from "../../src/web/purchase/purchase.tsx";
import { ADMIN_TOKEN, newNumber, useGateway } from "../support/gateway.ts";
import { ASKS, type Posted, toReverse } from "../support/keyed.ts";

const gateway = useGateway({ DEMO_API_KEY, FOUR_EYES: "reversals:100000" });

/** A path of the app as it reads: `/:segment1{[oO][tT][pP]}/:id` is `/otp/:id`, `/:name{a|b}` is `/:name`. */
const readable = (path: string) =>
  path.replace(/:(\w+)\{((?:[^{}]|\{[^}]*\})*)\}/g, (_, name: string, pattern: string) =>
    name.startsWith("segment") ? pattern.replace(/\[(.)(.)\]/g, "$1").replaceAll("\\", "") : `:${name}`,
  );
const postsOf = (name: string, routes: readonly { method: string; path: string }[]) =>
  routes.filter(({ method }) => method === "POST").map(({ path }) => `${name} ${readable(path)}`);
/** Every address that takes a POST, as the apps have it. */
const addresses = [
  ...new Set([
    ...dialects.flatMap(({ name, app }) => postsOf(name, app.routes)),
    ...postsOf("admin", admin.routes),
    ...postsOf("sandbox", sandbox.routes),
    ...postsOf("page", purchase.routes),
  ]),
];

type Answer = { status: number; bytes: string; type: string | null; location: string | null; replayed: string | null };

let keys = 0;
const newKey = () => `key-${++keys}`;

async function post({ path, headers, body }: Posted, key: string): Promise<Answer & { retryAfter: string | null }> {
  const answer = await gateway.fetch(path, {
    method: "POST",
    headers: { ...headers, "idempotency-key": key },
    ...(body === "" ? {} : { body }),
  });
  return {
    status: answer.status,
    bytes: await answer.text(),
    type: answer.headers.get("content-type"),
    location: answer.headers.get("location"),
    replayed: answer.headers.get("idempotency-replayed"),
    retryAfter: answer.headers.get("retry-after"),
  };
}

/** The same request to whoever reads it, in other bytes. */
function changed({ headers, body, ...rest }: Posted): Posted {
  const isForm = headers["content-type"]?.includes("form");
  return { ...rest, headers, body: isForm ? `${body}&more=1` : body === "" ? "{}" : `${body} ` };
}

const TABLES = ["message", "txn", "win", "pin", "keyword", "inbound", "account", "credential", "token", "subscription"];
const OTHERS = ["consent", "callback", "webhook"];

const database = () => gateway.runtime.miniflare.getD1Database("DB");

/** How many rows there are of each kind once everything due is done, and how often each webhook was owed anew. */
async function rows(): Promise<unknown> {
  await gateway.advance(0);
  const counts = [...TABLES, ...OTHERS].map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  const replays = "(SELECT sum(json_array_length(history)) FROM webhook WHERE state = 'dead') AS entries";
  return (await database()).prepare(`SELECT ${counts.join(", ")}, ${replays}`).first();
}

/** From now on no answer can be kept: as if the process died between the effect and the answer. */
async function loseAnswers(): Promise<void> {
  const db = await database();
  await db
    .prepare(
      `CREATE TRIGGER answers_lost BEFORE UPDATE OF status ON idempotency WHEN new.status IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'the answer is lost'); END`,
    )
    .run();
}

/** Answers are kept again, and whoever had claimed a request is gone. */
async function findAnswers(): Promise<void> {
  const db = await database();
  await db.prepare("DROP TRIGGER IF EXISTS answers_lost").run();
  await db.prepare("UPDATE idempotency SET claimed_until = 0").run();
}

// The demo account has a credential of each dialect.
beforeAll(() => gateway.operator("POST", "/sandbox/v1/reset"));
afterEach(findAnswers);

it("has a request for every address that takes a POST", () => {
  expect(Object.keys(ASKS).toSorted()).toEqual(addresses.toSorted());
});

describe.each(Object.entries(ASKS))("POST %s", (_, ask) => {
  it("answers the same request with the same bytes, and refuses another body", async () => {
    const [wanted, key] = [await ask(gateway, ++keys), newKey()];
    const first = await post(wanted, key);
    expect(first.status, first.bytes).toBeLessThan(400);
    expect(first.replayed).toBeNull();
    expect(await post(wanted, key)).toEqual({ ...first, replayed: "true" });
    const other = await post(changed(wanted), key);
    // The XML gateway answers everything with 200, and an error with a text.
    expect(other.status, other.bytes).toBe(wanted.path === "/gateway.ashx" ? 200 : 422);
    expect(other.bytes).toMatch(/^E-103$|another body/);
    expect(await post(wanted, key)).toEqual({ ...first, replayed: "true" });
  });

  it("does nothing twice where the answer was lost after the effect", async () => {
    const [wanted, key] = [await ask(gateway, ++keys), newKey()];
    await loseAnswers();
    expect((await post(wanted, key)).status).toBe(500);
    await findAnswers();
    const there = await rows();
    const again = await post(wanted, key);
    // What was handed over outside cannot be looked up, and is not handed over again.
    if (OUTSIDE.test(wanted.path)) expect(again).toMatchObject({ status: 409, replayed: null });
    else expect(again.status, again.bytes).toBeLessThan(400);
    expect(await post(wanted, key)).toEqual({ ...again, replayed: "true" });
    if (!/reset$/.test(wanted.path)) expect(await rows()).toEqual(there);
  });
});

const OUTSIDE = /carriers\/simulator\/test|registrationsms/;
const hello = (more: object = {}): Posted => ({
  path: "/api/out-messages",
  headers: { "x-apikey": DEMO_API_KEY },
  body: JSON.stringify({ sender: "Stafett", recipient: newNumber(), content: "Hello", ...more }),
});
const operators = (path: string, body: unknown): Posted => ({
  path: `/admin/v1${path}`,
  headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
  body: JSON.stringify(body),
});
const textsTo = async ({ body }: Posted) => {
  await gateway.advance(5);
  return (await gateway.handset((JSON.parse(body) as { recipient: string }).recipient)).length;
};

describe("a key", () => {
  beforeAll(() => gateway.operator("POST", "/sandbox/v1/reset"));

  it.each([
    { name: "is not empty", key: " ", status: 400 },
    { name: "has no space in it", key: "a b", status: 400 },
    { name: "has at most 255 characters", key: "x".repeat(256), status: 400 },
    { name: "may have 255 of them", key: "x".repeat(255), status: 201 },
    { name: "may have every visible character", key: "!~'\"{}:,;", status: 201 },
  ])("$name", async ({ key, status }) => {
    expect((await post(hello(), key)).status).toBe(status);
  });

  it("is of one account: another's with the same key is another request", async () => {
    const { apiKey } = await gateway.account();
    const key = newKey();
    const mine = hello();
    const theirs = { ...hello({ sender: "Shop" }), headers: { "x-apikey": apiKey } };
    expect((await post(mine, key)).status).toBe(201);
    expect(await post(theirs, key)).toMatchObject({ status: 201, replayed: null });
    expect([await textsTo(mine), await textsTo(theirs)]).toEqual([1, 1]);
  });

  it("is of one token of the operator's API", async () => {
    const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", {
      ...{ name: "another", role: "operator" },
    });
    const key = newKey();
    const open = (id: string) => operators("/accounts", { id, name: "Opened" });
    expect((await post(open("of-one-token"), key)).status).toBe(201);
    const theirs = open("of-another-token");
    theirs.headers.authorization = `Bearer ${secret}`;
    expect(await post(theirs, key)).toMatchObject({ status: 201, replayed: null });
  });

  it("is of one address", async () => {
    const key = newKey();
    expect((await post(hello(), key)).status).toBe(201);
    const batch = { ...hello(), path: "/api/out-messages/batch" };
    const items = JSON.stringify([{ ...JSON.parse(batch.body), transactionId: "of-one-address" }]);
    expect(await post({ ...batch, body: items }, key)).toMatchObject({ status: 201, replayed: null });
  });

  it("means nothing to a request that looks, changes or deletes", async () => {
    const key = newKey();
    const name = { headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "idempotency-key": key } };
    for (const _ of [1, 2]) {
      const answer = await gateway.fetch("/admin/v1/accounts", name);
      expect([answer.status, answer.headers.get("idempotency-replayed")]).toEqual([200, null]);
    }
  });

  it("is taken by one of two requests at once: the other waits, or is told to", async () => {
    const [wanted, key] = [hello(), newKey()];
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(wanted, key)));
    const done = answers.filter(({ status }) => status === 201);
    expect(new Set(done.map(({ location }) => location)).size).toBe(1);
    expect(done.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    for (const one of answers.filter(({ status }) => status !== 201)) {
      expect(one).toMatchObject({ status: 409, retryAfter: "1", bytes: expect.stringContaining("still under way") });
    }
    expect(await textsTo(wanted)).toBe(1);
  });

  it("does not keep a refusal that did nothing: the request may be sent again, and be carried out", async () => {
    const key = newKey();
    const theirs = operators("/messages", {
      ...{ account: "opens-later", sender: "Later", recipient: newNumber(), text: "Hello" },
    });
    expect((await post(theirs, key)).status).toBe(404);
    await gateway.operator("POST", "/admin/v1/accounts", { id: "opens-later", name: "Later" });
    const sender = "/admin/v1/accounts/opens-later/senders/Later";
    await gateway.operator("PUT", sender, { kind: "alphanumeric", country: "NO" });
    expect(await post(theirs, key)).toMatchObject({ status: 201, replayed: null });
  });

  it("carries out no attempt that began before the request was refused, though it could be carried out by now", async () => {
    const key = newKey();
    const body = { account: "opens-late", sender: "Late", recipient: newNumber(), text: "Hello" };
    const theirs = operators("/messages", body);
    // The first attempt is here, and its last bytes are not.
    const first = request(gateway.url + theirs.path, {
      method: "POST",
      headers: { ...theirs.headers, "idempotency-key": key, "content-length": Buffer.byteLength(theirs.body) },
    });
    const answered = once(first, "response");
    await new Promise((sent) => first.write(theirs.body.slice(0, 10), sent));
    await gateway.now();
    expect((await post(theirs, key)).status).toBe(404);
    await gateway.operator("POST", "/admin/v1/accounts", { id: "opens-late", name: "Late" });
    await gateway.operator("PUT", "/admin/v1/accounts/opens-late/senders/Late", {
      kind: "alphanumeric",
      country: "NO",
    });
    first.end(theirs.body.slice(10));
    const [answer] = (await answered) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(409);
    expect(await gateway.operator("GET", "/admin/v1/messages?account=opens-late")).toEqual({ items: [] });
    expect(await post(theirs, key)).toMatchObject({ status: 201, replayed: null });
  });

  it("keeps answers sealed, also those with a secret that is shown once", async () => {
    const key = newKey();
    const answer = await post(operators("/tokens", { name: "shown once", role: "viewer" }), key);
    const { secret } = JSON.parse(answer.bytes) as { secret: string };
    const { results } = await (await database()).prepare("SELECT * FROM idempotency").all();
    expect(secret).toMatch(/^stafett_/);
    expect(JSON.stringify(results)).not.toContain(secret);
    expect(JSON.stringify(results)).not.toMatch(/"answer":"\{/);
  });

  it("gives a token whose answer was lost the same secret again, and it opens", async () => {
    const [wanted, key] = [operators("/tokens", { name: "lost once", role: "viewer" }), newKey()];
    await loseAnswers();
    expect((await post(wanted, key)).status).toBe(500);
    await findAnswers();
    const { secret } = JSON.parse((await post(wanted, key)).bytes) as { secret: string };
    const headers = { authorization: `Bearer ${secret}` };
    expect((await gateway.fetch("/admin/v1/accounts", { headers })).status).toBe(200);
  });

  it("is told of each request only to who may make it still", async () => {
    const { id, secret } = await gateway.operator<{ id: string; secret: string }>("POST", "/admin/v1/tokens", {
      ...{ name: "withdrawn soon", role: "operator" },
    });
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const [wanted, key] = [{ ...operators("/accounts", { id: "by-a-token", name: "Once" }), headers }, newKey()];
    expect((await post(wanted, key)).status).toBe(201);
    await gateway.operator("DELETE", `/admin/v1/tokens/${id}`);
    expect((await post(wanted, key)).status).toBe(401);
  });

  it("is kept for 30 days, and then forgotten", async () => {
    const [wanted, key] = [hello({ transactionId: "kept-30-days" }), newKey()];
    const first = await post(wanted, key);
    expect(first.status).toBe(201);
    const { now } = await gateway.operator<{ now: string }>("GET", "/sandbox/v1/clock");
    const at = (days: number) => ({ now: new Date(Date.parse(now) + days * 86_400_000).toISOString() });
    await gateway.operator("PUT", "/sandbox/v1/clock", at(29.9));
    expect(await post(wanted, key)).toEqual({ ...first, replayed: "true" });
    await gateway.operator("PUT", "/sandbox/v1/clock", at(30.1));
    expect(await post({ ...wanted, body: `${wanted.body} ` }, key)).toMatchObject({ replayed: null });
    await gateway.operator("PUT", "/sandbox/v1/clock", at(61));
    await gateway.runtime.tick();
    const left = await (await database()).prepare("SELECT count(*) AS n FROM idempotency").first<number>("n");
    expect(left).toBe(0);
  });

  it("of an approval is another than that of the request that waits for it", async () => {
    const [asker, approver] = await Promise.all(["asks", "approves"].map(operatorToken));
    const wanted = await toReverse(gateway, ++keys, 2_000);
    const key = newKey();
    const by = (secret: string | undefined, path = wanted.path) => ({
      path,
      headers: { ...wanted.headers, authorization: `Bearer ${secret}` },
      body: "",
    });
    // The one who approves has asked for the same, by this key.
    expect((await post(by(approver), key)).status).toBe(202);
    const asked = await post(by(asker), key);
    const approved = await post(by(approver, `${asked.location}/approve`), key);
    expect(JSON.parse(approved.bytes)).toMatchObject({ state: "approved", status: 201 });
    await gateway.advance(0);
    const original = await gateway.operator<{ state: string }>("GET", wanted.path.replace(/\/reverse$/, ""));
    expect(original.state).toBe("reversed");
  });

  it("of an approval waits for what is still being done", async () => {
    const secret = await operatorToken("asks and waits");
    const { path, headers } = await toReverse(gateway, ++keys, 2_000);
    const asked = await post({ path, headers: { ...headers, authorization: `Bearer ${secret}` }, body: "" }, newKey());
    const [wanted, key] = [{ path: `${asked.location}/approve`, headers, body: "" }, newKey()];
    await loseAnswers();
    expect((await post(wanted, key)).status).toBe(500);
    await findAnswers();
    // What is approved is begun last.
    const db = await database();
    const inner = "(SELECT id FROM idempotency WHERE status IS NULL ORDER BY begun_wall DESC, until DESC LIMIT 1)";
    await db.prepare(`UPDATE idempotency SET claimed_until = 9e15 WHERE id = ${inner}`).run();
    expect(await post(wanted, key)).toMatchObject({ status: 409, retryAfter: "1" });
    await findAnswers();
    expect(JSON.parse((await post(wanted, key)).bytes)).toMatchObject({ state: "approved", status: 201 });
  });

  it.each([
    { name: "long", msgs: 2 },
    { name: "longer than a row of the database may be", msgs: 16 },
  ])("gives an answer again that is $name", async ({ msgs }) => {
    // One text is sent, and what is wrong with each of the others fills the answer.
    const wrong = Array.from({ length: 1_000 }, (_, n) => ({ number: `no number ${n}` }));
    const msg = (to: readonly object[]) => ({ from: "Shop", to, body: { content: "Hello" } });
    const right = msg([{ number: `00${newNumber().slice(1)}` }]);
    const messages = { msg: [right, ...Array.from({ length: msgs }, () => msg(wrong))] };
    const headers = { "x-cm-producttoken": DEMO_API_KEY, "content-type": "application/json" };
    const [wanted, key] = [{ path: "/v1.0/message", headers, body: JSON.stringify({ messages }) }, newKey()];
    const first = await post(wanted, key);
    expect(first.status, first.bytes.slice(0, 200)).toBe(200);
    expect(first.bytes.length).toBeGreaterThan(msgs * 125_000);
    expect(await post(wanted, key)).toEqual({ ...first, replayed: "true" });
  });

  it("carries out once what is answered at more length than is kept, and says so", async () => {
    const noise = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(1_500))));
    const to = [`00${newNumber().slice(1)}`, ...Array.from({ length: 999 }, noise)].map((number) => ({ number }));
    const messages = { msg: [{ from: "Shop", to, body: { content: "Hello" } }] };
    const headers = { "x-cm-producttoken": DEMO_API_KEY, "content-type": "application/json" };
    const [wanted, key] = [{ path: "/v1.0/message", headers, body: JSON.stringify({ messages }) }, newKey()];
    expect((await post(wanted, key)).status).toBe(200);
    expect((await post(wanted, key)).bytes).toMatch(/was carried out and answered, and the answer was too long/);
  });

  it("lets time pass once, also where more passes than keys are kept", async () => {
    const [wanted, key] = [
      { ...operators("/", { seconds: 31 * 86_400 }), path: "/sandbox/v1/clock/advance" },
      newKey(),
    ];
    const first = await post(wanted, key);
    expect(first.status, first.bytes).toBe(200);
    await gateway.runtime.tick();
    expect(await post(wanted, key)).toEqual({ ...first, replayed: "true" });
  });

  it("sends each text of a long request once, though a sender became free while half of it was there", async () => {
    const [account, other] = [await gateway.account(), await gateway.account()];
    const number = newNumber();
    const sender = `/admin/v1/accounts/${other.id}/senders/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", sender, { kind: "long-number", country: "NO" });
    const { secret } = await gateway.operator<{ secret: string }>(
      "POST",
      `/admin/v1/accounts/${account.id}/credentials`,
      { dialect: "cm", kind: "product-token", name: "long" },
    );
    const msg = (from: string, content: string, count: number) => ({
      ...{ from, body: { content } },
      to: Array.from({ length: count }, () => ({ number: `00${newNumber().slice(1)}` })),
    });
    // The first is refused, and the last are not stored at first.
    const messages = { msg: [msg(number, "Theirs", 1), msg("Shop", "Soon", 200), msg("Shop", "Later", 30)] };
    const headers = { "x-cm-producttoken": secret, "content-type": "application/json" };
    const [wanted, key] = [{ path: "/v1.0/message", headers, body: JSON.stringify({ messages }) }, newKey()];
    const db = await database();
    await db
      .prepare(
        "CREATE TRIGGER half BEFORE INSERT ON message WHEN new.text = 'Later' BEGIN SELECT RAISE(ABORT, 'half'); END",
      )
      .run();
    // What is lost is told of, and the answer is not kept.
    expect((await post(wanted, key)).replayed).toBeNull();
    await db.prepare("DROP TRIGGER half").run();
    await gateway.operator("DELETE", sender);
    expect(JSON.parse((await post(wanted, key)).bytes)).toMatchObject({ details: expect.stringContaining("230") });
    const { results } = await db
      .prepare(
        "SELECT text, count(*) AS n, count(DISTINCT recipient) AS people FROM message WHERE account_id = ?1 GROUP BY text",
      )
      .bind(account.id)
      .all();
    expect(results).toEqual([
      { text: "Later", n: 30, people: 30 },
      { text: "Soon", n: 200, people: 200 },
    ]);
  });

  it("judges a request by the senders and the carriers that there were when it was begun", async () => {
    const account = await gateway.account();
    const sender = `/admin/v1/accounts/${account.id}/senders/Shop`;
    const theirs = { ...hello({ sender: "Shop" }), headers: { "x-apikey": account.apiKey } };
    const key = newKey();
    await loseAnswers();
    expect((await post(theirs, key)).status).toBe(500);
    await findAnswers();
    await gateway.operator("DELETE", sender);
    const off = {
      kind: "target365",
      settings: { baseUrl: "http://127.0.0.1:9" },
      secrets: { apiKey: "k" },
      isEnabled: false,
    };
    await gateway.operator("PUT", "/admin/v1/carriers/off", off);
    const route = { kind: "message", account: account.id, prefix: "", carriers: ["off"] };
    await gateway.operator("PUT", "/admin/v1/routes/nowhere", route);
    const again = await post(theirs, key);
    expect(again, again.bytes).toMatchObject({ status: 201, replayed: null });
    expect(await textsTo(theirs)).toBe(1);
  });

  it("is told to wait where another has taken the request over meanwhile", async () => {
    const [wanted, key] = [hello(), newKey()];
    const db = await database();
    await db
      .prepare(
        `CREATE TRIGGER taken_over AFTER UPDATE OF steps ON idempotency WHEN new.claim <> 'another'
         BEGIN UPDATE idempotency SET claim = 'another' WHERE id = new.id; END`,
      )
      .run();
    const answer = await post(wanted, key);
    await db.prepare("DROP TRIGGER taken_over").run();
    expect(answer).toMatchObject({ status: 409, retryAfter: "1", location: null });
    expect(answer.bytes).toContain("still under way");
  });
});

async function operatorToken(name: string): Promise<string> {
  const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", { name, role: "operator" });
  return secret;
}
