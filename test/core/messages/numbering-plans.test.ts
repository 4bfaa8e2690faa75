/** A number that is told by its plan alone is one that the library would have answered, letter by letter. */

import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js/min";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, it } from "vitest";
import { isWholeNumber } from "../../../src/core/messages/numbering-plans.ts";

const countries = getCountries();
/** They share a calling code, tell types of numbers apart, or have a prefix that may be left out: the library is asked. */
const LEFT_TO_THE_LIBRARY =
  "AG AI AR AS AU BB BL BM BQ BS CA CC CX DM DO GB GD GG GP GU IM IT JE JM KN KY KZ LC MF MP MS PR RE SX TA TC TT US VA VC VG VI YT";

/** Digits that are the same in each run. */
function digits(count: number, seed: number): string {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state >> 16) % 10;
  }).join("");
}

const isTheLibrarys = (given: string) => {
  const number = parsePhoneNumberFromString(given);
  return number?.isValid() === true && number.number === given && number.ext === undefined;
};

describe("a whole number", () => {
  it.each(countries)("of %s is what the library takes as it is written", (country) => {
    const code = getCountryCallingCode(country);
    const example = examples[country];
    const near = Array.from(
      { length: 60 },
      (_, n) => example.slice(0, n % 4) + digits(example.length - (n % 4), n + 1),
    );
    const others = Array.from({ length: 60 }, (_, n) => digits(4 + (n % 11), 1_000 + n));
    const odd = near.map((number, n) => (n % 2 ? `0${number}` : `8${number}`));
    const told = [example, ...near, ...others, ...odd].map((number) => `+${code}${number}`).filter(isWholeNumber);
    expect(told.filter((number) => !isTheLibrarys(number))).toEqual([]);
  });

  it("is left to the library in these countries, and in no others", () => {
    const left = countries.filter(
      (country) => !isWholeNumber(`+${getCountryCallingCode(country)}${examples[country]}`),
    );
    expect(left.join(" ")).toBe(LEFT_TO_THE_LIBRARY);
  });

  it.each([
    "",
    "+",
    "+4",
    "+47",
    "+479807900",
    "+47 98079008",
    "+4798079008x",
    "+0123456",
    "+__proto__",
    "+4798079008\n",
  ])("is not %j", (given) => expect(isWholeNumber(given)).toBe(false));
});
