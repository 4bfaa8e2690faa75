/** Sessions of the console in D1. */

import type { Session, SessionId, SessionStore } from "../../core/operator/sessions.ts";
import { ported, type Query } from "../query.ts";

type Row = {
  id: SessionId;
  token: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
  address: string;
  browser: string;
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

const add: Query<SessionStore, "add"> = async (db, { id, token, createdAt, seenAt, expiresAt, address, browser }) => {
  await db
    .prepare(
      `INSERT INTO session (id, token, created_at, seen_at, expires_at, address, browser)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    )
    .bind(id, token, createdAt, seenAt, expiresAt, address, browser)
    .run();
};

const byId: Query<SessionStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM session WHERE id = ?1").bind(id).first<Row>();
  return row ? toSession(row) : undefined;
};

const seen: Query<SessionStore, "seen"> = async (db, id, at) => {
  await db.prepare("UPDATE session SET seen_at = ?2 WHERE id = ?1").bind(id, at).run();
};

const list: Query<SessionStore, "list"> = async (db, token, now) => {
  const { results } = await db
    .prepare("SELECT * FROM session WHERE token = ?1 AND expires_at > ?2 ORDER BY created_at DESC, id")
    .bind(token, now)
    .all<Row>();
  return results.map(toSession);
};

const end: Query<SessionStore, "end"> = async (db, id) => {
  const { meta } = await db.prepare("DELETE FROM session WHERE id = ?1").bind(id).run();
  return meta.changes > 0;
};

const forget: Query<SessionStore, "forget"> = async (db, before, otherThan) => {
  await db
    .prepare("DELETE FROM session WHERE expires_at <= ?1 OR token <> ?2")
    .bind(before, otherThan ?? null)
    .run();
};

function toSession({ id, token, address, browser, ...times }: Row): Session {
  return {
    id,
    token,
    createdAt: times.created_at,
    seenAt: times.seen_at,
    expiresAt: times.expires_at,
    address,
    browser,
  };
}
