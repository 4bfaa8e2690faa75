/** What an operator sees of PDUs: how many, what went wrong, and for a while themselves, masked. */

import { describe, expect, it } from "vitest";
import type { SmppTrouble, TracedPdu } from "../../src/core/operator/smpp.ts";
import { Meter } from "../../src/doors/smpp/meter.ts";
import { shownOf } from "../../src/doors/smpp/shown.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { encode, pdu, respond, toTlvs } from "../../src/smpp/pdu.ts";
import type { LineBook } from "../../src/store/messaging/line-book.ts";

const START = Date.UTC(2026, 10, 29);
const ascii = (text: string) => new TextEncoder().encode(text);
const submit = pdu("submit_sm", {
  sequence: 7,
  body: { source: "Shop", destination: "4791234567", shortMessage: ascii("a secret"), dataCoding: 8 },
  tlvs: toTlvs({ userMessageReference: 5, payload: ascii("and more of it") }),
});

/** The memory's twin of the book, which counts what is written. */
function world() {
  let now = START;
  let until = 0;
  let writes = 0;
  let pdus: TracedPdu[] = [];
  const noted = new Map<string, SmppTrouble>();
  const book: LineBook = {
    note(trouble) {
      writes += 1;
      const key = `${trouble.kind} ${trouble.what}`;
      noted.set(key, { ...trouble, times: trouble.times + (noted.get(key)?.times ?? 0) });
    },
    troubles: () => [...noted.values()],
    until: () => until,
    trace(to) {
      until = to;
      pdus = [];
    },
    keep: (one) => void pdus.push(one),
    traced: () => pdus,
  };
  return {
    meter: new Meter(book, () => now),
    /** Another one at the same book, as after the object slept. */
    woken: () => new Meter(book, () => now),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    writes: () => writes,
  };
}

describe("a PDU that is shown", () => {
  it.each(["4791234567", "+47 91 23 45 67", "0047 (912) - 34-567"])(
    "has no whole number, as it is written in %s",
    (number) => {
      const { body } = submit;
      const shown = shownOf(encode({ ...submit, body: { ...body, source: number, destination: number } }));
      expect(String(shown.fields.destination).replaceAll("*", "")).toMatch(/^(\+47)?67$/);
      expect(shown.fields.source).toBe(shown.fields.destination);
    },
  );

  it("has neither its text nor a whole number", () => {
    const shown = shownOf(encode(submit));
    expect(shown).toMatchObject({
      command: "submit_sm",
      sequence: 7,
      fields: { source: "Shop", destination: "********67", shortMessage: "8 octets", dataCoding: 8 },
    });
    expect(shown.fields).toMatchObject({ payload: "14 octets", userMessageReference: 5 });
    expect(JSON.stringify(shown)).not.toMatch(/secret|more of it|9123/);
  });

  it("has no password", () => {
    const bind = pdu("bind_transceiver", { body: { systemId: "bakery", password: "pa55word" } });
    expect(shownOf(encode(bind)).fields).toMatchObject({ systemId: "bakery", password: "***" });
  });

  it("is named by its number where nobody knows it, and says that it cannot be read", () => {
    expect(shownOf(Uint8Array.of(0, 0, 0, 16, 0, 0, 1, 17, 0, 0, 0, 0, 0, 0, 0, 3))).toMatchObject({
      command: "0x00000111",
      sequence: 3,
    });
    const cut = encode(submit).slice(0, 20);
    expect(shownOf(cut)).toMatchObject({ command: "submit_sm", fields: { unreadable: STATUS.commandLength } });
  });
});

describe("what goes over a connection", () => {
  it("is counted by the minute, each connection by itself", () => {
    const { meter, pass } = world();
    for (let count = 0; count < 10; count++) meter.saw("one", "heard", encode(submit));
    meter.saw("one", "sent", encode(respond(submit, 0)));
    expect(meter.requestsOf("one")).toEqual({ heard: 10, sent: 0 });
    expect(meter.requestsOf("other")).toEqual({ heard: 0, sent: 0 });
    pass(90_000);
    expect(meter.requestsOf("one").heard).toBe(5);
    pass(60_000);
    expect(meter.requestsOf("one").heard).toBe(0);
  });

  it("leaves nothing of connections that are over, however many there were", () => {
    const { meter, pass } = world();
    for (let count = 0; count < 100; count++) {
      meter.saw(`bind ${count}`, "sent", encode(submit));
      pass(20_000);
    }
    expect(meter.held).toBeLessThanOrEqual(6);
  });

  it("is counted by its beginning where what went wrong takes many words", () => {
    const { meter, pass } = world();
    const why = `smsc.example:2775 cannot be reached: ${"no route to host, ".repeat(20)}`;
    for (let count = 0; count < 5; count++) {
      meter.note("ended", why);
      pass(1);
    }
    expect(meter.troubles).toMatchObject([{ kind: "ended", what: why.slice(0, 200), times: 5 }]);
  });

  it("is written down where it goes wrong, and seldom in a storm", () => {
    const { meter, woken, pass, writes } = world();
    for (let count = 0; count < 1_000; count++) {
      meter.saw("one", "sent", encode(respond(submit, STATUS.throttled)));
      pass(1);
    }
    expect(writes()).toBe(1);
    expect(meter.troubles).toMatchObject([{ kind: "answered", what: "submit_sm_resp 0x00000058", times: 1_000 }]);
    pass(10_000);
    meter.saw("one", "sent", encode(respond(submit, STATUS.throttled)));
    expect(writes()).toBe(2);
    expect(woken().troubles).toMatchObject([{ times: 1_001 }]);
  });

  it("is kept for as long as that is asked for, and forgotten an hour later", () => {
    const { meter, woken, pass } = world();
    meter.saw("one", "heard", encode(submit));
    expect(meter.traced()).toEqual({ until: 0, pdus: [] });
    meter.trace(START + 60_000);
    meter.saw("one", "heard", encode(submit));
    // After it slept, too.
    woken().saw("one", "sent", encode(respond(submit, 0)));
    pass(60_000);
    meter.saw("one", "heard", encode(submit));
    const { until, pdus } = meter.traced();
    expect(until).toBe(0);
    expect(pdus.map(({ way, command }) => `${way} ${command}`)).toEqual(["heard submit_sm", "sent submit_sm_resp"]);
    expect(meter.forgetTraced()).toBe(true);
    pass(3_600_000);
    expect(meter.forgetTraced()).toBe(false);
    expect(meter.traced().pdus).toEqual([]);
  });
});
