/** The ledger: entries, balances, and the figures of charges under way. */

import type { LedgerEntry } from "../../../core/billing/booking.ts";
import type { TransactionStore } from "../../../core/billing/charges/store.ts";
import type { TransactionId } from "../../../core/kernel/ids.ts";
import { tailOf } from "../../../core/kernel/ids.ts";
import type { Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";

export const ledger: Query<TransactionStore, "ledger"> = async (db, filter, page) => {
  if (filter.transaction) return { items: await entriesOf(db, filter.transaction) };
  const [at = Number.MAX_SAFE_INTEGER, tail = "~"] = page.cursor?.split(" ") ?? [];
  const { results } = await db
    .prepare(
      `SELECT ledger.* FROM account CROSS JOIN ledger
       WHERE (?2 IS NULL OR account.id = ?2) AND ledger.id IN (
         SELECT own.id FROM ledger AS own
         WHERE own.account_id = account.id AND own.at >= ?3 AND own.at < ?4
           AND (own.at, own.id) < (?5, 'led_' || printf('%06d', account.number) || ?6)
         ORDER BY own.at DESC, own.id DESC LIMIT ?1)
       ORDER BY ledger.at DESC, substr(ledger.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      filter.since ?? 0,
      filter.until ?? Number.MAX_SAFE_INTEGER,
      Number(at),
      tail,
    )
    .all<LedgerRow>();
  return pageOf(results, page.limit, toEntry, (row) => `${row.at} ${tailOf(row.id)}`);
};

export const balance: Query<TransactionStore, "balance"> = async (db, account) => {
  const { results } = await db
    .prepare(
      `SELECT own.book, own.currency, sum(own.amount) AS amount FROM account CROSS JOIN ledger_day AS own
       WHERE (?1 IS NULL OR account.id = ?1) AND own.account_id = account.id
       GROUP BY own.book, own.currency ORDER BY own.book, own.currency`,
    )
    .bind(account ?? null)
    .all<{ book: string; currency: string; amount: number }>();
  return results;
};

export const figures: Query<TransactionStore, "figures"> = async (db) => {
  const [pending, due, disputed] = await db.batch<Record<string, number | string | null>>([
    db.prepare("SELECT state, count(*) AS n FROM txn WHERE due_at IS NOT NULL GROUP BY state"),
    db.prepare(
      "SELECT min(due_at) AS due FROM txn WHERE due_at IS NOT NULL AND state IN ('ready', 'charging', 'unknown')",
    ),
    db.prepare("SELECT count(*) AS n FROM txn WHERE disputed_at IS NOT NULL"),
  ]);
  const oldest = due?.results[0]?.due;
  return {
    pending: Object.fromEntries((pending?.results ?? []).map((row) => [String(row.state), Number(row.n)])),
    disputed: Number(disputed?.results[0]?.n ?? 0),
    ...(oldest ? { oldestDue: Number(oldest) } : {}),
  };
};

/** The entries of one transaction lie together: their ids begin with its own. */
async function entriesOf(db: D1Database, id: TransactionId): Promise<LedgerEntry[]> {
  const prefix = `led_${id.slice("txn_".length)}_`;
  const { results } = await db
    .prepare("SELECT * FROM ledger WHERE id >= ?1 AND id < ?2 ORDER BY id DESC")
    .bind(prefix, `${prefix}~`)
    .all<LedgerRow>();
  return results.map(toEntry);
}

type LedgerRow = {
  id: string;
  txn_id: TransactionId;
  account_id: string;
  book: string;
  amount: number;
  currency: string;
  at: number;
};

function toEntry(row: LedgerRow): LedgerEntry {
  const { id, txn_id, account_id, book, amount, currency, at } = row;
  return { id, transaction: txn_id, account: account_id, book, amount, currency, at };
}
