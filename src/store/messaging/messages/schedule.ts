/** Claiming messages that are due, when something must next be done about them, and forgetting the old. */

import { timePart } from "../../../core/kernel/ids.ts";
import { LANES } from "../../../core/kernel/lane.ts";
import type { MessageStore } from "../../../core/messages/store.ts";
import type { Query } from "../../query.ts";
import { routesOf } from "../../routes.ts";
import { append, entry } from "../../timeline.ts";
import { type MessageRow, toMessage } from "./rows.ts";

export const claim: Query<MessageStore, "claim"> = async (db, ids, now, lease, dueBy = now) => {
  const { results } = await db
    .prepare(
      `UPDATE message
       SET state = 'submitting', due_at = max(?2, due_at) + ?3, attempts = attempts + 1,
           changed_at = max(?2, due_at), carrier = NULL,
           history = ${append(entry("claimed", { at: "max(?2, due_at)", attempt: "attempts + 1" }))}
       WHERE id IN (SELECT value FROM json_each(?1))
         AND state IN ('accepted', 'scheduled') AND due_at <= ?4 AND expires_at > max(?2, due_at)
       RETURNING *`,
    )
    .bind(JSON.stringify(ids), now, lease - now, dueBy)
    .all<MessageRow>();
  return results.map(toMessage);
};

export const postpone: Query<MessageStore, "postpone"> = async (db, ids, state, dueAt) => {
  await db
    .prepare("UPDATE message SET due_at = ?3 WHERE id IN (SELECT value FROM json_each(?1)) AND state = ?2")
    .bind(JSON.stringify(ids), state, dueAt)
    .run();
};

export const due: Query<MessageStore, "due"> = async (db, by, limit, after) => {
  const { results } = await db
    .prepare(
      `SELECT id, state, lane, due_at, expires_at, delivery_mode, attempts FROM message
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4)
       ORDER BY due_at, id LIMIT ?2`,
    )
    .bind(by, limit, after?.dueAt ?? 0, after?.id ?? "")
    .all<Pick<MessageRow, "id" | "state" | "lane" | "due_at" | "expires_at" | "delivery_mode" | "attempts">>();
  return results.map((row) => ({
    id: row.id,
    state: row.state,
    lane: LANES[row.lane],
    ...(row.due_at === null ? {} : { dueAt: row.due_at }),
    expiresAt: row.expires_at,
    deliveryMode: row.delivery_mode,
    attempts: row.attempts,
  }));
};

export const nextDue: Query<MessageStore, "nextDue"> = async (db) => {
  const next = await db
    .prepare("SELECT min(due_at) AS due FROM message WHERE due_at IS NOT NULL")
    .first<number | null>("due");
  return next ?? undefined;
};

export const routes: Query<MessageStore, "routes"> = (db) => routesOf(db, "message");

export const forget: Query<MessageStore, "forget"> = async (db, before, limit) => {
  const { meta } = await db
    .prepare(
      `DELETE FROM message WHERE id IN (
         SELECT old.id FROM account CROSS JOIN message AS old
         WHERE old.id >= 'msg_' || printf('%06d', account.number)
           AND old.id < 'msg_' || printf('%06d', account.number) || ?1
           AND old.due_at IS NULL AND old.state <> 'held' AND old.changed_at < ?3
           AND NOT EXISTS (
             SELECT 1 FROM webhook
             WHERE webhook.id >= 'whk_' || substr(old.id, 5) || '_' AND webhook.id < 'whk_' || substr(old.id, 5) || '_~'
               AND webhook.due_at IS NOT NULL)
         LIMIT ?2)`,
    )
    .bind(timePart(before), limit, before)
    .run();
  return meta.changes;
};

export const figures: Query<MessageStore, "figures"> = async (db, since) => {
  const [traffic, pending, due] = await db.batch<Record<string, number | string | null>>([
    db
      .prepare(
        `SELECT count(*) AS accepted, sum(message.attempts > 0) AS submitted,
           sum(message.state IN ('delivered', 'failed', 'expired', 'cancelled')) AS settled
         FROM account CROSS JOIN message
         WHERE message.id >= 'msg_' || printf('%06d', account.number) || ?1
           AND message.id < 'msg_' || printf('%06d', account.number) || '~'`,
      )
      .bind(timePart(since)),
    db.prepare("SELECT state, count(*) AS n FROM message WHERE due_at IS NOT NULL GROUP BY state"),
    db.prepare(
      "SELECT min(due_at) AS due FROM message WHERE due_at IS NOT NULL AND state IN ('accepted', 'submitting')",
    ),
  ]);
  const oldest = due?.results[0]?.due;
  return {
    accepted: Number(traffic?.results[0]?.accepted ?? 0),
    submitted: Number(traffic?.results[0]?.submitted ?? 0),
    settled: Number(traffic?.results[0]?.settled ?? 0),
    pending: Object.fromEntries((pending?.results ?? []).map((row) => [String(row.state), Number(row.n)])),
    ...(oldest ? { oldestDue: Number(oldest) } : {}),
  };
};
