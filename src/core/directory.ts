/** The directory: the listed subscriber of a number. A port; a real directory is asked over a network. */

import { Temporal } from "temporal-polyfill";
import type { Clock } from "./kernel/clock.ts";

/** The answer of a lookup about a person or a company. Unknown members are absent. */
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
  /** The listed whose name, company, street, city or number has each word of the text. At most `limit`. */
  search(text: string, limit: number): Promise<Person[]>;
}

/** A directory without entries. */
export const emptyDirectory: Directory = {
  byMsisdn: async () => undefined,
  search: async () => [],
};

/** A person's age changes at midnight in this time zone. */
const TIME_ZONE = "Europe/Oslo";

/** A person, with how old they are in whole years; of the dead, how old they became. */
export function aged({ clock }: { clock: Clock }, person: Person): Person & { age?: number } {
  if (!person.birthDate) return person;
  const today = Temporal.Instant.fromEpochMilliseconds(clock.now()).toZonedDateTimeISO(TIME_ZONE).toPlainDate();
  const until = person.deceasedDate ? Temporal.PlainDate.from(person.deceasedDate) : today;
  return { ...person, age: Temporal.PlainDate.from(person.birthDate).until(until, { largestUnit: "years" }).years };
}
