/** Tokens of the operator's API in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Role, Token, TokenId, TokenStore } from "../../core/operator/tokens.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

type Row = {
  id: TokenId;
  name: string;
  role: Role;
  account_id: string | null;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
};

export function tokenStore(db: D1Database): TokenStore {
  return ported<TokenStore>(db, { add, bySecret, used, list, remove });
}

const add: Query<TokenStore, "add"> = async (db, { id, name, role, account, createdAt, expiresAt }, secretHash) => {
  await db
    .prepare(
      `INSERT INTO token (id, secret_hash, name, role, account_id, created_at, expires_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    )
    .bind(id, secretHash, name, role, account ?? null, createdAt, expiresAt ?? null)
    .run();
};

const bySecret: Query<TokenStore, "bySecret"> = async (db, secretHash) => {
  const row = await db
    .prepare(
      `SELECT token.*, account.number AS account_number FROM token LEFT JOIN account ON account.id = token.account_id
       WHERE token.secret_hash = ?1 AND (token.account_id IS NULL OR account.id IS NOT NULL)`,
    )
    .bind(secretHash)
    .first<Row & { account_number: number | null }>();
  return row ? { ...toToken(row), ...present({ accountNumber: row.account_number }) } : undefined;
};

const used: Query<TokenStore, "used"> = async (db, id, at) => {
  await db.prepare("UPDATE token SET used_at = ?2 WHERE id = ?1").bind(id, at).run();
};

const list: Query<TokenStore, "list"> = async (db, { limit, cursor }) => {
  const [at, id] =
    cursor === undefined
      ? [null, ""]
      : [Number(cursor.slice(0, cursor.indexOf(" "))), cursor.slice(cursor.indexOf(" ") + 1)];
  const { results } = await db
    .prepare(`SELECT * FROM token WHERE ?1 IS NULL OR (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT ?3`)
    .bind(at, id, limit + 1)
    .all<Row>();
  return pageOf(results, limit, toToken, (row) => `${row.created_at} ${row.id}`);
};

const remove: Query<TokenStore, "remove"> = async (db, id) => {
  const { meta } = await db.prepare("DELETE FROM token WHERE id = ?1").bind(id).run();
  return meta.changes > 0;
};

function toToken(row: Row): Token {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    ...present({ account: row.account_id, expiresAt: row.expires_at, usedAt: row.used_at }),
  };
}
