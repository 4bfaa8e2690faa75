/** Receipts still to be sent: owed from a time on, and forgotten only when they were taken. */

import type { Faults } from "./fates.ts";
import { one, type Sql } from "./storage.ts";

const AT_ONCE = 200;

/** An answer, the receipts that overtake it, and whether it hangs. */
export type Answer<Result, Receipt> = { result: Result; early?: Receipt[]; hang?: boolean };

export class Outbox<Receipt> {
  #sql: Sql;
  #table: string;

  constructor(sql: Sql, table: "owed" | "owed_charge") {
    this.#sql = sql;
    this.#table = table;
    sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (id INTEGER PRIMARY KEY, due_at INTEGER, receipt TEXT)`);
    sql.exec(`CREATE INDEX IF NOT EXISTS ${table}_due ON ${table} (due_at)`);
  }

  /**
   * Owes a receipt as often as the faults have it, and its opposite where they want that too. Answers those that are to
   * overtake the answer: they are not owed.
   */
  owe(receipt: Receipt, opposite: Receipt, faults: Faults, at: number): Receipt[] {
    if (faults.loseReceipt) return [];
    const receipts = [
      ...Array.from({ length: 1 + (faults.duplicateReceipts ?? 0) }, () => receipt),
      ...(faults.contradict ? [opposite] : []),
    ];
    if (faults.earlyReceipt) return receipts;
    for (const one of receipts) {
      this.#sql.exec(`INSERT INTO ${this.#table} (due_at, receipt) VALUES (?, ?)`, at, JSON.stringify(one));
    }
    return [];
  }

  async send(now: number, settle: (receipts: Receipt[], due: number[]) => Promise<void>): Promise<void> {
    for (;;) {
      const due = this.#sql
        .exec<{ id: number; due_at: number; receipt: string }>(
          `SELECT id, due_at, receipt FROM ${this.#table} WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`,
          now,
          AT_ONCE,
        )
        .toArray();
      if (due.length === 0) return;
      await settle(
        due.map(({ receipt }) => JSON.parse(receipt)),
        due.map(({ due_at }) => due_at),
      );
      this.#sql.exec(
        `DELETE FROM ${this.#table} WHERE id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(due.map(({ id }) => id)),
      );
    }
  }

  /** Epoch ms when the next receipt is due. */
  nextDue(): number | undefined {
    return one<{ due: number | null }>(this.#sql, `SELECT min(due_at) AS due FROM ${this.#table}`)?.due ?? undefined;
  }

  clear(): void {
    this.#sql.exec(`DELETE FROM ${this.#table}`);
  }
}
