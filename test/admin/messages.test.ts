/** What became of messages: lists without gaps, filters, and the story of each. */

import { beforeAll, describe, expect, it } from "vitest";
import { type AdminMessage, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type List<Item> = { items: Item[]; next?: string };

describe("the list of messages", () => {
  const gateway = useGateway();
  const recipient = newNumber();
  let one: TestAccount;
  let two: TestAccount;
  /** The time between the first half of the messages and the second. */
  let noon: string;
  const later: string[] = [];

  const list = (query: Record<string, string>) =>
    gateway.operator<List<AdminMessage>>("GET", `/admin/v1/messages?${new URLSearchParams(query)}`);
  /** Every page of the list, one after the other. */
  async function all(query: Record<string, string>): Promise<AdminMessage[]> {
    const { items, next } = await list(query);
    expect(items.length).toBeLessThanOrEqual(Number(query.limit ?? 50));
    return next ? [...items, ...(await all({ ...query, cursor: next }))] : items;
  }

  beforeAll(async () => {
    [one, two] = [await gateway.account(), await gateway.account()];
    for (const transactionId of ["a", "b", "c", "d"]) {
      await gateway.send(one, { transactionId });
      await gateway.send(two, { transactionId, ...(transactionId === "a" ? { recipient } : {}) });
    }
    await gateway.advance(3_600);
    noon = new Date(await gateway.now()).toISOString();
    for (const transactionId of ["e", "f"]) {
      await gateway.send(one, { transactionId, recipient });
      await gateway.send(two, { transactionId, recipient: "+4700000010" });
      later.push(`${one.id} ${transactionId}`, `${two.id} ${transactionId}`);
    }
    await gateway.advance(0);
  });

  const names = (messages: AdminMessage[]) => messages.map(({ account, theirId }) => `${account} ${theirId}`);
  const byTime = (messages: AdminMessage[]) =>
    messages.map(({ acceptedAt }) => String(acceptedAt)).sort((a, b) => (a < b ? 1 : -1));

  it.each([1, 2, 3, 5, 12, 500])(
    "has no gaps and no repeats in pages of %i, newest first, over all accounts",
    async (limit) => {
      const found = await all({ limit: String(limit) });
      expect(new Set(names(found)).size).toBe(12);
      expect(found).toHaveLength(12);
      expect(found.map(({ acceptedAt }) => acceptedAt)).toEqual(byTime(found));
      expect(names(found).slice(0, 4)).toEqual([...later].reverse());
    },
  );

  it("keeps its place while new messages come in", async () => {
    const { items, next = "" } = await list({ account: one.id, limit: "2" });
    await gateway.send(two, { transactionId: "new" });
    const rest = await all({ account: one.id, limit: "2", cursor: next });
    expect([...items, ...rest].map(({ theirId }) => theirId)).toEqual(["f", "e", "d", "c", "b", "a"]);
  });

  it("ends without a next page", async () => {
    expect(await list({ account: one.id, limit: "6" })).not.toHaveProperty("next");
    expect(await list({ account: "nobody" })).toEqual({ items: [] });
  });

  it.each([
    { name: "of an account", query: () => ({ account: one.id }), found: () => ["f", "e", "d", "c", "b", "a"] },
    { name: "to a person", query: () => ({ recipient, account: one.id }), found: () => ["f", "e"] },
    { name: "to a person, over all accounts", query: () => ({ recipient }), found: () => ["f", "e", "a"] },
    {
      name: "to a person whose + was lost",
      query: () => ({ recipient: recipient.replace("+", " ") }),
      found: () => ["f", "e", "a"],
    },
    {
      name: "to a person without a +",
      query: () => ({ recipient: recipient.slice(1), limit: "1" }),
      found: () => ["f", "e", "a"],
    },
    { name: "in a state", query: () => ({ account: two.id, state: "failed" }), found: () => ["f", "e"] },
    { name: "since a time", query: () => ({ account: one.id, since: noon }), found: () => ["f", "e"] },
    { name: "until a time", query: () => ({ account: one.id, until: noon }), found: () => ["d", "c", "b", "a"] },
    {
      name: "of a time that has no length",
      query: () => ({ account: one.id, since: noon, until: noon }),
      found: () => [],
    },
    {
      name: "to a person until a time",
      query: () => ({ recipient, until: noon }),
      found: () => ["a"],
    },
    {
      name: "in a state, in small pages",
      query: () => ({ account: one.id, state: "delivered", limit: "1" }),
      found: () => ["f", "e", "d", "c", "b", "a"],
    },
    {
      name: "since a time in another zone",
      query: () => ({ account: one.id, since: inOslo(noon) }),
      found: () => ["f", "e"],
    },
  ])("shows those $name", async ({ query, found }) => {
    expect((await all(query())).map(({ theirId }) => theirId)).toEqual(found());
  });

  it.each([
    { query: { limit: "0" }, field: "limit" },
    { query: { limit: "501" }, field: "limit" },
    { query: { limit: "many" }, field: "limit" },
    { query: { limit: "1.5" }, field: "limit" },
    { query: { since: "yesterday" }, field: "since" },
    { query: { until: "2026-11-22" }, field: "until" },
    { query: { until: "2026-11-22T12:00:00" }, field: "until" },
    { query: { state: "lost" }, field: "state" },
  ])("refuses $query, and names the field", async ({ query, field }) => {
    const answer = await gateway.refusal("GET", `/admin/v1/messages?${new URLSearchParams(query as never)}`);
    expect(answer).toMatchObject({ status: 400, field });
    expect(answer.detail).toMatch(new RegExp(`^${field}: `));
  });
});

describe("a message", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  it("is shown as it is, with what its customer gave", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    const id = await gateway.send(account, {
      recipient,
      content: "Takk for sist!",
      tags: ["greeting"],
      priority: "High",
    });
    await gateway.advance(0);
    const listed = await gateway.message(account, id);
    expect(await gateway.operator("GET", `/admin/v1/messages/${listed.id}`)).toEqual(listed);
    expect(listed).toMatchObject({
      account: account.id,
      dialect: "target365",
      theirId: id,
      sender: "Shop",
      recipient,
      text: "Takk for sist!",
      encoding: "gsm7",
      parts: 1,
      state: "delivered",
      priority: "high",
      deliveryMode: "at-most-once",
      attempts: 1,
      carrier: "simulator",
      operator: "no.telenor",
      echo: { tags: ["greeting"] },
    });
    for (const time of ["sendAt", "expiresAt", "acceptedAt", "changedAt"]) {
      expect(listed[time]).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    }
  });

  it("has a timeline that tells its story, in order", async () => {
    const account = await gateway.account();
    receiver.behave(() => ({ status: 500 }));
    const url = `${receiver.url}/${account.id}`;
    await gateway.faults({ busySeconds: 30, times: 1 });
    const id = await gateway.send(account, { deliveryReportUrl: url });
    await gateway.advance(40);
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(120);
    const story = await gateway.timeline(account, id);
    const [webhook] = await gateway.webhooks(account);
    expect(story).toMatchObject([
      { event: "accepted" },
      { event: "claimed", attempt: 1 },
      { event: "carrier.busy", carrier: "simulator", attempt: 1 },
      { event: "claimed", attempt: 2 },
      { event: "carrier.took", carrier: "simulator", attempt: 2, reference: expect.any(String) },
      { event: "carrier.receipt", carrier: "simulator", outcome: "delivered", happenedAt: expect.stringMatching(/Z$/) },
      { event: "webhook.owed", webhook: webhook?.id, url },
      { event: "webhook.attempted", webhook: webhook?.id, attempt: 1, status: 500 },
      { event: "webhook.attempted", webhook: webhook?.id, attempt: 2, status: 200 },
    ]);
    const times = story.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    for (const at of times) expect(at).toMatch(/^\d{4}-.*Z$/);
  });

  it("that was refused in a batch says why", async () => {
    const account = await gateway.account();
    const answer = await gateway.fetch("/api/out-messages/batch", {
      headers: { "x-apikey": account.apiKey },
      json: [{ transactionId: "nobody", sender: "Nobody", recipient: newNumber(), content: "Hello" }],
    });
    expect(answer.status).toBe(201);
    expect(await gateway.message(account, "nobody")).toMatchObject({
      state: "failed",
      reason: "bad-sender",
      attempts: 0,
    });
    expect(await gateway.timeline(account, "nobody")).toMatchObject([
      { event: "refused", why: expect.stringContaining("is not a sender of account") },
    ]);
  });

  it.each(["", "/timeline"])("that is not there has no page (%s)", async (page) => {
    expect(await gateway.refusal("GET", `/admin/v1/messages/msg_none${page}`)).toEqual({
      type: "urn:stafett:not-found",
      title: "Not found",
      status: 404,
      detail: "there is no message msg_none",
    });
  });
});

describe("the list of webhooks", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  it("shows those of an account, in a state, to an endpoint, page by page", async () => {
    const [one, two] = [await gateway.account(), await gateway.account()];
    receiver.behave(({ url }) => ({ status: url.startsWith("/deaf") ? 500 : 200 }));
    for (const account of [one, two]) {
      await gateway.send(account, { transactionId: "a", deliveryReportUrl: `${receiver.url}/deaf?a` });
      await gateway.send(account, { transactionId: "b", deliveryReportUrl: `${receiver.url}/good` });
      await gateway.send(account, { transactionId: "c", deliveryReportUrl: `${receiver.url}/good` });
    }
    await gateway.advance(0);
    const list = async (query: Record<string, string>) => {
      const search = new URLSearchParams(query);
      return await gateway.operator<List<{ account: string; url: string }>>("GET", `/admin/v1/webhooks?${search}`);
    };
    const first = await list({ account: one.id, limit: "2" });
    const second = await list({ account: one.id, limit: "2", cursor: first.next ?? "" });
    expect(second.next).toBeUndefined();
    expect([...first.items, ...second.items].map(({ url }) => url.slice(receiver.url.length))).toEqual([
      "/good",
      "/good",
      "/deaf?a",
    ]);
    expect((await list({ state: "owed" })).items).toHaveLength(2);
    expect((await list({ account: two.id, state: "answered" })).items).toHaveLength(2);
    expect((await list({ account: two.id, endpoint: `${receiver.url}/deaf` })).items).toHaveLength(1);
    expect((await list({ state: "dead" })).items).toEqual([]);
    expect((await list({ account: one.id, kind: "report" })).items).toHaveLength(3);
    expect((await list({ account: one.id, kind: "charge" })).items).toEqual([]);
  });

  it.each([{ limit: "0" }, { kind: "gossip" }, { state: "lost" }, { since: "now" }])("refuses %o", async (query) => {
    const answer = await gateway.refusal("GET", `/admin/v1/webhooks?${new URLSearchParams(query as never)}`);
    expect(answer).toMatchObject({ status: 400, field: Object.keys(query)[0] });
  });

  it("has none that is not there", async () => {
    expect(await gateway.refusal("GET", "/admin/v1/webhooks/whk_none")).toMatchObject({ status: 404 });
  });
});

/** The same moment, as a clock in Oslo shows it in winter. */
function inOslo(time: string): string {
  return new Date(Date.parse(time) + 3_600_000).toISOString().replace("Z", "+01:00");
}

describe("a message that the operator sends", () => {
  const gateway = useGateway();
  const text = { sender: "Shop", text: "It's on its way ✓" };
  const send = (json: Record<string, unknown>) => gateway.operator<AdminMessage>("POST", "/admin/v1/messages", json);

  it("reaches the person in the account's name, and is of our own dialect", async () => {
    const { id: account } = await gateway.account();
    const recipient = newNumber();
    const message = await send({ account, recipient, ...text });
    expect(message).toMatchObject({
      account,
      dialect: "stafett",
      state: "accepted",
      recipient,
      encoding: "ucs2",
      ...text,
    });
    expect(await gateway.handset(recipient, { wait: 10 })).toMatchObject([{ from: "Shop", text: text.text }]);
    await gateway.advance(0);
    expect(await gateway.operator("GET", `/admin/v1/messages/${message.id}`)).toMatchObject({ state: "delivered" });
    expect(await gateway.operator("GET", `/admin/v1/webhooks?account=${account}`)).toEqual({ items: [] });
  });

  it("waits for its time", async () => {
    const { id: account } = await gateway.account();
    const recipient = newNumber();
    const sendAt = new Date((await gateway.now()) + 3_600_000).toISOString();
    const { id, state } = await send({ account, recipient, ...text, sendAt });
    expect(state).toBe("scheduled");
    await gateway.advance(3_599);
    expect(await gateway.handset(recipient)).toEqual([]);
    await gateway.advance(1);
    expect(await gateway.handset(recipient)).toMatchObject([{ text: text.text }]);
    expect(await gateway.operator("GET", `/admin/v1/messages/${id}`)).toMatchObject({ sendAt });
  });

  it("is sent once under an id of the operator's own, however often it is asked for", async () => {
    const { id: account } = await gateway.account();
    const wanted = { account, recipient: newNumber(), ...text, theirId: "news-1" };
    const { id } = await send(wanted);
    expect(await send(wanted)).toMatchObject({ id });
    expect(await gateway.refusal("POST", "/admin/v1/messages", { ...wanted, text: "Other" })).toMatchObject({
      status: 409,
      field: "theirId",
    });
    await gateway.advance(0);
    expect(await gateway.handset(wanted.recipient)).toHaveLength(1);
  });

  it("does not go to who opted out", async () => {
    const { id: account } = await gateway.account();
    const [number, person] = ["+12065550177", "+14255550177"];
    await gateway.operator("PUT", `/admin/v1/accounts/${account}/senders/${number}`, {
      kind: "long-number",
      country: "US",
    });
    await gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: number, text: "STOP" });
    await gateway.advance(0);
    const wanted = { account, sender: number, recipient: person, text: "Buy!" };
    expect(await gateway.refusal("POST", "/admin/v1/messages", wanted)).toMatchObject({ status: 403 });
  });

  it.each([
    { name: "to what is no number", but: { recipient: "98079008" }, status: 400, field: "recipient" },
    { name: "from a sender that is not the account's", but: { sender: "Other" }, status: 400, field: "sender" },
    { name: "without a text", but: { text: "" }, status: 400, field: "text" },
    { name: "that is too long", but: { text: "x".repeat(67 * 153) }, status: 400, field: "text" },
    { name: "at no time", but: { sendAt: "tomorrow" }, status: 400, field: "sendAt" },
    { name: "for nobody", but: { account: "nobody" }, status: 404, field: "account" },
  ])("is refused $name", async ({ but, status, field }) => {
    const { id: account } = await gateway.account();
    const wanted = { account, recipient: newNumber(), ...text, ...but };
    expect(await gateway.refusal("POST", "/admin/v1/messages", wanted)).toMatchObject({ status, field });
    expect(await gateway.operator("GET", `/admin/v1/messages?account=${account}`)).toEqual({ items: [] });
  });

  it("is refused for an account that is closed", async () => {
    const { id: account } = await gateway.account();
    await gateway.operator("DELETE", `/admin/v1/accounts/${account}`);
    const wanted = { account, recipient: newNumber(), ...text };
    expect(await gateway.refusal("POST", "/admin/v1/messages", wanted)).toMatchObject({
      status: 403,
      field: "account",
    });
  });
});
