/** The bytes of each call, what counts as received, when it is tried again; and what customers hear of their messages. */

import { afterEach, describe, expect, it } from "vitest";
import type { HttpAnswer, HttpRequest } from "../../../src/core/kernel/ports.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import type { InboundEvent, ReportEvent } from "../../../src/core/webhooks/webhook.ts";
import { DEFAULT_PARAMETERS, PARAMETERS } from "../../../src/dialects/cm/parameters.ts";
import { webhooks } from "../../../src/dialects/cm/webhooks.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";
import { aMsg, newGsm, openTokenAccount, send, type TokenAccount } from "./support.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const URL_ = "https://shop.example/dlr";
const at = Date.UTC(2026, 10, 22, 0, 5, 9);
const now = Date.UTC(2026, 10, 22, 13, 30, 0);
const ports = { clock: { now: () => now } } as never;

const message = {
  id: "msg_000001abcdefghijklmnop",
  recipient: "+4798079008",
  operator: "no.telenor",
  reference: "ref-1",
  echo: { reference: "order 7", customGrouping: "a", customGrouping2: "b", customGrouping3: "c" },
} as unknown as Message;

type Style = { method: "GET" | "POST"; template?: string };

function reported(event: Partial<ReportEvent>, more: { url?: string; style?: Style; of?: Partial<Message> } = {}) {
  return webhooks.report(
    {
      url: more.url ?? URL_,
      event: { state: "delivered", at, ...event },
      message: { ...message, ...more.of },
      attempt: 1,
      style: more.style,
    },
    ports,
  );
}

/** All that can be asked for. */
async function valuesOf(event: Partial<ReportEvent>, of: Partial<Message> = {}) {
  const query = PARAMETERS.map((name) => `${encodeURIComponent(name)}=[${name}]`).join("&");
  const { url } = await reported(event, { url: `${URL_}?${query}`, of });
  return Object.fromEntries(new URL(url).searchParams);
}

describe("a report", () => {
  it("comes when the operator has it, and at the end", () => {
    expect(webhooks.reports).toEqual(["sent", "delivered", "failed", "expired"]);
  });

  it("is a GET with the default parameters in its query", async () => {
    expect(webhooks.method).toBe("GET");
    const request = {
      method: "GET",
      url:
        `${URL_}?CREATED_S=2026-11-22T00%3A05%3A09&DATETIME_S=2026-11-22T13%3A30%3A00&GSM=004798079008` +
        "&REFERENCE=order+7&STANDARDERRORTEXT=&STATUS=2&STATUSDESCRIPTION=",
      headers: {},
    };
    expect(await reported({})).toEqual(request);
    expect(await reported({}, { style: { method: "GET" } })).toEqual(request);
  });

  it("says all that can be asked for", async () => {
    const values = {
      CREATED_S: "2026-11-22T00:05:09",
      DATETIME_S: "2026-11-22T13:30:00",
      GSM: "004798079008",
      REFERENCE: "order 7",
      STANDARDERRORTEXT: "",
      STATUS: "2",
      STATUSDESCRIPTION: "",
      "+GSM": "+4798079008",
      EXTERNALSTATUSDESCRIPTION: "delivered",
      ID: "3589119110148342",
      OPERATOR: "24201",
      RECIPIENT: "004798079008",
      SRCREATED: "11/22/2026 12:05:09 AM",
      SRCREATED_S: "2026-11-22T00:05:09",
      STATUSCODESTRING: "",
      STATUSISSUCCESS: "1",
      TIME: "01:30:00 PM",
      CUSTOMGROUPING: "a",
      CUSTOMGROUPING2: "b",
      CUSTOMGROUPING3: "c",
    };
    expect(await valuesOf({})).toEqual(values);
    expect(await valuesOf({ state: "sent" })).toEqual({
      ...values,
      STATUS: "0",
      EXTERNALSTATUSDESCRIPTION: "sent",
    });
    const error = {
      ...values,
      STANDARDERRORTEXT: "Recipient could not be reached",
      STATUS: "3",
      STATUSDESCRIPTION: "24",
      EXTERNALSTATUSDESCRIPTION: "subscriber unavailable",
      STATUSCODESTRING: "recipient could not be reached",
      STATUSISSUCCESS: "0",
    };
    expect(await valuesOf({ state: "failed", reason: "subscriber-unavailable" })).toEqual(error);
  });

  it.each([
    ["no.telenor", "24201"],
    ["no.telia", "24202"],
    ["no.ice", "24214"],
    ["se.tele2", ""],
    [undefined, ""],
  ])("names the operator %s by its network: %j", async (operator, code) => {
    expect(await valuesOf({}, { operator } as Partial<Message>)).toMatchObject({ OPERATOR: code });
  });

  it("has the same integer for a message each time, and another for each message", async () => {
    const of = async (id: string) => (await valuesOf({}, { id } as Partial<Message>)).ID ?? "";
    const ids = await Promise.all(Array.from({ length: 100 }, (_, n) => of(`msg_${n}`)));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(Number.isSafeInteger(Number(id)) && /^\d+$/.test(id)).toBe(true);
    expect(await of("msg_0")).toBe(ids[0]);
  });

  it("leaves empty what was not given", async () => {
    expect(await valuesOf({}, { echo: {} })).toMatchObject({
      REFERENCE: "",
      CUSTOMGROUPING: "",
      CUSTOMGROUPING2: "",
      CUSTOMGROUPING3: "",
    });
  });

  it("of a message that was no SMS names the person as it was told to", async () => {
    const named = await valuesOf({}, { recipient: "1234567890123456789", channel: "Twitter" });
    expect(named).toMatchObject({ GSM: "1234567890123456789", "+GSM": "1234567890123456789" });
  });

  it("fills in an address that names parameters, and puts nothing behind it", async () => {
    const url = "https://shop.example/dlr/[STATUS]?ref=%5BREFERENCE%5D";
    expect((await reported({}, { url })).url).toBe("https://shop.example/dlr/2?ref=order%207");
  });

  it("may come by POST, with the vendor's JSON or with what the customer wrote", async () => {
    const request: HttpRequest = await reported(
      { state: "failed", reason: "undelivered" },
      { style: { method: "POST" } },
    );
    expect(request).toMatchObject({ method: "POST", url: URL_, headers: { "content-type": "application/json" } });
    expect(JSON.parse(request.body ?? "")).toEqual({
      messages: {
        msg: {
          received: "2026-11-22T00:05:09",
          to: "004798079008",
          reference: "order 7",
          status: {
            code: "3",
            errorCode: "5",
            errorDescription: "Message confirmed as not delivered, for an unknown cause",
          },
          operator: "24201",
        },
      },
    });

    const template = "<DLR REF='[REFERENCE]'>[STATUS]</DLR>";
    for (const method of ["POST", "GET"] as const) {
      expect(await reported({}, { style: { method, template }, url: `${URL_}/[STATUS]` })).toEqual({
        method: "POST",
        url: `${URL_}/2`,
        headers: { "content-type": "application/xml" },
        body: "<DLR REF='order 7'>2</DLR>",
      });
    }
  });
});

describe("the test call", () => {
  const probed = (url: string, style: Style = { method: "GET" }) =>
    webhooks.probe?.({ url, style }, ports) as Promise<HttpRequest>;

  it("is like a report, with STATUS 0 and no reference", async () => {
    const { method, url } = await probed(URL_);
    expect(method).toBe("GET");
    expect([...new URL(url).searchParams.keys()]).toEqual([...DEFAULT_PARAMETERS]);
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      CREATED_S: "2026-11-22T13:30:00",
      DATETIME_S: "2026-11-22T13:30:00",
      GSM: "004700000000",
      REFERENCE: "",
      STANDARDERRORTEXT: "",
      STATUS: "0",
      STATUSDESCRIPTION: "",
    });
  });

  it("is made of what the customer wrote", async () => {
    expect((await probed(`${URL_}?s=[STATUS]&r=[REFERENCE]`)).url).toBe(`${URL_}?s=0&r=`);
    const { body } = await probed(URL_, { method: "POST", template: '{"s": [STATUS], "r": "[REFERENCE]"}' });
    expect(body).toBe('{"s": 0, "r": ""}');
  });

  it("is not made to an address with a name nobody knows", async () => {
    await expect(probed(`${URL_}?r=[REFRENCE]`)).rejects.toThrow(/^reportUrl: \[REFRENCE\] is not known/);
  });
});

describe("what a person wrote", () => {
  const inbound = {
    id: "inb_01abc",
    sender: "+4798079008",
    recipient: "2002",
    text: 'Hei "på" deg',
    receivedAt: at,
  } as unknown as InboundEvent["inbound"];
  const told = (more: Partial<InboundEvent["inbound"]> = {}) => {
    const event: InboundEvent = { state: "received", at, method: "GET", inbound: { ...inbound, ...more } };
    return webhooks.inbound?.({ id: "whk_1", url: URL_, event, attempt: 1, settings: {} }, ports);
  };

  it("is JSON by POST, however reports come, with its keys in the vendor's order", async () => {
    expect(await told()).toEqual({
      method: "POST",
      url: URL_,
      headers: { "content-type": "application/json" },
      body:
        '{"reference":"inb_01abc","from":{"number":"+4798079008","name":""},"to":{"number":"2002"},' +
        '"message":{"text":"Hei \\"på\\" deg","media":{"mediaUri":"","contentType":"","title":""},"custom":{}},' +
        '"groupings":["","",""],"timeUtc":"2026-11-22T00:05:09","channel":"SMS","messageContext":""}',
    });
  });

  it("tells by which channel it came", async () => {
    expect(JSON.parse((await told({ channel: "WhatsApp" }))?.body ?? "").channel).toBe("WhatsApp");
  });
});

describe("an answer", () => {
  const answer = (status: number): HttpAnswer => ({ outcome: "answered", status, body: "", milliseconds: 1 });

  it.each([
    [200, true, true],
    [201, false, true],
    [202, false, true],
    [204, false, false],
    [301, false, false],
    [500, false, false],
  ])("of %i to a report counts: %s; to what a person wrote: %s", (status, report, inbound) => {
    expect(webhooks.isReceived(answer(status))).toBe(report);
    expect(webhooks.isReceived(answer(status), "report")).toBe(report);
    expect(webhooks.isReceived(answer(status), "inbound")).toBe(inbound);
  });

  it("that never comes does not", () => {
    const none: HttpAnswer = { outcome: "failed", error: "timeout", milliseconds: 10_000 };
    expect(webhooks.isReceived(none, "report")).toBe(false);
    expect(webhooks.isReceived(none, "inbound")).toBe(false);
  });
});

describe("another attempt", () => {
  /** How long after each failed attempt, until there are no more. */
  const waits = (kind: "report" | "inbound") => {
    const all: number[] = [];
    for (let wait = webhooks.retryAfter(1, {}, kind); wait !== undefined; ) {
      all.push(wait);
      wait = webhooks.retryAfter(all.length + 1, {}, kind);
    }
    return all;
  };
  const sum = (all: number[]) => all.reduce((sum, wait) => sum + wait, 0);

  it("at a report is made after a minute, then later and later, up to an hour, for seven days", () => {
    const all = waits("report");
    expect(all.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * MINUTE));
    expect(new Set(all.slice(6))).toEqual(new Set([HOUR]));
    expect(sum(all)).toBeLessThanOrEqual(7 * DAY);
    expect(sum(all) + HOUR).toBeGreaterThan(7 * DAY);
  });

  it("at what a person wrote is made every five minutes, for a month", () => {
    const all = waits("inbound");
    expect(new Set(all)).toEqual(new Set([5 * MINUTE]));
    expect(sum(all)).toBe(30 * DAY);
  });

  it.each(["report", "inbound"] as const)("at a(n) %s is not cut short by a pause of its endpoint", (kind) => {
    expect(Number(webhooks.patienceDays) * DAY).toBeGreaterThan(sum(waits(kind)));
  });
});

describe("a customer", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  afterEach(async () => {
    receiver.behave(() => ({ status: 200 }));
    await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
  });

  const configure = ({ account }: TokenAccount, callback: Record<string, unknown>) =>
    gateway.operator("PUT", `/admin/v1/accounts/${account}/callbacks/cm`, callback);
  const hook = ({ account }: TokenAccount, more = "") => `${receiver.url}/${account}${more}`;
  const came = ({ account }: TokenAccount) => receiver.received.filter(({ url }) => url.startsWith(`/${account}`));
  /** What was reported of this reference, in order. */
  const told = (who: TokenAccount, reference: string) => came(who).map(queryOf).filter(isAbout(reference));
  const queryOf = ({ url }: Received) => Object.fromEntries(new URL(url, "http://x").searchParams);
  const isAbout = (reference: string) => (values: Record<string, string>) => values.REFERENCE === reference;
  const untilTold = async (who: TokenAccount, reference: string, count: number) => {
    const isOurs = (one: Received) => one.url.startsWith(`/${who.account}`) && isAbout(reference)(queryOf(one));
    await receiver.next(count, isOurs);
    await gateway.advance(0);
    return told(who, reference);
  };
  const listening = async () => {
    const who = await openTokenAccount(gateway);
    await configure(who, { reportUrl: hook(who) });
    return who;
  };
  /** Sends one message, and says by which reference it is told of. */
  const sent = async (who: TokenAccount, more: Record<string, unknown> = {}) => {
    const reference = `order-${receiver.received.length}`;
    expect(await send(gateway, who, aMsg({ reference, ...more }))).toMatchObject({ status: 200, errorCode: 0 });
    return reference;
  };

  it("hears that a message was taken, then that it was delivered", async () => {
    const who = await listening();
    const number = newGsm();
    const reference = await sent(who, { to: [{ number }] });
    const [taken, delivered, ...more] = await untilTold(who, reference, 2);
    expect(more).toEqual([]);
    expect(taken).toMatchObject({ STATUS: "0", GSM: number, STATUSDESCRIPTION: "", STANDARDERRORTEXT: "" });
    expect(delivered).toMatchObject({ STATUS: "2", GSM: number, STATUSDESCRIPTION: "", STANDARDERRORTEXT: "" });
  });

  it("hears that a message was refused by the carrier", async () => {
    const who = await listening();
    await gateway.faults({ refuse: "unknown-subscriber" });
    const reference = await sent(who);
    expect(await untilTold(who, reference, 1)).toMatchObject([
      { STATUS: "1", STATUSDESCRIPTION: "23", STANDARDERRORTEXT: "Recipient number is wrong, blacklisted or barred" },
    ]);
  });

  it("hears that a message was taken and failed, and why", async () => {
    const who = await listening();
    const reference = await sent(who, { to: [{ number: "004700000010" }] });
    const reports = await untilTold(who, reference, 2);
    expect(reports).toMatchObject([{ STATUS: "0" }, { STATUS: "3", STATUSDESCRIPTION: "5" }]);
  });

  it("hears that a message was not taken while it held", async () => {
    const who = await listening();
    await gateway.faults({ busySeconds: 600 });
    const reference = await sent(who, { validity: "30m" });
    await gateway.advance(HOUR);
    expect(told(who, reference)).toMatchObject([{ STATUS: "3", STATUSDESCRIPTION: "8" }]);
  });

  it("hears one word at the end, whatever the carrier says after it", async () => {
    const who = await listening();
    await gateway.faults({ contradict: true, duplicateReceipts: 2 });
    const reference = await sent(who);
    await untilTold(who, reference, 2);
    await gateway.advance(HOUR);
    expect(told(who, reference).map(({ STATUS }) => STATUS)).toEqual(["0", "2"]);
  });

  it("hears it again until the answer is 200", async () => {
    const who = await listening();
    receiver.behave(({ url }) => ({ status: url.startsWith(`/${who.account}`) ? 500 : 200 }));
    const reference = await sent(who);
    await untilTold(who, reference, 2);
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(2 * MINUTE);
    const statuses = told(who, reference).map(({ STATUS }) => STATUS);
    expect(statuses.slice(0, 2)).toEqual(["0", "2"]);
    // Both are due again at the same moment.
    expect(statuses.slice(2).sort()).toEqual(["0", "2"]);
    await gateway.advance(DAY);
    expect(told(who, reference)).toHaveLength(4);
  });

  it("hears it in the words of a template", async () => {
    const who = await openTokenAccount(gateway);
    const template = "<DLR><REF>[REFERENCE]</REF><S>[STATUS]</S></DLR>";
    await configure(who, { reportUrl: hook(who, "/[STATUS]"), method: "POST", template });
    await sent(who, { reference: "R&D" });
    const [, ...reports] = await receiver.next(3, ({ url }) => url.startsWith(`/${who.account}`));
    expect(reports.map(({ method, url, body }) => [method, url, body])).toEqual(
      [0, 2].map((status) => ["POST", `/${who.account}/${status}`, `<DLR><REF>R&amp;D</REF><S>${status}</S></DLR>`]),
    );
    expect(reports.map(({ headers }) => headers["content-type"])).toEqual(["application/xml", "application/xml"]);
  });

  describe("who says where reports go", () => {
    const path = ({ account }: TokenAccount) => `/admin/v1/accounts/${account}/callbacks/cm`;
    const refused = (who: TokenAccount, callback: Record<string, unknown>) =>
      gateway.refusal("PUT", path(who), callback);

    it("has the address called, and kept where it answers 200", async () => {
      const who = await listening();
      const calls = came(who);
      expect(calls).toHaveLength(1);
      expect(calls[0]?.method).toBe("GET");
      expect(queryOf(calls[0] as Received)).toMatchObject({ STATUS: "0", REFERENCE: "" });
      expect(await gateway.operator("GET", path(who))).toMatchObject({ reportUrl: hook(who), method: "GET" });
    });

    it.each([404, 500, 302, 204])("is told that it answered %i, and nothing is kept", async (status) => {
      const who = await openTokenAccount(gateway);
      receiver.behave(() => ({ status }));
      const problem = await refused(who, { reportUrl: hook(who) });
      expect(problem).toMatchObject({ status: 400, field: "reportUrl" });
      expect(problem.detail).toContain(`answered ${status}`);
      expect(await gateway.refusal("GET", path(who))).toMatchObject({ status: 404 });
    });

    it("is told of a name that nobody knows, in the address and in the body", async () => {
      const who = await openTokenAccount(gateway);
      expect(await refused(who, { reportUrl: hook(who, "?r=[REFRENCE]") })).toMatchObject({
        status: 400,
        field: "reportUrl",
        detail: expect.stringContaining("[REFRENCE] is not known"),
      });
      expect(await refused(who, { reportUrl: hook(who), template: '{"r": "[REFRENCE]"}' })).toMatchObject({
        status: 400,
        field: "template",
        detail: expect.stringContaining("[REFRENCE] is not known"),
      });
      expect(came(who)).toEqual([]);
    });
  });

  describe("to whom people write", () => {
    const write = (to: string, text: string) =>
      gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent("+4798079008")}/messages`, { to, text });
    const withNumber = async (number: string) => {
      const who = await openTokenAccount(gateway);
      const sender = { kind: "short-number", country: "NO" };
      await gateway.operator("PUT", `/admin/v1/accounts/${who.account}/senders/${number}`, sender);
      await configure(who, { messageUrl: hook(who) });
      return who;
    };

    it.each([
      ["2301", 200],
      ["2302", 201],
      ["2303", 202],
    ])("hears at %s, and has heard with %i", async (number, status) => {
      const who = await withNumber(number);
      expect(came(who)).toEqual([]);
      receiver.behave(() => ({ status }));
      await write(number, "HELLO");
      const [heard] = await receiver.next(1, ({ url }) => url.startsWith(`/${who.account}`));
      expect(heard).toMatchObject({
        method: "POST",
        json: {
          reference: expect.stringMatching(/^inb_/),
          from: { number: "+4798079008" },
          to: { number },
          message: { text: "HELLO" },
          channel: "SMS",
        },
      });
      await gateway.advance(HOUR);
      expect(came(who)).toHaveLength(1);
    });

    it("hears again every five minutes until they have heard", async () => {
      const who = await withNumber("2304");
      receiver.behave(() => ({ status: 500 }));
      await write("2304", "HELLO");
      await receiver.next(1, ({ url }) => url.startsWith(`/${who.account}`));
      await gateway.advance(HOUR + MINUTE);
      expect(came(who)).toHaveLength(13);
      expect(new Set(came(who).map(({ body }) => body)).size).toBe(1);
      receiver.behave(() => ({ status: 202 }));
      await gateway.advance(HOUR);
      expect(came(who)).toHaveLength(14);
    });
  });
});
