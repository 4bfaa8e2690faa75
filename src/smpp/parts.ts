/** Long texts: the header of user data, concatenation in both of its forms and by SAR parameters. 3GPP TS 23.040, clause 9.2.3.24. */

import { type Binary, octetsOf as octetsIn, piecesOf as shares } from "../core/messages/binary.ts";
import { split } from "../core/messages/text.ts";
import { type AlphabetPreset, binaryCoding, codedText, textCoding, toOctets, USUAL_ALPHABETS } from "./alphabets.ts";
import { ESM } from "./fields.ts";
import { integerOf, octetsOf, type Tlv, type TlvValues } from "./pdu.ts";

/** Which part of which text this is; the reference is the sender's, and of one octet or two. */
export type Part = { reference: number; width: 8 | 16; total: number; number: number };

/** An element of a header: its identifier and its octets. */
export type Element = { id: number; value: Uint8Array };

/** Clauses 9.2.3.24.1 and 9.2.3.24.8. */
const CONCATENATION = 0x00;
const CONCATENATION_16 = 0x08;

export type Content = { octets: Uint8Array; header?: readonly Element[]; part?: Part };

/** What cannot be read. *both*: short_message and message_payload are there; *udh*: the header does not fit; *sar*: with a header. */
export type ContentFault = "both" | "udh" | "sar";

/**
 * The octets of a message, wherever they stand, without their header; and which part of a long text they are. A part that
 * cannot be (0 of 3, 4 of 3, 1 of 1) is read as a text of its own.
 */
export function contentOf(
  { esmClass, shortMessage }: { esmClass: number; shortMessage: Uint8Array },
  tlvs: readonly Tlv[],
): Content | { fault: ContentFault } {
  const payload = octetsOf(tlvs, "payload");
  if (payload && shortMessage.length > 0) return { fault: "both" };
  const whole = payload ?? shortMessage;
  const sar = sarOf(tlvs);
  if ((esmClass & ESM.udh) === 0) return { octets: whole, ...(sar ? { part: sar } : {}) };
  if (sar) return { fault: "sar" };
  const header = headerOf(whole);
  if (!header) return { fault: "udh" };
  const part = partIn(header.elements);
  return { octets: whole.subarray(header.length), header: header.elements, ...(part ? { part } : {}) };
}

/** The elements of a header, and the octets it takes; undefined where it says it is longer than there is, or an element does. */
export function headerOf(octets: Uint8Array): { elements: Element[]; length: number } | undefined {
  const length = 1 + (octets[0] ?? Number.NaN);
  if (!(length <= octets.length)) return undefined;
  const elements: Element[] = [];
  for (let at = 1; at < length; ) {
    const end = at + 2 + (octets[at + 1] ?? Number.NaN);
    if (!(end <= length)) return undefined;
    elements.push({ id: octets[at] as number, value: octets.slice(at + 2, end) });
    at = end;
  }
  return { elements, length };
}

function partIn(elements: readonly Element[]): Part | undefined {
  for (const { id, value } of elements) {
    const [a = 0, b = 0, c = 0, d = 0] = value;
    if (id === CONCATENATION && value.length === 3) return sound({ reference: a, width: 8, total: b, number: c });
    if (id === CONCATENATION_16 && value.length === 4) {
      return sound({ reference: a * 256 + b, width: 16, total: c, number: d });
    }
  }
  return undefined;
}

function sarOf(tlvs: readonly Tlv[]): Part | undefined {
  const [reference, total, number] = [
    integerOf(tlvs, "sarReference"),
    integerOf(tlvs, "sarTotal"),
    integerOf(tlvs, "sarPart"),
  ];
  if (reference === undefined || total === undefined || number === undefined) return undefined;
  return sound({ reference, width: 16, total, number });
}

/** Clause 9.2.3.24.1: values outside are ignored, and so is the element. */
function sound(part: Part): Part | undefined {
  return part.total > 1 && part.total < 256 && part.number > 0 && part.number <= part.total ? part : undefined;
}

/** How an SMSC wants long texts. */
export const LONG_BY = ["udh", "sar", "payload"] as const;
export type LongBy = (typeof LONG_BY)[number];

/** One PDU's share of a text. */
export type Piece = { esmClass: number; shortMessage: Uint8Array; tlvs: TlvValues; coding: number };

/**
 * A text as the PDUs that carry it: one where it fits, else by header, by SAR parameters, or whole in message_payload.
 * @param reference tells the parts of this text from those of others between the same two numbers; its lowest octet is used by `udh`
 */
export function piecesOf(
  text: string,
  {
    by,
    reference,
    preset = USUAL_ALPHABETS,
    forced,
  }: { by: LongBy; reference: number; preset?: AlphabetPreset; forced?: "ucs2" },
): Piece[] {
  const { coding, octets, alphabet } = codedText(text, preset, forced);
  if (octets.length <= ALONE[alphabet]) return [{ esmClass: 0, shortMessage: octets, tlvs: {}, coding }];
  if (by === "payload") return [{ esmClass: 0, shortMessage: new Uint8Array(), tlvs: { payload: octets }, coding }];
  const texts = partsOf(text, alphabet);
  return texts.map((one, index) => {
    const own = toOctets(one, alphabet);
    if (by === "sar") {
      const tlvs = { sarReference: reference & 0xffff, sarTotal: texts.length, sarPart: index + 1 };
      return { esmClass: 0, shortMessage: own, tlvs, coding };
    }
    const header = [0x05, CONCATENATION, 0x03, reference & 0xff, texts.length, index + 1];
    return { esmClass: ESM.udh, shortMessage: Uint8Array.of(...header, ...own), tlvs: {}, coding };
  });
}

/**
 * Octets as the PDUs that carry them. What has a header is always parted by header: its elements must be in each part, and the standard
 * allows no SAR parameters beside one.
 * @param hex the octets, their header first
 */
export function binaryPiecesOf(
  hex: string,
  { header = 0, messageClass, alphabet }: Binary,
  { by, reference }: { by: LongBy; reference: number },
): Piece[] {
  const coding = alphabet ? textCoding(alphabet, messageClass) : binaryCoding(messageClass);
  const parts = shares(hex, { header, ...(alphabet ? { alphabet } : {}) }).map(octetsIn);
  const elements = octetsIn(hex.slice(2, header * 2));
  if (header === 0 && parts.length > 1 && by === "payload") {
    return [{ esmClass: 0, shortMessage: new Uint8Array(), tlvs: { payload: octetsIn(hex) }, coding }];
  }
  return parts.map((own, index) => {
    if (header === 0 && (parts.length === 1 || by === "sar")) {
      const sar = { sarReference: reference & 0xffff, sarTotal: parts.length, sarPart: index + 1 };
      return { esmClass: 0, shortMessage: own, tlvs: parts.length === 1 ? {} : sar, coding };
    }
    const joined = parts.length === 1 ? [] : [CONCATENATION, 0x03, reference & 0xff, parts.length, index + 1];
    const shortMessage = Uint8Array.of(elements.length + joined.length, ...joined, ...elements, ...own);
    return { esmClass: ESM.udh, shortMessage, tlvs: {}, coding };
  });
}

/** Elements as the header that they make, its length first. */
export function toHeader(elements: readonly Element[]): Uint8Array {
  const octets = elements.flatMap(({ id, value }) => [id, value.length, ...value]);
  return Uint8Array.of(octets.length, ...octets);
}

/** What a header says beside which part of what it is. */
export function othersIn(elements: readonly Element[]): Element[] {
  return elements.filter(({ id }) => id !== CONCATENATION && id !== CONCATENATION_16);
}

/** Tells the parts of one text from those of others to the same person: by its id, so that a repeat joins the same parts. */
export function referenceOf(id: string): number {
  return [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) & 0xff, 7);
}

/** Octets that one PDU takes, and each part of several: a part's header takes six of the 140 that a message has on the air. */
const ALONE = { gsm7: 160, ascii: 160, latin1: 140, ucs2: 140 } as const;
const JOINED = { ascii: 153, latin1: 134, ucs2: 67 } as const;

/** Of the GSM alphabet, no pair is cut; nor is one of surrogates. */
function partsOf(text: string, alphabet: keyof typeof ALONE): string[] {
  if (alphabet === "gsm7") return split(text);
  const texts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = Math.min(start + JOINED[alphabet], text.length);
    const isInPair = alphabet === "ucs2" && (text.codePointAt(end - 1) ?? 0) > 0xffff;
    texts.push(text.slice(start, isInPair ? end - 1 : end));
    start = isInPair ? end - 1 : end;
  }
  return texts;
}
