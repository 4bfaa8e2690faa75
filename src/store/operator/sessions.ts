/** Sessions of the console in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Session, SessionId, SessionStore } from "../../core/operator/sessions.ts";
import type { TokenId } from "../../core/operator/tokens.ts";
import { ported, type Query } from "../query.ts";

type Row = {
  id: SessionId;
  token: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
  address: string;
  browser: string;
  token_id: TokenId | null;
  passkey_id: string | null;
};

export function sessionStore(db: D1Database): SessionStore {
  return ported<SessionStore>(db, {
    add,
    byId,
    seen,
    list,
    end,
    forget,
  });
}

const add: Query<SessionStore, "add"> = async (db, session) => {
  const { id, token, tokenId, passkeyId, createdAt, seenAt, expiresAt, address, browser } = session;
  await db
    .prepare(
      `INSERT INTO session (id, token, created_at, seen_at, expires_at, address, browser, token_id, passkey_id)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    )
    .bind(id, token, createdAt, seenAt, expiresAt, address, browser, tokenId ?? null, passkeyId ?? null)
    .run();
};

/** A session of a token that has passkeys holds by one of them. */
const HOLDS = `EXISTS (SELECT 1 FROM passkey WHERE passkey.token_id = session.token_id
    AND (session.passkey_id IS NULL OR passkey.id = session.passkey_id)) = (session.passkey_id IS NOT NULL)`;

const byId: Query<SessionStore, "byId"> = async (db, ids) => {
  const row = await db
    .prepare(`SELECT * FROM session WHERE id IN (SELECT value FROM json_each(?1)) AND ${HOLDS}`)
    .bind(JSON.stringify(ids))
    .first<Row>();
  return row ? toSession(row) : undefined;
};

const seen: Query<SessionStore, "seen"> = async (db, id, at) => {
  await db.prepare("UPDATE session SET seen_at = ?2 WHERE id = ?1").bind(id, at).run();
};

const list: Query<SessionStore, "list"> = async (db, tokens, now) => {
  const { results } = await db
    .prepare(
      `SELECT session.*, token.name FROM session LEFT JOIN token ON token.id = session.token_id
       WHERE session.expires_at > ?2
         AND iif(session.token_id IS NULL, session.token IN (SELECT value FROM json_each(?1)),
           token.id IS NOT NULL AND coalesce(token.expires_at > ?2, 1))
         AND ${HOLDS}
       ORDER BY session.created_at DESC, session.id`,
    )
    .bind(JSON.stringify(tokens), now)
    .all<Row & { name: string | null }>();
  return results.map(({ name, ...row }) => ({ ...toSession(row), ...present({ name }) }));
};

const end: Query<SessionStore, "end"> = async (db, ids) => {
  const { meta } = await db
    .prepare("DELETE FROM session WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids))
    .run();
  return meta.changes > 0;
};

const forget: Query<SessionStore, "forget"> = async (db, before, otherThan) => {
  await db
    .prepare(
      `DELETE FROM session WHERE expires_at <= ?1 OR (?2 IS NOT NULL AND token_id IS NULL AND token NOT IN (SELECT value FROM json_each(?2)))`,
    )
    .bind(before, otherThan ? JSON.stringify(otherThan) : null)
    .run();
};

function toSession({ id, token, token_id: tokenId, passkey_id: passkeyId, address, browser, ...times }: Row): Session {
  return {
    id,
    token,
    ...present({ tokenId, passkeyId }),
    createdAt: times.created_at,
    seenAt: times.seen_at,
    expiresAt: times.expires_at,
    address,
    browser,
  };
}
