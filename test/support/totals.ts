/** The totals that the database keeps, held against the rows they are the totals of. */

import type { DatabaseSync } from "node:sqlite";

/** Each total: as it is kept, and as it is added up anew. Both have the same columns; a sum of nothing counts as absent. */
const TOTALS = {
  ledger_day: {
    kept: "SELECT account_id, book, currency, day, amount FROM ledger_day",
    summed:
      "SELECT account_id, book, currency, at / 86400000, sum(amount) FROM ledger GROUP BY account_id, book, currency, at / 86400000",
  },
  revenue: {
    kept: "SELECT account_id, at, service_id, currency, amount FROM revenue",
    summed: `
      SELECT txn.account_id, txn.accepted_at / 900000 * 900000, coalesce(txn.service_id, ''), txn.currency, sum(txn.amount)
      FROM txn LEFT JOIN txn AS original ON original.id = txn.reverses
      WHERE txn.state IN ('billed', 'reversed')
        AND (coalesce(original.subscription_id, txn.subscription_id) IS NOT NULL
          OR coalesce(original.terms, txn.terms)->>'autoRebill' = 1)
      GROUP BY 1, 2, 3, 4`,
  },
  subscription_count: {
    kept: "SELECT account_id, service_id, auto_rebill, state, count FROM subscription_count WHERE count <> 0",
    summed: "SELECT account_id, service_id, auto_rebill, state, count(*) FROM subscription GROUP BY 1, 2, 3, 4",
  },
  renewal: {
    kept: "SELECT account_id, at, service_id, time_zone, currency, count, amount, dunning FROM renewal",
    summed: `
      SELECT account_id, due_at / 900000 * 900000, service_id, time_zone, currency, count(*), sum(price),
        sum(state = 'dunning')
      FROM subscription WHERE due_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5`,
  },
} as const;

/** Totals that are not what their rows add up to: the table, and each row that only one of the two has. */
export function wrongTotals(sqlite: DatabaseSync): { table: string; kept: unknown[]; summed: unknown[] }[] {
  return Object.entries(TOTALS).flatMap(([table, { kept, summed }]) => {
    const only = (a: string, b: string) =>
      sqlite
        .prepare(`SELECT * FROM (${a}) EXCEPT SELECT * FROM (${b})`)
        .all()
        .map((row) => ({ ...row }));
    const wrong = { table, kept: only(kept, summed), summed: only(summed, kept) };
    return wrong.kept.length + wrong.summed.length > 0 ? [wrong] : [];
  });
}

/** Adds all totals up anew, into tables that are empty. */
export function fillTotals(sqlite: DatabaseSync): void {
  for (const [table, { kept, summed }] of Object.entries(TOTALS)) {
    const columns = /^SELECT (.*) FROM/.exec(kept)?.[1];
    sqlite.exec(`INSERT INTO ${table} (${columns}) ${summed}`);
  }
}
