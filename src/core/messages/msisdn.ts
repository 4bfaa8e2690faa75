/** Phone numbers. The numbering plans are libphonenumber's; nothing here knows a country. */

import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min";
import { isWholeNumber } from "./numbering-plans.ts";

/** Norwegian numbers of ranges never assigned: the simulated network answers for them. */
const FAKE = /^\+47000000\d\d$/;

/**
 * The number in E.164 with its `+`, or undefined if it is none.
 * Takes `+` and digits, with the spaces, dots, dashes and brackets people write; a number without `+` is not guessed at.
 */
export function toMsisdn(given: string): string | undefined {
  if (given.length > 32 || !given.startsWith("+")) return undefined;
  if (FAKE.test(given) || isWholeNumber(given)) return given;
  const number = parsePhoneNumberFromString(given);
  return number?.isValid() && !number.ext ? number.number : undefined;
}

/**
 * A number as people type it: with + or 00 and its country code, or as it is dialled at home.
 * @param home where it is dialled without a country code, ISO 3166 alpha-2; absent: such numbers are refused
 */
export function toMsisdnAt(home: string | undefined, given: string): string | undefined {
  const typed = given.replace(/[\s().-]/g, "").replace(/^00/, "+");
  if (typed.startsWith("+")) return toMsisdn(typed);
  if (!/^\d{3,15}$/.test(typed)) return undefined;
  const isKnown = home !== undefined && isSupportedCountry(home as CountryCode);
  const number = isKnown ? parsePhoneNumberFromString(typed, home as CountryCode) : undefined;
  return number?.isValid() ? number.number : toMsisdn(`+${typed}`);
}

/** The number in E.164, whether a numbering plan knows it or not: `+` and 7 to 15 digits, of which no first is 0. */
export function toAnyMsisdn(given: string): string | undefined {
  return /^\+[1-9]\d{6,14}$/.test(given) ? given : undefined;
}

/** Whether the number is of a range never assigned, for which the simulated network answers. */
export function isFake(msisdn: string): boolean {
  return FAKE.test(msisdn);
}

/** The country calling code of an E.164 number, with `+`; empty if it cannot be told. */
export function callingCode(msisdn: string): string {
  const number = parsePhoneNumberFromString(msisdn);
  return number ? `+${number.countryCallingCode}` : "";
}

/** Whether an E.164 number begins with the calling code of this country (ISO 3166 alpha-2). */
export function isOfCountry(msisdn: string, country: string): boolean {
  return (
    isSupportedCountry(country as CountryCode) && msisdn.startsWith(`+${getCountryCallingCode(country as CountryCode)}`)
  );
}

/** A number as a log may hold it: enough to recognise, too little to call. */
export function mask(number: string): string {
  const shown = number.startsWith("+") ? 3 : 0;
  return number.length <= shown + 2
    ? number
    : number.slice(0, shown) + "*".repeat(number.length - shown - 2) + number.slice(-2);
}
