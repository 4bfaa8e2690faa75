/**
 * How much room a text takes on the air: its encoding, its length in that encoding, and the parts it travels in.
 *
 * The alphabet is 3GPP TS 23.038, clause 6.2.1 with the extension table of clause 6.2.1.1; where a longer text is cut
 * is TS 23.040, clause 9.2.3.24.1. National shift tables are left out: there is no way to know which handsets have them.
 */

/** `gsm7`: septets of the default alphabet. `ucs2`: UTF-16 code units, for handsets show surrogate pairs as one. */
export type Encoding = "gsm7" | "ucs2";

/** `units` are septets (an extension character takes two: the escape and itself) or UTF-16 code units. */
export type Measure = { encoding: Encoding; units: number; parts: number };

// Written as in a regular expression's class. Capital Ç is in the alphabet, small ç is not.
const ASCII = "\\n\\r -Z_a-z";
const BEYOND_ASCII = "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ";
const EXTENSION = "\f[\\]^{|}~€";
const EXTENSION_CLASS = EXTENSION.replace(/[\\\]]/g, "\\$&");

const ONLY_ASCII = new RegExp(`^[${ASCII}]*$`);
const ONLY_GSM = new RegExp(`^[${ASCII}${BEYOND_ASCII}${EXTENSION_CLASS}]*$`);
const NOT_GSM = new RegExp(`[^${ASCII}${BEYOND_ASCII}${EXTENSION_CLASS}]`, "gu");
const EXTENDED = new RegExp(`[${EXTENSION_CLASS}]`, "g");

/** Units in a message that stands alone, and in each part of one that does not: the parts' header takes six octets. */
const ROOM = {
  gsm7: { alone: 160, joined: 153 },
  ucs2: { alone: 70, joined: 67 },
} as const satisfies Record<Encoding, { alone: number; joined: number }>;

/** One character outside the alphabet makes the whole text UCS-2. */
export function encodingOf(text: string): Encoding {
  return ONLY_ASCII.test(text) || ONLY_GSM.test(text) ? "gsm7" : "ucs2";
}

/**
 * An empty text has no units, and is still one message.
 * @param forced sent in UCS-2 though it may need less
 */
export function measure(text: string, forced?: "ucs2"): Measure {
  if (forced) return { encoding: forced, units: text.length, parts: countParts(text, forced, text.length) };

  // Most texts of a large batch end here. The test is several times faster without the letters beyond ASCII.
  if (ONLY_ASCII.test(text)) {
    return { encoding: "gsm7", units: text.length, parts: countParts(text, "gsm7", text.length) };
  }

  const encoding = encodingOf(text);
  const units = unitsIn(text, encoding);
  return { encoding, units, parts: countParts(text, encoding, units) };
}

/** The text of each part, in order. */
export function split(text: string): string[] {
  const { encoding, parts } = measure(text);
  if (parts === 1) return [text];

  const texts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfPart(text, start, encoding);
    texts.push(text.slice(start, end));
    start = end;
  }
  return texts;
}

/** A measure with its reasons: where the text is cut, and what makes it need the encoding that it needs. */
export type TextSize = Measure & {
  /** How many units more it could have without needing a part more. */
  left: number;
  partTexts: string[];
  /** The characters outside the alphabet, each once. */
  outside: string[];
};

/** How large a text is, and why. */
export function sizeOf(text: string): TextSize {
  const measured = measure(text);
  const partTexts = split(text);
  const { alone, joined } = ROOM[measured.encoding];
  const last = partTexts.length === 1 ? measured.units : unitsIn(partTexts.at(-1) ?? "", measured.encoding);
  return {
    ...measured,
    left: (partTexts.length === 1 ? alone : joined) - last,
    partTexts,
    outside: [...new Set(text.match(NOT_GSM))],
  };
}

/** The text with `?` for each code point outside the alphabet. */
export function toGsm(text: string): string {
  return text.replace(NOT_GSM, "?");
}

function unitsIn(text: string, encoding: Encoding): number {
  return encoding === "gsm7" ? text.length + (text.match(EXTENDED)?.length ?? 0) : text.length;
}

function countParts(text: string, encoding: Encoding, units: number): number {
  const { alone, joined } = ROOM[encoding];
  if (units <= alone) return 1;
  if (encoding === "gsm7" && units === text.length) return Math.ceil(units / joined); // no pair to keep whole

  let count = 0;
  for (let start = 0; start < text.length; start = endOfPart(text, start, encoding)) count += 1;
  return count;
}

/**
 * Where the part that begins at `start` ends: as late as fits, but not inside a pair. The clause says so of an escape
 * and its character, and of a UCS-2 character; to the handset a surrogate pair is one. A part may therefore stay a unit
 * short, and a text may need a part more than its units alone would tell.
 */
function endOfPart(text: string, start: number, encoding: Encoding): number {
  const room = ROOM[encoding].joined;

  if (encoding === "ucs2") {
    const end = Math.min(start + room, text.length);
    // Only a whole pair reads as a code point this large. A lone surrogate is a unit like any other.
    return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end - 1 : end;
  }

  let end = start;
  for (let used = 0; end < text.length; end += 1) {
    used += EXTENSION.includes(text.charAt(end)) ? 2 : 1;
    if (used > room) break;
  }
  return end;
}
