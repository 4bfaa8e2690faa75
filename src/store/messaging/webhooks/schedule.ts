/** Webhooks that no move brings with it, when something must next be done about them, and forgetting the old. */

import { inChunks } from "../../../core/kernel/chunks.ts";
import { timePart } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type { WebhookStore } from "../../../core/webhooks/store.ts";
import { ownTimes, withOwnTime } from "../../kept.ts";
import type { Query } from "../../query.ts";
import { FOR_EVER } from "../../rows.ts";
import { IS_ITS_TURN } from "./order.ts";
import { insertWebhooks } from "./owed.ts";
import type { WebhookRow } from "./rows.ts";

export const add: Query<WebhookStore, "add"> = async (db, webhooks) => {
  for (const some of inChunks(webhooks, 200)) await insertWebhooks(db, JSON.stringify(some)).run();
};

export const due: Query<WebhookStore, "due"> = async (db, by, limit, after) => {
  const { results } = await db
    .prepare(
      `SELECT id, endpoint, due_at, waits_until, state FROM webhook
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4) AND coalesce(waits_until, due_at) <= ?1
         AND ${IS_ITS_TURN}
       ORDER BY due_at, id LIMIT ?2`,
    )
    .bind(by, limit, after?.listedAt ?? 0, after?.id ?? "")
    .all<Pick<WebhookRow, "id" | "endpoint" | "due_at" | "waits_until" | "state">>();
  return results.map((row) => ({
    id: row.id,
    endpoint: row.endpoint,
    state: row.state,
    listedAt: row.due_at ?? 0,
    ...present({ dueAt: row.waits_until ?? row.due_at }),
  }));
};

/** As of messages. */
export const NEXT_WEBHOOK = `
  SELECT min(coalesce(waits_until, due_at)) FROM webhook
  WHERE due_at IS NOT NULL AND ${IS_ITS_TURN} AND due_at <= coalesce(
    (SELECT due_at FROM webhook WHERE due_at IS NOT NULL AND waits_until IS NULL AND ${IS_ITS_TURN}
     ORDER BY due_at LIMIT 1), ${FOR_EVER})`;

export const wake: Query<WebhookStore, "wake"> = async (db, account, endpoint, at, limit) => {
  const { results } = await db
    .prepare(
      `UPDATE webhook SET due_at = ?3 WHERE id IN (
         SELECT id FROM webhook INDEXED BY webhook_due
         WHERE due_at > ?3 AND state = 'owed' AND account_id = ?1 AND endpoint = ?2
         ORDER BY created_at, id LIMIT ?4)
       RETURNING id, created_at`,
    )
    .bind(account, endpoint, at, limit)
    .all<Pick<WebhookRow, "id" | "created_at">>();
  return results.sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
};

export const forget: Query<WebhookStore, "forget"> = async (db, before, limit) => {
  const { meta } = await db
    .prepare(
      `DELETE FROM webhook WHERE id IN (
         SELECT old.id FROM ${withOwnTime("?4")} CROSS JOIN webhook AS old
         WHERE old.id >= 'whk_' || printf('%06d', account.number)
           AND old.id < 'whk_' || printf('%06d', account.number) || coalesce(own.value->>'part', ?1)
           AND old.due_at IS NULL AND old.changed_at < coalesce(own.value->>'before', ?3)
         LIMIT ?2)`,
    )
    .bind(timePart(before.otherwise), limit, before.otherwise, ownTimes(before))
    .run();
  return meta.changes;
};
