/** The table of carriers' answers in D1. */

import { present } from "../../core/kernel/present.ts";
import { MOST_COUNTED, type Tally, type TallyStore } from "../../core/messages/tally.ts";
import { ported, type Query } from "../query.ts";

export function tallyStore(db: D1Database): TallyStore {
  return ported<TallyStore>(db, { since, unanswered });
}

/** The statement that counts answers, for the batch that writes what came of them. */
export function countAnswers(db: D1Database, tallies: readonly Tally[]): D1PreparedStatement {
  return db.prepare(COUNT).bind(JSON.stringify(tallies));
}

const COUNT = `
  INSERT INTO carrier_answer (carrier, minute, answer, reason, "within", "count")
  SELECT value->>'carrier', value->>'minute', value->>'answer', coalesce(value->>'reason', ''), value->>'within',
    value->>'count'
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET "count" = "count" + excluded."count"`;

type Row = Omit<Tally, "reason"> & { reason: string };

const since: Query<TallyStore, "since"> = async (db, time) => {
  const { results } = await db
    .prepare(`SELECT carrier, minute, answer, reason, "within", "count" FROM carrier_answer WHERE minute > ?1 - 60000`)
    .bind(time)
    .all<Row>();
  return results.map(({ reason, ...row }) => ({ ...row, ...present({ reason: reason === "" ? null : reason }) }));
};

const unanswered: Query<TallyStore, "unanswered"> = async (db, carriers) => {
  const { results } = await db
    .prepare(UNANSWERED)
    .bind(JSON.stringify(carriers), MOST_COUNTED)
    .all<{ carrier: string; count: number; since: number }>();
  return results;
};

/** The first of them is the oldest, by the index; and no more are gone through than are counted. */
const ofIts = (table: string, column: string, limit: string) =>
  `SELECT ${column} FROM ${table} INDEXED BY ${table}_unanswered
   WHERE state = 'unknown' AND carrier = wanted.value ORDER BY changed_at LIMIT ${limit}`;

const UNANSWERED = `
  SELECT carrier, texts + charges AS "count", min(coalesce(text, charge), coalesce(charge, text)) AS since
  FROM (
    SELECT wanted.value AS carrier,
      (${ofIts("message", "changed_at", "1")}) AS text,
      (${ofIts("txn", "changed_at", "1")}) AS charge,
      (SELECT count(*) FROM (${ofIts("message", "1", "?2")})) AS texts,
      (SELECT count(*) FROM (${ofIts("txn", "1", "?2")})) AS charges
    FROM json_each(?1) AS wanted)
  WHERE texts + charges > 0`;
