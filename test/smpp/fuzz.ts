/** Hostile octets for the codec: where they come from, and what must hold for each of them. */

import { alphabetOf, toText } from "../../src/smpp/alphabets.ts";
import { Framer, LONGEST_PDU } from "../../src/smpp/frames.ts";
import { contentOf } from "../../src/smpp/parts.ts";
import { decode, encode, type Pdu } from "../../src/smpp/pdu.ts";
import { receiptIn } from "../../src/smpp/receipts.ts";
import { momentOf } from "../../src/smpp/times.ts";

/** A generator of whole numbers below 2^32 that one seed decides: mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Octets that often matter: ends of strings, lengths, signs. */
const TELLING = [0, 1, 2, 4, 5, 8, 15, 16, 17, 0x1b, 0x40, 0x7f, 0x80, 0xc4, 0xfe, 0xff];

/** One of the corpus with some octets changed, taken out, doubled, or taken from another one. */
export function mutated(corpus: readonly Uint8Array[], next: () => number): Uint8Array {
  const pick = () => corpus[next() % corpus.length] as Uint8Array;
  let octets = [...pick()];
  for (let changes = next() % 6; changes >= 0; changes--) {
    const at = next() % (octets.length + 1);
    const many = next() % 9;
    const kind = next() % 7;
    if (kind === 0) octets[at] = next() & 255;
    else if (kind === 1) octets[at] = TELLING[next() % TELLING.length] as number;
    else if (kind === 2) octets.splice(at, many);
    else if (kind === 3) octets.splice(at, 0, ...octets.slice(at, at + many));
    else if (kind === 4) octets = [...octets.slice(0, at), ...pick().slice(next() % 32)];
    else if (kind === 5) octets = octets.slice(0, at);
    else octets[at] = (octets[at] ?? 0) ^ (1 << (next() & 7));
  }
  // Most inputs say their true length, or the framer would let few through to the rest.
  if (next() % 4 !== 0 && octets.length >= 4) {
    octets.splice(
      0,
      4,
      octets.length >> 24,
      (octets.length >> 16) & 255,
      (octets.length >> 8) & 255,
      octets.length & 255,
    );
  }
  return Uint8Array.from(octets);
}

/**
 * Puts one input through the codec as the doors do: in pieces through the framer, then each PDU through all that reads it.
 * @throws Error where a promise of the codec does not hold
 */
export function check(input: Uint8Array, next: () => number): void {
  const framer = new Framer();
  let given = 0;
  for (let at = 0; at < input.length; ) {
    const size = 1 + (next() % input.length);
    for (const frame of framer.push(input.subarray(at, at + size))) {
      given += frame.length;
      checkFrame(frame);
    }
    at += size;
  }
  if (given + framer.waiting > input.length) throw new Error("the framer gave out more than came in");
  if (framer.waiting > LONGEST_PDU) throw new Error("the framer keeps more than a PDU");
}

function checkFrame(frame: Uint8Array): void {
  const decoded = decode(frame);
  if (decoded.outcome !== "pdu") return;
  const { pdu } = decoded;
  const content = contentIn(pdu);
  if (content && "octets" in content && content.octets.length > frame.length)
    throw new Error("a text longer than its PDU");
  checkAgain(pdu);
}

/** What could be written as the standard has it comes back the same. */
function checkAgain(pdu: Pdu): void {
  let octets: Uint8Array;
  try {
    octets = encode(pdu);
  } catch (error) {
    if (error instanceof RangeError) return; // a peer's field was longer than we would write it
    throw error;
  }
  const again = decode(octets);
  if (again.outcome !== "pdu") throw new Error(`written, it reads as ${again.outcome}`);
  const isHeaderOnly = octets.length === 16;
  if (!isHeaderOnly && JSON.stringify(again.pdu) !== JSON.stringify(pdu))
    throw new Error("written, it reads as another");
}

function contentIn(pdu: Pdu) {
  if (pdu.command === "query_sm_resp") momentOf(pdu.body.finalDate, 0);
  if (pdu.command !== "submit_sm" && pdu.command !== "deliver_sm" && pdu.command !== "data_sm") return undefined;
  const shortMessage = "shortMessage" in pdu.body ? pdu.body.shortMessage : new Uint8Array();
  const content = contentOf({ esmClass: pdu.body.esmClass, shortMessage }, pdu.tlvs);
  const alphabet = alphabetOf(pdu.body.dataCoding);
  const text = "octets" in content && alphabet && alphabet !== "binary" ? toText(content.octets, alphabet) : "";
  receiptIn(text, pdu.tlvs);
  if ("validityPeriod" in pdu.body) momentOf(pdu.body.validityPeriod, 0);
  return content;
}
