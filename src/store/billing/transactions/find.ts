/** Looking for transactions. */

import type { TransactionFilter, TransactionStore } from "../../../core/billing/charges/store.ts";
import type { Transaction, TransactionState } from "../../../core/billing/charges/transaction.ts";
import type { TransactionId } from "../../../core/kernel/ids.ts";
import { tailOf, timePart } from "../../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../../core/kernel/pages.ts";
import type { Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";
import type { TransactionRow } from "./rows.ts";
import { toTransaction } from "./rows.ts";

export const byId: Query<TransactionStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM txn WHERE id = ?1").bind(id).first<TransactionRow>();
  return row ? toTransaction(row) : undefined;
};

export const byIds: Query<TransactionStore, "byIds"> = async (db, ids) => {
  const { results } = await db
    .prepare("SELECT * FROM txn WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids))
    .all<TransactionRow>();
  return results.map(toTransaction);
};

export const byTheirId: Query<TransactionStore, "byTheirId"> = async (db, account, theirId) => {
  const row = await db
    .prepare("SELECT * FROM txn WHERE account_id = ?1 AND their_id = ?2")
    .bind(account, theirId)
    .first<TransactionRow>();
  return row ? toTransaction(row) : undefined;
};

export const isSpent: Query<TransactionStore, "isSpent"> = async (db, account, theirId) => {
  const row = await db
    .prepare("SELECT 1 FROM spent_id WHERE account_id = ?1 AND their_id = ?2")
    .bind(account, theirId)
    .first();
  return row !== null;
};

export const askedAmong: Query<TransactionStore, "askedAmong"> = async (db, people) => {
  if (people.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT DISTINCT txn.recipient, txn.short_number AS shortNumber
       FROM json_each(?1) AS person CROSS JOIN txn
       WHERE txn.recipient = person.value->>'recipient' AND txn.short_number = person.value->>'shortNumber'
         AND txn.state = 'waiting' AND txn.waits_for = 'ok'`,
    )
    .bind(JSON.stringify(people))
    .all<{ recipient: string; shortNumber: string }>();
  return results;
};

export const stoppedInHand: Query<TransactionStore, "stoppedInHand"> = async (db, recipients) => {
  const { results } = await db
    .prepare(
      `SELECT id FROM txn
       WHERE recipient IN (SELECT value FROM json_each(?1)) AND is_stopped = 1 AND state IN ('ready', 'charging')`,
    )
    .bind(JSON.stringify(recipients))
    .all<{ id: TransactionId }>();
  return results.map(({ id }) => id);
};

export const waitingForOk: Query<TransactionStore, "waitingForOk"> = async (db, recipient, shortNumber) => {
  const row = await db
    .prepare(
      `SELECT * FROM txn
       WHERE recipient = ?1 AND short_number = ?2 AND state = 'waiting' AND waits_for = 'ok'
       ORDER BY accepted_at, id LIMIT 1`,
    )
    .bind(recipient, shortNumber)
    .first<TransactionRow>();
  return row ? toTransaction(row) : undefined;
};

/** States of which there are few, as in messages/find.ts: what waits is soon over, and most charges are billed. */
const PENDING: readonly TransactionState[] = ["waiting", "ready", "charging", "sent", "unknown"];

const ENDED: readonly TransactionState[] = ["reversed", "failed", "expired", "cancelled"];

/** One page, newest first; messages/find.ts explains how it stays fast. */
export async function list(db: D1Database, filter: TransactionFilter, page: Page): Promise<PageOf<Transaction>> {
  const { state } = filter;
  const from =
    filter.theirId !== undefined
      ? "FROM account CROSS JOIN txn WHERE txn.account_id = account.id AND txn.their_id = ?9"
      : filter.subscription !== undefined
        ? "FROM txn WHERE txn.subscription_id = ?8"
        : filter.recipient !== undefined
          ? "FROM txn WHERE txn.recipient = ?7"
          : state && ENDED.includes(state)
            ? `FROM txn WHERE txn.state = ?3 AND txn.state IN (${ENDED.map((one) => `'${one}'`).join(", ")})`
            : state && PENDING.includes(state)
              ? "FROM txn WHERE txn.due_at IS NOT NULL"
              : NEWEST_OF_EACH;
  const { results } = await db
    .prepare(
      `SELECT txn.* ${from}
         AND (?2 IS NULL OR txn.account_id = ?2) AND (?3 IS NULL OR txn.state = ?3)
         AND (?6 IS NULL OR txn.dialect = ?6) AND (?7 IS NULL OR txn.recipient = ?7)
         AND (?8 IS NULL OR txn.subscription_id = ?8) AND (?9 IS NULL OR txn.their_id = ?9)
         AND substr(txn.id, 11) >= ?4 AND substr(txn.id, 11) < ?5
       ORDER BY substr(txn.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      state ?? null,
      filter.since === undefined ? "" : timePart(filter.since),
      page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
      filter.dialect ?? null,
      filter.recipient ?? null,
      filter.subscription ?? null,
      filter.theirId ?? null,
    )
    .all<TransactionRow>();
  return pageOf(results, page.limit, toTransaction, (row) => tailOf(row.id));
}

const NEWEST_OF_EACH = `
  FROM account CROSS JOIN txn
  WHERE (?2 IS NULL OR account.id = ?2) AND txn.id IN (
    SELECT own.id FROM txn AS own
    WHERE own.id >= 'txn_' || printf('%06d', account.number) || ?4
      AND own.id < 'txn_' || printf('%06d', account.number) || ?5
      AND (?3 IS NULL OR own.state = ?3) AND (?6 IS NULL OR own.dialect = ?6)
    ORDER BY own.id DESC LIMIT ?1)`;
