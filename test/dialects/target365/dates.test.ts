import { describe, expect, it } from "vitest";
import { DateInput, toDate } from "../../../src/dialects/target365/dates.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

describe("a date that comes in", () => {
  const read = [
    { name: "may end in Z", text: "2026-11-22T12:00:00Z", at: NOON },
    { name: "may end in a small z", text: "2026-11-22t12:00:00z", at: NOON },
    { name: "may end in +00:00, as PHP writes it", text: "2026-11-22T12:00:00+00:00", at: NOON },
    { name: "may have an offset ahead", text: "2026-11-22T13:30:00+01:30", at: NOON },
    { name: "may have an offset behind", text: "2026-11-22T07:00:00-05:00", at: NOON },
    { name: "may have an offset without a colon", text: "2026-11-22T13:00:00+0100", at: NOON },
    { name: "is UTC without a zone, as Python writes it", text: "2026-11-22T12:00:00", at: NOON },
    { name: "may have one digit of a second", text: "2026-11-22T12:00:00.5Z", at: NOON + 500 },
    { name: "may have three", text: "2026-11-22T12:00:00.123Z", at: NOON + 123 },
    { name: "may have six, as Python writes them", text: "2026-11-22T12:00:00.123456", at: NOON + 123 },
    { name: "may have seven, as .NET writes them", text: "2026-11-22T12:00:00.1239999+00:00", at: NOON + 123 },
    { name: "may have nine, as Java writes them", text: "2026-11-22T12:00:00.123999999Z", at: NOON + 123 },
    { name: "may have no seconds", text: "2026-11-22T12:00Z", at: NOON },
    { name: "means nothing in the year 1", text: "0001-01-01T00:00:00+00:00", at: undefined },
    { name: "means nothing in the year 1 without a zone", text: "0001-01-01T00:00:00", at: undefined },
    { name: "means nothing in the year 1 in any zone", text: "0001-01-01T00:00:00+01:00", at: undefined },
  ];
  it.each(read)("$name", ({ text, at }) => {
    expect(DateInput.parse(text)).toBe(at);
  });

  const refused = [
    { name: "is more than a day", text: "2026-11-22" },
    { name: "is more than a word", text: "tomorrow" },
    { name: "is not empty", text: "" },
    { name: "has no month 13", text: "2026-13-01T00:00:00Z" },
    { name: "has no 30 February", text: "2026-02-30T00:00:00Z" },
    { name: "has no hour 25", text: "2026-11-22T25:00:00Z" },
    { name: "has at most nine digits of a second", text: "2026-11-22T12:00:00.1234567890Z" },
    { name: "has a zone in hours and minutes", text: "2026-11-22T12:00:00CET" },
    { name: "is a text", text: NOON },
  ];
  it.each(refused)("$name", ({ text }) => {
    expect(DateInput.safeParse(text).success).toBe(false);
  });
});

describe("a date that goes out", () => {
  it("ends in +00:00, since PHP throws on Z", () => {
    expect(toDate(NOON + 7)).toBe("2026-11-22T12:00:00.007+00:00");
  });

  it("comes back as it went", () => {
    expect(DateInput.parse(toDate(NOON + 7))).toBe(NOON + 7);
  });
});
