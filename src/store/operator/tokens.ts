/** Tokens of the operator's API in D1. */

import { present } from "../../core/kernel/present.ts";
import type { FoundToken, Role, Token, TokenId, TokenStore } from "../../core/operator/tokens.ts";
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
  made_by: TokenId | null;
  signs_in_by: string | null;
};

export function tokenStore(db: D1Database): TokenStore {
  return ported<TokenStore>(db, { add, bySecret, byId, used, signedIn, list, remove });
}

const add: Query<TokenStore, "add"> = async (db, token, secretHash) => {
  const { id, name, role, account, createdAt, expiresAt, madeBy } = token;
  await db
    .prepare(
      `INSERT INTO token (id, secret_hash, name, role, account_id, created_at, expires_at, made_by)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    )
    .bind(id, secretHash, name, role, account ?? null, createdAt, expiresAt ?? null, madeBy ?? null)
    .run();
};

const WITH_ACCOUNT = `SELECT token.*, account.number AS account_number,
    EXISTS (SELECT 1 FROM passkey WHERE passkey.token_id = token.id) AS has_passkey
  FROM token LEFT JOIN account ON account.id = token.account_id
  WHERE (token.account_id IS NULL OR account.id IS NOT NULL)`;
type WithAccount = Row & { account_number: number | null; has_passkey: number };

const bySecret: Query<TokenStore, "bySecret"> = async (db, secretHash) =>
  withAccount(await db.prepare(`${WITH_ACCOUNT} AND token.secret_hash = ?1`).bind(secretHash).first<WithAccount>());

const byId: Query<TokenStore, "byId"> = async (db, id) =>
  withAccount(await db.prepare(`${WITH_ACCOUNT} AND token.id = ?1`).bind(id).first<WithAccount>());

function withAccount(row: WithAccount | null): FoundToken | undefined {
  if (!row) return undefined;
  const hasPasskey = row.has_passkey ? { hasPasskey: true as const } : {};
  return { ...toToken(row), ...present({ accountNumber: row.account_number }), ...hasPasskey };
}

const used: Query<TokenStore, "used"> = async (db, id, at) => {
  await db.prepare("UPDATE token SET used_at = ?2 WHERE id = ?1").bind(id, at).run();
};

/** Its secret's hash is none that a secret could have. */
const signedIn: Query<TokenStore, "signedIn"> = async (db, token) => {
  const { id, name, role, account, createdAt, expiresAt, signsInBy } = token;
  await db
    .prepare(
      `INSERT INTO token (id, secret_hash, name, role, account_id, created_at, expires_at, signs_in_by)
       VALUES (?1, 'none of ' || ?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, account_id = excluded.account_id,
         expires_at = excluded.expires_at`,
    )
    .bind(id, name, role, account ?? null, createdAt, expiresAt ?? null, signsInBy ?? null)
    .run();
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
  const [, removed] = await db.batch([
    db.prepare("DELETE FROM passkey WHERE token_id = ?1").bind(id),
    db.prepare("DELETE FROM token WHERE id = ?1").bind(id),
  ]);
  return (removed?.meta.changes ?? 0) > 0;
};

function toToken(row: Row): Token {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    ...present({
      account: row.account_id,
      expiresAt: row.expires_at,
      usedAt: row.used_at,
      madeBy: row.made_by,
      signsInBy: row.signs_in_by,
    }),
  };
}
