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
    expect(toMinor(given, "NOK")).toBe(minor);
  });

  const refused = ["", " ", "abc", "9.999", 1.005, "1e3", "0x10", "1.2.3", "1,2,3", "1 000", "--1", "+5", ".5", "5."];
  it.each([...refused, Number.NaN, Number.POSITIVE_INFINITY, 1e21, "1234567890123", "9".repeat(100_000)])(
    "is not read from %j",
    (given) => {
      expect(() => toMinor(given, "NOK", "fee")).toThrowError(
        expect.objectContaining({ refusal: "bad-request", field: "fee" }),
      );
    },
  );

  it("comes back as it was given, to the last øre", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (minor) => {
        expect(toMinor(fromMinor(minor, "NOK"), "NOK")).toBe(minor);
        expect(toMinor((minor / 100).toFixed(2), "NOK")).toBe(minor);
        expect(toMinor((minor / 100).toFixed(2).replace(".", ","), "NOK")).toBe(minor);
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
    expect(inWords(minor, "NOK")).toBe(english);
    expect(inWords(minor, "NOK", ",")).toBe(norwegian);
  });

  const elsewhere: [string, number, string | number, string][] = [
    ["JPY", 500, 500, "500"],
    ["ISK", 1_990, "1990", "1990"],
    ["KWD", 1_250, "1.250", "1.250"],
    ["KWD", 3_000, 3, "3"],
    ["IQD", 250_000, "250", "250"],
    ["COP", 990_000, "9900.00", "9900"],
    ["CLF", 12_345, "1.2345", "1.2345"],
    ["EUR", 990, 9.9, "9.90"],
  ];
  it.each(elsewhere)("of %s has that currency's decimals: %i minor units are %s", (currency, minor, given, words) => {
    expect(toMinor(given, currency)).toBe(minor);
    expect(fromMinor(minor, currency)).toBe(Number(given));
    expect(inWords(minor, currency)).toBe(words);
  });

  it.each([
    ["JPY", "9.5", "price: must be an amount without decimals, like 99: JPY has none"],
    ["KWD", "1.2345", "price: must be an amount with at most three decimals, like 99 or 9.900"],
    ["NOK", "1.234", "price: must be an amount with at most two decimals, like 99 or 9.90"],
  ])("of %s is not read from %s, and the refusal says how to write it", (currency, given, why) => {
    expect(() => toMinor(given, currency)).toThrowError(why);
  });

  it.each([1, 100, MOST_IN_A_CHARGE])("of %i can be charged", (amount) => {
    expect(() => checkAmount(amount, "NOK")).not.toThrow();
  });

  it.each([0, -1, -4_900, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MOST_IN_A_CHARGE + 1])(
    "of %d cannot be charged",
    (amount) => {
      expect(() => checkAmount(amount, "NOK")).toThrowError(expect.objectContaining({ refusal: "bad-request" }));
    },
  );
});
