/** The table of carriers' answers in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Tally, TallyStore } from "../../core/messages/tally.ts";
import { ported, type Query } from "../query.ts";

export function tallyStore(db: D1Database): TallyStore {
  return ported<TallyStore>(db, { since, unanswered, forget });
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

/** By the index of what is due soonest: a message whose answer was lost is looked at again within a minute. Milliseconds. */
const SOON = 120_000;

const unanswered: Query<TallyStore, "unanswered"> = async (db, now) => {
  const { results } = await db
    .prepare(
      `SELECT carrier, count(*) AS "count", min(changed_at) AS since FROM message INDEXED BY message_due
       WHERE due_at <= ?1 AND state = 'unknown' AND carrier IS NOT NULL GROUP BY carrier`,
    )
    .bind(now + SOON)
    .all<{ carrier: string; count: number; since: number }>();
  return results;
};

const forget: Query<TallyStore, "forget"> = async (db, before) => {
  await db.prepare("DELETE FROM carrier_answer WHERE minute < ?1").bind(before).run();
};
