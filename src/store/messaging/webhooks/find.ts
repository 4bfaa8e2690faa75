/** Looking for webhooks. */

import { tailOf, timePart } from "../../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../../core/kernel/pages.ts";
import type { WebhookFilter, WebhookStore } from "../../../core/webhooks/store.ts";
import type { Webhook } from "../../../core/webhooks/webhook.ts";
import { webhookPrefix } from "../../../core/webhooks/webhook.ts";
import type { Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";
import { toWebhook, type WebhookRow } from "./rows.ts";

export const byId: Query<WebhookStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM webhook WHERE id = ?1").bind(id).first<WebhookRow>();
  return row ? toWebhook(row) : undefined;
};

export const ofSubject: Query<WebhookStore, "ofSubject"> = async (db, id) => {
  const prefix = webhookPrefix(id);
  const { results } = await db
    .prepare("SELECT * FROM webhook WHERE id >= ?1 AND id < ?2 ORDER BY created_at")
    .bind(prefix, `${prefix}~`)
    .all<WebhookRow>();
  return results.map(toWebhook);
};

/** Whom the text was to that it tells of: the event does not say. */
const RECIPIENT = "(SELECT recipient FROM message WHERE message.id = webhook.subject) AS recipient";

/** One page, newest first; how it stays fast is told in messages/find.ts. Those that are owed are few, and those that are dead. */
export async function list(db: D1Database, filter: WebhookFilter, page: Page): Promise<PageOf<Webhook>> {
  const isDue = filter.state === "owed" || filter.state === "delivering";
  const { results } = await db
    .prepare(
      filter.state === "dead" || isDue
        ? `SELECT webhook.*, ${RECIPIENT} FROM webhook INDEXED BY ${isDue ? "webhook_due" : "webhook_newest_dead"}
           WHERE ${isDue ? "due_at IS NOT NULL" : "state = 'dead'"} AND (?2 IS NULL OR account_id = ?2) AND (?4 IS NULL OR endpoint = ?4)
             AND substr(id, 11) >= ?5 AND substr(id, 11) < ?6 AND state = ?3 AND (?7 IS NULL OR kind = ?7)
           ORDER BY substr(id, 11) DESC LIMIT ?1`
        : `SELECT webhook.*, ${RECIPIENT} FROM account CROSS JOIN webhook
           WHERE (?2 IS NULL OR account.id = ?2) AND webhook.id IN (
             SELECT own.id FROM webhook AS own
             WHERE own.id >= 'whk_' || printf('%06d', account.number) || ?5
               AND own.id < 'whk_' || printf('%06d', account.number) || ?6
               AND (?3 IS NULL OR own.state = ?3) AND (?4 IS NULL OR own.endpoint = ?4)
               AND (?7 IS NULL OR own.kind = ?7)
             ORDER BY own.id DESC LIMIT ?1)
           ORDER BY substr(webhook.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      filter.state ?? null,
      filter.endpoint ?? null,
      filter.since === undefined ? "" : timePart(filter.since),
      page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
      filter.kind ?? null,
    )
    .all<WebhookRow>();
  return pageOf(results, page.limit, toWebhook, (row) => tailOf(row.id));
}

export const figures: Query<WebhookStore, "figures"> = async (db) => {
  const [owed, dead] = await db.batch<{ n: number; oldest: number | null }>([
    db.prepare(
      "SELECT count(*) AS n, min(coalesce(waits_until, due_at)) AS oldest FROM webhook WHERE due_at IS NOT NULL",
    ),
    db.prepare("SELECT count(*) AS n FROM webhook WHERE state = 'dead'"),
  ]);
  const oldest = owed?.results[0]?.oldest;
  return {
    owed: owed?.results[0]?.n ?? 0,
    dead: dead?.results[0]?.n ?? 0,
    ...(oldest ? { oldestDue: oldest } : {}),
  };
};
