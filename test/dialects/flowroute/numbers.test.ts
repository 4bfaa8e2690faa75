import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { expect, it } from "vitest";
import { toNumber } from "../../../src/dialects/flowroute/numbers.ts";

const HOME = ["US", "CA", "PR", "VI", "GU", "AS", "MP"];
const AREAS = Array.from({ length: 800 }, (_, n) => String(200 + n));
const LINES = [
  "2345678",
  "2091234",
  "5550100",
  "5990999",
  "9990999",
  "9000000",
  "0000000",
  "0999999",
  "1231234",
  "1999999",
];

it("says of each number what the numbering plan says, also of one whose area it knows", () => {
  const wrong = AREAS.flatMap((area) =>
    LINES.map((line) => `+1${area}${line}`).filter((number) => {
      const country = parsePhoneNumberFromString(number)?.country;
      const isHome = country === undefined || HOME.includes(country);
      return (toNumber(number, {}) !== undefined) !== isHome;
    }),
  );
  expect(wrong).toEqual([]);
});
