/** Our own calls: what they tell, how they are signed, when they are tried again. */

import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../../../src/core/kernel/ports.ts";
import type { ChargeEvent, InboundEvent, SubscriptionNews } from "../../../src/core/webhooks/webhook.ts";
import { stafettWebhooks } from "../../../src/dialects/stafett/webhooks.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
const AT = Date.parse("2026-11-22T12:00:00Z");
const ports = {
  clock: { now: () => AT, wall: () => AT, sleep: async () => {} },
  signer: {
    sign: async (text: string) => ({
      keyName: "key-1",
      signature: sign("sha256", Buffer.from(text), KEY).toString("base64"),
    }),
    published: async () => undefined,
  },
  publicUrl: "https://sms.example",
};
const URL = "https://merchant.example/news";

const subscription = {
  state: "renewed",
  at: AT,
  subscription: {
    id: "sub_1",
    account: "acme",
    service: "magazine",
    merchant: "acme",
    recipient: "+4798079008",
    price: 4900,
    currency: "NOK",
    interval: "monthly",
    period: 1,
    state: "active",
    dueAt: AT + 86_400_000,
  },
  transaction: "txn_9",
} satisfies SubscriptionNews;

const charge = {
  state: "failed",
  reason: "insufficient-funds",
  at: AT,
  method: "POST",
  transaction: {
    id: "txn_9",
    account: "acme",
    theirId: "order-7",
    kind: "charge",
    merchant: "acme",
    shortNumber: "2002",
    amount: 4900,
    currency: "NOK",
  },
} satisfies ChargeEvent;

const inbound = {
  state: "received",
  at: AT,
  method: "GET",
  inbound: { id: "inb_1", account: "acme", sender: "+4798079008", recipient: "2002", text: "HELLO", isStop: false },
} as unknown as InboundEvent;

const told = ({ body = "" }: HttpRequest) => JSON.parse(body);
const ask = (request: Promise<HttpRequest> | undefined) => request as Promise<HttpRequest>;

describe("our own call", () => {
  it("tells of a subscription", async () => {
    const request = await ask(stafettWebhooks.subscription?.({ id: "whk_1", url: URL, event: subscription }, ports));
    expect(request).toMatchObject({ method: "POST", url: URL, headers: { "content-type": "application/json" } });
    expect(told(request)).toEqual({
      id: "whk_1",
      type: "subscription.renewed",
      at: "2026-11-22T12:00:00.000Z",
      account: "acme",
      data: {
        subscription: "sub_1",
        service: "magazine",
        merchant: "acme",
        recipient: "+4798079008",
        price: 4900,
        currency: "NOK",
        interval: "monthly",
        period: 1,
        state: "active",
        dueAt: "2026-11-23T12:00:00.000Z",
        transaction: "txn_9",
      },
    });
  });

  it("tells of a charge, and why it failed", async () => {
    const request = await ask(stafettWebhooks.charge?.({ id: "whk_2", url: URL, event: charge }, ports));
    expect(told(request)).toMatchObject({
      type: "charge.failed",
      account: "acme",
      data: { transaction: "txn_9", id: "order-7", amount: 4900, state: "failed", reason: "insufficient-funds" },
    });
  });

  it("tells of what a person wrote", async () => {
    const request = await ask(
      stafettWebhooks.inbound?.({ id: "whk_3", url: URL, event: inbound, attempt: 1, settings: {} }, ports),
    );
    expect(request.method).toBe("POST");
    expect(told(request)).toMatchObject({
      type: "inbound.received",
      account: "acme",
      data: { inbound: "inb_1", text: "HELLO", isStop: false },
    });
  });

  it("is signed over its time, its id and its body", async () => {
    const request = await ask(stafettWebhooks.charge?.({ id: "whk_2", url: URL, event: charge }, ports));
    const [keyName, timestamp, signature = ""] = (request.headers["x-stafett-signature"] ?? "").split(":");
    expect([keyName, timestamp]).toEqual(["key-1", String(AT / 1000)]);
    const text = Buffer.from(`${timestamp}.whk_2.${request.body}`);
    const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", text, key, Buffer.from(signature, "base64"))).toBe(true);
  });

  it("is taken by any answer of the 200s, and otherwise made again over two days", () => {
    const answer = (status: number) => ({ outcome: "answered", status, body: "", milliseconds: 1 }) as const;
    expect([200, 201, 204, 299].map((status) => stafettWebhooks.isReceived(answer(status)))).not.toContain(false);
    expect([199, 301, 400, 500].map((status) => stafettWebhooks.isReceived(answer(status)))).not.toContain(true);
    expect(stafettWebhooks.isReceived({ outcome: "failed", error: "timeout", milliseconds: 1 })).toBe(false);
    const waits = Array.from({ length: 20 }, (_, n) => stafettWebhooks.retryAfter(n + 1, {}));
    expect(waits.at(19)).toBeUndefined();
    expect(waits.reduce((sum: number, wait) => sum + (wait ?? 0), 0) / 3_600).toBeCloseTo(48, -1);
  });

  it("is not made for a text: those are told of in the dialect they were sent in", () => {
    expect(stafettWebhooks.reports).toEqual([]);
  });
});
