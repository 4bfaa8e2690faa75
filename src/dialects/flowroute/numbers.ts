/** Phone numbers on this wire: `1NPANXXXXXX`, to which v2.2 puts a `+`. */

import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { AccountSettings } from "../../core/accounts/account.ts";
import { toMsisdn } from "../../core/messages/msisdn.ts";
import { settingsOf } from "./settings.ts";
import type { Version } from "./version.ts";

/** No stricter: the vendor's own samples write to 1 206 123 1234, which no exchange could be. */
const NORTH_AMERICAN = /^1[2-9]\d{9}$/;

/** Whose numbers are served at home: the United States with their territories, and Canada. */
const HOME: ReadonlySet<string> = new Set(["US", "CA", "PR", "VI", "GU", "AS", "MP"]);

const TOLL_FREE = /^\+1(800|833|844|855|866|877|888)\d{7}$/;

/**
 * The number in E.164; undefined if it is none, or lies where the account does not send. A leading `+` may be there in
 * each version, and may be missing.
 */
export function toNumber(given: string, settings: AccountSettings): string | undefined {
  const digits = given.replace(/^\+/, "");
  if (!/^\d+$/.test(digits)) return undefined;
  const number = `+${digits}`;
  const isAbroad = settingsOf(settings).international === "on";
  if (NORTH_AMERICAN.test(digits)) return isAbroad || isHome(number) ? number : undefined;
  return isAbroad ? toMsisdn(number) : undefined;
}

/**
 * Of a number that is not served: whether it is one of another country. Ten digits without a plus are rather one of home
 * that lacks its 1.
 */
export function liesAbroad(given: string): boolean {
  const digits = given.replace(/^\+/, "");
  if (!/^\d+$/.test(digits) || /^\d{10}$/.test(given)) return false;
  return NORTH_AMERICAN.test(digits) ? !isHome(`+${digits}`) : toMsisdn(`+${digits}`) !== undefined;
}

/** Four digits after the 1 tell it (three do but for 800, of which the Dominican Republic has a part); so each is looked up once, of at most 8,000. */
const known = new Map<string, boolean>();

/** Islands of the Caribbean share the code. A number of no known place is let be. */
function isHome(number: string): boolean {
  const area = number.slice(2, 6);
  let answer = known.get(area);
  if (answer === undefined) {
    answer = HOME.has(parsePhoneNumberFromString(number)?.country ?? "US");
    known.set(area, answer);
  }
  return answer;
}

/** As a version writes it. A short code as the sender of an inbound text has no `+` in any. */
export function written(number: string, version: Version): string {
  return version === "v2.2" && /^\+\d{7}/.test(number) ? number : number.replace(/^\+/, "");
}

export function isTollFree(number: string): boolean {
  return TOLL_FREE.test(number);
}
