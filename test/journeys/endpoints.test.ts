/** An account's own endpoints: what happens reaches each that asked for it, signed, and no other account's. */

import { createPublicKey, verify } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

type Endpoint = {
  name: string;
  secret: string;
  publicKey: string;
  oldPublicKey?: string;
  isEnabled: boolean;
  reason?: string;
  failures: number;
};
type Told = {
  id: string;
  type: string;
  version: number;
  number: number;
  timestamp: string;
  data: Record<string, unknown>;
};
type Page = { items: Told[]; next: string; missed: boolean };

describe("an account's own endpoint", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  afterEach(() => receiver.behave(() => ({ status: 200 })));

  const at = ({ id }: TestAccount, name: string) => `/admin/v1/accounts/${id}/endpoints/${name}`;
  const put = (account: TestAccount, name: string, more: object = {}) =>
    gateway.operator<Endpoint>("PUT", at(account, name), { url: `${receiver.url}/${account.id}/${name}`, ...more });
  const find = (account: TestAccount, name: string) => gateway.operator<Endpoint>("GET", at(account, name));
  const to = (account: TestAccount, name: string) => (one: Received) => one.url === `/${account.id}/${name}`;
  const came = (account: TestAccount, name: string) => receiver.received.filter(to(account, name));
  /** Each event once: one whose answer takes too long comes again, with the same id. */
  const typesAt = (account: TestAccount, name: string) => {
    const byId = new Map(came(account, name).map(({ json, headers }) => [headers["webhook-id"], json.type]));
    return [...byId.values()];
  };
  const pull = ({ id }: TestAccount, query = "") =>
    gateway.operator<Page>("GET", `/admin/v1/accounts/${id}/events${query}`);
  /** Sends a text, and lets all be told of it that is due. */
  const sendAndTell = async (account: TestAccount, outMessage: Record<string, unknown> = {}) => {
    await gateway.send(account, outMessage);
    await gateway.advance(20);
  };

  it("is told of what it asked for, each of several of its own, in a form that the published library accepts", async () => {
    const account = await gateway.account();
    const all = await put(account, "all");
    const delivered = await put(account, "delivered", { events: ["message.delivered"] });
    await put(account, "people", { events: ["inbound.*", "suppression.*"] });
    await sendAndTell(account);

    expect(typesAt(account, "all")).toEqual(["message.sent", "message.delivered"]);
    expect(typesAt(account, "delivered")).toEqual(["message.delivered"]);
    expect(typesAt(account, "people")).toEqual([]);
    const [one] = came(account, "delivered") as [Received];
    const [, same] = came(account, "all") as [Received, Received];
    expect(new Webhook(delivered.secret).verify(one.body, one.headers as Record<string, string>)).toEqual(one.json);
    expect(() => new Webhook(all.secret).verify(one.body, one.headers as Record<string, string>)).toThrow();
    expect(isSignedBy(delivered.publicKey, one)).toBe(true);
    expect(isSignedBy(all.publicKey, one)).toBe(false);
    expect(one.json).toMatchObject({
      id: one.headers["webhook-id"],
      version: 1,
      number: 2,
      data: { dialect: "target365", sender: "Shop", state: "delivered" },
    });
    expect(same.json.id).toBe(one.json.id);
  });

  it("is told only of the services and numbers that it names", async () => {
    const account = await gateway.account();
    await put(account, "shop", { numbers: ["Shop"] });
    await put(account, "other", { numbers: ["Other", "+4791000000"] });
    await put(account, "games", { services: ["games"] });
    await sendAndTell(account);
    expect(typesAt(account, "shop")).toEqual(["message.sent", "message.delivered"]);
    expect(typesAt(account, "other")).toEqual([]);
    expect(typesAt(account, "games")).toEqual([]);
  });

  it("is told only of what has one of its tags, and of the tags", async () => {
    const account = await gateway.account();
    await put(account, "autumn", { tags: ["autumn", "winter"] });
    await put(account, "spring", { tags: ["spring"] });
    await sendAndTell(account);
    await sendAndTell(account, { tags: ["autumn", "north"] });
    expect(typesAt(account, "autumn")).toEqual(["message.sent", "message.delivered"]);
    expect(came(account, "autumn")[0]?.json).toMatchObject({ data: { tags: ["autumn", "north"] } });
    expect(typesAt(account, "spring")).toEqual([]);
  });

  it("is told in the form of a dialect, by its rules, of what that has a form for", async () => {
    const account = await gateway.account();
    const receipts = await put(account, "receipts", { format: "target365", headers: { "X-Door": "1" } });
    expect(receipts).toMatchObject({
      format: "target365",
      events: ["message.delivered", "message.failed", "message.expired", "inbound.received"],
    });
    receiver.behave(() => ({ status: 200, body: "OK" }));
    await put(account, "mobile", { format: "txtnation", events: ["message.delivered"] });
    await sendAndTell(account, { transactionId: "order-1" });
    expect(came(account, "receipts").map(({ json }) => json)).toMatchObject([
      { transactionId: "order-1", statusCode: "Ok", delivered: true },
    ]);
    expect(came(account, "receipts")[0]?.headers).toMatchObject({
      "x-door": "1",
      "x-ecdsa-signature": expect.stringContaining(":"),
    });
    expect(came(account, "receipts")[0]?.headers).not.toHaveProperty("webhook-id");
    expect(came(account, "mobile")[0]?.body).toContain("order-1");
    await gateway.operator("POST", `${at(account, "receipts")}/test`);
    expect(came(account, "receipts")[1]?.json).toMatchObject({ recipient: "+4700000000" });
    const refused = (more: object) =>
      gateway.refusal("PUT", at(account, "hook"), { url: `${receiver.url}/hook`, ...more });
    expect(await refused({ format: "twilio" })).toMatchObject({ status: 400, field: "format" });
    expect(await refused({ format: "cm", events: ["charge.*"] })).toMatchObject({ status: 400, field: "events" });
  });

  it("shows its secret once, keeps its keys when it is changed, and signs with old and new while they overlap", async () => {
    const account = await gateway.account();
    const made = await put(account, "hook", { headers: { "X-Shop": "hush" } });
    expect(await find(account, "hook")).not.toHaveProperty("secret");
    expect(await put(account, "hook", { headers: { "X-Shop": "hush" }, description: "ours" })).toMatchObject({
      publicKey: made.publicKey,
      description: "ours",
      headers: ["X-Shop"],
    });
    const rotated = await gateway.operator<Endpoint>("POST", `${at(account, "hook")}/rotate`, { overlapSeconds: HOUR });
    expect(rotated).toMatchObject({ oldPublicKey: made.publicKey });
    expect(rotated.secret).not.toBe(made.secret);

    await sendAndTell(account);
    const [during] = came(account, "hook") as [Received];
    expect(during.headers["x-shop"]).toBe("hush");
    for (const { secret, publicKey } of [made, rotated]) {
      expect(new Webhook(secret).verify(during.body, during.headers as Record<string, string>)).toEqual(during.json);
      expect(isSignedBy(publicKey, during)).toBe(true);
    }
    await gateway.advance(HOUR);
    const before = came(account, "hook").length;
    // The library refuses what is not of now by the real clock; the sandbox's has moved on, and calls are stamped with the real one.
    await sendAndTell(account);
    const after = came(account, "hook").at(before) as Received;
    expect(() => new Webhook(made.secret).verify(after.body, after.headers as Record<string, string>)).toThrow();
    expect(new Webhook(rotated.secret).verify(after.body, after.headers as Record<string, string>)).toEqual(after.json);
    expect(isSignedBy(made.publicKey, after)).toBe(false);
  });

  it("is refused headers that no call can carry, and more than receivers take", async () => {
    const account = await gateway.account();
    const refused = (headers: Record<string, string>) =>
      gateway.refusal("PUT", at(account, "hook"), { url: `${receiver.url}/hook`, headers });
    for (const name of ["Expect", "Keep-Alive", "Upgrade", "Webhook-Id", "Host"]) {
      expect(await refused({ [name]: "x" }), name).toMatchObject({ status: 400, field: "headers" });
    }
    const many = Array.from({ length: 21 }, (_, n) => [`x-${n}`, "y".repeat(500)] as const);
    expect(await refused(Object.fromEntries(many))).toMatchObject({ status: 400, field: "headers" });
    const few = { url: `${receiver.url}/hook`, headers: Object.fromEntries(many.slice(0, 20)) };
    expect((await gateway.operator<{ headers: string[] }>("PUT", at(account, "hook"), few)).headers).toHaveLength(20);
  });

  it("keeps the values of headers that are not given again, for the servers that have them", async () => {
    const account = await gateway.account();
    await put(account, "hook", { headers: { "X-Shop": "hush", "X-Old": "x" } });
    await put(account, "hook", { headers: { "x-shop": null }, description: "ours" });
    await gateway.operator("POST", `${at(account, "hook")}/test`);
    const [one] = (await receiver.next(1, to(account, "hook"))) as [Received];
    expect(one.headers["x-shop"]).toBe("hush");
    expect(one.headers).not.toHaveProperty("x-old");
    const url = `${receiver.url}/${account.id}/hook`;
    for (const wrong of [
      { url, headers: { "X-Other": null } },
      { url: "https://elsewhere.example/", headers: { "x-shop": null } },
      { url, failoverUrl: "https://elsewhere.example/", headers: { "x-shop": null } },
    ]) {
      expect(await gateway.refusal("PUT", at(account, "hook"), wrong)).toMatchObject({ status: 400, field: "headers" });
    }
  });

  it("is tested with a call whose answer is shown", async () => {
    const account = await gateway.account();
    const { secret } = await put(account, "hook", { events: ["charge.*"] });
    receiver.behave(() => ({ status: 418, body: "short and stout" }));
    const tested = await gateway.operator<Record<string, unknown>>("POST", `${at(account, "hook")}/test`);
    expect(tested).toMatchObject({ isReceived: false, status: 418, answer: "short and stout" });
    const [one] = came(account, "hook") as [Received];
    expect(tested.request).toMatchObject({ body: one.body, headers: { "webhook-id": one.headers["webhook-id"] } });
    expect(new Webhook(secret).verify(one.body, one.headers as Record<string, string>)).toMatchObject({
      type: "endpoint.test",
    });
  });

  it("that answers 410 is switched off, loses nothing, and goes on where it was", async () => {
    const account = await gateway.account();
    await put(account, "gone");
    await put(account, "watch", { events: ["endpoint.*"] });
    receiver.behave(({ url }) => ({ status: url.endsWith("/gone") ? 410 : 200 }));
    await sendAndTell(account);
    expect(await find(account, "gone")).toMatchObject({ isEnabled: false, reason: expect.stringContaining("410") });
    expect(typesAt(account, "watch")).toEqual(["endpoint.disabled"]);
    const calls = came(account, "gone").length;
    await sendAndTell(account);
    await gateway.advance(DAY);
    expect(came(account, "gone")).toHaveLength(calls);

    receiver.behave(() => ({ status: 200 }));
    await gateway.operator("POST", `${at(account, "gone")}/enable`);
    await gateway.advance(20);
    const received = came(account, "gone").slice(calls);
    expect(received.map(({ json }) => json.number).toSorted()).toEqual([1, 2, 3, 4, 5, 6].toSorted());
    expect(typesAt(account, "watch")).toEqual(["endpoint.disabled", "endpoint.enabled"]);
  });

  it("that is away is tried for three days, at its other address too, and follows no redirect", async () => {
    const account = await gateway.account();
    await put(account, "main", { failoverUrl: `${receiver.url}/${account.id}/spare`, events: ["message.delivered"] });
    receiver.behave(({ url }) =>
      url.endsWith("/main") ? { status: 302, headers: { location: "/elsewhere" } } : { status: 500 },
    );
    await sendAndTell(account);
    await gateway.advance(40 * HOUR);
    expect(came(account, "main").length).toBeGreaterThan(3);
    expect(came(account, "spare").length).toBeGreaterThan(3);
    expect(receiver.received.filter(({ url }) => url === "/elsewhere")).toEqual([]);
    receiver.behave(({ url }) => ({ status: url.endsWith("/spare") ? 200 : 500 }));
    await gateway.advance(2 * DAY);
    const [webhook] = await gateway.webhooks(account);
    expect(webhook).toMatchObject({ kind: "event", endpoint: "main", state: "answered" });
  });

  it("is told in order of what is about one thing, where it asks for that", async () => {
    const account = await gateway.account();
    await put(account, "ordered", { orderedBy: "subject", schedule: [60, 60, 60] });
    receiver.behave(({ json }) => ({ status: json.type === "message.sent" ? 500 : 200 }));
    await sendAndTell(account);
    expect(typesAt(account, "ordered")).not.toContain("message.delivered");
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(5 * 60);
    expect(typesAt(account, "ordered").slice(-2)).toEqual(["message.sent", "message.delivered"]);
  });

  it("catches up with what happened before it was set up, and is sent again what it received", async () => {
    const account = await gateway.account();
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/events`, { isKept: true });
    await sendAndTell(account);
    await put(account, "late", { events: ["message.delivered"] });
    await sendAndTell(account);
    expect(came(account, "late").map(({ json }) => json.number)).toEqual([4]);
    const catchUp = (body: object) => gateway.operator("POST", `${at(account, "late")}/catch-up`, body);
    expect(await catchUp({ after: 2 })).toEqual({ owed: 0 });
    expect(await catchUp({})).toEqual({ owed: 1 });
    expect(await catchUp({})).toEqual({ owed: 0 });
    await gateway.advance(20);
    expect(came(account, "late").map(({ json }) => json.number)).toEqual([4, 2]);
    const token = { name: "shop", role: "merchant", account: account.id };
    const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", token);
    const replayed = await gateway.fetch("/admin/v1/webhooks/replay", {
      headers: { authorization: `Bearer ${secret}` },
      json: { account: account.id, endpoint: "late", state: "answered", since: "2020-01-01T00:00:00Z" },
    });
    expect(await replayed.json()).toEqual({ replayed: 2 });
    await gateway.advance(20);
    const ids = came(account, "late").map(({ headers }) => String(headers["webhook-id"]));
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(2);
  });

  it("is not needed by who fetches events, by number, with a wait, and after those that were read", async () => {
    const account = await gateway.account();
    expect(await gateway.refusal("GET", `/admin/v1/accounts/${account.id}/events`)).toMatchObject({ status: 409 });
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/events`, { isKept: true });
    expect(await pull(account)).toEqual({ items: [], next: "0", missed: false });
    const waits = pull(account, "?cursor=0&wait=20&types=message.*");
    await sendAndTell(account, { recipient: newNumber() });
    expect((await waits).items[0]).toMatchObject({ type: "message.sent", number: 1 });
    const { items, next } = await pull(account, "?types=message.delivered");
    expect(items).toMatchObject([{ type: "message.delivered", number: 2, data: { state: "delivered" } }]);
    expect(await pull(account, `?cursor=${next}`)).toEqual({ items: [], next: "2", missed: false });
    expect(await gateway.refusal("GET", `/admin/v1/accounts/${account.id}/events?types=messages`)).toMatchObject({
      status: 400,
      field: "types",
    });
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/events`, { isKept: false });
    expect(await gateway.refusal("GET", `/admin/v1/accounts/${account.id}/events`)).toMatchObject({ status: 409 });
  });

  it("is another account's neither to see nor to be told by", async () => {
    const [mine, theirs] = [await gateway.account(), await gateway.account()];
    await put(mine, "hook");
    await put(theirs, "hook");
    await sendAndTell(theirs);
    expect(typesAt(mine, "hook")).toEqual([]);
    expect(typesAt(theirs, "hook")).toHaveLength(2);
    expect((await pull(mine)).items).toEqual([]);
    const token = { name: "shop", role: "merchant", account: mine.id };
    const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", token);
    const ask = async (method: string, path: string) =>
      (await gateway.fetch(path, { method, headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await ask("GET", at(mine, "hook"))).toBe(200);
    expect(await ask("GET", `/admin/v1/accounts/${mine.id}/events`)).toBe(200);
    for (const path of [
      at(theirs, "hook"),
      `/admin/v1/accounts/${theirs.id}/events`,
      `/admin/v1/accounts/${theirs.id}/endpoints`,
    ]) {
      expect(await ask("GET", path)).toBe(403);
    }
    expect(await ask("POST", `${at(theirs, "hook")}/test`)).toBe(403);
    expect(await ask("POST", `${at(mine, "hook")}/test`)).toBe(200);

    await sendAndTell(mine);
    const fetched = await gateway.fetch("/admin/v1/events?cursor=0&wait=5", {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(await fetched.json()).toEqual(await pull(mine, "?cursor=0"));
    expect(await ask("GET", `/admin/v1/events?account=${theirs.id}`)).toBe(403);
    expect(await gateway.refusal("GET", "/admin/v1/events")).toMatchObject({ status: 400, field: "account" });
  });
});

/** Whether a call has an Ed25519 signature by this key. */
function isSignedBy(publicKey: string, { headers, body }: Received): boolean {
  const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return String(headers["webhook-signature"])
    .split(" ")
    .filter((one) => one.startsWith("v1a,"))
    .some((one) => verify(null, signed, key, Buffer.from(one.slice("v1a,".length), "base64")));
}
