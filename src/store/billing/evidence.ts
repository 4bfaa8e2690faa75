/** Evidence of purchases in D1. */

import type { Evidence } from "../../core/billing/purchases/evidence.ts";
import { present } from "../../core/kernel/present.ts";

/** Kept in the write that confirms the purchase, while its window is open: of two clicks the one that counts. */
export function keepEvidence(db: D1Database, evidence: Evidence): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO evidence (window_id, account_id, txn_id, at, "by", message_id, language, page, is_as_sent, shown, terms,
         address, browser)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM win WHERE win.id = ?1 AND win.state = 'open'
       ON CONFLICT (window_id) DO UPDATE SET at = excluded.at, "by" = excluded."by", message_id = excluded.message_id,
         language = excluded.language, page = excluded.page, is_as_sent = excluded.is_as_sent, shown = excluded.shown,
         terms = excluded.terms, address = excluded.address, browser = excluded.browser`,
    )
    .bind(
      ...[evidence.window, evidence.account, evidence.transaction, evidence.at, evidence.by, evidence.message ?? null],
      ...[evidence.language, evidence.page, Number(evidence.isAsSent), evidence.shown, JSON.stringify(evidence.terms)],
      ...[evidence.address, evidence.browser],
    );
}

/** Of a window, or of a transaction. */
export async function findEvidence(db: D1Database, of: { id: string }): Promise<Evidence | undefined> {
  const row = await db
    .prepare("SELECT * FROM evidence WHERE window_id = ?1 UNION ALL SELECT * FROM evidence WHERE txn_id = ?1 LIMIT 1")
    .bind(of.id)
    .first<EvidenceRow>();
  if (!row) return undefined;
  const { at, by, language, page, shown, address, browser } = row;
  return {
    at,
    by,
    language,
    page,
    shown,
    address,
    browser,
    window: row.window_id,
    account: row.account_id,
    transaction: row.txn_id,
    isAsSent: row.is_as_sent === 1,
    terms: JSON.parse(row.terms),
    ...present({ message: row.message_id }),
  };
}

type EvidenceRow = Pick<Evidence, "at" | "by" | "language" | "page" | "shown" | "address" | "browser"> & {
  window_id: Evidence["window"];
  account_id: string;
  txn_id: Evidence["transaction"];
  message_id: NonNullable<Evidence["message"]> | null;
  is_as_sent: 0 | 1;
  terms: string;
};
