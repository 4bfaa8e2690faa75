/** The simulated directory: lookups among the subscribers that were set up. */

import type { Person } from "../../core/directory.ts";
import type { Profile } from "./subscribers.ts";

/** Whom the suites of Target365's SDKs look up; listed unless an operator says otherwise of the number. */
export const LISTED: Readonly<Record<string, Partial<Profile>>> = {
  "+4798079008": { firstName: "Hans", middleName: "Olav", lastName: "Stjernholm", gender: "M", city: "Oslo" },
};

/** The parts of a person that are texts, under the same name in a profile. */
const TEXTS = [
  ...(["landline", "firstName", "middleName", "lastName", "companyName", "companyOrgNo"] as const),
  ...(["streetName", "streetNumber", "streetLetter", "zipCode", "city"] as const),
] as const;

const NAMES = ["firstName", "middleName", "lastName", "companyName"] as const;
const SEARCHED = [...NAMES, "streetName", "streetNumber", "streetLetter", "zipCode", "city"] as const;

/** Longer searches are cut; no entry has that many words. */
const MOST_WORDS = 10;

/** The person, unless all that is known of them is how they pay. */
export function toPerson(msisdn: string, profile: Partial<Profile>): Person | undefined {
  if (!NAMES.some((name) => profile[name])) return undefined;
  const texts = TEXTS.flatMap((name) => (profile[name] ? [[name, profile[name]]] : []));
  const gender = genderOf(profile.gender);
  return {
    ...Object.fromEntries(texts),
    msisdn,
    ...(gender ? { gender } : {}),
    ...(profile.birthDate ? { birthDate: profile.birthDate } : {}),
    ...(isDate(profile.deceasedDate) ? { deceasedDate: profile.deceasedDate } : {}),
  };
}

function genderOf(given: string | null | undefined): Person["gender"] {
  if (/^m/i.test(given ?? "")) return "male";
  return /^[fk]/i.test(given ?? "") ? "female" : undefined;
}

function isDate(given: string | null | undefined): given is string {
  return (
    /^\d{4}-\d\d-\d\d$/.test(given ?? "") && new Date(`${given}T00:00Z`).toJSON()?.startsWith(given ?? "") === true
  );
}

/** Whether each word of the search is the beginning of a word in the entry, or the end of its number. */
export function isMeant(person: Person, text: string): boolean {
  const known = SEARCHED.flatMap((name) => wordsOf(person[name] ?? ""));
  const words = wordsOf(text).slice(0, MOST_WORDS);
  return (
    words.length > 0 && words.every((word) => isNumberOf(person, word) || known.some((one) => one.startsWith(word)))
  );
}

function isNumberOf({ msisdn, landline = "" }: Person, word: string): boolean {
  return /^\+?\d{5,}$/.test(word) && [msisdn, landline].some((number) => number.endsWith(word));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
}
