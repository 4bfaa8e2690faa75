/** Attempts at webhooks: claimed until their lease ends, and what came of them. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type {
  Attempted,
  ClaimedWebhook,
  EndpointHealth,
  ReportStyle,
  WebhookStore,
} from "../../../core/webhooks/store.ts";
import type { Query } from "../../query.ts";
import { append, entry } from "../../timeline.ts";
import type { MessageRow } from "../messages/rows.ts";
import { toMessage } from "../messages/rows.ts";
import { toWebhook, type WebhookRow } from "./rows.ts";

export async function claim(
  db: D1Database,
  ids: readonly WebhookId[],
  now: number,
  lease: number,
): Promise<ClaimedWebhook[]> {
  const list = JSON.stringify(ids);
  const [, claimed, messages] = await db.batch([
    db
      .prepare(
        `UPDATE webhook
         SET state = 'dead', is_paused = 1, reason = endpoint.reason, due_at = NULL, changed_at = ?2,
             history = ${append(entry("endpoint.paused", { at: "?2", why: "endpoint.reason" }))}
         FROM endpoint
         WHERE webhook.id IN (SELECT value FROM json_each(?1)) AND webhook.state = 'owed' AND webhook.due_at <= ?2
           AND endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint
           AND endpoint.paused_at IS NOT NULL`,
      )
      .bind(list, now),
    db
      .prepare(
        `UPDATE webhook SET state = 'delivering', due_at = ?3, changed_at = ?2
         WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'owed' AND due_at <= ?2
         RETURNING *,
           (SELECT settings FROM account WHERE account.id = webhook.account_id) AS settings,
           (SELECT json_object('method', callback.method, 'template', callback.template) FROM callback
            WHERE webhook.kind = 'report' AND callback.account_id = webhook.account_id
              AND callback.dialect = webhook.dialect AND callback.number = '') AS style,
           (SELECT failing_since FROM endpoint
            WHERE endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint) AS failing_since`,
      )
      .bind(list, now, lease),
    db
      .prepare(
        // CROSS, so that the list is gone through once and not once for each row that is due.
        `SELECT message.* FROM json_each(?1) AS wanted
         CROSS JOIN webhook ON webhook.id = wanted.value JOIN message ON message.id = webhook.subject
         WHERE webhook.state = 'delivering' AND webhook.due_at = ?2`,
      )
      .bind(list, lease),
  ]);
  const byId = new Map(((messages?.results ?? []) as MessageRow[]).map((row) => [row.id as string, toMessage(row)]));
  return ((claimed?.results ?? []) as ClaimedRow[]).map((row) => {
    const message = byId.get(row.subject);
    return {
      webhook: toWebhook(row),
      settings: row.settings ? JSON.parse(row.settings) : {},
      ...(row.style ? { style: present(JSON.parse(row.style)) as ReportStyle } : {}),
      isFailing: row.failing_since !== null,
      ...(message ? { message } : {}),
    };
  });
}

type ClaimedRow = WebhookRow & { settings: string | null; style: string | null; failing_since: number | null };

export const giveBack: Query<WebhookStore, "giveBack"> = async (db, ids, lease, at) => {
  await db
    .prepare(
      `UPDATE webhook SET state = 'owed', due_at = ?3, changed_at = ?3
       WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'delivering' AND due_at = ?2`,
    )
    .bind(JSON.stringify(ids), lease, at)
    .run();
};

export async function attempted(
  db: D1Database,
  results: readonly Attempted[],
  health: readonly EndpointHealth[],
): Promise<void> {
  const statements = [
    db
      .prepare(
        `WITH tried AS MATERIALIZED (SELECT value FROM json_each(?1))
         UPDATE webhook
         SET state = tried.value->>'to', reason = tried.value->>'reason', due_at = tried.value->>'dueAt',
             attempts = attempts + 1, changed_at = tried.value->>'at',
             history = ${append("tried.value->'entry'")}
         FROM tried
         WHERE webhook.id = tried.value->>'id' AND webhook.state = 'delivering'
           AND webhook.attempts = tried.value->>'before'`,
      )
      .bind(JSON.stringify(results)),
  ];
  const failed = health.filter((one) => one.failed > 0 && !one.received);
  const received = health.filter((one) => one.received);
  if (failed.length > 0) {
    statements.push(
      db
        .prepare(
          `INSERT INTO endpoint (account_id, endpoint, failing_since, failures)
           SELECT value->>'account', value->>'endpoint', value->>'at', value->>'failed' FROM json_each(?1) WHERE true
           ON CONFLICT (account_id, endpoint) DO UPDATE
           SET failing_since = coalesce(failing_since, excluded.failing_since), failures = failures + excluded.failures`,
        )
        .bind(JSON.stringify(failed)),
    );
  }
  if (received.length > 0) {
    statements.push(
      db
        .prepare(
          `UPDATE endpoint SET failing_since = NULL, failures = 0
           FROM json_each(?1) AS well
           WHERE endpoint.account_id = well.value->>'account' AND endpoint.endpoint = well.value->>'endpoint'
             AND failing_since IS NOT NULL`,
        )
        .bind(JSON.stringify(received)),
    );
  }
  await db.batch(statements);
}

export const release: Query<WebhookStore, "release"> = async (db, by, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE webhook
       SET state = 'owed', due_at = min(due_at, ?2), changed_at = ?2,
           history = ${append(entry("claim.lost", { at: "?2" }))}
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND state = 'delivering'`,
    )
    .bind(by, at)
    .run();
  return meta.changes;
};
