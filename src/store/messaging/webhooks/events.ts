/** The log of what happened at accounts, in D1. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import type { AccountEvent } from "../../../core/webhooks/events.ts";
import type { EventStore } from "../../../core/webhooks/named.ts";
import { asMany, readBack } from "../../idempotency/read-back.ts";
import { ported, type Query } from "../../query.ts";
import { END_LOG } from "./named.ts";
import { eventId, oweFromLog } from "./told.ts";

export function eventStore(db: D1Database): EventStore {
  return ported<EventStore>(db, { isKept, keep, page, ends, forget, catchUp });
}

const isKept: Query<EventStore, "isKept"> = async (db, account) => {
  return (await db.prepare("SELECT 1 FROM event_log WHERE account_id = ?1").bind(account).first()) !== null;
};

const keep: Query<EventStore, "keep"> = async (db, account, isPulled, at) => {
  await db.batch([
    db
      .prepare(
        `INSERT INTO event_log (account_id, is_pulled, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (account_id) DO UPDATE SET is_pulled = excluded.is_pulled`,
      )
      .bind(account, isPulled ? 1 : 0, at),
    db.prepare(END_LOG).bind(account),
  ]);
};

/** What is left of the newest event when it is forgotten, and of those of a person who was erased. */
const IS_THERE = "event.data <> '{}'";

/** The newest alone is forgotten so: of a person who was erased, a pseudonym is left. */
const IS_FORGOTTEN = "data = '{}' AND recipient IS NULL";

const ENDS = `
  SELECT (SELECT number + (${IS_FORGOTTEN}) FROM event WHERE account_id = ?1 ORDER BY number LIMIT 1) AS first,
    (SELECT max(number) FROM event WHERE account_id = ?1) AS last`;

/** A page looks at this many events at most, whatever is asked for of them: a client that wants few goes on from where it ended. */
const LOOKED_AT = 2_000;

const page: Query<EventStore, "page"> = async (db, account, { after, patterns, limit }) => {
  const [found, ends] = await db.batch<EventRow & { last: number | null; first: number | null }>([
    db
      .prepare(
        `SELECT event.*, ${eventId("event.account_id", "event.number")} AS id FROM event
         WHERE event.account_id = ?1 AND event.number > ?2 AND event.number <= ?2 + ${LOOKED_AT} AND ${IS_THERE}
           AND EXISTS (SELECT 1 FROM json_each(?3) AS pattern WHERE event.type GLOB pattern.value)
         ORDER BY event.number LIMIT ?4`,
      )
      .bind(account, after, JSON.stringify(patterns), limit),
    db.prepare(ENDS).bind(account),
  ]);
  const items = (found?.results ?? []).map(toEvent);
  const { first, last } = ends?.results[0] ?? { first: null, last: null };
  const lookedAt = Math.max(after, Math.min(last ?? 0, after + LOOKED_AT));
  return { items, last: items.length < limit ? lookedAt : (items.at(-1)?.number ?? lookedAt), first: first ?? 0 };
};

const ends: Query<EventStore, "ends"> = async (db, account) => {
  const found = await db.prepare(ENDS).bind(account).first<{ first: number | null; last: number | null }>();
  return { first: found?.first ?? 0, last: found?.last ?? 0 };
};

/** The webhooks that tell of an event. @param event its name in the statement */
const TELLS_OF = (event: string) => {
  const begins = `'whk_' || ${event}.stem || '_evt-' || ${event}.number`;
  return `webhook.id >= ${begins} || '-' AND webhook.id < ${begins} || '.'`;
};
/**
 * Webhooks that tell of an opt-out are found by its event alone, and have the person's number: so they go with it, and it stays until
 * they are received.
 */
const MAY_GO = (event: string) => `NOT (${event}.type GLOB 'suppression.*' AND EXISTS (
  SELECT 1 FROM webhook WHERE ${TELLS_OF(event)} AND webhook.state <> 'answered'))`;

const forget: Query<EventStore, "forget"> = async (db, before, limit) => {
  // The first that is young enough ends what is looked at, of each account.
  const old = `
    SELECT old.account_id, old.number FROM account CROSS JOIN event AS old
      ON old.account_id = account.id AND old.number < coalesce(
        (SELECT young.number FROM event AS young
         WHERE young.account_id = account.id AND young.at >= ?1 ORDER BY young.number LIMIT 1),
        (SELECT max(newest.number) FROM event AS newest WHERE newest.account_id = account.id))
    WHERE ${MAY_GO("old")}
    LIMIT ?2`;
  const oldNewest = `
    SELECT newest.account_id, newest.number FROM account CROSS JOIN event AS newest
      ON newest.account_id = account.id AND newest.number = (SELECT max(number) FROM event WHERE event.account_id = account.id)
    WHERE newest.at < ?1 AND newest.data <> '{}' AND ${MAY_GO("newest")}`;
  const withWebhooks = (events: string, ...given: unknown[]) =>
    db
      .prepare(
        `DELETE FROM webhook WHERE id IN (
           SELECT webhook.id FROM (${events}) AS gone
           CROSS JOIN event AS told ON told.account_id = gone.account_id AND told.number = gone.number
           CROSS JOIN webhook ON ${TELLS_OF("told")}
           WHERE told.type GLOB 'suppression.*')`,
      )
      .bind(...given);
  const [, forgotten] = await db.batch([
    withWebhooks(old, before, limit),
    db.prepare(`DELETE FROM event WHERE (account_id, number) IN (${old})`).bind(before, limit),
    withWebhooks(oldNewest, before),
    db
      .prepare(`UPDATE event SET data = '{}', recipient = NULL WHERE (account_id, number) IN (${oldNewest})`)
      .bind(before),
  ]);
  return forgotten?.meta.changes ?? 0;
};

const catchUp: Query<EventStore, "catchUp"> = async (db, { account, name }, { after, until }, at) => {
  const write = db.prepare(CATCH_UP).bind(account, name, after, until, at);
  const { results } = await readBack(write, asMany(db)).all<{ id: WebhookId }>();
  return results.map(({ id }) => id);
};

const CATCH_UP = oweFromLog(
  `(SELECT * FROM event WHERE event.account_id = ?1 AND event.number > ?3 AND event.number <= ?4 AND ${IS_THERE}) AS told`,
  "named.name = ?2",
  "?5",
);

type EventRow = { account_id: string; number: number; type: string; at: number; data: string; id: string };

/** The one place where a row is taken for what its type says: whoever wrote it wrote facts of that type. */
function toEvent({ account_id: account, number, type, at, data, id }: EventRow): AccountEvent {
  return { id, number, account, type, at, data: JSON.parse(data) } as AccountEvent;
}
