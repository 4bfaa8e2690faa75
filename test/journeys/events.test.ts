/** What happens at an account, as its log tells it: each event once, in order, and of the form that the catalogue promises. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/admin/event-catalogue.ts";
import { openApi } from "../../src/doors/openapi.ts";
import { MONTHLY, useCharging } from "../support/charging.ts";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

const DAY = 86_400;

type Told = { id: string; type: string; number: number; data: Record<string, unknown> };

describe("the catalogue of events", () => {
  it.each(CATALOGUE)(
    "has an example of $type that fits its schema, and nothing that its schema does not name",
    (one) => {
      expect(one.schema.safeParse(one.example).error).toBeUndefined();
      expect(one.schema.safeParse({ ...one.example, data: { ...one.example.data, more: 1 } }).success).toBe(false);
      expect(one.schema.safeParse({ ...one.example, version: one.version + 1 }).success).toBe(false);
    },
  );

  it("is the webhooks of the reference", () => {
    const { webhooks = {} } = openApi([], "");
    expect(Object.keys(webhooks)).toEqual(CATALOGUE.map(({ type }) => type));
    const { schema, example } = webhooks["charge.billed"]?.post?.requestBody?.content?.["application/json"] ?? {};
    // A version may get more members: no receiver is told that there are no others.
    expect(JSON.stringify(webhooks)).not.toContain("additionalProperties");
    expect(schema).toMatchObject({ type: "object", properties: { type: { const: "charge.billed" } } });
    expect(example).toEqual(CATALOGUE.find(({ type }) => type === "charge.billed")?.example);
  });

  it("is the table in docs/events.md", () => {
    const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `([a-z]+\.[a-z]+)` \| (\d+) \| (.*) \|$/gm)].map(([, ...row]) => row);
    expect(rows).toEqual(CATALOGUE.map(({ type, version, summary }) => [type, String(version), summary]));
  });
});

describe("the log of an account", () => {
  const gateway = useGateway();
  const charging = useCharging(gateway);
  const { seller, person, buys, subscribe, writes, operatorCharges } = charging;

  const keep = ({ id }: Pick<TestAccount, "id">) =>
    gateway.operator("PUT", `/admin/v1/accounts/${id}/events`, { isKept: true });
  /** All events of an account, each held against the catalogue. */
  const eventsOf = async ({ id }: Pick<TestAccount, "id">) => {
    const { items } = await gateway.operator<{ items: Told[] }>("GET", `/admin/v1/accounts/${id}/events?limit=500`);
    for (const event of items) {
      const known = CATALOGUE.find(({ type }) => type === event.type);
      expect(known?.schema.safeParse(event).error, JSON.stringify(event)).toBeUndefined();
    }
    expect(items.map(({ number }) => number)).toEqual(items.map((_, place) => place + 1));
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    return items;
  };
  it("tells of a limit of a day that is nearly used up, and used up, once each, though requests are refused", async () => {
    const account = await gateway.account();
    const at = `/admin/v1/accounts/${account.id}`;
    const limits = { messagesPerDay: 5 };
    await gateway.operator("PATCH", at, { settings: { limits } });
    await keep(account);
    const send = (n: number) =>
      gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": account.apiKey },
        json: { transactionId: `limited-${n}`, sender: "Shop", recipient: newNumber(), content: "Hello" },
      });
    for (let n = 1; n <= 4; n++) expect((await send(n)).status).toBe(201);
    const statuses = (await Promise.all([5, 6, 7, 8].map(send))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 429, 429, 429]);
    const told = (await eventsOf(account)).filter(({ type }) => type.startsWith("limit."));
    expect(told).toMatchObject([
      { type: "limit.near", data: { limit: "messagesPerDay", used: 4, most: 5 } },
      { type: "limit.reached", data: { limit: "messagesPerDay", used: 5, most: 5 } },
    ]);
    expect(await gateway.operator("GET", `${at}/limits`)).toMatchObject({
      timeZone: "Europe/Oslo",
      resetsAt: told[0]?.data.untilAt,
      items: [{ limit: "messagesPerDay", used: 5, most: 5, nearAt: told[0]?.data.at, reachedAt: told[1]?.data.at }],
    });
  });

  const typesOf = async (account: Pick<TestAccount, "id">) => (await eventsOf(account)).map(({ type }) => type);

  it("tells of a subscription, its charges, its texts, and what the person wrote", async () => {
    const account = await seller({ ...MONTHLY, interval: "weekly" });
    await keep(account);
    const msisdn = await person();
    await subscribe(account, msisdn);
    await gateway.advance(8 * DAY);
    await writes(msisdn, account.shortNumber, "STOP CLUB");
    await gateway.advance(60);
    const events = await eventsOf(account);
    const told = events.filter(({ type }) => !type.startsWith("message.")).map(({ type }) => type);
    expect(told).toEqual([
      "charge.billed",
      "subscription.started",
      "charge.billed",
      "subscription.renewed",
      "inbound.received",
      "subscription.cancelled",
    ]);
    expect(events.find(({ type }) => type === "subscription.cancelled")?.data).toMatchObject({
      recipient: msisdn,
      state: "cancelled",
      endedBy: "person",
    });
    expect(events.find(({ type }) => type === "inbound.received")?.data).toMatchObject({ isStop: true });
  });

  it("tells of a charge that was declined, and of one that was given back", async () => {
    const account = await seller();
    await keep(account);
    await buys(await person({ prepaidBalance: 0 }), `/${account.service}`);
    const msisdn = await person();
    await buys(msisdn, `/${account.service}`);
    const [billed] = await operatorCharges(msisdn);
    await gateway.operator("POST", `/admin/v1/transactions/${billed?.transaction}/reverse`);
    await gateway.advance(60);
    const charges = (await eventsOf(account)).filter(({ type }) => !type.startsWith("message."));
    expect(charges.map(({ type }) => type)).toEqual(["charge.failed", "charge.billed", "reversal.billed"]);
    expect(charges[0]?.data).toMatchObject({ state: "failed", reason: "insufficient-funds" });
    expect(charges[2]?.data).toMatchObject({ amount: -4900, reverses: charges[1]?.data.id });
  });

  it("tells once of who opts out and in, by a text or by an operator, and of a text that comes twice", async () => {
    const account = await gateway.account();
    await keep(account);
    const [number, msisdn] = ["+12025550143", "+12025550188"];
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/${number}`, {
      kind: "long-number",
      country: "US",
    });
    await writes(msisdn, number, "STOP", "twice");
    await writes(msisdn, number, "STOP", "twice");
    await writes(msisdn, number, "stop");
    await writes(msisdn, number, "START");
    const at = `/admin/v1/accounts/${account.id}/suppressions/${newNumber()}`;
    await gateway.operator("PUT", at, { reason: "asked by phone" });
    await gateway.operator("PUT", at, { reason: "asked again" });
    await gateway.operator("DELETE", at);
    await gateway.advance(0);
    const events = (await eventsOf(account)).filter(({ type }) => !type.startsWith("message."));
    expect(events.map(({ type, data }) => `${type} ${data.source ?? data.text}`)).toEqual([
      "inbound.received STOP",
      "suppression.added person",
      "inbound.received stop",
      "inbound.received START",
      "suppression.lifted person",
      "suppression.added operator",
      "suppression.lifted operator",
    ]);
  });

  it("tells of a text that is cancelled before it is sent", async () => {
    const account = await gateway.account();
    await keep(account);
    const theirId = await gateway.send(account, {
      sendTime: new Date((await gateway.now()) + 3_600_000).toISOString(),
    });
    const { id } = await gateway.message(account, theirId);
    await gateway.operator("POST", `/admin/v1/messages/${id}/cancel`);
    expect(await typesOf(account)).toEqual(["message.cancelled"]);
  });

  it("forgets after 30 days, says that something was missed, and counts on from where it was", async () => {
    const account = await gateway.account();
    await keep(account);
    await gateway.send(account);
    await gateway.advance(20);
    expect(await typesOf(account)).toEqual(["message.sent", "message.delivered"]);
    await gateway.advance(31 * DAY);
    const page = (cursor: number) =>
      gateway.operator("GET", `/admin/v1/accounts/${account.id}/events?cursor=${cursor}`);
    expect(await page(0)).toEqual({ items: [], next: "2", missed: true });
    expect(await page(2)).toEqual({ items: [], next: "2", missed: false });
    await gateway.send(account);
    await gateway.advance(20);
    expect(await page(2)).toMatchObject({ items: [{ number: 3 }, { number: 4 }], next: "4", missed: false });
  });
});
