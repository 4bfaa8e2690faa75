/** The table of outages in D1. */

import type { Outage, OutageStore } from "../../core/messages/outage.ts";
import { ported, type Query } from "../query.ts";

export function outageStore(db: D1Database): OutageStore {
  return ported<OutageStore>(db, { all, begin, claimTrial, prolong, end, untold, told });
}

const COLUMNS = 'carrier, state, since, "until", wait';

const all: Query<OutageStore, "all"> = async (db) => {
  const { results } = await db.prepare(`SELECT ${COLUMNS} FROM outage`).all<Outage>();
  return results;
};

const begin: Query<OutageStore, "begin"> = async (db, { carrier, since, until, wait }) => {
  const { meta } = await db
    .prepare(
      `INSERT INTO outage (carrier, state, since, "until", wait) VALUES (?1, 'down', ?2, ?3, ?4)
       ON CONFLICT (carrier) DO UPDATE SET
         state = 'down', since = excluded.since, "until" = excluded."until", wait = excluded.wait
       WHERE outage.state = 'up'`,
    )
    .bind(carrier, since, until, wait)
    .run();
  return meta.changes > 0;
};

// A clock that was set back must not keep it away for longer than it was to be.
const claimTrial: Query<OutageStore, "claimTrial"> = async (db, carrier, now, end) => {
  const { meta } = await db
    .prepare(
      `UPDATE outage SET state = 'probing', "until" = ?3
       WHERE carrier = ?1 AND state <> 'up' AND ("until" <= ?2 OR "until" > ?3 + wait)`,
    )
    .bind(carrier, now, end)
    .run();
  return meta.changes > 0;
};

const prolong: Query<OutageStore, "prolong"> = async (db, carrier, until, wait) => {
  await db
    .prepare(`UPDATE outage SET state = 'down', "until" = ?2, wait = ?3 WHERE carrier = ?1 AND state <> 'up'`)
    .bind(carrier, until, wait)
    .run();
};

const end: Query<OutageStore, "end"> = async (db, carrier, now) => {
  const { meta } = await db
    .prepare("UPDATE outage SET state = 'up', since = ?2 WHERE carrier = ?1 AND state <> 'up'")
    .bind(carrier, now)
    .run();
  return meta.changes > 0;
};

const untold: Query<OutageStore, "untold"> = async (db) => {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM outage WHERE is_told_up <> (state = 'up')`)
    .all<Outage>();
  return results;
};

const told: Query<OutageStore, "told"> = async (db, carrier, isUp) => {
  await db.prepare("UPDATE outage SET is_told_up = ?2 WHERE carrier = ?1").bind(carrier, Number(isUp)).run();
};
