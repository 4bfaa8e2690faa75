/** Phone numbers: what is one, how it is written, and how much of it a log may hold. */

import { describe, expect, it } from "vitest";
import { callingCode, mask, toMsisdn, toMsisdnAt } from "../../../src/core/messages/msisdn.ts";

describe("a number", () => {
  const good = [
    ["+4798079008", "+4798079008"],
    ["+47 980 79 008", "+4798079008"],
    ["+47-980.79(008)", "+4798079008"],
    ["+4741000000", "+4741000000"],
    ["+46701234567", "+46701234567"],
    ["+447400123456", "+447400123456"],
    ["+12025550123", "+12025550123"],
    ["+4759000000000", undefined],
    // Fake numbers of the sandbox: no plan has them, and they are taken as they are.
    ["+4700000001", "+4700000001"],
    ["+4700000099", "+4700000099"],
  ] as const;
  it.each(good)("written %s is %s", (given, number) => {
    expect(toMsisdn(given)).toBe(number);
  });

  const bad = [
    ["nothing", ""],
    ["a national number", "98079008"],
    ["a number with 00", "004798079008"],
    ["a number with its + forgotten", "4798079008"],
    ["too short", "+4712"],
    ["too long", "+479807900800000"],
    ["no number of its country", "+4710000000"],
    ["a country that is none", "+99998079008"],
    ["letters", "+47ABCDEFGH"],
    ["letters a phone could dial", "+1202FLOWERS"],
    ["an extension", "+4798079008 ext. 12"],
    ["much more than a number", `+4798079008${" ".repeat(40)}`],
    ["only +", "+"],
    ["a fake number with spaces", "+47 00000001"],
    ["a line below it", "+4798079008\n+4798079009"],
  ] as const;
  it.each(bad)("is not %s", (_, given) => {
    expect(toMsisdn(given)).toBeUndefined();
  });
});

it.each([
  ["+4798079008", "+47"],
  ["+12025550123", "+1"],
  ["+447400123456", "+44"],
  ["98079008", ""],
  ["", ""],
])("the calling code of %s is %s", (number, code) => {
  expect(callingCode(number)).toBe(code);
});

it.each([
  ["NO", "980 79 008", "+4798079008"],
  ["NO", "4798079008", "+4798079008"],
  ["NO", "0046701234567", "+46701234567"],
  ["NO", "46701234567", "+46701234567"],
  ["SE", "070-123 45 67", "+46701234567"],
  ["SE", "701234567", "+46701234567"],
  ["SE", "+47 980 79 008", "+4798079008"],
  ["DK", "32 12 34 56", "+4532123456"],
  ["GB", "07400 123456", "+447400123456"],
  ["SE", "98079008", "+4698079008"],
  [undefined, "98079008", undefined],
  [undefined, "4798079008", "+4798079008"],
  ["NO", "12", undefined],
  ["NO", "980 79 OO8", undefined],
  ["XX", "98079008", undefined],
])("dialled in %s, %s is %s", (home, typed, number) => {
  expect(toMsisdnAt(home, typed)).toBe(number);
});

it.each([
  ["+4798079008", "+47******08"],
  ["98079008", "******08"],
  ["+4712", "+4712"],
  ["12", "12"],
  ["", ""],
])("a log holds %s as %s", (number, masked) => {
  expect(mask(number)).toBe(masked);
});
