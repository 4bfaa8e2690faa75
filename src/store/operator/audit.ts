/** The audit log in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Anchor, AuditStore, ChainedEntry } from "../../core/operator/audit.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

type Row = Omit<ChainedEntry, "from" | "before" | "after"> & {
  address: string;
  was: string | null;
  wanted: string | null;
};

/** How the chain ends is remembered, else each change would ask for it first. That it still ends so, `append` looks. */
export function auditStore(db: D1Database): AuditStore {
  const store = ported<AuditStore>(db, { last, anchor, lastBefore, cut, append, nthNewest, list, after });
  let seen: Anchor | undefined;
  return {
    ...store,
    last: async () => seen ?? store.last(),
    async append(entry, before) {
      const appended = await store.append(entry, before);
      seen = appended.last;
      return appended;
    },
  };
}

/** Where all entries were cut off, the anchor. */
const LAST = "SELECT seq, hash FROM audit UNION ALL SELECT seq, hash FROM audit_anchor ORDER BY seq DESC LIMIT 1";

const last: Query<AuditStore, "last"> = async (db) => (await db.prepare(LAST).first<Anchor>()) ?? undefined;

const anchor: Query<AuditStore, "anchor"> = async (db) => {
  const row = await db.prepare("SELECT seq, hash FROM audit_anchor ORDER BY seq DESC LIMIT 1").first<Anchor>();
  return row ?? undefined;
};

/** After every place that there will ever be. */
const NO_PLACE = Number.MAX_SAFE_INTEGER;

const lastBefore: Query<AuditStore, "lastBefore"> = async (db, before, most, oldest) => {
  const { results } = await db
    .prepare(
      `SELECT seq, hash, at FROM audit
       WHERE seq >= (SELECT iif(at <= ?2, seq, ${NO_PLACE}) FROM audit ORDER BY seq LIMIT 1) ORDER BY seq LIMIT ?1`,
    )
    .bind(most, oldest)
    .all<Anchor & { at: number }>();
  // One that is younger ends it: the chain is cut at its beginning alone.
  const young = results.findIndex(({ at }) => at >= before);
  const old = young === -1 ? results : results.slice(0, young);
  const newest = old.at(-1);
  return newest && { seq: newest.seq, hash: newest.hash };
};

const cut: Query<AuditStore, "cut"> = async (db, { seq, hash }, at) => {
  await db.batch([
    db
      .prepare("INSERT INTO audit_anchor (seq, hash, cut_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
      .bind(seq, hash, at),
    db.prepare("DELETE FROM audit_anchor WHERE seq < ?1").bind(seq),
    db.prepare("DELETE FROM audit WHERE seq <= ?1").bind(seq),
  ]);
};

const append: Query<AuditStore, "append"> = async (db, entry, before) => {
  const [inserted, ends] = await db.batch<Anchor>([
    db
      .prepare(
        `INSERT INTO audit (seq, at, actor, token, address, action, subject, was, wanted, hash)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE coalesce((SELECT hash FROM (${LAST})), '') = ?11`,
      )
      .bind(
        ...[entry.seq, entry.at, entry.actor, entry.token, entry.from, entry.action, entry.subject],
        ...[entry.before ?? null, entry.after ?? null, entry.hash, before],
      ),
    db.prepare(LAST),
  ]);
  return { isAppended: (inserted?.meta.changes ?? 0) > 0, last: ends?.results[0] };
};

const nthNewest: Query<AuditStore, "nthNewest"> = async (db, { actor, action }, nth) => {
  const row = await db
    .prepare("SELECT at FROM audit WHERE actor = ?1 AND action = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3")
    .bind(actor, action, nth - 1)
    .first<{ at: number }>();
  return row?.at;
};

const list: Query<AuditStore, "list"> = async (db, filter, { limit, cursor }) => {
  const { token, actor, action, subject, since, until } = filter;
  const { results } = await db
    .prepare(
      `SELECT * FROM audit
       WHERE (?1 IS NULL OR seq < ?1) AND (?2 IS NULL OR token = ?2) AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4)
         AND (?6 IS NULL OR actor = ?6) AND (?7 IS NULL OR action = ?7)
         AND (?8 IS NULL OR (subject >= ?8 AND subject < ?8 || char(0x10ffff)))
       ORDER BY seq DESC LIMIT ?5`,
    )
    .bind(
      ...[cursor === undefined ? null : Number(cursor), token ?? null, since ?? null, until ?? null, limit + 1],
      ...[actor ?? null, action ?? null, subject ?? null],
    )
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
