/** What went wrong on connections, and for a time their PDUs, in the SQLite of the Durable Object that holds them. */

import type { SmppTrouble, TracedPdu } from "../../core/operator/smpp.ts";

const TABLES = [
  `CREATE TABLE IF NOT EXISTS trouble (
     kind TEXT NOT NULL, what TEXT NOT NULL, times INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, what)
   ) WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS traced (id INTEGER PRIMARY KEY, pdu TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS tracing (id INTEGER PRIMARY KEY CHECK (id = 1), until INTEGER NOT NULL)",
];

/** So many troubles are kept, and so many PDUs: the newest. */
const MOST_TROUBLES = 40;
const MOST_PDUS = 500;

export interface LineBook {
  /** Adds to what is known of a trouble. */
  note(trouble: SmppTrouble): void;
  /** The newest first. */
  troubles(): SmppTrouble[];
  /** Until when PDUs are kept, epoch ms; 0: they are not. */
  until(): number;
  /** From now on, until then, and nothing of before; 0: no more. */
  trace(until: number): void;
  keep(pdu: TracedPdu): void;
  /** The oldest first. */
  traced(): TracedPdu[];
}

/** The tables are made where they are not there: an object's storage has no migrations of its own. */
export function lineBook(sql: SqlStorage): LineBook {
  for (const table of TABLES) sql.exec(table);
  return {
    note({ kind, what, times, at }) {
      sql.exec(
        `INSERT INTO trouble (kind, what, times, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kind, what) DO UPDATE SET times = times + excluded.times, at = excluded.at`,
        ...[kind, what, times, at],
      );
      sql.exec(
        `DELETE FROM trouble WHERE (kind, what) IN (
           SELECT kind, what FROM trouble ORDER BY at DESC, kind, what LIMIT -1 OFFSET ${MOST_TROUBLES})`,
      );
    },
    troubles: () =>
      sql.exec<SmppTrouble>("SELECT kind, what, times, at FROM trouble ORDER BY at DESC, kind, what").toArray(),
    until: () => sql.exec<{ until: number }>("SELECT until FROM tracing").toArray()[0]?.until ?? 0,
    trace(until) {
      sql.exec("DELETE FROM traced");
      sql.exec("INSERT OR REPLACE INTO tracing (id, until) VALUES (1, ?1)", until);
    },
    keep(pdu) {
      sql.exec("INSERT INTO traced (pdu) VALUES (?1)", JSON.stringify(pdu));
      sql.exec("DELETE FROM traced WHERE id <= (SELECT max(id) FROM traced) - ?1", MOST_PDUS);
    },
    traced: () =>
      sql
        .exec<{ pdu: string }>("SELECT pdu FROM traced ORDER BY id")
        .toArray()
        .map(({ pdu }) => JSON.parse(pdu)),
  };
}
