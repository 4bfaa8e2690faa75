/** Exchanges in D1. There are never many: the ids begin with the time, and both ends of them are all that is asked for. */

import { type ExchangeId, timePart } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { Exchange, ExchangeStore } from "../../core/operator/exchanges.ts";
import { ownTimes } from "../kept.ts";
import { ported, type Query } from "../query.ts";
import { fields, pageOf } from "../rows.ts";

const COLUMNS = [
  "id",
  "at",
  "account_id",
  "dialect",
  "method",
  "path",
  "request",
  "status",
  "answer",
  "milliseconds",
  "request_id",
] as const;

export function exchangeStore(db: D1Database): ExchangeStore {
  return ported<ExchangeStore>(db, {
    add,
    isAnySealed,
    byId,
    list,
    forget,
  });
}

const add: Query<ExchangeStore, "add"> = async (db, exchanges) => {
  const rows = exchanges.map(({ account, requestId, ...exchange }) => ({
    ...exchange,
    account_id: account ?? null,
    request_id: requestId ?? null,
  }));
  await db
    .prepare(
      `INSERT INTO exchange (${COLUMNS.join(", ")})
       SELECT ${fields(COLUMNS)} FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(JSON.stringify(rows))
    .run();
};

/** Accounts are few: a company each. */
const isAnySealed: Query<ExchangeStore, "isAnySealed"> = async (db) => {
  const found = await db.prepare("SELECT 1 AS is_sealed FROM account WHERE settings->>'sealed' LIMIT 1").first();
  return found !== null;
};

const byId: Query<ExchangeStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM exchange WHERE id = ?1").bind(id).first<ExchangeRow>();
  return row ? toExchange(row) : undefined;
};

const list: Query<ExchangeStore, "list"> = async (db, filter, page) => {
  const { results } = await db
    .prepare(
      `SELECT * FROM exchange
       WHERE id < ?2 AND (?3 IS NULL OR account_id = ?3) AND (?4 IS NULL OR dialect = ?4) AND (?5 IS NULL OR at >= ?5)
         AND (?6 IS NULL OR (status >= 400) = ?6)
       ORDER BY id DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      page.cursor ?? "req_~",
      filter.account ?? null,
      filter.dialect ?? null,
      filter.since ?? null,
      filter.isRefused === undefined ? null : Number(filter.isRefused),
    )
    .all<ExchangeRow>();
  return pageOf(results, page.limit, toExchange, (row) => row.id);
};

const forget: Query<ExchangeStore, "forget"> = async (db, before, most) => {
  const latest = Math.max(before.otherwise, ...before.own.map((one) => one.before));
  const results = await db.batch([
    db
      .prepare("DELETE FROM exchange WHERE id < (SELECT id FROM exchange ORDER BY id DESC LIMIT 1 OFFSET ?1 - 1)")
      .bind(most),
    db
      .prepare(
        `DELETE FROM exchange WHERE id < 'req_' || ?1 AND id < 'req_' || coalesce(
           (SELECT own.value->>'part' FROM json_each(?2) AS own WHERE own.value->>'account' = exchange.account_id), ?3)`,
      )
      .bind(timePart(latest), ownTimes(before), timePart(before.otherwise)),
  ]);
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
};

type ExchangeRow = Omit<Exchange, "account" | "requestId"> & {
  id: ExchangeId;
  account_id: string | null;
  request_id: string | null;
};

function toExchange({ account_id, request_id, ...row }: ExchangeRow): Exchange {
  return { ...row, ...present({ account: account_id, requestId: request_id }) };
}
