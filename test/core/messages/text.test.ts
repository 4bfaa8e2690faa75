import fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { describe, expect, it } from "vitest";
import { encodingOf, measure, sizeOf, split, toGsm } from "../../../src/core/messages/text.ts";

/** 3GPP TS 23.038, clause 6.2.1, by code 0x00 to 0x7F, eight to a line; 0x1B is the escape and has no character. */
const ALPHABET = [
  ..."@£$¥èéùì",
  ..."òÇ\nØø\rÅå",
  ..."Δ_ΦΓΛΩΠΨ",
  ..."ΣΘΞÆæßÉ",
  ..." !\"#¤%&'",
  ..."()*+,-./",
  ..."01234567",
  ..."89:;<=>?",
  ..."¡ABCDEFG",
  ..."HIJKLMNO",
  ..."PQRSTUVW",
  ..."XYZÄÖÑÜ§",
  ..."¿abcdefg",
  ..."hijklmno",
  ..."pqrstuvw",
  ..."xyzäöñüà",
];

/** Clause 6.2.1.1, in the order of the codes that follow the escape. */
const EXTENSION = [..."\f^{}\\[~]|€"];

const HIGH = "\ud83d";
const LOW = "\ude00";

/** Long runs of few characters, so that many texts come close to a border with a pair on it. */
function runsOf(...units: string[]) {
  const run = fc.tuple(fc.constantFrom(...units), fc.integer({ min: 1, max: 170 }));
  return fc
    .array(run, { maxLength: 12, size: "max" })
    .map((runs) => runs.map(([unit, times]) => unit.repeat(times)).join(""));
}

const gsmText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...ALPHABET, ...EXTENSION), maxLength: 700, size: "max" }),
  runsOf("a", "Ø", "€", "a€", "{x}"),
);
const wideText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...ALPHABET, ...EXTENSION, ..."жя漢字ابçŐ–’😀𝄞𠮷"), maxLength: 400, size: "max" }),
  fc.string({ unit: "binary", maxLength: 400, size: "max" }),
  runsOf("a", "€", "ж", "😀", "x😀"),
);
const brokenText = fc.string({ unit: fc.constantFrom("a", "€", "ж", "😀", HIGH, LOW), maxLength: 400, size: "max" });
const anyText = fc.oneof(gsmText, wideText, brokenText);

const isHigh = (char: string) => char >= "\ud800" && char <= "\udbff";
const isLow = (char: string) => char >= "\udc00" && char <= "\udfff";
const septets = (text: string) => [...text].reduce((sum, char) => sum + (EXTENSION.includes(char) ? 2 : 1), 0);
const unitsOf = (text: string, encoding: string) => (encoding === "gsm7" ? septets(text) : text.length);

describe("encodingOf", () => {
  it("knows all 127 characters of the alphabet and all ten of the extension", () => {
    expect([new Set(ALPHABET).size, new Set(EXTENSION).size]).toEqual([127, 10]);
    for (const char of [...ALPHABET, ...EXTENSION]) expect(encodingOf(char), char).toBe("gsm7");
  });

  it("takes no other character for one of the alphabet", () => {
    const known = new Set([...ALPHABET, ...EXTENSION]);
    const taken: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      if (!known.has(char) && encodingOf(char) === "gsm7") taken.push(code.toString(16));
    }
    expect(taken).toEqual([]);
  });

  it("turns to UCS-2 for one character outside the alphabet, wherever it stands", () => {
    for (const text of ["ж", "жa", "aж", "aжa", "a\n€ж", "😀", HIGH, LOW]) expect(encodingOf(text), text).toBe("ucs2");
  });
});

describe("measure", () => {
  it("counts one septet for each character of the alphabet", () => {
    for (const char of ALPHABET) expect(measure(char), char).toEqual({ encoding: "gsm7", units: 1, parts: 1 });
  });

  it("counts two septets for each character of the extension", () => {
    for (const char of EXTENSION) expect(measure(char), char).toEqual({ encoding: "gsm7", units: 2, parts: 1 });
  });

  const a = (times: number) => "a".repeat(times);
  const o = (times: number) => "Ø".repeat(times);
  const zhe = (times: number) => "ж".repeat(times);
  const cases = [
    { name: "says an empty text is one message", text: "", is: ["gsm7", 0, 1] },
    { name: "fits 160 septets in one message", text: a(160), is: ["gsm7", 160, 1] },
    { name: "needs two parts for 161", text: a(161), is: ["gsm7", 161, 2] },
    { name: "fits 2 × 153 septets in two parts", text: a(306), is: ["gsm7", 306, 2] },
    { name: "needs three parts for one more", text: a(307), is: ["gsm7", 307, 3] },
    { name: "fits 160 letters beyond ASCII in one message", text: o(160), is: ["gsm7", 160, 1] },
    { name: "needs two parts for 161 of them", text: o(161), is: ["gsm7", 161, 2] },
    { name: "fits 80 extension characters in one message", text: "€".repeat(80), is: ["gsm7", 160, 1] },
    { name: "needs two parts for 81 of them", text: "€".repeat(81), is: ["gsm7", 162, 2] },
    { name: "fits an extension character as the 159th and 160th septet", text: `${a(158)}€`, is: ["gsm7", 160, 1] },
    { name: "needs two parts for one as the 160th and 161st", text: `${a(159)}€`, is: ["gsm7", 161, 2] },
    { name: "fills a part with an extension character", text: `${a(151)}€${a(153)}`, is: ["gsm7", 306, 2] },
    { name: "needs a part more when one lies on the border", text: `${a(152)}€${a(152)}`, is: ["gsm7", 306, 3] },
    { name: "loses a septet a part to nothing but extension characters", text: "€".repeat(153), is: ["gsm7", 306, 3] },
    { name: "counts a line break of two characters as two", text: "\r\n", is: ["gsm7", 2, 1] },
    { name: "fits 70 UCS-2 units in one message", text: zhe(70), is: ["ucs2", 70, 1] },
    { name: "needs two parts for 71", text: zhe(71), is: ["ucs2", 71, 2] },
    { name: "fits 2 × 67 UCS-2 units in two parts", text: zhe(134), is: ["ucs2", 134, 2] },
    { name: "needs three parts for one more", text: zhe(135), is: ["ucs2", 135, 3] },
    { name: "counts an emoji as two units", text: "😀", is: ["ucs2", 2, 1] },
    { name: "counts an extension character as one unit in UCS-2", text: "€ж", is: ["ucs2", 2, 1] },
    { name: "fits an emoji as the 69th and 70th unit", text: `${a(68)}😀`, is: ["ucs2", 70, 1] },
    { name: "fills a part with an emoji", text: `${zhe(65)}😀${zhe(67)}`, is: ["ucs2", 134, 2] },
    {
      name: "needs a part more when an emoji lies on the border",
      text: `${zhe(66)}😀${zhe(66)}`,
      is: ["ucs2", 134, 3],
    },
    { name: "needs three parts for 152 GSM characters and one other", text: `${a(152)}ж`, is: ["ucs2", 153, 3] },
    { name: "counts a lone surrogate as one unit", text: HIGH, is: ["ucs2", 1, 1] },
    {
      name: "keeps no room for the other half of a lone surrogate",
      text: zhe(66) + HIGH + zhe(67),
      is: ["ucs2", 134, 2],
    },
    { name: "cuts between a lone surrogate and a pair", text: `${zhe(66)}${HIGH}😀${zhe(65)}`, is: ["ucs2", 134, 2] },
  ];
  it.each(cases)("$name", ({ text, is }) => {
    const { encoding, units, parts } = measure(text);
    expect([encoding, units, parts]).toEqual(is);
  });

  it("counts every unit once", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { encoding, units } = measure(text);
        expect(encoding).toBe(encodingOf(text));
        expect(units).toBe(unitsOf(text, encoding));
      }),
    );
  });

  it("never counts fewer parts for a longer text", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, more) => {
        expect(measure(text + more).parts).toBeGreaterThanOrEqual(measure(text).parts);
      }),
    );
  });
});

describe("split", () => {
  const cases = [
    { name: "leaves an empty text as it is", text: "", parts: [""] },
    { name: "leaves a text that fits as it is", text: "a".repeat(160), parts: ["a".repeat(160)] },
    { name: "cuts after 153 septets", text: "a".repeat(161), parts: ["a".repeat(153), "a".repeat(8)] },
    {
      name: "cuts before an escape pair",
      text: `${"a".repeat(152)}€${"b".repeat(9)}`,
      parts: ["a".repeat(152), `€${"b".repeat(9)}`],
    },
    { name: "cuts after 67 UCS-2 units", text: "ж".repeat(71), parts: ["ж".repeat(67), "жжжж"] },
    { name: "cuts before a surrogate pair", text: `${"ж".repeat(66)}😀яяя`, parts: ["ж".repeat(66), "😀яяя"] },
    {
      name: "cuts after a lone surrogate",
      text: `${"ж".repeat(66)}${HIGH}яяяя`,
      parts: ["ж".repeat(66) + HIGH, "яяяя"],
    },
  ];
  it.each(cases)("$name", ({ text, parts }) => {
    expect(split(text)).toEqual(parts);
  });

  it("loses nothing, and makes as many parts as were counted", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = split(text);
        expect(parts.join("")).toBe(text);
        expect(parts.length).toBe(measure(text).parts);
      }),
    );
  });

  it("never splits a surrogate pair", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = split(text);
        for (const [i, part] of parts.entries()) {
          const next = parts[i + 1] ?? "";
          expect(isHigh(part.slice(-1)) && isLow(next.slice(0, 1))).toBe(false);
        }
      }),
    );
  });

  // Parts are made of characters, so an escape torn from its character would show as a part one septet too long.
  it("never fills a part over its limit, escapes counted", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { encoding } = measure(text);
        const parts = split(text);
        const alone = parts.length === 1;
        const limit = encoding === "gsm7" ? (alone ? 160 : 153) : alone ? 70 : 67;
        for (const part of parts) expect(unitsOf(part, encoding)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it("leaves no room in a part that the next character would have fitted in", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { encoding } = measure(text);
        const parts = split(text);
        for (const [i, part] of parts.slice(0, -1).entries()) {
          const [next = ""] = parts[i + 1] ?? "";
          expect(unitsOf(part, encoding) + unitsOf(next, encoding)).toBeGreaterThan(encoding === "gsm7" ? 153 : 67);
        }
      }),
    );
  });
});

describe("toGsm", () => {
  const cases = [
    {
      name: "leaves the whole alphabet alone",
      text: ALPHABET.join("") + EXTENSION.join(""),
      is: ALPHABET.join("") + EXTENSION.join(""),
    },
    { name: "puts ? for a letter outside the alphabet", text: "Garçon, тест", is: "Gar?on, ????" },
    { name: "puts one ? for an emoji", text: "hei 😀!", is: "hei ?!" },
    { name: "puts one ? for each code point of a family", text: "👨‍👩‍👧", is: "?????" },
    { name: "puts ? for a lone surrogate", text: `a${HIGH}b${LOW}c`, is: "a?b?c" },
    { name: "puts ? for the escape itself", text: "\u001be", is: "?e" },
    { name: "leaves an empty text alone", text: "", is: "" },
  ];
  it.each(cases)("$name", ({ text, is }) => {
    expect(toGsm(text)).toBe(is);
  });

  it("gives a text in the alphabet, as many code points long, and changes nothing that was in it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const [before, after] = [[...text], [...toGsm(text)]];
        expect(encodingOf(toGsm(text))).toBe("gsm7");
        expect(after).toEqual(before.map((char) => (encodingOf(char) === "gsm7" ? char : "?")));
      }),
    );
  });
});

describe("next to an independent counter", () => {
  /** What the calculator says, in our words. It gives the length of a UCS-2 text in graphemes, so we take its bits. */
  function theirs(text: string) {
    const counted = new SegmentedMessage(text, "auto", false);
    const [encoding, bits] = counted.getEncodingName() === "GSM-7" ? ["gsm7", 7] : ["ucs2", 16];
    const longest = Math.max(0, ...counted.graphemes.map((grapheme) => grapheme.length));
    return {
      measured: { encoding, units: counted.messageSize / Number(bits), parts: counted.segmentsCount },
      graphemes: counted.graphemes.length,
      longest,
    };
  }

  it("agrees on every text of the alphabet", () => {
    fc.assert(
      fc.property(gsmText, (text) => {
        expect(measure(text)).toEqual(theirs(text).measured);
      }),
    );
  });

  it("agrees on every other text without composed graphemes", () => {
    fc.assert(
      fc.property(fc.oneof(wideText, brokenText), (text) => {
        const { measured, graphemes } = theirs(text);
        fc.pre(graphemes === [...text].length);
        expect(measure(text)).toEqual(measured);
      }),
    );
  });

  it("agrees on the encoding and the units of every text, and never asks for more parts", () => {
    const composed = fc.string({ unit: "grapheme-composite", maxLength: 400, size: "max" });
    fc.assert(
      fc.property(fc.oneof(anyText, composed, runsOf("ж", "e\u0301", "🇳🇴", "👨‍👩‍👧", "👍🏽")), (text) => {
        const { measured, longest } = theirs(text);
        fc.pre(longest <= 67);
        const { encoding, units, parts } = measure(text);
        expect([encoding, units]).toEqual([measured.encoding, measured.units]);
        expect(parts).toBeLessThanOrEqual(measured.parts);
      }),
    );
  });

  // Where it differs, it keeps graphemes whole. TS 23.040, clause 9.2.3.24.1 protects an escape pair and a UCS-2
  // character, nothing larger: a handset joins the parts before it shows them, so a cut inside a grapheme is never
  // seen, while the part that keeping it whole may cost is billed.
  const zhe = (times: number) => "ж".repeat(times);
  const differences = [
    {
      name: "cuts between the two letters of a flag",
      because: "the clause keeps each regional indicator whole, not two of them together",
      text: `${zhe(65)}🇳🇴${zhe(65)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts between the members of a family",
      because: "a zero-width joiner is a UCS-2 character of its own",
      text: `${zhe(64)}👨‍👩‍👧${zhe(62)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts between a thumb and its skin tone",
      because: "the tone is a code point of its own",
      text: `${zhe(65)}👍🏽${zhe(65)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts between a letter and its accent",
      because: "a combining mark is a UCS-2 character of its own",
      text: `${zhe(66)}e\u0301${zhe(66)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts between the letters of a Hangul syllable",
      because: "each conjoining letter is a UCS-2 character of its own",
      text: `${zhe(66)}\u1100\u1161${zhe(66)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts before a variation selector",
      because: "the selector is a UCS-2 character of its own",
      text: `${zhe(66)}❤\ufe0f${zhe(66)}`,
      ours: 2,
      theirs: 3,
    },
    {
      name: "cuts a grapheme that is longer than a part",
      because:
        "the clause gives a part 67 characters at the most; a part of 201, as the calculator has it, cannot be sent",
      text: `a${"\u0301".repeat(200)}`,
      ours: 3,
      theirs: 2,
    },
  ];
  it.each(differences)("differs rightly: $name, for $because", ({ text, ours, theirs: other }) => {
    expect(measure(text).parts).toBe(ours);
    expect(theirs(text).measured.parts).toBe(other);
  });

  it("differs rightly: counts what is sent of an emoji, not what is seen, for a part is filled by UCS-2 units", () => {
    expect(measure("👨‍👩‍👧").units).toBe(8);
    expect(new SegmentedMessage("👨‍👩‍👧", "auto", false).numberOfCharacters).toBe(1);
  });
});

describe("sizeOf", () => {
  it("tells how much more fits before it needs a part more", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { left, parts } = sizeOf(text);
        expect(measure(text + "a".repeat(left)).parts).toBe(parts);
        expect(measure(text + "a".repeat(left + 1)).parts).toBe(parts + 1);
      }),
    );
  });

  it("names each character outside the alphabet once, in the order of the text", () => {
    expect(sizeOf("æ ж 😀 жя €").outside).toEqual(["ж", "😀", "я"]);
    expect(sizeOf("Blåbær €").outside).toEqual([]);
  });
});
