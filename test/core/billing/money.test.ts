/** Money: whole minor units, exactly, whatever way people write it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAmount, fromMinor, inWords, MOST_IN_A_CHARGE, toMinor } from "../../../src/core/kernel/money.ts";

describe("an amount", () => {
  const read: [number | string, number][] = [
    [99, 9_900],
    [9.9, 990],
    ["9.90", 990],
    ["12,50", 1_250],
    [" 12.5 ", 1_250],
    ["0.01", 1],
    [0.29, 29],
    [1.15, 115],
    ["1.100", 110],
    ["-4.90", -490],
    [-49, -4_900],
    ["0", 0],
    ["123456789012.34", 12_345_678_901_234],
  ];
  it.each(read)("written as %j is %i minor units", (given, minor) => {
    expect(toMinor(given)).toBe(minor);
  });

  const refused = ["", " ", "abc", "9.999", 1.005, "1e3", "0x10", "1.2.3", "1,2,3", "1 000", "--1", "+5", ".5", "5."];
  it.each([...refused, Number.NaN, Number.POSITIVE_INFINITY, 1e21, "1234567890123", "9".repeat(100_000)])(
    "is not read from %j",
    (given) => {
      expect(() => toMinor(given, "fee")).toThrowError(
        expect.objectContaining({ refusal: "bad-request", field: "fee" }),
      );
    },
  );

  it("comes back as it was given, to the last øre", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (minor) => {
        expect(toMinor(fromMinor(minor))).toBe(minor);
        expect(toMinor((minor / 100).toFixed(2))).toBe(minor);
        expect(toMinor((minor / 100).toFixed(2).replace(".", ","))).toBe(minor);
      }),
    );
  });

  it.each([
    [4_900, "49", "49"],
    [990, "9.90", "9,90"],
    [5, "0.05", "0,05"],
    [0, "0", "0"],
    [123_456, "1234.56", "1234,56"],
  ])("of %i minor units is told as %s, or %s", (minor, english, norwegian) => {
    expect(inWords(minor)).toBe(english);
    expect(inWords(minor, ",")).toBe(norwegian);
  });

  it.each([1, 100, MOST_IN_A_CHARGE])("of %i can be charged", (amount) => {
    expect(() => checkAmount(amount)).not.toThrow();
  });

  it.each([0, -1, -4_900, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MOST_IN_A_CHARGE + 1])(
    "of %d cannot be charged",
    (amount) => {
      expect(() => checkAmount(amount)).toThrowError(expect.objectContaining({ refusal: "bad-request" }));
    },
  );
});
