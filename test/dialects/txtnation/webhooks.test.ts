/** The bytes of each callback, what counts as an acknowledgement, and when it is tried again. */

import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../../../src/core/kernel/ports.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import type { ChargeEvent, InboundEvent } from "../../../src/core/webhooks/webhook.ts";
import { webhooks } from "../../../src/dialects/txtnation/webhooks.ts";

const NO_PORTS = {} as never;
const URL = "https://merchant.example/callback";

const form = ({ body = "" }: HttpRequest) => [...new URLSearchParams(body)];

describe("a report on a text", () => {
  const message = { theirId: "uniqid|7", recipient: "+4798079008", echo: {} } as Message;
  const news = { url: URL, event: { state: "delivered", at: 0 }, message, attempt: 1 } as const;

  it("is a form, with the id of the send twice, and no plus sign", async () => {
    const request = await webhooks.report(news, NO_PORTS);
    expect(request).toMatchObject({
      method: "POST",
      url: URL,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form(request)).toEqual([
      ["action", "mp_report"],
      ["id", "uniqid|7"],
      ["message_id", "uniqid|7"],
      ["number", "4798079008"],
      ["report", "DELIVERED"],
      ["reason_id", ""],
    ]);
  });

  it("comes once in between, and once at the end", () => {
    expect(webhooks.reports).toEqual(["sent", "delivered", "failed", "expired"]);
  });

  it("may come as GET, beside what the address has already", async () => {
    const asked = { ...message, echo: { reportMethod: "GET" } };
    const request = await webhooks.report({ ...news, url: `${URL}?key=a%20b`, message: asked }, NO_PORTS);
    expect(request).toEqual({
      method: "GET",
      url: `${URL}?key=a%20b&action=mp_report&id=uniqid%7C7&message_id=uniqid%7C7&number=4798079008&report=DELIVERED&reason_id=`,
      headers: {},
    });
  });
});

describe("a report on a charge", () => {
  const event = (state: ChargeEvent["state"], more: Partial<ChargeEvent> = {}) =>
    ({
      state,
      at: 0,
      method: "POST",
      transaction: { theirId: "b91c5c08-60dd-4607-b900-54310ad1ea22", recipient: "+4798888888" },
      ...more,
    }) as ChargeEvent;
  const reported = async (state: ChargeEvent["state"], more?: Partial<ChargeEvent>) =>
    new Map(
      form((await webhooks.charge?.({ id: "whk_1", url: URL, event: event(state, more) }, NO_PORTS)) as HttpRequest),
    );

  it("has the transaction's id, and the same word that view answers", async () => {
    expect(Object.fromEntries(await reported("billed"))).toEqual({
      action: "mp_report",
      id: "b91c5c08-60dd-4607-b900-54310ad1ea22",
      message_id: "b91c5c08-60dd-4607-b900-54310ad1ea22",
      number: "4798888888",
      report: "DELIVERED",
      reason_id: "",
    });
    expect((await reported("failed", { reason: "insufficient-funds" })).get("report")).toBe("NO_CREDIT");
    expect((await reported("sent")).get("report")).toBe("ACKNOWLEDGED");
  });

  it("has no number while nobody gave one", async () => {
    const transaction = { theirId: "7" } as ChargeEvent["transaction"];
    expect((await reported("cancelled", { transaction })).get("number")).toBe("");
  });

  it("is not sent for a charge that is given back: the refund has a report of its own", () => {
    expect(webhooks.charges).not.toContain("reversed");
  });
});

describe("what a person wrote", () => {
  const inbound = {
    number: 123456789,
    sender: "+4798079008",
    recipient: "2002",
    text: "STOP GAMES",
    keyword: "GAMES",
    isStop: true,
    operator: "no.telenor",
  } as unknown as InboundEvent["inbound"];
  const service = { id: "games", merchant: "acme", stopStyle: "raw", campaign: "puregaming" } as const;
  const forwarded = async (event: Partial<InboundEvent>) => {
    const news = { state: "received", at: 0, method: "POST", inbound, ...event } as InboundEvent;
    return form(
      (await webhooks.inbound?.(
        { id: "whk_1", url: URL, event: news, attempt: 1, settings: {} },
        NO_PORTS,
      )) as HttpRequest,
    );
  };

  it("is a form in the order that is seen on the wire", async () => {
    expect(await forwarded({ service })).toEqual([
      ["action", "mpush_ir_message"],
      ["message_id", "123456789"],
      ["id", "123456789"],
      ["billing", "MT"],
      ["country", "NO"],
      ["number", "4798079008"],
      ["network", "TELENOR-NO"],
      ["shortcode", "2002"],
      ["message", "STOP GAMES"],
      ["keyword", "GAMES"],
    ]);
  });

  it("has no field report, by which receivers tell one from the other", async () => {
    expect(new Map(await forwarded({})).has("report")).toBe(false);
  });

  it("asks to stop in the merchant's own words, where the service wants it so", async () => {
    const asked = new Map(await forwarded({ service: { ...service, stopStyle: "ask" } }));
    expect(asked.get("message")).toBe("ask puregaming stop");
    expect(asked.get("shortcode")).toBe("");
    expect(asked.get("keyword")).toBe("");
  });

  it("is passed on as it was written where there is no campaign to name, or nothing to stop", async () => {
    const { campaign: _, ...nameless } = service;
    expect(new Map(await forwarded({ service: { ...nameless, stopStyle: "ask" } })).get("message")).toBe("STOP GAMES");
    const hello = { ...inbound, isStop: false, text: "GAMES" } as InboundEvent["inbound"];
    const asked = new Map(await forwarded({ service: { ...service, stopStyle: "ask" }, inbound: hello }));
    expect(asked.get("message")).toBe("GAMES");
    expect(asked.get("shortcode")).toBe("2002");
  });

  const people = [
    { sender: "+4798079008", country: "NO", network: "TELENOR-NO" },
    { sender: "+447400123456", country: "UK", network: "INTERNATIONAL" },
    { sender: "+46701234567", country: "SE", network: "INTERNATIONAL" },
  ];
  it.each(people)("comes from $country where the number is $sender", async ({ sender, country, network }) => {
    const one = { ...inbound, sender, operator: undefined } as unknown as InboundEvent["inbound"];
    const told = new Map(await forwarded({ inbound: one }));
    expect(told.get("country")).toBe(country);
    expect(told.get("network")).toBe(network);
  });

  const networks = { "no.telenor": "TELENOR-NO", "no.telia": "NETCOM-NO", "no.ice": "TELE2-NO" };
  it.each(Object.entries(networks))("comes from %s as %s", async (operator, network) => {
    const one = { ...inbound, operator } as unknown as InboundEvent["inbound"];
    expect(new Map(await forwarded({ inbound: one })).get("network")).toBe(network);
  });
});

describe("an answer", () => {
  const answer = (body: string, status = 200) => ({ outcome: "answered", status, body, milliseconds: 1 }) as const;

  it.each(["OK", "OK\n", "ok", " Ok.", "<HTML><BODY>OK</BODY></HTML>", "<p>OK</p>"])("of %j is taken", (body) => {
    expect(webhooks.isReceived(answer(body))).toBe(true);
  });

  it.each(["", "Hello", "TOKEN", "Array ( [action] => mp_report )", "<ok>", "502 Bad Gateway"])(
    "of %j is not",
    (body) => {
      expect(webhooks.isReceived(answer(body))).toBe(false);
    },
  );

  it("of another status is not, nor none", () => {
    expect(webhooks.isReceived(answer("OK", 201))).toBe(false);
    expect(webhooks.isReceived(answer("OK", 500))).toBe(false);
    expect(webhooks.isReceived({ outcome: "failed", error: "timeout", milliseconds: 10_000 })).toBe(false);
  });

  it("is asked for again eleven times, over two days", () => {
    const waits = Array.from({ length: 12 }, (_, n) => webhooks.retryAfter(n + 1, {}));
    const hour = 3_600;
    expect(waits).toEqual([
      ...[60, 120, 300, 900, 1_800],
      ...[hour, 2 * hour, 4 * hour, 8 * hour, 12 * hour, 20 * hour],
      undefined,
    ]);
    expect(waits.reduce((sum: number, wait) => sum + (wait ?? 0), 0) / hour).toBeCloseTo(48, 0);
  });
});
