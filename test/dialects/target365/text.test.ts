import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measure } from "../../../src/core/messages/text.ts";
import { fold } from "../../../src/dialects/target365/text.ts";

/**
 * The guide's table, row by row.
 * https://github.com/Target365/REST/blob/master/USERGUIDE.md#automatic-character-replacements
 */
const TABLE = [
  { from: "\u2013", to: "-", name: "long hyphen" },
  { from: "\u00AB", to: '"', name: "opening guillemet" },
  { from: "\u00BB", to: '"', name: "closing guillemet" },
  { from: "\u201D", to: '"', name: "Word's quote" },
  { from: "\u2019", to: "'", name: "Word's apostrophe" },
  { from: "\u00A0", to: " ", name: "no-break space" },
  { from: "\u1680", to: " ", name: "ogham space mark" },
  { from: "\u180E", to: " ", name: "Mongolian vowel separator" },
  { from: "\u2000", to: " ", name: "en quad" },
  { from: "\u2001", to: " ", name: "em quad" },
  { from: "\u2002", to: " ", name: "en space" },
  { from: "\u2003", to: " ", name: "em space" },
  { from: "\u2004", to: " ", name: "three-per-em space" },
  { from: "\u2005", to: " ", name: "four-per-em space" },
  { from: "\u2006", to: " ", name: "six-per-em space" },
  { from: "\u2007", to: " ", name: "figure space" },
  { from: "\u2008", to: " ", name: "punctuation space" },
  { from: "\u2009", to: " ", name: "thin space" },
  { from: "\u200A", to: " ", name: "hair space" },
  { from: "\u200B", to: " ", name: "zero width space" },
  { from: "\u202F", to: " ", name: "narrow no-break space" },
  { from: "\u205F", to: " ", name: "medium mathematical space" },
  { from: "\u3000", to: " ", name: "ideographic space" },
  { from: "\uFEFF", to: " ", name: "zero width no-break space" },
];
const replacements = new Map(TABLE.map(({ from, to }) => [from, to]));

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...replacements.keys(), "\ud83d", "\ude00"),
    fc.constantFrom(..."abcÆØÅæøå€\"'- \n\u2014\u2018\u201C\u2026\u200C\u200D😀"),
  ),
  maxLength: 200,
  size: "max",
});

describe("fold", () => {
  it.each(TABLE)("rewrites the $name everywhere", ({ from, to }) => {
    expect(fold(from)).toBe(to);
    expect(fold(`${from}å${from}${from}`)).toBe(`${to}å${to}${to}`);
  });

  it("touches no other character", () => {
    const touched: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      if (!replacements.has(char) && fold(char) !== char) touched.push(code.toString(16));
    }
    expect(touched).toEqual([]);
  });

  it("rewrites one character into one, whatever stands around it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const wanted = [...text].map((char) => replacements.get(char) ?? char).join("");
        expect(fold(text)).toBe(wanted);
      }),
    );
  });

  it("has nothing left to do the second time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });

  const cases = [
    { name: "leaves an empty text alone", text: "", is: "" },
    { name: "leaves a plain text alone", text: "Hei på deg, 10 € [nå]", is: "Hei på deg, 10 € [nå]" },
    { name: "leaves an emoji alone", text: "Hei 😀", is: "Hei 😀" },
    { name: "leaves half a surrogate pair alone", text: "a\ud83d\u2013\ude00", is: "a\ud83d-\ude00" },
    {
      name: "leaves the quotes and dashes the guide does not name",
      text: "\u201C\u2018\u2014",
      is: "\u201C\u2018\u2014",
    },
  ];
  it.each(cases)("$name", ({ text, is }) => {
    expect(fold(text)).toBe(is);
  });

  it("brings a text pasted from a word processor back into one GSM message", () => {
    const pasted = `\u00ABTilbud\u00BB \u2013 bare i\u00A0dag${"!".repeat(100)}`;
    expect(measure(pasted)).toEqual({ encoding: "ucs2", units: 121, parts: 2 });
    expect(measure(fold(pasted))).toEqual({ encoding: "gsm7", units: 121, parts: 1 });
  });
});
