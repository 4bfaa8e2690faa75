/** Described APIs in use: three that are well known, and one that an operator describes, against a gateway that speaks it. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTokenAccount } from "../../dialects/cm/support.ts";
import { newNumber, problemOf, type TestAccount } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";
import { type CarrierAnswer, useReachableGateway, useRelay } from "../../support/relay.ts";

type Call = { json?: unknown; form?: Record<string, string>; method?: "GET" | "POST" };

/** What each answers, and how it tells of a text and of what a person writes. @param id ours, as it got it */
const APIS = [
  {
    kind: "vonage",
    settings: { apiKey: "abcd1234" },
    secrets: { apiSecret: "hush" },
    answer: { status: 200, body: { "message-count": "1", messages: [{ status: "0", "message-id": "0A1" }] } },
    idIn: ({ body }: Received) => new URLSearchParams(body).get("client-ref") ?? "",
    reference: "0A1",
    delivered: (id: string): Call => ({
      form: { "client-ref": id, messageId: "0A1", status: "delivered", "err-code": "0" },
    }),
    failed: (id: string): Call => ({
      method: "GET",
      form: { "client-ref": id, messageId: "0A1", status: "failed", "err-code": "2" },
    }),
    underWay: (id: string): Call => ({ form: { "client-ref": id, status: "buffered" } }),
    text: (from: string, to: string): Call => ({
      form: { messageId: "in-1", msisdn: from.slice(1), to, text: "Hello & æ" },
    }),
  },
  {
    kind: "infobip",
    settings: {},
    secrets: { apiKey: "hush" },
    answer: { status: 200, body: { messages: [{ messageId: "ours", status: { groupId: 1 } }] } },
    idIn: ({ json }: Received) =>
      (json as { messages: [{ destinations: [{ messageId: string }] }] }).messages[0].destinations[0].messageId,
    delivered: (id: string): Call => ({
      json: { results: [{ messageId: "other" }, { messageId: id, status: { groupId: 3 } }] },
    }),
    failed: (id: string): Call => ({
      json: { results: [{ messageId: id, status: { groupId: 2 }, error: { name: "EC_ABSENT_SUBSCRIBER" } }] },
    }),
    underWay: (id: string): Call => ({ json: { results: [{ messageId: id, status: { groupId: 1 } }] } }),
    text: (from: string, to: string): Call => ({
      json: { results: [{ messageId: "in-1", from: from.slice(1), to, text: "Hello & æ" }] },
    }),
  },
  {
    kind: "sinch",
    settings: { servicePlanId: "plan" },
    secrets: { apiToken: "hush" },
    answer: { status: 201, body: { id: "01FC" } },
    idIn: ({ json }: Received) => String(json.client_reference),
    reference: "01FC",
    delivered: (id: string): Call => ({
      json: { client_reference: id, batch_id: "01FC", status: "Delivered", code: 0 },
    }),
    failed: (id: string): Call => ({ json: { client_reference: id, batch_id: "01FC", status: "Rejected", code: 402 } }),
    underWay: (id: string): Call => ({ json: { client_reference: id, batch_id: "01FC", status: "Dispatched" } }),
    text: (from: string, to: string): Call => ({ json: { id: "in-1", from: from.slice(1), to, body: "Hello & æ" } }),
  },
];

describe.each(APIS)("a text through $kind", (api) => {
  const gateway = useReachableGateway();
  const provider = useReceiver();
  let account: TestAccount;
  let doors: { receipts: string; inbound: string };

  beforeEach(async () => {
    provider.received.length = 0;
    provider.behave(() => ({ status: api.answer.status, body: JSON.stringify(api.answer.body) }));
    account = await gateway.account();
    const { kind, settings, secrets } = api;
    const whole = { kind, settings: { ...settings, baseUrl: provider.url }, secrets };
    doors = (await gateway.operator<CarrierAnswer>("PUT", "/admin/v1/carriers/api", whole)).doors ?? doors;
    const route = { account: account.id, kind: "message", prefix: "", carriers: ["api"] };
    await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, route);
  });

  const isPost = ({ method }: Received) => method === "POST";
  const sentId = async () => api.idIn((await provider.next(1, isPost))[0] as Received);
  const tell = (door: string, { json, form, method = "POST" }: Call) => {
    if (method === "GET") return fetch(`${door}?${new URLSearchParams(form)}`);
    return fetch(door, { method, body: form ? new URLSearchParams(form).toString() : JSON.stringify(json) });
  };

  it("goes out as the API wants it, and is settled by its report", async () => {
    const to = newNumber();
    const id = await gateway.send(account, { recipient: to, content: "Hei & hå 🙂" });
    const ours = await sentId();
    const [call] = await provider.next(1, isPost);
    const whole = decodeURIComponent((call?.body ?? "").replaceAll("+", " "));
    for (const part of ["Hei & hå 🙂", to.slice(1), doors.receipts]) expect(whole).toContain(part);
    expect(call?.headers.authorization).toBeTruthy();
    expect(call?.url).not.toContain("hush");
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
    expect((await tell(doors.receipts, api.underWay(ours))).status).toBe(200);
    expect(await gateway.message(account, id)).toMatchObject({ state: "sent" });
    expect((await tell(doors.receipts, api.delivered(ours))).status).toBe(200);
    await tell(doors.receipts, api.failed(ours));
    const told = await gateway.message(account, id);
    expect(told).toMatchObject({ state: "delivered", carrier: "api", reference: api.reference ?? ours });
  });

  it("is told to have failed, with why", async () => {
    const id = await gateway.send(account);
    await tell(doors.receipts, api.failed(await sentId()));
    const { state, reason } = await gateway.message(account, id);
    expect([state, reason]).toEqual(["failed", api.kind === "sinch" ? "rejected" : "subscriber-unavailable"]);
  });

  it("comes from a person, once", async () => {
    const number = "2002";
    const at = `/admin/v1/accounts/${account.id}/senders/${number}`;
    await gateway.operator("PUT", at, { kind: "short-number", country: "NO", isShared: true });
    const from = newNumber();
    for (let time = 0; time < 2; time++) expect((await tell(doors.inbound, api.text(from, number))).status).toBe(200);
    const path = `/admin/v1/inbound?sender=${encodeURIComponent(from)}`;
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", path);
    expect(items).toMatchObject([{ text: "Hello & æ", carrier: "api", theirId: "in-1" }]);
  });

  if (api.kind === "vonage") {
    it("comes from a person in parts, in any order and more than once, as one text", async () => {
      const [from, to] = [newNumber(), "2102"];
      await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/${to}`, {
        kind: "short-number",
        country: "NO",
      });
      const words = ["A text that ", "is too long ", "for one"];
      for (const n of [3, 1, 1, 2, 3]) {
        const form = { messageId: `part-${n}`, msisdn: from.slice(1), to, text: words[n - 1] ?? "", concat: "true" };
        const part = { "concat-ref": "a7", "concat-total": "3", "concat-part": String(n) };
        expect((await tell(doors.inbound, { form: { ...form, ...part } })).status).toBe(200);
      }
      const { items } = await gateway.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${account.id}`);
      expect(items).toMatchObject([{ sender: from, text: words.join(""), theirId: "part-1" }]);
      await gateway.operator("DELETE", `/admin/v1/accounts/${account.id}/senders/${to}`);
    });
  }

  it("is settled by nobody who calls from elsewhere than the provider does", async () => {
    const { kind, settings, secrets } = api;
    const whole = { kind, settings: { ...settings, baseUrl: provider.url, callers: ["203.0.113.0/24"] }, secrets };
    await gateway.operator("PUT", "/admin/v1/carriers/api", whole);
    const id = await gateway.send(account);
    const { json, form, method = "POST" } = api.delivered(await sentId());
    const body = form ? new URLSearchParams(form).toString() : JSON.stringify(json);
    const from = (address: string) =>
      fetch(doors.receipts, { method, body, headers: { "cf-connecting-ip": address } }).then(({ status }) => status);
    expect([await from("198.51.100.7"), await from("::1")]).toEqual([401, 401]);
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
    expect(await from("203.0.113.7")).toBe(200);
    expect(await gateway.message(account, id)).toMatchObject({ state: "delivered" });
  });

  it("is not read for longer than a report can be", async () => {
    const answer = await fetch(doors.receipts, { method: "POST", body: "x".repeat(1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
  });

  it("is settled by nobody who does not know the address", async () => {
    const id = await gateway.send(account);
    const guessed = doors.receipts.replace(/[^/]+$/, "0".repeat(32));
    expect(await problemOf(await tell(guessed, api.delivered(await sentId())))).toMatchObject({ status: 401 });
    await expect.poll(() => gateway.message(account, id)).toMatchObject({ state: "sent" });
  });
});

describe("a text through an API that an operator describes", () => {
  let token = "";
  let provider = "";
  /** CM.com's gateway, as an operator would describe it who knows nothing of its kind. */
  const description = (baseUrl: string) => ({
    baseUrl,
    send: {
      path: "/v1.0/message",
      headers: { "X-CM-PRODUCTTOKEN": "{{secret.token}}" },
      json: {
        messages: {
          msg: [
            {
              from: "{{from}}",
              to: [{ number: "{{to_00}}" }],
              body: { type: "AUTO", content: "{{text}}" },
              reference: "{{id}}",
              minimumNumberOfMessageParts: 1,
              maximumNumberOfMessageParts: 8,
              validity: "{{validity_minutes}}m",
            },
          ],
        },
      },
    },
    detailAt: "/messages/0/messageDetails",
    answers: [
      { status: 200, at: "/messages/0/status", is: ["Accepted"], means: "taken" },
      { at: "/messages/0/messageErrorCode", is: [301], means: "refused", reason: "bad-sender" },
      { at: "/errorCode", is: [101, 103], means: "refused", reason: "carrier-offline", own: true },
    ],
    receipts: {
      form: true,
      id: "/REFERENCE",
      status: {
        at: "/STATUS",
        words: { "0": "under way", "1": "failed", "2": "delivered", "3": "failed" },
        reasonAt: "/STATUSDESCRIPTION",
        reasons: { "24": "subscriber-unavailable" },
      },
    },
    inbound: { id: "/reference", from: "/from/number", to: "/to/number", text: "/message/text" },
  });
  const relay = useRelay("described", async (theirs) => {
    const account = await openTokenAccount(theirs);
    token = account.token;
    provider = account.account;
    return { kind: "http", settings: description(theirs.url), secrets: { token } };
  });
  beforeAll(async () => {
    const { doors } = await relay.carrier();
    const json = { reportUrl: doors?.receipts, messageUrl: doors?.inbound };
    await relay.theirs.operator("PUT", `/admin/v1/accounts/${provider}/callbacks/cm`, json);
  });

  it("rings at the handset, and is settled by the report", async () => {
    const to = newNumber();
    const id = await relay.ours.send(relay.account, { recipient: to, content: 'Say "hei" 🙂' });
    expect(await relay.theirs.handset(to, { wait: 20 })).toMatchObject([{ from: "Shop", text: 'Say "hei" 🙂' }]);
    await relay.becomes(id, { state: "delivered", carrier: "described" });
  });

  it("tells why it did not arrive", async () => {
    await relay.theirs.faults({ refuse: "subscriber-unavailable", times: 1 });
    const id = await relay.ours.send(relay.account, { recipient: newNumber() });
    await relay.becomes(id, { state: "failed", reason: "subscriber-unavailable" });
  });

  it("shows its description, and never its secret", async () => {
    const shown = JSON.stringify(await relay.carrier());
    expect(shown).toContain("{{secret.token}}");
    expect(shown).not.toContain(token);
  });
});
