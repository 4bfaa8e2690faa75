/**
 * Whole numbers, held against the plan of their calling code as one expression. Most numbers come as they are stored, `+` and digits.
 * For these libphonenumber, which takes numbers apart as people write them, gives the same answer at forty times the cost: 4 µs, more than
 * all else that made a message of what was read.
 */

import metadata from "libphonenumber-js/min/metadata";

/** The version of the library's layout of plans that is read here. Any other layout version is not used. */
const LAYOUT = 4;
/** Places in a plan: expressions, each of which may be missing. See the library's METADATA.md. */
const PLACES = { pattern: 2, nationalPrefix: 5, prefixForParsing: 7, leadingDigits: 10, types: 11 };
/** Digits. */
const LONGEST_CALLING_CODE = 3;

/**
 * Whether it is a number of its plan, just as it is written. False means: ask the library. It may have a prefix that is left out, its plan
 * may be one of several countries or tell types of numbers apart, or it may be no number.
 * @param given with its `+`
 */
export function isWholeNumber(given: string): boolean {
  for (let length = 1; length <= LONGEST_CALLING_CODE; length++) {
    const plan = planOf(given.slice(1, 1 + length));
    if (plan) return plan.test(given);
  }
  return false;
}

const known = new Map<string, RegExp | undefined>();
const NO_NUMBER = /^(?!)/;

/** Undefined where it is no calling code. */
function planOf(callingCode: string): RegExp | undefined {
  const plan = known.get(callingCode);
  if (plan || known.has(callingCode)) return plan;
  // Callers may write anything here; calling codes are few.
  if (!/^\d{1,3}$/.test(callingCode)) return undefined;
  const read = readPlan(callingCode);
  known.set(callingCode, read);
  return read;
}

function readPlan(callingCode: string): RegExp | undefined {
  const countries = Object.entries(metadata.country_calling_codes).find(([code]) => code === callingCode)?.[1];
  if (!countries) return undefined;
  const [country] = countries;
  const plan: readonly unknown[] = (country && metadata.countries[country]) || [];
  const of = (name: keyof typeof PLACES) => plan[PLACES[name]] || undefined;
  const [pattern, leading, prefix] = [
    of("pattern"),
    of("leadingDigits"),
    of("prefixForParsing") ?? of("nationalPrefix"),
  ];
  const isUnambiguous = countries.length === 1 || leading !== undefined;
  if (metadata.version !== LAYOUT || !pattern || !isUnambiguous || of("types")) return NO_NUMBER;
  const notPrefix = prefix ? `(?!${prefix})` : "";
  const ledBy = countries.length > 1 ? `(?=${leading})` : "";
  return new RegExp(`^\\+${callingCode}${notPrefix}${ledBy}(?:${pattern})$`);
}
