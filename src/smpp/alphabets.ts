/**
 * Texts as octets and back, by data_coding. Clause 5.2.19; the coding groups of 3GPP TS 23.038, clause 4, stand in the values
 * from 0x10 on. A text of the GSM alphabet has one octet for each septet: SMSCs pack it themselves.
 */

import { encodingOf } from "../core/messages/text.ts";

export type Alphabet = "gsm7" | "ascii" | "latin1" | "cyrillic" | "hebrew" | "ucs2" | "binary";

/** What data_coding 0 means at an SMSC, and 1: the standard leaves the first open, and programs disagree on the second. */
export type AlphabetPreset = { standard: "gsm7" | "latin1" | "ascii"; one: "gsm7" | "ascii" };
export const USUAL_ALPHABETS: AlphabetPreset = { standard: "gsm7", one: "gsm7" };

export const CODING = { standard: 0, latin1: 3, binary: 4, ucs2: 8 } as const;

/** 3GPP TS 23.038, clause 6.2.1; at 0x1B stands the escape to the second table. */
const GSM =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE = 0x1b;
/** Clause 6.2.1.1. */
const ESCAPED: Record<number, string> = {
  10: "\f",
  20: "^",
  40: "{",
  41: "}",
  47: "\\",
  60: "[",
  61: "~",
  62: "]",
  64: "|",
  101: "€",
};
const SEPTETS = new Map<string, readonly number[]>([
  ...Array.from(GSM, (character, code) => [character, [code]] as const),
  ...Object.entries(ESCAPED).map(([code, character]) => [character, [ESCAPE, Number(code)]] as const),
]);
SEPTETS.delete("\u001b");

/** The alphabet of a data_coding; undefined where it is one that we do not read (the Japanese ones, compressed text). */
export function alphabetOf(coding: number, preset: AlphabetPreset = USUAL_ALPHABETS): Alphabet | undefined {
  if (coding < 0x10) return OF_STANDARD[coding]?.(preset);
  if (coding < 0x80) return (coding & 0x20) !== 0 ? undefined : ofBits((coding >> 2) & 3);
  if (coding >= 0xf0) return (coding & 4) !== 0 ? "binary" : "gsm7";
  if (coding >= 0xe0) return "ucs2";
  return coding >= 0xc0 ? "gsm7" : undefined;
}

const OF_STANDARD: Record<number, (preset: AlphabetPreset) => Alphabet> = {
  0: ({ standard }) => standard,
  1: ({ one }) => one,
  2: () => "binary",
  3: () => "latin1",
  4: () => "binary",
  6: () => "cyrillic",
  7: () => "hebrew",
  8: () => "ucs2",
};

/** Bits 3 and 2 of the general coding group; 3 is reserved. */
function ofBits(bits: number): Alphabet | undefined {
  return (["gsm7", "binary", "ucs2"] as const)[bits];
}

/** The coding of octets with a class: TS 23.038, clause 4, in the form that names nothing else. */
export function binaryCoding(messageClass: number | undefined): number {
  return messageClass === undefined ? CODING.binary : 0xf4 | messageClass;
}

/** The coding of a text with a class: that of TS 23.038, clause 4. */
export function textCoding(alphabet: "gsm7" | "ucs2", messageClass: number | undefined): number {
  if (messageClass === undefined) return alphabet === "ucs2" ? CODING.ucs2 : CODING.standard;
  return (alphabet === "ucs2" ? 0x18 : 0x10) | messageClass;
}

/** Class 0 to 3 where the coding has one; 0 is shown at once and not kept. */
export function messageClassOf(coding: number): 0 | 1 | 2 | 3 | undefined {
  const hasClass = coding >= 0xf0 || (coding >= 0x10 && coding < 0x80 && (coding & 0x10) !== 0);
  return hasClass ? ((coding & 3) as 0 | 1 | 2 | 3) : undefined;
}

/**
 * The text that octets are. Octets without a meaning become what handsets show: U+FFFD, or for an escape without a character a
 * space and the character. Of UCS-2 a byte order mark is taken off, and heeded; a last odd octet is left out.
 */
export function toText(octets: Uint8Array, alphabet: Exclude<Alphabet, "binary">): string {
  switch (alphabet) {
    case "gsm7":
      return fromGsm(octets);
    case "ascii":
      return each(octets, (octet) => (octet < 0x80 ? octet : 0xfffd));
    case "latin1":
      return each(octets, (octet) => octet);
    case "cyrillic":
      return each(octets, toCyrillic);
    case "hebrew":
      return each(octets, toHebrew);
    case "ucs2":
      return fromUcs2(octets);
    default:
      return alphabet satisfies never;
  }
}

/** The octets of a text; a character that the alphabet does not have becomes `?`. */
export function toOctets(text: string, alphabet: "gsm7" | "ascii" | "latin1" | "ucs2"): Uint8Array {
  if (alphabet === "ucs2") return toUcs2(text);
  if (alphabet === "gsm7") return toGsm(text);
  const last = alphabet === "ascii" ? 0x7f : 0xff;
  return Uint8Array.from(Array.from(text), (one) => {
    const code = one.codePointAt(0) ?? QUESTION;
    return code <= last ? code : QUESTION;
  });
}
const QUESTION = 0x3f;

/** Most texts are of characters with one septet each: these are found without a look into the table of all. */
const ALONE = Array.from({ length: 0x100 }, (_, code) => {
  const septets = SEPTETS.get(String.fromCharCode(code));
  return septets?.length === 1 ? septets[0] : undefined;
});

function toGsm(text: string): Uint8Array {
  const septets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const alone = ALONE[text.charCodeAt(at)];
    if (alone === undefined) return toGsmOfAll(text);
    septets[at] = alone;
  }
  return septets;
}

function toGsmOfAll(text: string): Uint8Array {
  return Uint8Array.from([...text].flatMap((character) => SEPTETS.get(character) ?? QUESTION));
}

/** How a text is sent: in the SMSC's own alphabet where that has all of its characters, else in UCS-2. */
export function codedText(
  text: string,
  { standard }: AlphabetPreset = USUAL_ALPHABETS,
  forced?: "ucs2",
): { coding: number; octets: Uint8Array; alphabet: "gsm7" | "ascii" | "latin1" | "ucs2" } {
  const alphabet = !forced && fits(text, standard) ? standard : "ucs2";
  return {
    alphabet,
    coding: alphabet === "ucs2" ? CODING.ucs2 : CODING.standard,
    octets: toOctets(text, alphabet),
  };
}

function fits(text: string, alphabet: AlphabetPreset["standard"]): boolean {
  if (alphabet === "gsm7") return encodingOf(text) === "gsm7";
  return alphabet === "ascii" ? /^[\0-\x7f]*$/.test(text) : /^[\0-\xff]*$/.test(text);
}

function fromGsm(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet !== ESCAPE) {
      text += GSM[octet] ?? "\ufffd";
      continue;
    }
    at += 1;
    const escaped = octets[at];
    // Clause 6.2.1.1: a receiver that does not know an escaped character shows the basic one; an escape alone is a space.
    if (escaped !== undefined) text += ESCAPED[escaped] ?? ` ${GSM[escaped] ?? "\ufffd"}`.replace("\u001b", "");
    else text += " ";
  }
  return text;
}

function fromUcs2(octets: Uint8Array): string {
  const mark = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
  const isSwapped = mark === 0xfffe;
  let text = "";
  for (let at = mark === 0xfeff || isSwapped ? 2 : 0; at + 1 < octets.length; at += 2) {
    const [high = 0, low = 0] = isSwapped ? [octets[at + 1], octets[at]] : [octets[at], octets[at + 1]];
    text += String.fromCharCode((high << 8) | low);
  }
  return text;
}

function toUcs2(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    octets[2 * at] = unit >> 8;
    octets[2 * at + 1] = unit;
  }
  return octets;
}

function each(octets: Uint8Array, toCode: (octet: number) => number): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(toCode(octet));
  return text;
}

/** ISO 8859-5. */
function toCyrillic(octet: number): number {
  if (octet <= 0xa0 || octet === 0xad) return octet;
  if (octet === 0xf0) return 0x2116;
  return octet === 0xfd ? 0xa7 : octet + 0x360;
}

/** ISO 8859-8. */
function toHebrew(octet: number): number {
  if (octet >= 0xe0 && octet <= 0xfa) return octet + 0x4f0;
  const others: Record<number, number> = { 170: 0xd7, 186: 0xf7, 223: 0x2017, 253: 0x200e, 254: 0x200f };
  return others[octet] ?? (octet > 0xbe && octet < 0xff ? 0xfffd : octet);
}
