/** The audit log in D1. */

import { present } from "../../core/kernel/present.ts";
import type { AuditStore, ChainedEntry } from "../../core/operator/audit.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

type Row = Omit<ChainedEntry, "from" | "before" | "after"> & {
  address: string;
  was: string | null;
  wanted: string | null;
};

export function auditStore(db: D1Database): AuditStore {
  return ported<AuditStore>(db, { last, append, list, after });
}

const last: Query<AuditStore, "last"> = async (db) => {
  const row = await db
    .prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    .first<{ seq: number; hash: string }>();
  return row ?? undefined;
};

const append: Query<AuditStore, "append"> = async (db, entry) => {
  const { meta } = await db
    .prepare(
      `INSERT INTO audit (seq, at, actor, token, address, action, subject, was, wanted, hash)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING`,
    )
    .bind(
      ...[entry.seq, entry.at, entry.actor, entry.token, entry.from, entry.action, entry.subject],
      ...[entry.before ?? null, entry.after ?? null, entry.hash],
    )
    .run();
  return meta.changes > 0;
};

const list: Query<AuditStore, "list"> = async (db, { token, since, until }, { limit, cursor }) => {
  const { results } = await db
    .prepare(
      `SELECT * FROM audit
       WHERE (?1 IS NULL OR seq < ?1) AND (?2 IS NULL OR token = ?2) AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4)
       ORDER BY seq DESC LIMIT ?5`,
    )
    .bind(cursor === undefined ? null : Number(cursor), token ?? null, since ?? null, until ?? null, limit + 1)
    .all<Row>();
  return pageOf(results, limit, toEntry, ({ seq }) => String(seq));
};

const after: Query<AuditStore, "after"> = async (db, seq, limit) => {
  const { results } = await db
    .prepare("SELECT * FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")
    .bind(seq, limit)
    .all<Row>();
  return results.map(toEntry);
};

function toEntry({ address, was, wanted, ...entry }: Row): ChainedEntry {
  return { ...entry, from: address, ...present({ before: was, after: wanted }) };
}
