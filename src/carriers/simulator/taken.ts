/** What the simulated network was handed: each message, and its receipt if there is to be one. */

import type { MessageId } from "../../core/kernel/ids.ts";
import type { Receipt } from "../../core/messages/carrier.ts";
import { one, type Sql } from "./storage.ts";

/** Long after the last question that a gateway asks about a message. Milliseconds, by the sandbox's clock. */
const KEPT_MS = 30 * 86_400_000;

type Taken = { reference: string; operator?: string; receipt?: Receipt };
type Row = { reference: string; operator: string | null; receipt: string | null };

export class TakenMessages {
  #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS taken (message TEXT, reference TEXT, operator TEXT, receipt TEXT, taken_at INTEGER)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS taken_message ON taken (message)");
  }

  /** @param at epoch ms */
  add(message: MessageId, { reference, operator, receipt }: Taken, at: number): void {
    this.#sql.exec(
      "INSERT INTO taken (message, reference, operator, receipt, taken_at) VALUES (?, ?, ?, ?, ?)",
      message,
      reference,
      operator ?? null,
      receipt ? JSON.stringify(receipt) : null,
      at,
    );
  }

  /** As it was handed over last. */
  find(message: MessageId): Taken | undefined {
    const row = one<Row>(
      this.#sql,
      "SELECT reference, receipt, operator FROM taken WHERE message = ? ORDER BY rowid DESC LIMIT 1",
      message,
    );
    return (
      row && {
        reference: row.reference,
        ...(row.operator ? { operator: row.operator } : {}),
        ...(row.receipt ? { receipt: JSON.parse(row.receipt) } : {}),
      }
    );
  }

  /**
   * Forgets the oldest of what was taken too long ago: twice as many as come in, so that it never becomes more.
   * @param now epoch ms
   * @param added how many came in
   */
  forgetOld(now: number, added: number): void {
    this.#sql.exec(
      "DELETE FROM taken WHERE rowid IN (SELECT rowid FROM taken ORDER BY rowid LIMIT ?) AND taken_at < ?",
      2 * added,
      now - KEPT_MS,
    );
  }

  clear(): void {
    this.#sql.exec("DELETE FROM taken");
  }
}
