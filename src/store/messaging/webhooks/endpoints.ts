/** Where webhooks go: how an endpoint does, pausing it, and resuming. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type { Endpoint, Patience, WebhookStore } from "../../../core/webhooks/store.ts";
import type { Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";

export const endpoints: Query<WebhookStore, "endpoints"> = async (db, page) => {
  const [account = "", endpoint = ""] = page.cursor?.split(" ") ?? [];
  const { results } = await db
    .prepare(
      `SELECT * FROM endpoint
       WHERE (account_id, endpoint) > (?1, ?2) AND (?3 IS NULL OR account_id = ?3)
       ORDER BY account_id, endpoint LIMIT ?4`,
    )
    .bind(account, endpoint, page.account ?? null, page.limit + 1)
    .all<EndpointRow>();
  return pageOf(results, page.limit, toEndpoint, (row) => `${row.account_id} ${row.endpoint}`);
};

export const pause: Query<WebhookStore, "pause"> = async (db, endpoints, at) => {
  const [paused] = await db.batch([
    db
      .prepare(
        `INSERT INTO endpoint (account_id, endpoint, paused_at, reason)
         SELECT value->>'account', value->>'endpoint', ?2, value->>'reason' FROM json_each(?1) WHERE true
         ON CONFLICT (account_id, endpoint) DO UPDATE
         SET paused_at = excluded.paused_at, reason = excluded.reason WHERE endpoint.paused_at IS NULL`,
      )
      .bind(JSON.stringify(endpoints), at),
    // Whatever is owed where nobody knocks any more; so what is owed is gone through once, however many are paused.
    db
      .prepare(
        `UPDATE webhook
         SET state = 'dead', is_paused = 1, reason = ${WHY_PAUSED}, due_at = NULL, changed_at = ?1,
             history = ${append(entry("endpoint.paused", { at: "?1", why: WHY_PAUSED }))}
         WHERE due_at IS NOT NULL AND state = 'owed' AND ${WHY_PAUSED} IS NOT NULL`,
      )
      .bind(at),
  ]);
  return paused?.meta.changes ?? 0;
};

export const resume: Query<WebhookStore, "resume"> = async (db, account, endpoint, at) => {
  const [, replayed] = await db.batch<{ id: WebhookId }>([
    db
      .prepare(
        `UPDATE endpoint SET paused_at = NULL, reason = NULL, failing_since = NULL, failures = 0
         WHERE account_id = ?1 AND endpoint = ?2`,
      )
      .bind(account, endpoint),
    db
      .prepare(
        `UPDATE webhook
         SET state = 'owed', is_paused = 0, reason = NULL, due_at = ?3, attempts = 0, changed_at = ?3,
             history = ${append(entry("endpoint.resumed", { at: "?3" }))}
         WHERE state = 'dead' AND account_id = ?1 AND endpoint = ?2 AND is_paused = 1
         RETURNING id`,
      )
      .bind(account, endpoint, at),
  ]);
  return (replayed?.results ?? []).map((row) => row.id);
};

/** Why a webhook's endpoint is paused; null where it is not. */
const WHY_PAUSED = `(
  SELECT endpoint.reason FROM endpoint
  WHERE endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
    AND endpoint.paused_at IS NOT NULL)`;

export async function givenUp(db: D1Database, { byDialect, otherwise }: Patience, now: number): Promise<Endpoint[]> {
  const shortest = now - Math.min(otherwise, ...Object.values(byDialect));
  // Most of the time there is none, and what is owed need not be gone through.
  const failing = await db
    .prepare("SELECT 1 FROM endpoint WHERE failing_since < ?1 AND failures >= 5 AND paused_at IS NULL LIMIT 1")
    .bind(shortest)
    .first();
  if (!failing) return [];
  const { results } = await db
    .prepare(
      // CROSS, so that what is owed is gone through once, and not once for each endpoint.
      `SELECT endpoint.* FROM webhook CROSS JOIN endpoint
         ON endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
       WHERE webhook.due_at IS NOT NULL AND webhook.attempts > 0
         AND endpoint.failing_since < ?1 AND endpoint.failures >= 5 AND endpoint.paused_at IS NULL
       GROUP BY endpoint.account_id, endpoint.endpoint
       HAVING endpoint.failing_since
         < ?2 - max(coalesce((SELECT value FROM json_each(?3) WHERE key = webhook.dialect), ?4))`,
    )
    .bind(shortest, now, JSON.stringify(byDialect), otherwise)
    .all<EndpointRow>();
  return results.map(toEndpoint);
}

type EndpointRow = {
  account_id: string;
  endpoint: string;
  failing_since: number | null;
  failures: number;
  paused_at: number | null;
  reason: string | null;
};

function toEndpoint(row: EndpointRow): Endpoint {
  return {
    account: row.account_id,
    endpoint: row.endpoint,
    failures: row.failures,
    ...present({ failingSince: row.failing_since, pausedAt: row.paused_at, reason: row.reason }),
  };
}
