/** Long lists of campaigns, cut into pieces that the gateway takes. */

import { describe, expect, it } from "vitest";
import { inPieces } from "../../cli/commands/campaign.ts";

describe("a list in pieces", () => {
  it("has the headings in each, every line once, and no piece that is too long", () => {
    const lines = Array.from({ length: 25_000 }, (_, n) => `+4791${String(n).padStart(6, "0")},Friend ${n}`);
    const pieces = inPieces(["recipient,name", ...lines, ""].join("\r\n"));
    expect(pieces.length).toBe(3);
    expect(pieces.every((piece) => piece.startsWith("recipient,name\n"))).toBe(true);
    expect(pieces.flatMap((piece) => piece.split("\n").slice(1))).toEqual(lines);
    const long = Array.from({ length: 2_000 }, () => `+4791000050,${"x".repeat(1_000)}`);
    for (const piece of inPieces(["recipient,text", ...long].join("\n"))) {
      expect(Buffer.byteLength(piece)).toBeLessThan(1_048_576);
    }
  });

  it("needs no headings where it is of numbers alone", () => {
    expect(inPieces("+4791000050\n4791000051\n")).toEqual(["+4791000050\n4791000051"]);
  });

  it("is refused where nobody is on it", () => {
    expect(() => inPieces("\n")).toThrow("empty");
    expect(() => inPieces("recipient,name\n")).toThrow("no line below");
  });
});
