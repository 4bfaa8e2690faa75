/** The operator's subscribers: who they are, and what they pay with. */

import type { Person } from "../../core/directory.ts";
import { isMeant, LISTED, toPerson } from "./directory.ts";
import { operatorOf } from "./fates.ts";
import { one, type Sql } from "./storage.ts";

/** What a lookup tells of a person. The operator has no use for it: it comes back as it was given. */
type Lookup = {
  firstName?: string | null;
  middleName?: string | null;
  lastName?: string | null;
  companyName?: string | null;
  companyOrgNo?: string | null;
  streetName?: string | null;
  streetNumber?: string | null;
  streetLetter?: string | null;
  zipCode?: string | null;
  city?: string | null;
  gender?: string | null;
  landline?: string | null;
  deceasedDate?: string | null;
};

/** A subscriber pays with a balance, or by a bill with limits. Amounts in øre. */
export type Profile = Lookup & {
  registered: boolean;
  /** Registered, but not with all that an operator asks for. May be charged all the same. */
  standing?: "partial";
  barred: boolean;
  /** `YYYY-MM-DD`; null where nobody knows it. */
  birthDate: string | null;
  operator?: string;
  /** What is left of what was paid in advance. */
  prepaidBalance?: number;
  /** The most in a calendar month; null for no limit. */
  monthlyLimit?: number | null;
  /** The most in a calendar year; null for no limit. */
  yearlyLimit?: number | null;
};

const LIMITS = { monthlyLimit: 500_000, yearlyLimit: 4_000_000 };

/** The profile of which this was said; what was not said is as it is for a number that nobody set up. */
function complete(msisdn: string, given: Partial<Profile>): Profile {
  const operator = operatorOf(msisdn);
  return {
    registered: true,
    barred: false,
    birthDate: "1985-01-01",
    ...(operator ? { operator } : {}),
    ...(given.prepaidBalance === undefined ? LIMITS : {}),
    ...given,
  };
}

type Row = { msisdn: string; profile: string; balance: number | null };

export class Subscribers {
  #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    // The balance stands beside the profile, as it is spent.
    sql.exec("CREATE TABLE IF NOT EXISTS subscriber (msisdn TEXT PRIMARY KEY, profile TEXT, balance INTEGER)");
  }

  of(msisdn: string): Profile {
    const row = one<Row>(this.#sql, "SELECT msisdn, profile, balance FROM subscriber WHERE msisdn = ?", msisdn);
    return row ? toProfile(row) : complete(msisdn, LISTED[msisdn] ?? {});
  }

  /** What a lookup tells of the number; nothing of one that nobody set up, or of whom only a wallet is known. */
  person(msisdn: string): Person | undefined {
    return toPerson(msisdn, this.of(msisdn));
  }

  /** Those whom each word of the text is about, at most so many. */
  search(text: string, limit: number): Person[] {
    const setUp = this.all();
    const known = new Set(setUp.map(({ msisdn }) => msisdn));
    const listed = Object.keys(LISTED).filter((msisdn) => !known.has(msisdn));
    const people = [...setUp.map((one) => toPerson(one.msisdn, one)), ...listed.map((msisdn) => this.person(msisdn))];
    return people.filter((person) => person && isMeant(person, text)).slice(0, limit) as Person[];
  }

  /** Those that were set up. */
  all(): ({ msisdn: string } & Profile)[] {
    return this.#sql
      .exec<Row>("SELECT msisdn, profile, balance FROM subscriber ORDER BY msisdn")
      .toArray()
      .map((row) => ({ msisdn: row.msisdn, ...toProfile(row) }));
  }

  /** Replaces all that was known. */
  put(msisdn: string, given: Partial<Profile>): void {
    const { prepaidBalance, ...profile } = complete(msisdn, given);
    this.#sql.exec(
      "INSERT OR REPLACE INTO subscriber (msisdn, profile, balance) VALUES (?, ?, ?)",
      msisdn,
      JSON.stringify(profile),
      prepaidBalance ?? null,
    );
  }

  remove(msisdn: string): void {
    this.#sql.exec("DELETE FROM subscriber WHERE msisdn = ?", msisdn);
  }

  /** Takes from a balance, or gives back to it if the amount is negative. Who has none has none afterwards. */
  take(msisdn: string, amount: number): void {
    this.#sql.exec("UPDATE subscriber SET balance = balance - ? WHERE msisdn = ?", amount, msisdn);
  }

  clear(): void {
    this.#sql.exec("DELETE FROM subscriber");
  }
}

function toProfile({ profile, balance }: Row): Profile {
  return { ...JSON.parse(profile), ...(balance === null ? {} : { prepaidBalance: balance }) };
}
