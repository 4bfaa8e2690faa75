/** The operator's subscribers: their standing, their wallets, their entries in the directory. */

import type { Person } from "../../core/directory.ts";
import { isMeant, LISTED, toPerson } from "./directory.ts";
import { operatorOf } from "./fates.ts";
import { one, type Sql } from "./storage.ts";

/** A person's entry in the directory. The operator does not use it: a lookup gives it back as it was set. */
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
  /** `YYYY-MM-DD`; null if unknown. */
  birthDate: string | null;
  operator?: string;
  /** The prepaid balance that is left. */
  prepaidBalance?: number;
  /** The most in a calendar month; null for no limit. */
  monthlyLimit?: number | null;
  /** The most in a calendar year; null for no limit. */
  yearlyLimit?: number | null;
};

const LIMITS = { monthlyLimit: 500_000, yearlyLimit: 4_000_000 };

/** The whole profile, with the defaults of a number that was never set up for absent members. */
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

  /** The directory's entry for the number; undefined if it was never set up, or has only a wallet. */
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

  /** Takes from a prepaid balance, or gives back to it if the amount is negative. Does nothing if there is no such balance. */
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
