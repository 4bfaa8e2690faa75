import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureBinary, toHex } from "../../src/core/messages/binary.ts";
import { measure } from "../../src/core/messages/text.ts";
import { alphabetOf, toText } from "../../src/smpp/alphabets.ts";
import {
  binaryPiecesOf,
  type Content,
  contentOf,
  headerOf,
  LONG_BY,
  type LongBy,
  othersIn,
  type Piece,
  piecesOf,
  toHeader,
} from "../../src/smpp/parts.ts";
import { toTlvs } from "../../src/smpp/pdu.ts";

const read = ({ esmClass, shortMessage, tlvs }: Piece) => contentOf({ esmClass, shortMessage }, toTlvs(tlvs));
const whole = (pieces: readonly Piece[]) =>
  pieces
    .map((piece) => {
      const { octets } = read(piece) as Content;
      return toText(octets, alphabetOf(piece.coding) as "gsm7" | "ucs2");
    })
    .join("");

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "€", "@", "[", " ", "Å"), minLength: 1, maxLength: 500 }),
  fc.string({ unit: fc.constantFrom("a", "ж", "😀", "\ud83d"), minLength: 1, maxLength: 300 }),
);

describe("a text in pieces", () => {
  it.each(LONG_BY)("is whole again when they are joined: by %s", (by: LongBy) => {
    fc.assert(
      fc.property(anyText, fc.nat(0xffff), (text, reference) => {
        const pieces = piecesOf(text, { by, reference });
        expect(whole(pieces)).toBe(text);
        const { parts } = measure(text);
        expect(pieces).toHaveLength(by === "payload" ? 1 : parts);
        const contents = pieces.map((piece) => read(piece) as Content);
        if (by !== "payload" && parts > 1) {
          expect(contents.map(({ part }) => [part?.number, part?.total])).toEqual(
            contents.map((_, index) => [index + 1, parts]),
          );
        }
      }),
    );
  });

  it("takes 159 octets a part of the GSM alphabet, and 140 of UCS-2, header included", () => {
    const sizes = (text: string) =>
      piecesOf(text, { by: "udh", reference: 1 }).map((piece) => piece.shortMessage.length);
    expect(sizes("a".repeat(161))).toEqual([159, 14]);
    expect(sizes("ж".repeat(71))).toEqual([140, 14]);
  });
});

describe("octets in pieces", () => {
  const header = fc.constantFrom("", "0605040B8423F0", "04 24 02 0102".replaceAll(" ", ""));
  it.each(LONG_BY)("are whole again when they are joined, each with its header: by %s", (by: LongBy) => {
    fc.assert(
      fc.property(header, fc.uint8Array({ minLength: 1, maxLength: 700 }), fc.nat(0xffff), (own, octets, reference) => {
        const hex = own + toHex(octets);
        const binary = own === "" ? {} : { header: own.length / 2 };
        const pieces = binaryPiecesOf(hex, binary, { by, reference });
        const contents = pieces.map((piece) => read(piece) as Content);
        expect(contents.map((content) => toHex(content.octets)).join("")).toBe(toHex(octets));
        const { parts } = measureBinary(hex, binary);
        const isWhole = by === "payload" && own === "";
        expect(pieces).toHaveLength(isWhole ? 1 : parts);
        for (const [index, { header: elements = [], part }] of contents.entries()) {
          const others = othersIn(elements);
          expect(others.length === 0 ? "" : toHex(toHeader(others))).toBe(own);
          if (pieces.length > 1) expect([part?.number, part?.total]).toEqual([index + 1, parts]);
        }
        for (const { shortMessage } of pieces) expect(shortMessage.length).toBeLessThanOrEqual(140);
      }),
    );
  });

  it("have the data_coding of their class", () => {
    const codings = [{}, { messageClass: 1 as const }, { messageClass: 2 as const }].map(
      (binary) => binaryPiecesOf("00", binary, { by: "udh", reference: 1 })[0]?.coding,
    );
    expect(codings).toEqual([0x04, 0xf5, 0xf6]);
  });
});

describe("a header of user data", () => {
  const message = (octets: number[]) => ({ esmClass: 0x43, shortMessage: Uint8Array.from(octets) });

  it.each([
    { name: "an 8-bit reference", udh: [5, 0, 3, 200, 3, 2], part: { reference: 200, width: 8, total: 3, number: 2 } },
    { name: "a 16-bit one", udh: [6, 8, 4, 1, 2, 3, 2], part: { reference: 258, width: 16, total: 3, number: 2 } },
    { name: "reference 0", udh: [5, 0, 3, 0, 2, 1], part: { reference: 0, width: 8, total: 2, number: 1 } },
    {
      name: "concatenation as the second element",
      udh: [11, 5, 4, 0x15, 0x8a, 0, 0, 0, 3, 7, 2, 1],
      part: { reference: 7, width: 8, total: 2, number: 1 },
    },
    { name: "part 0", udh: [5, 0, 3, 1, 3, 0], part: undefined },
    { name: "part 4 of 3", udh: [5, 0, 3, 1, 3, 4], part: undefined },
    { name: "1 of 1", udh: [5, 0, 3, 1, 1, 1], part: undefined },
    { name: "a port alone", udh: [6, 5, 4, 0x15, 0x8a, 0, 0], part: undefined },
  ])("tells the part: $name", ({ udh, part }) => {
    const content = contentOf(message([...udh, 65, 66]), []);
    expect(content).toMatchObject({ octets: Uint8Array.of(65, 66) });
    expect("part" in content ? content.part : undefined).toEqual(part);
  });

  it.each([
    { name: "longer than the message", octets: [200, 0, 3] },
    { name: "of an element longer than it", octets: [3, 0, 9, 1, 65, 65, 65, 65, 65, 65, 65, 65, 65] },
    { name: "that ends in an identifier", octets: [1, 0, 65] },
    { name: "of nothing at all", octets: [] },
  ])("is refused where it lies: $name", ({ octets }) => {
    expect(contentOf(message(octets), [])).toEqual({ fault: "udh" });
  });

  it("never reads past the end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const header = headerOf(octets);
        if (header) expect(header.length).toBeLessThanOrEqual(octets.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

it("refuses a text in both places, and SAR beside a header", () => {
  const payload = toTlvs({ payload: Uint8Array.of(65) });
  expect(contentOf({ esmClass: 0, shortMessage: Uint8Array.of(66) }, payload)).toEqual({ fault: "both" });
  const sar = toTlvs({ sarReference: 1, sarTotal: 2, sarPart: 1 });
  expect(contentOf({ esmClass: 0x40, shortMessage: Uint8Array.of(0) }, sar)).toEqual({ fault: "sar" });
});
