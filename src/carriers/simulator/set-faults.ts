/** The faults that were set, and how many times they still hit. */

import type { Faults } from "./fates.ts";
import { one, type Sql } from "./storage.ts";

export class SetFaults {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS fault (faults TEXT, left INTEGER)");
  }

  /** The faults that still hit something; `times` is how many of them are left. */
  current(): Faults {
    const { faults, left } = this.#row();
    if (left !== null && left <= 0) return {};
    return { ...faults, ...(left === null ? {} : { times: left }) };
  }

  /** The faults that hit the next message, or the next charge, counted down. */
  next(what: "messages" | "charges"): Faults {
    const { faults, left } = this.#row();
    if (faults.only !== undefined && faults.only !== what) return {};
    if (faults.share !== undefined && Math.random() >= faults.share) return {};
    if (left === null) return faults;
    if (left <= 0) return {};
    this.#sql.exec("UPDATE fault SET left = left - 1");
    return faults;
  }

  set(faults: Faults): void {
    this.clear();
    this.#sql.exec("INSERT INTO fault (faults, left) VALUES (?, ?)", JSON.stringify(faults), faults.times ?? null);
  }

  clear(): void {
    this.#sql.exec("DELETE FROM fault");
  }

  #row(): { faults: Faults; left: number | null } {
    const row = one<{ faults: string; left: number | null }>(this.#sql, "SELECT faults, left FROM fault");
    return row ? { faults: JSON.parse(row.faults), left: row.left } : { faults: {}, left: null };
  }
}
