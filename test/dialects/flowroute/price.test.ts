/** How long a text is, and what it costs: by the wire's own measure, in whole nanodollars. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Price,
  priceOf,
  RATES,
  sizeOf,
  toDecimal,
  toDisplay,
  totalOf,
} from "../../../src/dialects/flowroute/price.ts";
import type { Rates } from "../../../src/dialects/flowroute/settings.ts";

describe("the size of a text", () => {
  const sizes: [string, string, 0 | 8, number][] = [
    ["nothing", "", 0, 1],
    ["one letter", "a", 0, 1],
    ["160 letters", "a".repeat(160), 0, 1],
    ["161 letters", "a".repeat(161), 0, 2],
    ["280 letters", "a".repeat(280), 0, 2],
    ["281 letters", "a".repeat(281), 0, 3],
    ["a last ASCII character", "\u007f", 0, 1],
    ["a line break", "a\nb", 0, 1],
    ["what the GSM alphabet has twice as long", "[]{}~^|\\".repeat(20), 0, 1],
    ["å, which the GSM alphabet has", "å", 8, 1],
    ["£", "£", 8, 1],
    ["€", "€", 8, 1],
    ["a typographic quote", "it’s", 8, 1],
    ["70 letters, of which one is not ASCII", `ø${"a".repeat(69)}`, 8, 1],
    ["71 of those", `ø${"a".repeat(70)}`, 8, 2],
    ["140 of those", `ø${"a".repeat(139)}`, 8, 2],
    ["141 of those", `ø${"a".repeat(140)}`, 8, 3],
    ["35 smileys, of two units each", "😀".repeat(35), 8, 1],
    ["36 smileys", "😀".repeat(36), 8, 2],
  ];
  it.each(sizes)("of %s", (_, text, encoding, segments) => {
    expect(sizeOf(text)).toEqual({ encoding, segments });
  });

  it("has a segment for each 140 characters, or 70, and never none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 900 }), (text) => {
        const { encoding, segments } = sizeOf(text);
        const room = encoding === 0 ? 140 : 70;
        expect(segments).toBeGreaterThanOrEqual(1);
        expect(text.length).toBeLessThanOrEqual(segments === 1 && encoding === 0 ? 160 : segments * room);
        if (segments > 1) expect(text.length).toBeGreaterThan((segments - 1) * room);
      }),
    );
  });
});

describe("the price", () => {
  const text = { segments: 3, isMms: false, isInbound: false, isTollFree: false };
  const prices: [string, [Rates | undefined, Parameters<typeof priceOf>[1]], Price][] = [
    ["of a text", [undefined, text], { segments: 3, baseNanodollars: 4_000_000, surchargeNanodollars: 0 }],
    [
      "of a text from a toll-free number",
      [
        { longCode: 1, tollFree: 2 },
        { ...text, isTollFree: true },
      ],
      { segments: 3, baseNanodollars: 2, surchargeNanodollars: 0 },
    ],
    [
      "of a text from another number",
      [{ longCode: 1, tollFree: 2, surcharge: 3 }, text],
      { segments: 3, baseNanodollars: 1, surchargeNanodollars: 3 },
    ],
    [
      "of what a person wrote, whatever the number",
      [
        { inbound: 5, tollFree: 2 },
        { ...text, isInbound: true, isTollFree: true },
      ],
      { segments: 3, baseNanodollars: 5, surchargeNanodollars: 0 },
    ],
    [
      "of pictures, as a whole",
      [{ surcharge: 1 }, { ...text, isMms: true }],
      { segments: 1, baseNanodollars: RATES.mms, surchargeNanodollars: 1 },
    ],
    [
      "of nothing, where the rate is 0",
      [{ longCode: 0 }, text],
      { segments: 3, baseNanodollars: 0, surchargeNanodollars: 0 },
    ],
  ];
  it.each(prices)("%s", (_, [rates, of], price) => {
    expect(priceOf(rates ? { rates } : {}, of)).toEqual(price);
  });

  it("is that of all segments", () => {
    expect(totalOf({ segments: 3, baseNanodollars: 4_000_000, surchargeNanodollars: 2_500_000 })).toBe(19_500_000);
  });

  const shown: [number, string][] = [
    [0, "$0.0000"],
    [4_000_000, "$0.0040"],
    [9_500_000, "$0.0095"],
    [19_500_000, "$0.0195"],
    [49_999, "$0.0000"],
    [50_000, "$0.0001"],
    [149_999, "$0.0001"],
    [150_000, "$0.0002"],
    [1_005_000, "$0.0010"],
    [999_949_999, "$0.9999"],
    [999_950_000, "$1.0000"],
    [1_000_000_000, "$1.0000"],
    [123_456_789_012_345, "$123456.7890"],
  ];
  it.each(shown)("of %i nanodollars is shown as %s", (nanodollars, display) => {
    expect(toDisplay(nanodollars)).toBe(display);
  });

  it("is shown as the nearest ten-thousandth, and the higher one between two", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500_000_000_000_000 }), (nanodollars) => {
        expect(toDisplay(nanodollars)).toMatch(/^\$\d+\.\d{4}$/);
        const back = BigInt(toDisplay(nanodollars).replace(/[$.]/g, "")) * 100_000n - BigInt(nanodollars);
        expect(back > -50_000n && back <= 50_000n).toBe(true);
      }),
    );
  });

  const decimals: [number, string][] = [
    [0, "0.0000"],
    [4_000_000, "0.0040"],
    [12_300_000, "0.0123"],
    [100_000_000, "0.1000"],
    [4_050_000, "0.00405"],
    [1, "0.000000001"],
    [12_000_000_000, "12.0000"],
    [1_234_567_890_120, "1234.56789012"],
  ];
  it.each(decimals)("of %i nanodollars is %s dollars to the last of them", (nanodollars, decimal) => {
    expect(toDecimal(nanodollars)).toBe(decimal);
  });
});
