/** The table of carriers in D1. */

import type { CarrierRow, CarrierState, CarrierTable } from "../../core/messages/carrier-table.ts";

export function carrierTable(db: D1Database): CarrierTable {
  return {
    async all() {
      const { results } = await db.prepare("SELECT * FROM carrier ORDER BY name").all<Row>();
      return results.map(toRow);
    },

    async byName(name) {
      const row = await db.prepare("SELECT * FROM carrier WHERE name = ?1").bind(name).first<Row>();
      return row ? toRow(row) : undefined;
    },

    async add(row) {
      const { meta } = await db
        .prepare(
          `INSERT INTO carrier (name, kind, settings, sealed, state, version, max_per_second, created_at, changed_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
           ON CONFLICT DO NOTHING`,
        )
        .bind(...values(row), row.createdAt, row.changedAt)
        .run();
      return meta.changes > 0;
    },

    async change(row, from) {
      const { meta } = await db
        .prepare(
          `UPDATE carrier SET kind = ?2, settings = ?3, sealed = ?4, state = ?5, version = ?6, max_per_second = ?7,
             changed_at = ?8
           WHERE name = ?1 AND version = ?9`,
        )
        .bind(...values(row), row.changedAt, from)
        .run();
      return meta.changes > 0;
    },

    // By the indexes of what is due: no carrier is looked for among all that ever was sent.
    async hasUnsettled(name) {
      const found = await db
        .prepare(
          `SELECT EXISTS (SELECT 1 FROM message INDEXED BY message_due WHERE due_at IS NOT NULL AND carrier = ?1)
             OR EXISTS (SELECT 1 FROM txn INDEXED BY txn_due WHERE due_at IS NOT NULL AND carrier = ?1) AS found`,
        )
        .bind(name)
        .first<number>("found");
      return found === 1;
    },

    async remove(name, version) {
      const isGone = "NOT EXISTS (SELECT 1 FROM carrier WHERE name = ?1)";
      const [removed] = await db.batch([
        db.prepare("DELETE FROM carrier WHERE name = ?1 AND version = ?2").bind(name, version),
        db.prepare(`DELETE FROM outage WHERE carrier = ?1 AND ${isGone}`).bind(name),
        db.prepare(`DELETE FROM price WHERE carrier = ?1 AND ${isGone}`).bind(name),
      ]);
      return (removed?.meta.changes ?? 0) > 0;
    },
  };
}

type Row = {
  name: string;
  kind: string;
  settings: string;
  sealed: string;
  state: CarrierState;
  version: number;
  max_per_second: number | null;
  created_at: number;
  changed_at: number;
};

function values({ name, kind, settings, sealed, state, version, maxPerSecond }: CarrierRow) {
  return [name, kind, JSON.stringify(settings), sealed, state, version, maxPerSecond ?? null] as const;
}

function toRow({ settings, created_at, changed_at, max_per_second, ...row }: Row): CarrierRow {
  return {
    ...row,
    settings: JSON.parse(settings),
    createdAt: created_at,
    changedAt: changed_at,
    ...(max_per_second === null ? {} : { maxPerSecond: max_per_second }),
  };
}
