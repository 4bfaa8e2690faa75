/** Parts handed over a connection, in the SQLite of the Durable Object that holds it. */

import type { MessageId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { EarlyReceipt, HandedPart, HandOvers } from "../../core/messages/hand-overs.ts";

const TABLES = [
  `CREATE TABLE IF NOT EXISTS handed (
     message TEXT NOT NULL, number INTEGER NOT NULL, total INTEGER NOT NULL, state TEXT NOT NULL, mark INTEGER NOT NULL,
     recipient TEXT NOT NULL, reference TEXT, key TEXT, reason TEXT, at INTEGER NOT NULL,
     PRIMARY KEY (message, number)
   ) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS handed_key ON handed (key) WHERE key IS NOT NULL",
  "CREATE INDEX IF NOT EXISTS handed_unanswered ON handed (mark) WHERE state = 'written'",
  "CREATE INDEX IF NOT EXISTS handed_at ON handed (at)",
  "CREATE TABLE IF NOT EXISTS early (key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  "CREATE INDEX IF NOT EXISTS early_at ON early (at)",
  "CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL)",
];

type Row = {
  message: MessageId;
  number: number;
  total: number;
  state: HandedPart["state"];
  mark: number;
  recipient: string;
  reference: string | null;
  key: string | null;
  reason: Reason | null;
  at: number;
};

/** As many as two octets tell apart, 0 being none. */
const MARKS = 65_535;

/**
 * Parts go in and are answered by the hundred: each of these is one statement, which is done whole or not at all. `at` stays that of
 * the hand-over, since each index entry of a column that is set would be written anew.
 */
const WRITE = `INSERT INTO handed (message, number, total, state, mark, recipient, at)
  SELECT value->>0, value->>1, value->>2, 'written', value->>3, value->>4, value->>5 FROM json_each(?1) WHERE true
  ON CONFLICT (message, number) DO UPDATE SET state = 'written', reason = NULL, at = excluded.at`;
const TAKE = `INSERT INTO handed (message, number, total, state, mark, recipient, at, reference, key)
  SELECT value->>0, value->>1, value->>2, 'taken', value->>3, value->>4, value->>5, value->>6, value->>7
  FROM json_each(?1) WHERE true
  ON CONFLICT (message, number) DO UPDATE SET reference = excluded.reference, key = excluded.key,
    state = iif(state IN ('written', 'refused'), 'taken', state),
    reason = iif(state IN ('written', 'refused'), NULL, reason)`;

/** The tables are made where they are not there: an object's storage has no migrations of its own. */
export function handOvers(sql: SqlStorage): HandOvers {
  for (const table of TABLES) sql.exec(table);
  /** Whether any receipt waits for its answer; undefined: to be looked up. Each answer asks, and nearly always there is none. */
  let hasEarly: boolean | undefined;
  return {
    of: (message) =>
      sql.exec<Row>("SELECT * FROM handed WHERE message = ?1 ORDER BY number", message).toArray().map(toPart),
    ofAll: (messages) =>
      sql
        .exec<Row>(
          `SELECT handed.* FROM json_each(?1) AS wanted JOIN handed ON handed.message = wanted.value
           ORDER BY handed.message, handed.number`,
          JSON.stringify(messages),
        )
        .toArray()
        .map(toPart),
    byKey: (key) =>
      sql.exec<Row>("SELECT * FROM handed WHERE key = ?1 ORDER BY at DESC LIMIT 1", key).toArray().map(toPart)[0],
    byMark: (mark, recipient) =>
      sql
        .exec<Row>("SELECT * FROM handed WHERE mark = ?1 AND state = 'written' AND recipient = ?2", mark, recipient)
        .toArray()
        .map(toPart),
    write(parts) {
      if (parts.length > 0) sql.exec(WRITE, JSON.stringify(parts.map(toWritten)));
    },
    take(parts) {
      if (parts.length > 0) sql.exec(TAKE, JSON.stringify(parts.map(toTaken)));
    },
    settle({ message, number, state, reference, reason }) {
      sql.exec(
        "UPDATE handed SET state = ?3, reference = ?4, reason = ?5 WHERE message = ?1 AND number = ?2",
        ...[message, number, state, reference ?? null, reason ?? null],
      );
    },
    drop(message, number) {
      sql.exec("DELETE FROM handed WHERE message = ?1 AND number = ?2", message, number);
    },
    nextMarks(count) {
      if (count === 0) return [];
      const { last } = sql
        .exec<{ last: number }>(
          `INSERT INTO mark (id, last) VALUES (1, (?1 - 1) % ${MARKS} + 1)
           ON CONFLICT (id) DO UPDATE SET last = (last + ?1 - 1) % ${MARKS} + 1 RETURNING last`,
          count,
        )
        .one();
      return Array.from({ length: count }, (_, index) => ((last - count + index + count * MARKS) % MARKS) + 1);
    },
    keepEarly({ key, value, at }) {
      hasEarly = true;
      sql.exec("INSERT OR REPLACE INTO early (key, value, at) VALUES (?1, ?2, ?3)", key, value, at);
    },
    earlyOf(keys) {
      hasEarly ??= sql.exec("SELECT 1 FROM early LIMIT 1").toArray().length > 0;
      if (!hasEarly) return [];
      return sql
        .exec<EarlyReceipt>(
          "SELECT early.* FROM json_each(?1) AS wanted JOIN early ON early.key = wanted.value",
          JSON.stringify(keys),
        )
        .toArray();
    },
    dropEarly({ key, value }) {
      sql.exec("DELETE FROM early WHERE key = ?1 AND value = ?2", key, value);
      hasEarly = undefined;
    },
    early: (since, limit) =>
      sql
        .exec<EarlyReceipt>("SELECT key, value, at FROM early WHERE at >= ?1 ORDER BY at LIMIT ?2", since, limit)
        .toArray(),
    forget(before) {
      sql.exec("DELETE FROM handed WHERE at < ?1", before);
      sql.exec("DELETE FROM early WHERE at < ?1", before);
      hasEarly = undefined;
    },
  };
}

function toPart({ reference, key, reason, ...part }: Row): HandedPart {
  return { ...part, ...present({ reference, key, reason }) };
}

function toWritten({ message, number, total, mark, recipient, at }: HandedPart) {
  return [message, number, total, mark, recipient, at];
}

function toTaken(part: HandedPart) {
  return [...toWritten(part), part.reference ?? null, part.key ?? null];
}
