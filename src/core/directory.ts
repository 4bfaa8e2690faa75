/** The directory: who has a number, as far as they let themselves be listed. A port; a real one is asked over a network. */

import { Temporal } from "temporal-polyfill";
import type { Clock } from "./kernel/clock.ts";

/** What a lookup tells of a person, or of a company. What is not known is absent. */
export type Person = {
  /** E.164. */
  msisdn: string;
  landline?: string;
  firstName?: string;
  middleName?: string;
  lastName?: string;
  companyName?: string;
  companyOrgNo?: string;
  streetName?: string;
  streetNumber?: string;
  streetLetter?: string;
  zipCode?: string;
  city?: string;
  gender?: "male" | "female";
  /** `YYYY-MM-DD` */
  birthDate?: string;
  deceasedDate?: string;
};

export interface Directory {
  byMsisdn(msisdn: string): Promise<Person | undefined>;
  /** Those of whom each word of the text tells something: a name, company, street, city or number. At most so many. */
  search(text: string, limit: number): Promise<Person[]>;
}

/** Nobody is listed. */
export const emptyDirectory: Directory = {
  byMsisdn: async () => undefined,
  search: async () => [],
};

/** Whose birthday it is today is told by the calendar of these people. */
const TIME_ZONE = "Europe/Oslo";

/** A person, with how old they are in whole years; of the dead, how old they became. */
export function aged({ clock }: { clock: Clock }, person: Person): Person & { age?: number } {
  if (!person.birthDate) return person;
  const today = Temporal.Instant.fromEpochMilliseconds(clock.now()).toZonedDateTimeISO(TIME_ZONE).toPlainDate();
  const until = person.deceasedDate ? Temporal.PlainDate.from(person.deceasedDate) : today;
  return { ...person, age: Temporal.PlainDate.from(person.birthDate).until(until, { largestUnit: "years" }).years };
}
