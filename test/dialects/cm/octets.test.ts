/** Octets between a customer's program and phones, over SMPP: read from what it submits, and told to it. */

import { describe, expect, it } from "vitest";
import { octetsOf, toHex } from "../../../src/core/messages/binary.ts";
import type { InboundEvent } from "../../../src/core/webhooks/webhook.ts";
import { toPdus, toText } from "../../../src/dialects/cm/smpp/news.ts";
import { bodyIn, slipOf } from "../../../src/dialects/cm/smpp/slip.ts";
import { toOctets } from "../../../src/smpp/alphabets.ts";
import { ESM } from "../../../src/smpp/fields.ts";
import { binaryPiecesOf } from "../../../src/smpp/parts.ts";
import { pdu } from "../../../src/smpp/pdu.ts";

const PORTS = "060504158A0000";

/** The message that a submit makes, and the submits that a carrier would make of that again. */
function thereAndBack(text: string, dataCoding: number, alphabet: "gsm7" | "ucs2" | "latin1") {
  const shortMessage = Uint8Array.of(...octetsOf(PORTS), ...toOctets(text, alphabet));
  const body = { source: "Shop", destination: "4791000001", esmClass: ESM.udh, dataCoding, shortMessage };
  const { slip } = slipOf(pdu("submit_sm", { body }), "id", 0);
  const made = bodyIn([slip]);
  const pieces = made.binary ? binaryPiecesOf(made.text, made.binary, { by: "udh", reference: 1 }) : [];
  return { made, pieces: pieces.map((piece) => ({ coding: piece.coding, hex: toHex(piece.shortMessage) })) };
}

describe("a text with ports in its header", () => {
  it.each([
    { name: "of the GSM alphabet", text: "Hei {du}", coding: 0, alphabet: "gsm7" as const, out: 0 },
    { name: "of class 1", text: "Hei", coding: 0xf1, alphabet: "gsm7" as const, out: 0x11 },
    { name: "in UCS-2", text: "Привет", coding: 8, alphabet: "ucs2" as const, out: 8 },
    { name: "in UCS-2 of class 0", text: "Hei", coding: 0x18, alphabet: "ucs2" as const, out: 0x18 },
  ])("is taken, and goes out as it came: $name", ({ text, coding, alphabet, out }) => {
    const { made, pieces } = thereAndBack(text, coding, alphabet);
    expect(made.binary).toMatchObject({ header: 7, alphabet });
    expect(pieces).toEqual([{ coding: out, hex: PORTS + toHex(toOctets(text, alphabet)) }]);
  });

  it("of Latin-1 goes out in an alphabet that phones have", () => {
    const { pieces } = thereAndBack("smørbrød", 3, "latin1");
    expect(pieces).toEqual([{ coding: 0, hex: PORTS + toHex(toOctets("smørbrød", "gsm7")) }]);
  });
});

describe("octets from a phone", () => {
  const told = (text: string, binary: object) => {
    const inbound = { id: "inb_000001abc", sender: "+4791000001", recipient: "2001", text, binary };
    const { body } = toText("session:acme", "whk_000001abc", { inbound } as unknown as InboundEvent);
    return toPdus(String(body), {})?.pdus.map(({ body }) => body);
  };

  it("are told of with their header, coding and class", () => {
    expect(told(`${PORTS}00FF`, { header: 7, messageClass: 1 })).toMatchObject([
      { esmClass: ESM.udh, dataCoding: 0xf5, shortMessage: octetsOf(`${PORTS}00FF`), source: "4791000001" },
    ]);
    expect(told("00FF", {})).toMatchObject([{ esmClass: 0, dataCoding: 4, shortMessage: octetsOf("00FF") }]);
  });

  it("of more than one part are told of in parts", () => {
    expect(told("A5".repeat(200), {})).toMatchObject([{ esmClass: ESM.udh }, { esmClass: ESM.udh }]);
  });
});
