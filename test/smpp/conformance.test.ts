/**
 * What a customer's program may say, and what it is answered, case by case: octets through the framer into a session of CM.com's dialect,
 * before a gateway that keeps what it accepts. L: the link, B: the bind, S: submits, T: texts, Q: questions about a message.
 */

import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import type { NewMessage } from "../../src/core/messages/new-message.ts";
import { smpp } from "../../src/dialects/cm/smpp/speech.ts";
import type { Link, SessionPorts } from "../../src/doors/smpp/contract.ts";
import { makeGuesses } from "../../src/doors/smpp/guesses.ts";
import { Pace } from "../../src/doors/smpp/pace.ts";
import { Session } from "../../src/doors/smpp/session.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { Framer } from "../../src/smpp/frames.ts";
import { type BodyOf, decode, encode, type Pdu, type PduOf, pdu, type TlvValues, toTlvs } from "../../src/smpp/pdu.ts";
import { memoryParts } from "../support/parts.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const ascii = (words: string) => new TextEncoder().encode(words);
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
const wide = (words: string) => Uint8Array.from(Buffer.from(words, "utf16le").swap16());

type Kept = NewMessage & { id: string; state: string; changedAt: number; expiresAt: number };

/** A connection from 192.0.2.1 to the customer `acme`, whose password is `right`, beside `others` that are bound. */
function conversation(settings: Record<string, unknown> = {}, others = 0) {
  const said: Pdu[] = [];
  const ended: string[] = [];
  const kept = new Map<string, Kept>();
  let ids = 0;
  const caller = {
    account: { id: "acme", number: 7, settings: { smpp: settings } },
    credential: { id: "first", name: "acme" },
  } as unknown as Caller;
  const accept = async (_: Caller, wanted: NewMessage) => {
    const { theirId = "", sendAt, validitySeconds = 0 } = wanted;
    const expiresAt = (sendAt ?? NOW) + validitySeconds * 1_000;
    const state = sendAt === undefined || sendAt <= NOW ? "delivered" : "scheduled";
    kept.set(theirId, { ...wanted, id: theirId, state, changedAt: NOW, expiresAt });
  };
  const link: Link = {
    ...{ id: "link", address: "192.0.2.1", isSecure: false, systemId: "acme" },
    ...{ openedAt: NOW, heardAt: NOW, sequence: 0, unanswered: 0 },
  };
  const ports: SessionPorts = {
    dialect: "cm",
    speech: { ...smpp, isPassword: async (_, password) => password === "right" },
    gateway: {
      accept,
      callerByKeyName: async () => caller,
      takeRequest: async () => {},
      wake: async () => {},
      checkOwner: async () => {},
      message: async (_: Caller, theirId: string) => kept.get(theirId),
      cancel: async (message: Kept) => void kept.set(message.id, { ...message, state: "cancelled" }),
      edit: async (_: Caller, message: Kept, wanted: NewMessage) =>
        void kept.set(message.id, { ...message, ...wanted }),
    } as unknown as SessionPorts["gateway"],
    parts: memoryParts(),
    accept,
    now: () => NOW,
    wall: () => NOW,
    newId: () => String(++ids).padStart(27, "0").padEnd(32, "f"),
    fault: (error) => {
      throw error;
    },
    awake: async () => {},
    keep: () => {},
    send(octets) {
      const decoded = decode(octets);
      if (decoded.outcome === "pdu") said.push(decoded.pdu);
    },
    close: (why) => void ended.push(why),
    after: () => () => {},
    boundOthers: () => others,
    missedAt: () => Number.NEGATIVE_INFINITY,
    pace: new Pace(),
    guesses: makeGuesses(),
    log: () => {},
  };
  const session = new Session(link, ports);
  const framer = new Framer();
  const push = async (octets: Uint8Array) => {
    for (const frame of framer.push(octets)) await session.hear(frame);
    if (framer.fault) session.hearNonsense(framer.fault.why, framer.fault.foreign === undefined);
  };
  return {
    ...{ said, ended, kept, push },
    send: (...some: Pdu[]) => push(Uint8Array.of(...some.flatMap((one) => [...encode(one)]))),
    texts: () => [...kept.values()].map(({ text }) => text),
  };
}

async function bound(as: "transceiver" | "transmitter" | "receiver" = "transceiver", settings = {}) {
  const one = conversation(settings);
  await one.send(bind({}, `bind_${as}`));
  one.said.splice(0);
  return one;
}

const bind = (body: Partial<BodyOf<"bind_transceiver">> = {}, command: Pdu["command"] = "bind_transceiver") =>
  pdu(command as "bind_transceiver", {
    sequence: 1,
    body: { systemId: "acme", password: "right", interfaceVersion: 0x34, ...body },
  }) as Pdu;
const submit = (body: Partial<BodyOf<"submit_sm">> = {}, tlvs: TlvValues = {}, sequence = 2) =>
  pdu("submit_sm", {
    sequence,
    body: { source: "Shop", destination: "4791000001", shortMessage: ascii("Hello"), ...body },
    tlvs: toTlvs(tlvs),
  }) as Pdu;
/** A PDU whose octets were tampered with; its length says what it has. */
const framed = (octets: Uint8Array) => {
  const frame = Buffer.from(octets);
  frame.writeUInt32BE(frame.length, 0);
  return Uint8Array.from(frame);
};

describe("the link", () => {
  const enquire = (sequence: number) => encode(pdu("enquire_link", { sequence }));
  const cases: { id: string; name: string; octets: Uint8Array; answers: object[]; ends?: true }[] = [
    {
      id: "L3a",
      name: "a length of 0",
      octets: hex("00000000"),
      answers: [{ command: "generic_nack", status: 2 }],
      ends: true,
    },
    { id: "L3b", name: "a length of 8", octets: hex("00000008"), answers: [{ command: "generic_nack" }], ends: true },
    { id: "L3c", name: "a length of 15", octets: hex("0000000f"), answers: [{ command: "generic_nack" }], ends: true },
    {
      id: "L4",
      name: "a length of 4 GiB",
      octets: hex("ffffffff 00000004"),
      answers: [{ command: "generic_nack" }],
      ends: true,
    },
    {
      id: "L4b",
      name: "a negative length",
      octets: hex("80000010"),
      answers: [{ command: "generic_nack" }],
      ends: true,
    },
    { id: "L5a", name: "HTTP", octets: ascii("GET / HTTP/1.1\r\n\r\n"), answers: [], ends: true },
    { id: "L5b", name: "TLS", octets: hex("16030100c8010000c4"), answers: [], ends: true },
    { id: "L6", name: "a generic_nack", octets: encode(pdu("generic_nack", { status: 3 })), answers: [] },
    { id: "L13", name: "an answer to nothing", octets: encode(pdu("deliver_sm_resp", { sequence: 9 })), answers: [] },
    { id: "L13b", name: "an unknown answer", octets: hex("00000010 80000999 00000000 00000007"), answers: [] },
    {
      ...{ id: "L7", name: "an unknown command", octets: hex("00000010 00000999 00000000 00000007") },
      answers: [{ command: "generic_nack", status: 3, sequence: 7 }],
    },
    {
      ...{ id: "L7b", name: "submit_multi", octets: hex("00000010 00000021 00000000 00000007") },
      answers: [{ command: "generic_nack", status: 3, sequence: 7 }],
    },
    {
      ...{ id: "L7c", name: "alert_notification", octets: encode(pdu("alert_notification", { sequence: 7 })) },
      answers: [{ command: "generic_nack", status: 3, sequence: 7 }],
    },
    { id: "L11a", name: "number 0", octets: enquire(0), answers: [{ command: "enquire_link_resp", sequence: 0 }] },
    { id: "L11b", name: "the last number", octets: enquire(0x7fffffff), answers: [{ sequence: 0x7fffffff }] },
    { id: "L11c", name: "a number beyond the last", octets: enquire(0xffffffff), answers: [{ sequence: 0xffffffff }] },
    {
      id: "L10",
      name: "a NUL behind a PDU",
      octets: framed(Uint8Array.of(...enquire(5), 0)),
      answers: [{ sequence: 5 }],
    },
    {
      ...{ id: "L2", name: "two PDUs in one piece", octets: Uint8Array.of(...enquire(5), ...enquire(6)) },
      answers: [{ sequence: 5 }, { sequence: 6 }],
    },
    {
      ...{ id: "L8", name: "a text longer than its PDU", octets: framed(encode(submit()).slice(0, -2)) },
      answers: [{ command: "submit_sm_resp", status: STATUS.messageLength }],
    },
    {
      ...{ id: "L9", name: "a field without its NUL", octets: framed(encode(submit()).slice(0, 20)) },
      answers: [{ command: "submit_sm_resp", status: STATUS.commandLength }],
    },
    {
      ...{
        id: "L16",
        name: "a parameter that is cut off",
        octets: framed(Uint8Array.of(...encode(submit()), 4, 36, 0, 200, 1)),
      },
      answers: [{ command: "submit_sm_resp", status: STATUS.parameterLength }],
    },
    {
      ...{
        id: "L17",
        name: "a parameter whose length is cut off",
        octets: framed(Uint8Array.of(...encode(submit()), 4, 36, 0)),
      },
      answers: [{ command: "submit_sm_resp", status: STATUS.ok }],
    },
    {
      id: "K4",
      name: "an unbind",
      octets: encode(pdu("unbind", { sequence: 5 })),
      answers: [{ command: "unbind_resp" }],
      ends: true,
    },
    { id: "B14", name: "an outbind", octets: encode(pdu("outbind")), answers: [], ends: true },
  ];

  it.each(cases)("$id $name", async ({ octets, answers, ends }) => {
    const one = await bound();
    await one.push(octets);
    expect(one.said).toHaveLength(answers.length);
    expect(one.said).toMatchObject(answers);
    expect(one.ended.length > 0).toBe(ends === true);
  });

  it("L1 octet by octet", async () => {
    const one = await bound();
    for (const octet of encode(submit())) await one.push(Uint8Array.of(octet));
    expect(one.texts()).toEqual(["Hello"]);
  });
});

describe("a bind", () => {
  const cases: { id: string; name: string; request: Pdu; settings?: object; others?: number; answer: object }[] = [
    { id: "B1a", name: "as transceiver", request: bind(), answer: { command: "bind_transceiver_resp", status: 0 } },
    {
      id: "B1b",
      name: "as transmitter",
      request: bind({}, "bind_transmitter"),
      answer: { command: "bind_transmitter_resp", status: 0 },
    },
    {
      id: "B1c",
      name: "as receiver",
      request: bind({}, "bind_receiver"),
      answer: { command: "bind_receiver_resp", status: 0 },
    },
    {
      id: "B4",
      name: "with a wrong password",
      request: bind({ password: "wrong" }),
      answer: { status: STATUS.password },
    },
    { id: "B4b", name: "without a password", request: bind({ password: "" }), answer: { status: STATUS.password } },
    {
      id: "B4c",
      name: "with the beginning of the password",
      request: bind({ password: "righ" }),
      answer: { status: STATUS.password },
    },
    {
      id: "B8a",
      name: "of version 3.3: no parameters",
      request: bind({ interfaceVersion: 0x33 }),
      answer: { status: 0, tlvs: [] },
    },
    { id: "B8b", name: "of no version", request: bind({ interfaceVersion: 0 }), answer: { status: 0, tlvs: [] } },
    {
      id: "B8c",
      name: "of version 5.0: ours",
      request: bind({ interfaceVersion: 0x50 }),
      answer: { status: 0, tlvs: [{ tag: 0x210 }] },
    },
    {
      id: "B12a",
      name: "from an address that may",
      request: bind(),
      settings: { networks: "192.0.2.0/24" },
      answer: { status: 0 },
    },
    {
      ...{
        id: "B12b",
        name: "from an address that may not",
        request: bind(),
        settings: { networks: "198.51.100.0/24" },
      },
      answer: { status: STATUS.bindFailed },
    },
    {
      id: "B5",
      name: "beyond the number of binds",
      request: bind(),
      others: 4,
      answer: { status: STATUS.bindFailed },
    },
    { id: "B15", name: "with an address range", request: bind({ addressRange: "^47" }), answer: { status: 0 } },
    { id: "B16", name: "with a system type", request: bind({ systemType: "VMA" }), answer: { status: 0 } },
  ];
  it.each(cases)("$id $name", async ({ request, settings, others, answer }) => {
    const one = conversation(settings as Record<string, unknown>, others);
    await one.send(request);
    expect(one.said).toMatchObject([answer]);
    expect(one.ended.length).toBe(one.said[0]?.status === 0 ? 0 : 1);
  });

  it("B3 that is the second on its connection: 0x05, and the first stands", async () => {
    const one = await bound();
    await one.send(bind(), submit());
    expect(one.said.map(({ status }) => status)).toEqual([STATUS.alreadyBound, 0]);
  });

  it.each(["submit_sm", "data_sm", "query_sm", "cancel_sm", "replace_sm", "unbind"] as const)(
    "B2 comes first: %s before it is answered with 0x04",
    async (command) => {
      const one = conversation();
      await one.send(pdu(command, { sequence: 3 }) as Pdu);
      expect(one.said).toMatchObject([{ command: `${command}_resp`, status: STATUS.bindState, sequence: 3 }]);
    },
  );

  it("B1d as receiver does not send, and may unbind", async () => {
    const one = await bound("receiver");
    await one.send(submit(), pdu("unbind", { sequence: 3 }) as Pdu);
    expect(one.said.map(({ status }) => status)).toEqual([STATUS.bindState, 0]);
    expect(one.texts()).toEqual([]);
  });
});

describe("a submit", () => {
  const cases: {
    id: string;
    name: string;
    body?: Partial<BodyOf<"submit_sm">>;
    tlvs?: TlvValues;
    status?: number;
    text?: string;
  }[] = [
    { id: "T1a", name: "of @ alone", body: { shortMessage: hex("00") }, text: "@" },
    { id: "T1b", name: "that ends with @", body: { shortMessage: hex("61 00") }, text: "a@" },
    {
      id: "T2",
      name: "of the extension table",
      body: { shortMessage: hex("1b65 1b3c 1b3e 1b40 1b2f") },
      text: "€[]|\\",
    },
    { id: "T3a", name: "with data_coding 1", body: { dataCoding: 1, shortMessage: hex("00 61") }, text: "@a" },
    { id: "T3b", name: "in Latin-1", body: { dataCoding: 3, shortMessage: hex("e5") }, text: "å" },
    { id: "T3c", name: "in UCS-2", body: { dataCoding: 8, shortMessage: wide("Ж😀") }, text: "Ж😀" },
    { id: "T3d", name: "in Cyrillic", body: { dataCoding: 6, shortMessage: hex("bf e0") }, text: "Пр" },
    { id: "T3e", name: "in Hebrew", body: { dataCoding: 7, shortMessage: hex("e0") }, text: "א" },
    { id: "T3f", name: "with a class", body: { dataCoding: 0xf0, shortMessage: ascii("a") }, text: "a" },
    { id: "T3g", name: "shown at once, in UCS-2", body: { dataCoding: 0x18, shortMessage: wide("Ж") }, text: "Ж" },
    { id: "T3h", name: "shown at once", body: { dataCoding: 0x10, shortMessage: ascii("a") }, text: "a" },
    { id: "T3i", name: "of octets", body: { dataCoding: 4, shortMessage: hex("00ff") }, text: "00FF" },
    { id: "T3j", name: "of octets with a class", body: { dataCoding: 0xf5, shortMessage: hex("00ff") }, text: "00FF" },
    { id: "T3k", name: "in Japanese", body: { dataCoding: 5 }, status: STATUS.submitFailed },
    { id: "T4a", name: "with a byte order mark", body: { dataCoding: 8, shortMessage: hex("feff 0041") }, text: "A" },
    {
      id: "T4b",
      name: "of half a character",
      body: { dataCoding: 8, shortMessage: hex("00 41 00") },
      status: STATUS.submitFailed,
    },
    {
      id: "T7a",
      name: "in message_payload",
      body: { shortMessage: ascii("") },
      tlvs: { payload: ascii("x".repeat(300)) },
      text: "x".repeat(300),
    },
    {
      id: "T8",
      name: "to a port",
      body: { esmClass: 0x40, shortMessage: hex("06 050415830000 61") },
      text: "0605041583000061",
    },
    { id: "T10", name: "with a text in both places", tlvs: { payload: ascii("a") }, status: STATUS.messageLength },
    { id: "T11", name: "of nothing", body: { shortMessage: ascii("") }, status: STATUS.messageLength },
    {
      id: "T12",
      name: "of a header that lies",
      body: { esmClass: 0x40, shortMessage: hex("ff0003") },
      status: STATUS.esmClass,
    },
    {
      ...{ id: "T13", name: "of sar beside a header", body: { esmClass: 0x40, shortMessage: hex("05000301020161") } },
      ...{ tlvs: { sarReference: 1, sarTotal: 2, sarPart: 1 }, status: STATUS.parameterValue },
    },
    { id: "S10", name: "with a mode in esm_class", body: { esmClass: 3 }, text: "Hello" },
    { id: "S11", name: "to a + and a number", body: { destination: "+4791000001" }, text: "Hello" },
    { id: "S12", name: "to 00 and a number", body: { destination: "004791000001" }, text: "Hello" },
    { id: "S13", name: "to a word", body: { destination: "hello" }, status: STATUS.destinationAddress },
    { id: "S14", name: "to nobody", body: { destination: "" }, status: STATUS.destinationAddress },
    { id: "S15", name: "from nobody", body: { source: "" }, status: STATUS.sourceAddress },
    { id: "S16", name: "from a name of 12 letters", body: { source: "ABCDEFGHIJKL" }, status: STATUS.sourceAddress },
    { id: "S17", name: "from a control character", body: { source: "Sh\u0007op" }, status: STATUS.sourceAddress },
    { id: "S8a", name: "valid for two hours", body: { validityPeriod: "000000020000000R" }, text: "Hello" },
    { id: "S8b", name: "valid until a moment", body: { validityPeriod: "261129180000000+" }, text: "Hello" },
    { id: "S8c", name: "valid until yesterday", body: { validityPeriod: "261128120000000+" }, status: STATUS.validity },
    { id: "S8d", name: "valid for 49 hours: for 48", body: { validityPeriod: "000002010000000R" }, text: "Hello" },
    { id: "S8e", name: "with a validity that is none", body: { validityPeriod: "soon" }, status: STATUS.validity },
    { id: "S8f", name: "for tomorrow", body: { scheduleDeliveryTime: "000001000000000R" }, text: "Hello" },
    { id: "S8g", name: "for yesterday: now", body: { scheduleDeliveryTime: "261128120000000+" }, text: "Hello" },
    { id: "S8h", name: "in eight days", body: { scheduleDeliveryTime: "000008000000000R" }, status: STATUS.schedule },
    { id: "S18", name: "with a tariff that is no number", tlvs: { tariff: "1.5" }, status: STATUS.parameterValue },
    {
      id: "S19",
      name: "with flags that nobody needs",
      body: { priorityFlag: 3, protocolId: 127, replaceIfPresent: 1 },
      text: "Hello",
    },
  ];

  it.each(cases)("$id $name", async ({ body, tlvs, status = STATUS.ok, text }) => {
    const one = await bound();
    await one.send(submit(body, tlvs));
    expect(one.said).toMatchObject([{ command: "submit_sm_resp", status, sequence: 2 }]);
    expect(one.texts()).toEqual(text === undefined ? [] : [text]);
  });

  const parts: { id: string; name: string; some: [Partial<BodyOf<"submit_sm">>, TlvValues][]; texts: string[] }[] = [
    {
      id: "T7b",
      name: "with 8-bit references",
      some: [udh("0500030702 01 61"), udh("0500030702 02 62")],
      texts: ["ab"],
    },
    {
      id: "T7c",
      name: "with 16-bit references",
      some: [udh("06080407 07 02 01 61"), udh("06080407 07 02 02 62")],
      texts: ["ab"],
    },
    { id: "T7d", name: "by parameters", some: [sar("a", 7, 1), sar("b", 7, 2)], texts: ["ab"] },
    { id: "T9a", name: "the last one first", some: [udh("0500030702 02 62"), udh("0500030702 01 61")], texts: ["ab"] },
    { id: "T9b", name: "with reference 0", some: [sar("a", 0, 1), sar("b", 0, 2)], texts: ["ab"] },
    {
      id: "T9c",
      name: "of two texts, mixed",
      some: [sar("a", 1, 1), sar("c", 2, 1), sar("b", 1, 2), sar("d", 2, 2)],
      texts: ["ab", "cd"],
    },
    { id: "T9d", name: "of which one is missing: it waits", some: [sar("a", 1, 1)], texts: [] },
    { id: "T9e", name: "one of them twice", some: [sar("a", 1, 1), sar("a", 1, 1), sar("b", 1, 2)], texts: ["ab"] },
    {
      id: "T8b",
      name: "behind another element",
      some: [udh("0a 24030102030003070201 61"), udh("0a 24030102030003070202 62")],
      texts: ["0524030102036162"],
    },
  ];
  it.each(parts)("$id in parts, $name", async ({ some, texts }) => {
    const one = await bound();
    await one.send(...some.map(([body, tlvs], index) => submit(body, tlvs, index + 2)));
    expect(new Set(one.said.map(({ status }) => status))).toEqual(new Set([0]));
    expect(one.texts()).toEqual(texts);
    const ids = one.said.map((answer) => (answer as PduOf<"submit_sm_resp">).body.messageId);
    expect(new Set(ids.map((id) => id.length))).toEqual(new Set([31]));
  });

  it("L12 is answered under its number, whatever the order", async () => {
    const one = await bound();
    await one.send(submit({}, {}, 40), submit({ destination: "x" }, {}, 39), submit({}, {}, 41));
    expect(one.said.map(({ sequence, status }) => [sequence, status])).toEqual([
      [40, 0],
      [39, STATUS.destinationAddress],
      [41, 0],
    ]);
  });

  it("S20 as data_sm", async () => {
    const one = await bound();
    const body = { source: "Shop", destination: "4791000001" };
    await one.send(pdu("data_sm", { sequence: 2, body, tlvs: toTlvs({ payload: ascii("By data") }) }) as Pdu);
    expect([one.said[0]?.command, one.texts()]).toEqual(["data_sm_resp", ["By data"]]);
  });
});

describe("a question about a message", () => {
  const LATER = { scheduleDeliveryTime: "000001000000000R" };
  const cases: {
    id: string;
    name: string;
    first?: Partial<BodyOf<"submit_sm">>;
    ask(messageId: string): Pdu;
    answer: object;
  }[] = [
    {
      ...{ id: "Q1", name: "query_sm of one that was delivered" },
      ask: (messageId) => pdu("query_sm", { sequence: 5, body: { messageId, source: "Shop" } }) as Pdu,
      answer: { status: 0, body: { messageState: 2 } },
    },
    {
      ...{ id: "Q2", name: "query_sm of one that waits", first: LATER },
      ask: (messageId) => pdu("query_sm", { sequence: 5, body: { messageId, source: "Shop" } }) as Pdu,
      answer: { status: 0, body: { messageState: 1, finalDate: "" } },
    },
    {
      ...{ id: "Q3", name: "query_sm from another source" },
      ask: (messageId) => pdu("query_sm", { sequence: 5, body: { messageId, source: "Other" } }) as Pdu,
      answer: { status: STATUS.messageId },
    },
    {
      ...{ id: "Q4", name: "query_sm of an unknown one" },
      ask: () => pdu("query_sm", { sequence: 5, body: { messageId: "no-such", source: "Shop" } }) as Pdu,
      answer: { status: STATUS.messageId },
    },
    {
      ...{ id: "Q5", name: "cancel_sm of one that waits", first: LATER },
      ask: (messageId) =>
        pdu("cancel_sm", { sequence: 5, body: { messageId, source: "Shop", destination: "4791000001" } }) as Pdu,
      answer: { status: 0 },
    },
    {
      ...{ id: "Q6", name: "cancel_sm with another destination", first: LATER },
      ask: (messageId) =>
        pdu("cancel_sm", { sequence: 5, body: { messageId, source: "Shop", destination: "4791000002" } }) as Pdu,
      answer: { status: STATUS.cancelFailed },
    },
    {
      ...{ id: "Q7", name: "replace_sm of one that waits", first: LATER },
      ask: (messageId) =>
        pdu("replace_sm", { sequence: 5, body: { messageId, source: "Shop", shortMessage: ascii("New") } }) as Pdu,
      answer: { status: 0 },
    },
    {
      ...{ id: "Q8", name: "replace_sm of an unknown one" },
      ask: () =>
        pdu("replace_sm", { sequence: 5, body: { messageId: "", source: "Shop", shortMessage: ascii("New") } }) as Pdu,
      answer: { status: STATUS.messageId },
    },
  ];
  it.each(cases)("$id $name", async ({ first, ask, answer }) => {
    const one = await bound();
    await one.send(submit(first));
    const { messageId } = (one.said[0] as PduOf<"submit_sm_resp">).body;
    await one.send(ask(messageId));
    expect(one.said[1]).toMatchObject({ sequence: 5, ...answer });
  });
});

function udh(octets: string): [Partial<BodyOf<"submit_sm">>, TlvValues] {
  return [{ esmClass: 0x40, shortMessage: hex(octets) }, {}];
}

function sar(words: string, sarReference: number, sarPart: number): [Partial<BodyOf<"submit_sm">>, TlvValues] {
  return [{ shortMessage: ascii(words) }, { sarReference, sarTotal: 2, sarPart }];
}
