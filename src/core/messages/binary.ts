/**
 * A message of octets: for a program on the phone, and not for its person (WAP push, settings, a SIM's own applications). Where a
 * message has its text, one of these has its user data in hexadecimal digits, header first. 3GPP TS 23.040, clause 9.2.3.24.
 */

import { toHex as toLowerHex } from "../kernel/bytes.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Encoding } from "./text.ts";

/** What a message's text is: characters in one of two alphabets, or octets. */
export type BodyEncoding = Encoding | "binary";

/**
 * What has to be known of the octets. `header`: so many at their beginning are a header of user data, its length included; absent: it
 * has none. `messageClass`: 3GPP TS 23.038, clause 4; absent: none. `alphabet`: what follows the header is a text for a program, in
 * UCS-2, or in the GSM alphabet with an octet for each septet.
 */
export type Binary = { header?: number; messageClass?: 0 | 1 | 2 | 3; alphabet?: "gsm7" | "ucs2" };

/** A message has so many octets on the air. */
const ALONE = 140;
/** What tells the parts of one message apart is an element of five octets in the header of each: clause 9.2.3.24.1. */
const CONCATENATION = 5;
/** Octets that the longest character takes, as it is kept: each part of a text has room for one, so that none is cut. */
const LONGEST_CHARACTER = { gsm7: 2, ucs2: 4 } as const;

/**
 * The octets as they are kept, and how many messages they take on the air.
 * @param text hexadecimal digits
 * @throws GatewayError bad-text
 */
export function measureBinary(
  text: string,
  { header = 0, alphabet }: Binary,
): { text: string; encoding: "binary"; parts: number } {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) {
    throw new GatewayError("bad-text", "a binary message is written as pairs of hexadecimal digits", "text");
  }
  if (roomBeside(header) < (alphabet ? LONGEST_CHARACTER[alphabet] : 1) || header * 2 > text.length) {
    throw new GatewayError("bad-text", "the header of its user data leaves no room for anything else", "text");
  }
  return {
    text: text.toUpperCase(),
    encoding: "binary",
    parts: piecesOf(text, { header, ...(alphabet ? { alphabet } : {}) }).length,
  };
}

/** The user data of each part in hexadecimal digits, without headers; all of it in one where it fits. */
export function piecesOf(text: string, { header = 0, alphabet }: Binary = {}): string[] {
  const body = text.slice(header * 2);
  if (body.length <= unitsIn(ALONE - header, alphabet) * 2) return [body];
  const room = unitsIn(roomBeside(header), alphabet) * 2;
  const pieces: string[] = [];
  for (let at = 0; at < body.length; ) {
    const full = body.slice(at, at + room);
    const piece = at + room < body.length ? uncut(full, alphabet) : full;
    pieces.push(piece);
    at += piece.length;
  }
  return pieces;
}

/** Of the GSM alphabet, seven octets on the air have eight septets, each of which is kept as an octet. */
function unitsIn(octets: number, alphabet: Binary["alphabet"]): number {
  if (alphabet === "gsm7") return Math.floor((octets * 8) / 7);
  return alphabet === "ucs2" ? octets - (octets % 2) : octets;
}

/** Without the first half of a character at its end: an escape, or the first surrogate of a pair. */
function uncut(piece: string, alphabet: Binary["alphabet"]): string {
  if (alphabet === "gsm7") return piece.replace(/1B$/i, "");
  return alphabet === "ucs2" ? piece.replace(/D[89AB]..$/i, "") : piece;
}

/** What a part has room for beside a header of so many octets. One that has none yet needs an octet for its length, too. */
function roomBeside(header: number): number {
  return ALONE - (header || 1) - CONCATENATION;
}

export function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Octets as hexadecimal digits in upper case, as they are shown and kept. */
export function toHex(octets: Uint8Array): string {
  return toLowerHex(octets).toUpperCase();
}
