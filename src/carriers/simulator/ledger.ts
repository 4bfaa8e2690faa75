/** The operator's ledger: charges that it billed or gave back. Rows are only ever added. */

import type { TransactionId } from "../../core/kernel/ids.ts";
import { one, type Sql } from "./storage.ts";

export type Entry = {
  id: string;
  /** Our own name for the entry. */
  reference: string;
  /** What the gateway calls it: as many entries as it was billed times. */
  transaction: TransactionId;
  msisdn: string;
  merchant: string;
  shortNumber: string;
  invoiceText: string;
  /** Minor units; negative for a reversal. */
  amount: number;
  currency: string;
  kind: "charge" | "reversal";
  /** The reference of what a reversal reverses. */
  reverses?: string;
  /** Epoch ms. */
  billedAt: number;
};

/** Paid from the prepaid balance, or on the phone bill. */
type PaidWith = "balance" | "bill";

type Row = Omit<Entry, "reverses"> & { reverses: string | null };

const COLUMNS = `'chg_' || id AS id, reference, transaction_id AS "transaction", msisdn, merchant,
  short_number AS shortNumber, invoice_text AS invoiceText, amount, currency, kind, reverses, billed_at AS billedAt`;

export class Ledger {
  #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ledger (
        id INTEGER PRIMARY KEY, reference TEXT, transaction_id TEXT, msisdn TEXT, merchant TEXT, short_number TEXT,
        invoice_text TEXT, amount INTEGER, currency TEXT, kind TEXT, reverses TEXT, paid_with TEXT, billed_at INTEGER
      )`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS ledger_msisdn ON ledger (msisdn, billed_at)");
    sql.exec("CREATE INDEX IF NOT EXISTS ledger_reference ON ledger (reference)");
    sql.exec("CREATE INDEX IF NOT EXISTS ledger_reverses ON ledger (reverses)");
  }

  add(entry: Omit<Entry, "id">, paidWith: PaidWith): void {
    this.#sql.exec(
      `INSERT INTO ledger (reference, transaction_id, msisdn, merchant, short_number, invoice_text, amount, currency,
         kind, reverses, paid_with, billed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.reference,
      entry.transaction,
      entry.msisdn,
      entry.merchant,
      entry.shortNumber,
      entry.invoiceText,
      entry.amount,
      entry.currency,
      entry.kind,
      entry.reverses ?? null,
      paidWith,
      entry.billedAt,
    );
  }

  /** Oldest first. @param wanted.since epoch ms, exclusive; @param wanted.after an entry's id; @param wanted.last only so many */
  entries(wanted: { msisdn?: string; since?: number; after?: string; limit: number; last?: number }): Entry[] {
    if (wanted.last !== undefined) return this.#last(wanted.msisdn, wanted.last);
    return this.#sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM ledger
         WHERE (?1 IS NULL OR msisdn = ?1) AND billed_at > ?2 AND ledger.id > ?3 ORDER BY ledger.id LIMIT ?4`,
        wanted.msisdn ?? null,
        wanted.since ?? -1,
        Number(wanted.after?.replace("chg_", "") ?? 0),
        wanted.limit,
      )
      .toArray()
      .map(toEntry);
  }

  #last(msisdn: string | undefined, count: number): Entry[] {
    return this.#sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM ledger WHERE (?1 IS NULL OR msisdn = ?1) ORDER BY ledger.id DESC LIMIT ?2`,
        msisdn ?? null,
        count,
      )
      .toArray()
      .map(toEntry)
      .reverse();
  }

  /** The charge that was billed under this reference, and how it was paid. */
  charge(reference: string): { entry: Entry; paidWith: PaidWith; isReversed: boolean } | undefined {
    const row = one<Row & { paid_with: PaidWith; reversed: number }>(
      this.#sql,
      `SELECT ${COLUMNS}, paid_with, EXISTS (SELECT 1 FROM ledger WHERE reverses = ?1) AS reversed
       FROM ledger WHERE reference = ?1 AND kind = 'charge'`,
      reference,
    );
    if (!row) return undefined;
    const { paid_with, reversed, ...rest } = row;
    return { entry: toEntry(rest), paidWith: paid_with, isReversed: reversed === 1 };
  }

  /** The sum on the phone bill since then. A reversed charge does not count, whenever it was reversed. */
  onTheBill(msisdn: string, since: number): number {
    const row = one<{ sum: number }>(
      this.#sql,
      `SELECT coalesce(sum(amount), 0) AS sum FROM ledger AS charge
       WHERE msisdn = ? AND billed_at >= ? AND kind = 'charge' AND paid_with = 'bill'
         AND NOT EXISTS (SELECT 1 FROM ledger WHERE reverses = charge.reference)`,
      msisdn,
      since,
    );
    return row?.sum ?? 0;
  }

  clear(): void {
    this.#sql.exec("DELETE FROM ledger");
  }
}

function toEntry({ reverses, ...row }: Row): Entry {
  return { ...row, ...(reverses === null ? {} : { reverses }) };
}
