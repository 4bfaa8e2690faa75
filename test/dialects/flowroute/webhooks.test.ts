/** Receipts and inbound texts, as they come to a customer's server. */

import { beforeEach, describe, expect, it } from "vitest";
import { webhooks } from "../../../src/dialects/flowroute/webhooks.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";
import { call, type KeyAccount, newPerson, openAccessKey, sendText } from "./support.ts";

const PUBLIC_URL = "https://sms.example";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\dZ$/;

type Receipt = { data: { id: string; attributes: { level: number; status: string; status_code: string } } };
const receiptIn = ({ json }: Received) => json as unknown as Receipt;
const levels = (received: readonly Received[]) =>
  received.map((one) => receiptIn(one).data.attributes.level).sort((a, b) => a - b);

let paths = 0;
/** A path of the receiver's that no other test uses. */
const newPath = () => `/hook-${++paths}`;
const cameTo =
  (path: string) =>
  ({ url }: Received) =>
    url === path;

describe("a customer", () => {
  const gateway = useGateway({ PUBLIC_URL: `${PUBLIC_URL}/,https://other.example` });
  const receiver = useReceiver();
  let who: KeyAccount;
  beforeEach(async () => {
    who = await openAccessKey(gateway);
    receiver.behave(() => ({ status: 200 }));
    await gateway.faults({});
  });

  const at = (path: string) => receiver.url + path;
  const came = (path: string) => receiver.received.filter(cameTo(path));
  const setAddress = async (name: string, path: string, version = "v2.1") => {
    const set = await call(gateway, who, "PUT", `/${version}/messages/${name}`, { callback_url: at(path) });
    expect(set.status).toBe(204);
  };
  const setForNumber = async (name: string, path: string) => {
    const of = `/v2/numbers/${who.digits}/relationships/${name}`;
    expect((await call(gateway, who, "POST", of, { callback_url: at(path) })).status).toBe(204);
  };
  const setByOperator = (callback: Record<string, unknown>) =>
    gateway.operator("PUT", `/admin/v1/accounts/${who.account}/callbacks/flowroute`, callback);
  const writes = async (text: string, from = newPerson()) => {
    await gateway.operator("POST", `/sandbox/v1/handsets/${from}/messages`, { to: who.number, text });
    return from;
  };
  const webhooksOf = () => gateway.webhooks({ id: who.account, number: 0, apiKey: "" });

  describe("hears what became of a message:", () => {
    it("that a carrier took it, and then that it arrived", async () => {
      const path = newPath();
      const to = newPerson();
      const id = await sendText(gateway, who, { to: to.slice(1), body: "Gee", dlr_callback: at(path) });
      const received = await receiver.next(2, cameTo(path));
      expect(levels(received)).toEqual([1, 2]);
      for (const one of received) {
        expect(one.method).toBe("POST");
        expect(one.headers["content-type"]).toBe("application/json");
        const isFirst = receiptIn(one).data.attributes.level === 1;
        expect(one.json).toEqual({
          data: {
            type: "delivery_receipt",
            id,
            attributes: {
              level: isFirst ? 1 : 2,
              status: isFirst ? "smsc submit" : "delivered",
              status_code: isFirst ? "1002" : "1004",
              status_code_description: isFirst ? "Message has been sent" : "Message delivered to handset",
              timestamp: expect.stringMatching(TIME),
              body: "Gee",
              to: to.slice(1),
              from: who.digits,
            },
            links: { related: `${PUBLIC_URL}/v2.1/messages/${id}` },
          },
        });
      }
    });

    it("with numbers and links as in v2.2, where that was asked", async () => {
      const path = newPath();
      const to = newPerson();
      const more = { to, from: who.number, dlr_callback: at(path) };
      const id = await sendText(gateway, who, more, "v2.2");
      const [first] = await receiver.next(2, cameTo(path));
      expect(first?.json).toMatchObject({
        data: { attributes: { to, from: who.number }, links: { related: `${PUBLIC_URL}/v2.2/messages/${id}` } },
      });
    });

    it("which the record tells as well", async () => {
      const path = newPath();
      const id = await sendText(gateway, who, { dlr_callback: at(path) });
      const received = await receiver.next(2, cameTo(path));
      const record = (await (await call(gateway, who, "GET", `/v2.1/messages/${id}`)).json()) as {
        data: { attributes: { status: string; delivery_receipts: Record<string, unknown>[] } };
      };
      const { status, delivery_receipts } = record.data.attributes;
      expect(status).toBe("delivered");
      expect(delivery_receipts.map(({ level, status_code }) => [level, status_code])).toEqual([
        [2, 1004],
        [1, null],
      ]);
      for (const { level, timestamp } of delivery_receipts) {
        const posted = received.find((one) => receiptIn(one).data.attributes.level === level);
        expect(posted?.json).toMatchObject({ data: { attributes: { timestamp } } });
      }
    });

    it("that no carrier would take it, once", async () => {
      const path = newPath();
      await gateway.faults({ refuse: "bad-number", only: "messages" });
      await sendText(gateway, who, { dlr_callback: at(path) });
      const [only] = await receiver.next(1, cameTo(path));
      expect(only?.json).toMatchObject({
        data: { attributes: { level: 2, status: "failed", status_code: "1206" } },
      });
      await gateway.advance(600);
      expect(came(path)).toHaveLength(1);
    });

    it("of pictures without their text, at an address of their own", async () => {
      const [pictures, texts] = [newPath(), newPath()];
      await setAddress("mms_dlr_callback", pictures, "v2.2");
      await setAddress("sms_dlr_callback", texts);
      await sendText(gateway, who, { body: "Look", media_urls: ["https://shop.example/a.png"] });
      const received = await receiver.next(2, cameTo(pictures));
      expect(levels(received)).toEqual([1, 2]);
      expect(received.map((one) => receiptIn(one).data.attributes.status).sort()).toEqual(["delivered", "mmsc submit"]);
      for (const one of received)
        expect(one.json).toMatchObject({ data: { attributes: { body: "", from: who.number } } });
      expect(came(texts)).toEqual([]);
    });

    it("at the message's own address before the number's, and at that before the account's", async () => {
      const [own, numbers, accounts] = [newPath(), newPath(), newPath()];
      await setAddress("dlr_callback", accounts);
      await sendText(gateway, who);
      await receiver.next(2, cameTo(accounts));
      await setForNumber("dlr_callback", numbers);
      await sendText(gateway, who);
      await receiver.next(2, cameTo(numbers));
      await sendText(gateway, who, { dlr_callback: at(own) });
      await receiver.next(2, cameTo(own));
      expect([own, numbers, accounts].map((path) => came(path).length)).toEqual([2, 2, 2]);
    });

    it("also of one that was sent by v2, if there is an address for it", async () => {
      const path = newPath();
      await sendText(gateway, who, { content: "No address" }, "v2");
      await gateway.advance(60);
      expect(await webhooksOf()).toEqual([]);
      await setByOperator({ reportUrl: at(path) });
      const id = await sendText(gateway, who, { content: "An address" }, "v2");
      expect(id).toMatch(/^mdr1-/);
      const received = await receiver.next(2, cameTo(path));
      for (const one of received) {
        expect(one.json).toMatchObject({
          data: { id, attributes: { body: "An address" }, links: { related: `${PUBLIC_URL}/v2.1/messages/${id}` } },
        });
      }
    });

    it("again, 30 seconds apart, until it is answered with any of the 200s", async () => {
      const path = newPath();
      const answers = [500, 302, 404, 202];
      receiver.behave(({ url }) => ({ status: url === path ? (answers.shift() ?? 200) : 200 }));
      await gateway.faults({ refuse: "rejected", only: "messages" });
      await sendText(gateway, who, { dlr_callback: at(path) });
      await receiver.next(1, cameTo(path));
      await gateway.advance(600);
      expect(came(path)).toHaveLength(4);
      const [webhook] = await webhooksOf();
      expect(webhook).toMatchObject({ state: "answered", attempts: 4 });
      const waits = webhook?.history.flatMap(({ at, again }) => (again ? Date.parse(`${again}`) - Date.parse(at) : []));
      expect(waits).toEqual([30_000, 30_000, 30_000]);
    });
  });

  describe("hears what people write:", () => {
    it("flat, at an address from the time of v2", async () => {
      const path = newPath();
      await setByOperator({ messageUrl: at(path), form: "v2" });
      const from = await writes("Hello! 🙂");
      const [received] = await receiver.next(1, cameTo(path));
      expect(received?.method).toBe("POST");
      expect(received?.headers["content-type"]).toBe("application/json");
      expect(received?.headers["accept-encoding"]).toContain("gzip");
      const id = String(received?.json.id);
      expect(id).toMatch(/^mdr1-[0-9a-f]{32}$/);
      expect(received?.body).toBe(JSON.stringify({ to: who.digits, body: "Hello! 🙂", from: from.slice(1), id }));
      // It is a record like any other.
      const record = await call(gateway, who, "GET", `/v2/messages/${id}`);
      expect(await record.json()).toMatchObject({
        data: { id, attributes: { body: "Hello! 🙂", direction: "inbound" } },
      });
    });

    it("flat also where the operator names no form", async () => {
      const path = newPath();
      await setByOperator({ messageUrl: at(path) });
      await writes("Hello");
      const [received] = await receiver.next(1, cameTo(path));
      expect(Object.keys(received?.json ?? {})).toEqual(["to", "body", "from", "id"]);
    });

    it.each([
      { version: "v2.1", plus: "" },
      { version: "v2.2", plus: "+" },
    ])("as a record, at an address that was set by $version", async ({ version, plus }) => {
      const path = newPath();
      await gateway.operator("PATCH", `/admin/v1/accounts/${who.account}`, {
        settings: { rates: { inbound: 5_000_000 } },
      });
      await setAddress("sms_callback", path, version);
      const from = await writes("Hello");
      const [received] = await receiver.next(1, cameTo(path));
      const id = received && receiptIn(received).data.id;
      expect(id).toMatch(/^mdr2-[0-9a-f]{32}$/);
      expect(received?.headers["content-type"]).toBe("application/json");
      expect(received?.json).toEqual({
        data: {
          type: "message",
          id,
          attributes: {
            body: "Hello",
            to: plus + who.digits,
            from: plus + from.slice(1),
            direction: "inbound",
            amount_nanodollars: 5_000_000,
            amount_display: "$0.0050",
            message_encoding: 0,
            timestamp: expect.stringMatching(TIME),
            is_mms: false,
            message_type: "longcode",
            message_callback_url: at(path),
            status: "delivered",
            delivery_receipts: [],
            ...(version === "v2.2" ? { price_details: expect.any(Object) } : {}),
          },
          relationships: { media: { data: [] } },
        },
      });
      const record = (await (await call(gateway, who, "GET", `/${version}/messages/${id}`)).json()) as unknown;
      expect(record).toMatchObject({
        data: { id, attributes: { body: "Hello", message_callback_url: at(path) } },
      });
    });

    it("in the form in which the address was set, whatever else was set since", async () => {
      const path = newPath();
      await setByOperator({ messageUrl: at(path), form: "v2" });
      await setAddress("mms_callback", newPath(), "v2.2");
      await setAddress("dlr_callback", newPath(), "v2.2");
      await writes("Hello");
      const [flat] = await receiver.next(1, cameTo(path));
      expect(Object.keys(flat?.json ?? {})).toEqual(["to", "body", "from", "id"]);
    });

    it("at the number's address before the account's, each in its own form", async () => {
      const [numbers, accounts] = [newPath(), newPath()];
      await setByOperator({ messageUrl: at(accounts), form: "v2" });
      await writes("To the account's");
      await receiver.next(1, cameTo(accounts));
      await setForNumber("sms_callback", numbers);
      await writes("To the number's");
      const [record] = await receiver.next(1, cameTo(numbers));
      expect(record?.json).toMatchObject({ data: { type: "message", attributes: { body: "To the number's" } } });
      expect(came(accounts).map(({ json }) => json.body)).toEqual(["To the account's"]);
    });

    it("with pictures at an address of their own, in its form, or else where texts are told of", async () => {
      const [texts, pictures] = [newPath(), newPath()];
      const sends = (text: string) =>
        gateway.operator("POST", `/sandbox/v1/handsets/${newPerson()}/messages`, {
          to: who.number,
          text,
          channel: "MMS",
        });
      await setByOperator({ messageUrl: at(texts), form: "v2" });
      await sends("Look");
      const [flat] = await receiver.next(1, cameTo(texts));
      expect(flat?.json).toMatchObject({ body: "Look", to: who.digits });
      await setAddress("mms_callback", pictures, "v2.2");
      await sends("Look here");
      const [record] = await receiver.next(1, cameTo(pictures));
      expect(record?.json).toMatchObject({
        data: {
          attributes: {
            body: "Look here",
            to: who.number,
            is_mms: true,
            status: "",
            message_callback_url: at(pictures),
          },
        },
      });
      await writes("Only a text");
      await receiver.next(2, cameTo(texts));
      expect(came(texts).map(({ json }) => json.body)).toEqual(["Look", "Only a text"]);
      expect(came(pictures)).toHaveLength(1);
    });

    it("at a number's address for which the account has none, and nowhere where there is neither", async () => {
      const path = newPath();
      await writes("To nobody's");
      await setForNumber("sms_callback", path);
      await writes("To the number's");
      await receiver.next(1, cameTo(path));
      await gateway.advance(60);
      expect(came(path)).toHaveLength(1);
    });

    it("at its long numbers, and nothing of what comes to a short one", async () => {
      const path = newPath();
      const short = "23459";
      await gateway.operator("PUT", `/admin/v1/accounts/${who.account}/senders/${short}`, {
        kind: "short-number",
        country: "US",
      });
      await setByOperator({ messageUrl: at(path), form: "v2" });
      await gateway.operator("POST", `/sandbox/v1/handsets/${newPerson()}/messages`, {
        to: short,
        text: "To the short",
      });
      await writes("To the long");
      await receiver.next(1, cameTo(path));
      await gateway.advance(60);
      expect(came(path).map(({ json }) => json.body)).toEqual(["To the long"]);
      expect(await webhooksOf()).toHaveLength(1);
    });

    it("to the same price, however often it is tried and whatever the rates are by then", async () => {
      const path = newPath();
      const answers = [500, 200];
      receiver.behave(({ url }) => ({ status: url === path ? (answers.shift() ?? 200) : 200 }));
      const charge = (inbound: number) =>
        gateway.operator("PATCH", `/admin/v1/accounts/${who.account}`, { settings: { rates: { inbound } } });
      await charge(5_000_000);
      await setAddress("sms_callback", path);
      await writes("Hello");
      await receiver.next(1, cameTo(path));
      await charge(1);
      await gateway.advance(60);
      const received = came(path);
      expect(received).toHaveLength(2);
      expect(received[1]?.body).toBe(received[0]?.body);
      expect(received[1]?.json).toMatchObject({ data: { attributes: { amount_nanodollars: 5_000_000 } } });
    });

    it("again from v2 until it is answered with 200 and nothing else", async () => {
      const path = newPath();
      const answers = [204, 500, 202, 200];
      receiver.behave(({ url }) => ({ status: url === path ? (answers.shift() ?? 200) : 200 }));
      await setByOperator({ messageUrl: at(path), form: "v2" });
      await writes("Hello");
      await receiver.next(1, cameTo(path));
      await gateway.advance(300);
      const received = came(path);
      expect(received).toHaveLength(4);
      expect(new Set(received.map(({ body }) => body)).size).toBe(1);
      expect(await webhooksOf()).toMatchObject([{ state: "answered", attempts: 4 }]);
    });

    it("once from later versions, whichever of the 200s it is answered with", async () => {
      const path = newPath();
      receiver.behave(() => ({ status: 204 }));
      await setAddress("sms_callback", path);
      await writes("Hello");
      await receiver.next(1, cameTo(path));
      await gateway.advance(300);
      expect(came(path)).toHaveLength(1);
    });

    it.each(["v2", "v2.1"])("four times more from %s, and then it is dead, and still in the list", async (form) => {
      const path = newPath();
      receiver.behave(({ url }) => ({ status: url === path ? 503 : 200 }));
      await setByOperator({ messageUrl: at(path), form });
      await writes("Is anybody there?");
      await receiver.next(1, cameTo(path));
      await gateway.advance(3_600);
      expect(came(path)).toHaveLength(5);
      expect(await webhooksOf()).toMatchObject([{ state: "dead", attempts: 5 }]);
      const list = await call(gateway, who, "GET", "/v2/messages?start_date=2020-01-01");
      expect(await list.json()).toMatchObject({ data: [{ attributes: { body: "Is anybody there?" } }] });
    });
  });
});

describe("without a public URL", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  it("a receipt links to a path", async () => {
    const who = await openAccessKey(gateway);
    const id = await sendText(gateway, who, { dlr_callback: `${receiver.url}/receipts` });
    const [received] = await receiver.next();
    expect(received?.json).toMatchObject({ data: { links: { related: `/v2.1/messages/${id}` } } });
  });
});

describe("what counts as received", () => {
  const answered = (status: number) => ({ outcome: "answered" as const, status, body: "", milliseconds: 1 });
  const rows = [
    { kind: "inbound" as const, form: "v2", takes: [200] },
    { kind: "inbound" as const, form: undefined, takes: [200] },
    { kind: "inbound" as const, form: "v2.1", takes: [200, 201, 202, 204] },
    { kind: "inbound" as const, form: "v2.2", takes: [200, 201, 202, 204] },
    { kind: "report" as const, form: undefined, takes: [200, 201, 202, 204] },
  ];
  it.each(rows)("of $kind in $form: $takes", ({ kind, form, takes }) => {
    const all = [200, 201, 202, 204, 301, 304, 400, 404, 429, 500, 503];
    expect(all.filter((status) => webhooks.isReceived(answered(status), kind, form))).toEqual(takes);
    expect(webhooks.isReceived({ outcome: "failed", error: "no answer", milliseconds: 1 }, kind, form)).toBe(false);
  });

  it("is tried for four times more, half a minute apart", () => {
    expect([1, 2, 3, 4, 5, 6].map((failures) => webhooks.retryAfter(failures, {}))).toEqual([
      ...[30, 30, 30, 30],
      undefined,
      undefined,
    ]);
  });
});
