import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodingOf, measure } from "../../src/core/messages/text.ts";
import { type Alphabet, alphabetOf, codedText, messageClassOf, toOctets, toText } from "../../src/smpp/alphabets.ts";

const everyUnit = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const gsmCharacters = everyUnit.filter((one) => encodingOf(one) === "gsm7");
const gsmText = fc.string({ unit: fc.constantFrom(...gsmCharacters) });

describe("the GSM alphabet", () => {
  it("has the characters that the core counts as septets, and no other", () => {
    expect(gsmCharacters).toHaveLength(127 + 10);
    for (const one of everyUnit) {
      const octets = toOctets(one, "gsm7");
      const isKept = toText(octets, "gsm7") === one;
      expect(isKept, JSON.stringify(one)).toBe(encodingOf(one) === "gsm7");
    }
  });

  it("comes back as it was written, in as many octets as the core counts septets", () => {
    fc.assert(
      fc.property(gsmText, (text) => {
        const octets = toOctets(text, "gsm7");
        expect(toText(octets, "gsm7")).toBe(text);
        expect(octets.length).toBe(measure(text).units);
      }),
    );
  });

  it("has @ as 0, $ as 2, _ as 17 and the euro as two", () => {
    expect([...toOctets("@$_€", "gsm7")]).toEqual([0, 2, 17, 0x1b, 0x65]);
  });

  it("shows an unknown escape as a space and the character", () => {
    expect(toText(Uint8Array.of(0x1b, 0x41, 0x1b), "gsm7")).toBe(" A ");
  });

  it("writes ? for what it does not have, once for a character of two units", () => {
    expect(toText(toOctets("aç😀b", "gsm7"), "gsm7")).toBe("a??b");
  });
});

describe("UCS-2", () => {
  it("comes back as it was written, with surrogates whole or alone", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = String.fromCharCode(...units.filter((unit, at) => at > 0 || (unit !== 0xfeff && unit !== 0xfffe)));
        fc.pre(!/^[\ufeff\ufffe]/.test(text));
        expect(toText(toOctets(text, "ucs2"), "ucs2")).toBe(text);
      }),
    );
  });

  it("heeds a byte order mark and takes it off", () => {
    expect(toText(Uint8Array.of(0xfe, 0xff, 0, 65), "ucs2")).toBe("A");
    expect(toText(Uint8Array.of(0xff, 0xfe, 65, 0), "ucs2")).toBe("A");
  });

  it("leaves out half a character at the end", () => {
    expect(toText(Uint8Array.of(0, 65, 0), "ucs2")).toBe("A");
  });
});

it.each<[number, Alphabet | undefined]>([
  [0x00, "gsm7"],
  [0x01, "gsm7"],
  [0x02, "binary"],
  [0x03, "latin1"],
  [0x04, "binary"],
  [0x05, undefined],
  [0x06, "cyrillic"],
  [0x07, "hebrew"],
  [0x08, "ucs2"],
  [0x0a, undefined],
  [0x10, "gsm7"],
  [0x14, "binary"],
  [0x18, "ucs2"],
  [0x20, undefined],
  [0xc0, "gsm7"],
  [0xd8, "gsm7"],
  [0xe0, "ucs2"],
  [0xf0, "gsm7"],
  [0xf4, "binary"],
])("reads data_coding %i as %s", (coding, alphabet) => {
  expect(alphabetOf(coding)).toBe(alphabet);
});

it.each([
  [0x00, undefined],
  [0x08, undefined],
  [0x10, 0],
  [0x18, 0],
  [0x11, 1],
  [0xf0, 0],
  [0xf6, 2],
])("finds in data_coding %i the class %s", (coding, messageClass) => {
  expect(messageClassOf(coding)).toBe(messageClass);
});

it("reads Cyrillic and Hebrew of one octet each", () => {
  expect(toText(Uint8Array.of(0xbf, 0xe0, 0xd8, 0xd2, 0xd5, 0xe2), "cyrillic")).toBe("Привет");
  expect(toText(Uint8Array.of(0xf9, 0xec, 0xe5, 0xed), "hebrew")).toBe("שלום");
});

it("sends in the SMSC's own alphabet where that has every character, else in UCS-2", () => {
  expect(codedText("Hallo €")).toMatchObject({ coding: 0, alphabet: "gsm7" });
  expect(codedText("Hallo ç")).toMatchObject({ coding: 8, alphabet: "ucs2" });
  expect(codedText("Hallo ç", { standard: "latin1", one: "gsm7" })).toMatchObject({ coding: 0, alphabet: "latin1" });
  expect(codedText("Hallo", undefined, "ucs2")).toMatchObject({ coding: 8 });
});
