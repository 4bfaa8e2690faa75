/**
 * What our bind makes of what an SMSC may say, case by case; octets go through encoding and decoding, as on a wire. L: the link, B: the
 * bind, S: answers to submits, R: receipts, T: texts that people write.
 */

import { describe, expect, it } from "vitest";
import type { SmscConfig } from "../../../src/carriers/smpp/config.ts";
import { toBase64 } from "../../../src/core/kernel/base64.ts";
import type { Receipt, SubmitResult } from "../../../src/core/messages/carrier.ts";
import { STATUS } from "../../../src/smpp/fields.ts";
import { type BodyOf, type Pdu, pdu, respond, type TlvValues, toTlvs } from "../../../src/smpp/pdu.ts";
import { config, ok, receipt, text, world } from "../../support/bind-world.ts";

const ascii = (words: string) => new TextEncoder().encode(words);
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));

async function bound(settings: Partial<SmscConfig> = {}) {
  const one = world();
  await one.bind.configure({ ...config, ...settings });
  await one.bind.tick();
  return one;
}

/** A bound world in which a text was taken under this id. */
async function taken(messageId: string, settings: Partial<SmscConfig> = {}) {
  const one = await bound(settings);
  const results = one.bind.submit([text("a")], one.now() + 8_000);
  await one.settle();
  one.links[0]?.hear(ok(one.submits()[0] as Pdu, messageId));
  await results;
  return one;
}

describe("an answer to a submit", () => {
  const refused = (reason: string, own?: true) => ({ outcome: "refused", reason, ...(own ? { own } : {}) });
  const busy = (retryAfterSeconds: number) => ({ outcome: "busy", retryAfterSeconds });
  const answers: { id: string; name: string; status: number; result: object }[] = [
    { id: "S1a", name: "ROK: taken", status: 0x00, result: { outcome: "taken", reference: "id-1" } },
    { id: "S1b", name: "RINVMSGLEN: the text is the reason", status: 0x01, result: refused("bad-text") },
    { id: "S1c", name: "RINVCMDLEN: our PDU is", status: 0x02, result: refused("carrier-error", true) },
    { id: "S1d", name: "RINVCMDID", status: 0x03, result: refused("carrier-error", true) },
    { id: "S1e", name: "RINVBNDSTS: it goes again, after a new bind", status: 0x04, result: busy(5) },
    { id: "S1f", name: "RINVPRTFLG", status: 0x06, result: refused("carrier-error", true) },
    { id: "S1g", name: "RINVREGDLVFLG", status: 0x07, result: refused("carrier-error", true) },
    { id: "S1h", name: "RSYSERR: later", status: 0x08, result: busy(30) },
    { id: "S1i", name: "RINVSRCADR", status: 0x0a, result: refused("bad-sender") },
    { id: "S1j", name: "RINVDSTADR", status: 0x0b, result: refused("bad-number") },
    { id: "S3", name: "RMSGQFUL: later", status: 0x14, result: busy(60) },
    { id: "S1k", name: "RINVSERTYP", status: 0x15, result: refused("carrier-error", true) },
    { id: "S1l", name: "RINVESMCLASS", status: 0x43, result: refused("carrier-error", true) },
    { id: "S1m", name: "RSUBMITFAIL: another carrier may take it", status: 0x45, result: refused("rejected", true) },
    { id: "S1n", name: "RINVSRCTON", status: 0x48, result: refused("bad-sender") },
    { id: "S1o", name: "RINVSRCNPI", status: 0x49, result: refused("bad-sender") },
    { id: "S1p", name: "RINVDSTTON", status: 0x50, result: refused("bad-number") },
    { id: "S1q", name: "RINVDSTNPI", status: 0x51, result: refused("bad-number") },
    { id: "S1r", name: "RINVSCHED", status: 0x61, result: refused("carrier-error", true) },
    { id: "S1s", name: "RINVEXPIRY", status: 0x62, result: refused("carrier-error", true) },
    { id: "S1t", name: "RX_T_APPN: soon", status: 0x64, result: busy(5) },
    { id: "S1u", name: "RX_P_APPN", status: 0x65, result: refused("rejected") },
    { id: "S1v", name: "RX_R_APPN", status: 0x66, result: refused("rejected") },
    { id: "S1w", name: "RMISSINGOPTPARAM", status: 0xc3, result: refused("carrier-error", true) },
    { id: "S1x", name: "RDELIVERYFAILURE", status: 0xfe, result: refused("undelivered") },
    { id: "S1y", name: "RUNKNOWNERR: later", status: 0xff, result: busy(30) },
    { id: "S1z", name: "a carrier's own number", status: 0x400, result: refused("rejected", true) },
  ];

  it.each(answers)("$id $name", async ({ status, result }) => {
    const one = await bound();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(respond(one.submits()[0] as Pdu, status, { body: { messageId: "id-1" } }));
    const [answer] = (await results) as [SubmitResult];
    expect(answer).toMatchObject(result);
    if (!("own" in result)) expect(answer).not.toMatchObject({ own: true });
  });

  it("S2 RTHROTTLED: the bind rests for a second, and the text goes again", async () => {
    const one = await bound();
    const results = one.bind.submit([text("a"), text("b"), text("c")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(respond(one.submits()[0] as Pdu, STATUS.throttled));
    // Also what waited for its turn rests.
    await one.pass(900);
    expect(one.submits()).toHaveLength(2);
    await one.pass(200);
    one.links[0]?.hear(ok(one.submits()[1] as Pdu, "b"));
    await one.settle();
    for (const submit of one.submits().slice(2)) one.links[0]?.hear(ok(submit, "again"));
    await one.settle();
    expect(one.submits()).toHaveLength(4);
    expect((await results).map(({ outcome }) => outcome)).toEqual(["taken", "taken", "taken"]);
  });

  it("S4 without an id: taken", async () => {
    const one = await bound();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, ""));
    expect(await results).toMatchObject([{ outcome: "taken" }]);
  });

  it("S13 a generic_nack of its number: refused, as our PDU is the reason", async () => {
    const one = await bound();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    const { sequence } = one.submits()[0] as Pdu;
    one.links[0]?.hear(pdu("generic_nack", { status: STATUS.commandLength, sequence }));
    expect(await results).toMatchObject([{ outcome: "refused", reason: "carrier-error", own: true }]);
  });

  it("L12 answers in the other order: each text has its own", async () => {
    const one = await bound();
    const results = one.bind.submit([text("a"), text("b")], one.now() + 8_000);
    await one.settle();
    const [first, second] = one.submits() as [Pdu, Pdu];
    one.links[0]?.hear(ok(second, "of b"));
    one.links[0]?.hear(ok(first, "of a"));
    expect(await results).toMatchObject([{ reference: "of a" }, { reference: "of b" }]);
  });
});

describe("a receipt", () => {
  type Body = Partial<BodyOf<"deliver_sm">>;
  const words = (shortMessage: string, more: Body = {}): Body => ({
    esmClass: 4,
    shortMessage: ascii(shortMessage),
    ...more,
  });
  const delivered = { outcome: "delivered" } as const;
  const cases: { id: string; name: string; body: Body; tlvs?: TlvValues; settles?: Partial<Receipt> }[] = [
    {
      ...{ id: "R3a", name: "as the standard writes it", settles: delivered },
      body: words(
        "id:ref-7 sub:001 dlvrd:001 submit date:2611291200 done date:2611291201 stat:DELIVRD err:000 text:Hello",
      ),
    },
    {
      ...{ id: "R3b", name: "as CM.com writes it", settles: delivered },
      body: words("id:ref-7 submit date:20261129120000 done date:20261129120100 stat:DELIVRD err:000"),
    },
    { id: "R3c", name: "with upper-case keys", body: words("ID:ref-7 STAT:DELIVRD ERR:000"), settles: delivered },
    { id: "R3d", name: "with a lower-case state", body: words("id:ref-7 stat:delivrd"), settles: delivered },
    { id: "R3e", name: "with blanks after colons", body: words("id: ref-7 stat: DELIVRD err: 0"), settles: delivered },
    { id: "R3f", name: "in another order", body: words("stat:DELIVRD err:000 id:ref-7"), settles: delivered },
    { id: "R3g", name: "with its lines broken", body: words("id:ref-7\nstat:DELIVRD\nerr:000"), settles: delivered },
    {
      id: "R3h",
      name: "whose text has a state, too",
      body: words("id:ref-7 stat:DELIVRD text:stat:UNDELIV"),
      settles: delivered,
    },
    {
      id: "R3i",
      name: "with dates of zeros",
      body: words("id:ref-7 done date:0000000000 stat:DELIVRD"),
      settles: delivered,
    },
    { id: "R3j", name: "with NUL in its text", body: words("id:ref-7 stat:DELIVRD text:a\0b"), settles: delivered },
    { id: "R3k", name: "that says DELIVERED", body: words("id:ref-7 stat:DELIVERED"), settles: delivered },
    {
      id: "R3l",
      name: "of UNDELIV",
      body: words("id:ref-7 stat:UNDELIV err:001"),
      settles: { outcome: "failed", reason: "undelivered" },
    },
    { id: "R3m", name: "of FAILED", body: words("id:ref-7 stat:FAILED"), settles: { outcome: "failed" } },
    {
      id: "R3n",
      name: "of REJECTD",
      body: words("id:ref-7 stat:REJECTD"),
      settles: { outcome: "failed", reason: "rejected" },
    },
    {
      id: "R3o",
      name: "of DELETED",
      body: words("id:ref-7 stat:DELETED"),
      settles: { outcome: "failed", reason: "rejected" },
    },
    { id: "R3p", name: "of EXPIRED", body: words("id:ref-7 stat:EXPIRED"), settles: { outcome: "expired" } },
    { id: "R16", name: "of ACCEPTD: nothing yet", body: words("id:ref-7 stat:ACCEPTD") },
    { id: "R16b", name: "of ENROUTE: nothing yet", body: words("id:ref-7 stat:ENROUTE") },
    {
      id: "R16c",
      name: "on the way, by esm_class 0x20: nothing yet",
      body: words("id:ref-7 stat:ENROUTE", { esmClass: 0x20 }),
    },
    { id: "R18", name: "of UNKNOWN: another may follow", body: words("id:ref-7 stat:UNKNOWN") },
    { id: "R3q", name: "of a state that nobody knows", body: words("id:ref-7 stat:WHATEVER") },
    {
      id: "R7a",
      name: "with esm_class 0x44",
      body: words("id:ref-7 stat:DELIVRD", { esmClass: 0x44 }),
      settles: delivered,
    },
    {
      id: "R7b",
      name: "with esm_class 0x07",
      body: words("id:ref-7 stat:DELIVRD", { esmClass: 0x07 }),
      settles: delivered,
    },
    {
      ...{ id: "R7c", name: "without esm_class, with its id as a parameter", settles: delivered },
      body: words("id:ref-7 stat:DELIVRD", { esmClass: 0 }),
      tlvs: { receiptedMessageId: "ref-7", messageState: 2 },
    },
    {
      ...{ id: "R5", name: "by parameters alone", settles: delivered },
      body: { esmClass: 4 },
      tlvs: { receiptedMessageId: "ref-7", messageState: 2 },
    },
    {
      ...{ id: "R6", name: "whose parameters and text differ: the parameters count", settles: delivered },
      body: words("id:other stat:UNDELIV"),
      tlvs: { receiptedMessageId: "ref-7", messageState: 2 },
    },
    {
      ...{
        id: "R6b",
        name: "with the network's own error",
        settles: { outcome: "failed", reason: "subscriber-unavailable" } as const,
      },
      body: words("id:ref-7 stat:UNDELIV"),
      tlvs: { networkError: hex("03 0006") },
    },
    {
      ...{ id: "R8b", name: "in message_payload", settles: delivered },
      body: { esmClass: 4 },
      tlvs: { payload: ascii("id:ref-7 stat:DELIVRD") },
    },
    {
      ...{ id: "R3r", name: "in UCS-2", settles: delivered },
      body: {
        esmClass: 4,
        dataCoding: 8,
        shortMessage: Uint8Array.from(Buffer.from("id:ref-7 stat:DELIVRD", "utf16le").swap16()),
      },
    },
    { id: "R10", name: "of a text that nobody knows", body: words("id:other stat:DELIVRD") },
    { id: "R10b", name: "of nothing", body: words("") },
  ];

  it.each(cases)("$id $name", async ({ body, tlvs = {}, settles }) => {
    const one = await taken("ref-7");
    const at = { source: "4791000000", destination: "Shop" };
    one.links[0]?.hear(pdu("deliver_sm", { sequence: 900, body: { ...at, ...body }, tlvs: toTlvs(tlvs) }));
    await one.settle();
    expect(one.settled).toMatchObject(settles ? [{ message: "msg_a", ...settles }] : []);
    // Whatever it is, it is not told again.
    expect(one.links[0]?.said.at(-1)).toMatchObject({ command: "deliver_sm_resp", status: 0, sequence: 900 });
    expect(one.received).toEqual([]);
  });

  it("R8 as data_sm", async () => {
    const one = await taken("ref-7");
    const tlvs = toTlvs({ receiptedMessageId: "ref-7", messageState: 2 });
    one.links[0]?.hear(pdu("data_sm", { sequence: 900, body: { esmClass: 4, source: "4791000000" }, tlvs }));
    await one.settle();
    expect(one.settled).toMatchObject([{ message: "msg_a", outcome: "delivered" }]);
    expect(one.links[0]?.said.at(-1)).toMatchObject({ command: "data_sm_resp", status: 0 });
  });

  it("R2 twice: nothing more by the second", async () => {
    const one = await taken("ref-7");
    for (const sequence of [900, 901]) one.links[0]?.hear(receipt("ref-7", sequence));
    await one.settle();
    expect(new Set(one.settled.map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
  });

  const ids = [
    { id: "R4a", ids: "same", answer: "0a1B", told: "0a1B" },
    { id: "R4b", ids: "folded", answer: "00AB", told: "ab" },
    { id: "R4c", ids: "hex-answers", answer: "ff", told: "0000000255" },
    { id: "R4d", ids: "hex-receipts", answer: "255", told: "FF" },
    { id: "R4e", ids: "hex-answers", answer: "812FC7470000001B", told: "9308878062554710043" },
  ] as const;
  it.each(ids)("$id with ids as $ids: $answer and $told", async ({ ids: receiptIds, answer, told }) => {
    const one = await taken(answer, { receiptIds });
    one.links[0]?.hear(receipt(told));
    await one.settle();
    expect(one.settled).toMatchObject([{ message: "msg_a", outcome: "delivered" }]);
  });

  it("R7d without a sign of what it is: a text, unless the setting says that it is a receipt", async () => {
    const body = { esmClass: 0, source: "4791000000", shortMessage: ascii("id:ref-7 stat:DELIVRD") };
    for (const receiptsInText of [false, true]) {
      const one = await taken("ref-7", { receiptsInText });
      one.links[0]?.hear(pdu("deliver_sm", { sequence: 900, body }));
      await one.settle();
      expect([one.settled.length, one.received.length]).toEqual(receiptsInText ? [1, 0] : [0, 1]);
    }
  });
});

describe("a text that a person writes", () => {
  const cases: { id: string; name: string; body: Partial<BodyOf<"deliver_sm">>; tlvs?: TlvValues; heard: object }[] = [
    {
      id: "T1",
      name: "of @ alone",
      body: { shortMessage: hex("00") },
      heard: { alphabet: "gsm7", octets: toBase64(hex("00")) },
    },
    {
      id: "T3a",
      name: "with data_coding 1",
      body: { dataCoding: 1, shortMessage: ascii("a") },
      heard: { alphabet: "gsm7" },
    },
    { id: "T3b", name: "in Latin-1", body: { dataCoding: 3, shortMessage: hex("e5") }, heard: { alphabet: "latin1" } },
    { id: "T3c", name: "in UCS-2", body: { dataCoding: 8, shortMessage: hex("0416") }, heard: { alphabet: "ucs2" } },
    { id: "T3d", name: "in octets", body: { dataCoding: 4, shortMessage: hex("00ff") }, heard: { alphabet: "binary" } },
    {
      id: "T3e",
      name: "with a class, in the GSM alphabet",
      body: { dataCoding: 0xf0, shortMessage: ascii("a") },
      heard: { alphabet: "gsm7" },
    },
    {
      id: "T3f",
      name: "with a class, in octets",
      body: { dataCoding: 0xf5, shortMessage: hex("00") },
      heard: { alphabet: "binary" },
    },
    {
      id: "T3g",
      name: "in UCS-2, shown at once",
      body: { dataCoding: 0x18, shortMessage: hex("0416") },
      heard: { alphabet: "ucs2" },
    },
    {
      id: "T3h",
      name: "in a coding that nobody reads",
      body: { dataCoding: 5, shortMessage: hex("80") },
      heard: { coding: 5 },
    },
    {
      ...{ id: "T7a", name: "as a part, with an 8-bit reference" },
      body: { esmClass: 0x40, shortMessage: hex("050003 c8 02 01 61") },
      heard: { part: { reference: 200, width: 8, total: 2, number: 1 }, octets: toBase64(hex("61")) },
    },
    {
      ...{ id: "T7b", name: "as a part, with a 16-bit reference" },
      body: { esmClass: 0x40, shortMessage: hex("060804 0102 02 02 62") },
      heard: { part: { reference: 258, width: 16, total: 2, number: 2 } },
    },
    {
      ...{ id: "T7c", name: "as a part, by parameters" },
      body: { shortMessage: ascii("a") },
      tlvs: { sarReference: 9, sarTotal: 2, sarPart: 1 },
      heard: { part: { reference: 9, width: 16, total: 2, number: 1 } },
    },
    {
      id: "T7d",
      name: "in message_payload",
      body: {},
      tlvs: { payload: ascii("long") },
      heard: { octets: toBase64(ascii("long")) },
    },
    {
      ...{ id: "T8", name: "to a port, and as a part of that" },
      body: { esmClass: 0x40, dataCoding: 4, shortMessage: hex("0b 05040b8423f0 0003090201 0106") },
      heard: { part: { reference: 9, width: 8, total: 2, number: 1 }, header: toBase64(hex("06 05040b8423f0")) },
    },
    {
      id: "T9",
      name: "with a header that lies: kept whole",
      body: { esmClass: 0x40, shortMessage: hex("c80003") },
      heard: { octets: toBase64(hex("c80003")) },
    },
  ];

  it.each(cases)("$id $name", async ({ body, tlvs = {}, heard }) => {
    const one = await bound();
    const between = { source: "4791000000", sourceTon: 1, destination: "2001", destinationTon: 3 };
    one.links[0]?.hear(pdu("deliver_sm", { sequence: 900, body: { ...between, ...body }, tlvs: toTlvs(tlvs) }));
    await one.settle();
    expect(one.received).toMatchObject([{ between, ...heard }]);
    expect(one.links[0]?.said.at(-1)).toMatchObject({ command: "deliver_sm_resp", status: 0, sequence: 900 });
  });
});

describe("the bind and its link", () => {
  const statuses = [
    { id: "B9", name: "is answered, and stands", status: 0, state: "up" },
    { id: "B13", name: "is refused by 0x05", status: STATUS.alreadyBound, state: "down" },
    { id: "B4", name: "is refused by 0x0E", status: STATUS.password, state: "down" },
    { id: "B4b", name: "is refused by 0x0F", status: STATUS.systemId, state: "down" },
    { id: "B5", name: "is refused by 0x0D", status: STATUS.bindFailed, state: "down" },
    { id: "B6", name: "is refused by 0x08", status: STATUS.systemError, state: "down" },
    { id: "B7", name: "is not answered", status: undefined, state: "down" },
  ];
  it.each(statuses)("$id $name: $state", async ({ status, state }) => {
    const one = world();
    one.smsc.bind = status;
    await one.bind.configure(config);
    const ticked = one.bind.tick();
    await one.pass(10_000);
    await ticked;
    expect(one.bind.health().state).toBe(state);
    expect(one.bind.health().state === "up" || one.links.every(({ isClosed }) => isClosed)).toBe(true);
  });

  const requests: { id: string; name: string; request: Pdu; answer: object | undefined }[] = [
    {
      ...{ id: "K1", name: "asks whether we are there", request: pdu("enquire_link", { sequence: 7 }) as Pdu },
      answer: { command: "enquire_link_resp", status: 0, sequence: 7 },
    },
    {
      ...{ id: "L11a", name: "begins its numbers with 0", request: pdu("enquire_link", { sequence: 0 }) as Pdu },
      answer: { command: "enquire_link_resp", sequence: 0 },
    },
    {
      ...{ id: "L11b", name: "uses the last number", request: pdu("enquire_link", { sequence: 0xffffffff }) as Pdu },
      answer: { command: "enquire_link_resp", sequence: 0xffffffff },
    },
    {
      ...{ id: "L7", name: "asks for what only we ask for", request: pdu("submit_sm", { sequence: 8 }) as Pdu },
      answer: { command: "submit_sm_resp", status: STATUS.commandId, sequence: 8 },
    },
    {
      id: "L15",
      name: "tells that a person can be reached",
      request: pdu("alert_notification") as Pdu,
      answer: undefined,
    },
    {
      id: "L13",
      name: "answers what nobody asked",
      request: pdu("submit_sm_resp", { sequence: 999 }) as Pdu,
      answer: undefined,
    },
    { id: "L6", name: "sends a generic_nack", request: pdu("generic_nack", { status: 3 }) as Pdu, answer: undefined },
  ];
  it.each(requests)("$id an SMSC that $name", async ({ request, answer }) => {
    const one = await bound();
    one.links[0]?.hear(request);
    await one.settle();
    const [, ...said] = one.links[0]?.said ?? [];
    expect(said).toMatchObject(answer ? [answer] : []);
    expect(one.bind.isBound).toBe(true);
  });

  it.each([
    {
      id: "K3",
      name: "unbinds",
      request: pdu("unbind", { sequence: 5 }) as Pdu,
      last: { command: "unbind_resp", sequence: 5 },
    },
    { id: "B12", name: "sends an outbind", request: pdu("outbind") as Pdu, last: { command: "bind_transceiver" } },
  ])("$id an SMSC that $name: the connection ends, and is made anew", async ({ request, last }) => {
    const one = await bound();
    one.links[0]?.hear(request);
    await one.settle();
    expect(one.links[0]?.said.at(-1)).toMatchObject(last);
    expect(one.links[0]?.isClosed).toBe(true);
    await one.pass(2_000);
    expect([one.links.length, one.bind.isBound]).toEqual([2, true]);
  });
});
