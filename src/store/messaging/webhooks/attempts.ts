/** Attempts at webhooks: claimed until their lease ends, and what came of them. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import type { Seals } from "../../../core/kernel/ports.ts";
import { present } from "../../../core/kernel/present.ts";
import { type NamedTarget, STANDARD } from "../../../core/webhooks/standard.ts";
import type {
  Attempted,
  ClaimedWebhook,
  EndpointHealth,
  ReportStyle,
  WebhookStore,
} from "../../../core/webhooks/store.ts";
import type { Query } from "../../query.ts";
import { leftOutOf } from "../../sealed/opening.ts";
import { append, entry } from "../../timeline.ts";
import { type InboundRow, toInbound } from "../inbound-rows.ts";
import type { MessageRow } from "../messages/rows.ts";
import { toMessage } from "../messages/rows.ts";
import { DIFFERING, IS_ITS_TURN, MAY_DIFFER, type Order, unite, type WholeOrder, wholeOrder } from "./order.ts";
import { jsonOf } from "./owed.ts";
import { toWebhook, type WebhookRow } from "./rows.ts";

/** Those whose order keys may differ are claimed by a second batch, in which these are united first. */
export function claim(seals: Seals | undefined): Query<WebhookStore, "claim"> {
  return async (db, ids, now, lease) => {
    const { claimed, differing } = await claimThose(db, ids, now, lease);
    if (differing.length === 0) return claimed;
    const orders = await Promise.all(differing.map((one) => wholeOrder(one, seals)));
    const left = differing.map(({ id }) => id);
    return [...claimed, ...(await claimThose(db, left, now, lease, orders)).claimed];
  };
}

type Differing = Order & { id: WebhookId };

/** @param united the orders of all of them, which are united; absent: those are left whose order keys may differ, and answered */
async function claimThose(
  db: D1Database,
  ids: readonly WebhookId[],
  now: number,
  lease: number,
  united?: readonly WholeOrder[],
): Promise<{ claimed: ClaimedWebhook[]; differing: Differing[] }> {
  const list = JSON.stringify(ids);
  const answers = await db.batch([
    ...(united ? [unite(db, united)] : []),
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
        `UPDATE webhook SET state = 'delivering', waits_until = ?3, changed_at = ?2
         WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'owed' AND due_at <= ?2 AND ${IS_ITS_TURN}
           AND (?4 OR NOT ${MAY_DIFFER})
         RETURNING *,
           (SELECT settings FROM account WHERE account.id = webhook.account_id) AS settings,
           (SELECT json_object('method', callback.method, 'template', callback.template) FROM callback
            WHERE webhook.kind = 'report' AND callback.account_id = webhook.account_id
              AND callback.dialect = webhook.dialect AND callback.number = '') AS style,
           ${NAMED_TARGET} AS named,
           (SELECT failing_since FROM endpoint
            WHERE endpoint.account_id = webhook.account_id AND endpoint.endpoint = webhook.endpoint) AS failing_since`,
      )
      .bind(list, now, lease, united ? 1 : 0),
    db
      .prepare(
        // CROSS, so that the list is gone through once and not once for each row that is due.
        `SELECT message.* FROM json_each(?1) AS wanted
         CROSS JOIN webhook ON webhook.id = wanted.value
         JOIN message ON message.id = iif(webhook.kind = 'event', webhook.event->'data'->>'id', webhook.subject)
         WHERE webhook.state = 'delivering' AND webhook.waits_until = ?2 AND (webhook.kind <> 'event' OR ${HAS_FORM})`,
      )
      .bind(list, lease),
    db
      .prepare(
        `SELECT inbound.* FROM json_each(?1) AS wanted
         CROSS JOIN webhook ON webhook.id = wanted.value
         JOIN inbound ON inbound.id = webhook.event->'data'->>'id'
         WHERE webhook.state = 'delivering' AND webhook.waits_until = ?2 AND webhook.kind = 'event' AND ${HAS_FORM}`,
      )
      .bind(list, lease),
    ...(united ? [] : [db.prepare(DIFFERING).bind(list, now)]),
  ]);
  const [, claimed, messages, inbounds, differing] = united ? answers.slice(1) : answers;
  const byId = new Map(((messages?.results ?? []) as MessageRow[]).map((row) => [row.id as string, toMessage(row)]));
  const texts = new Map(((inbounds?.results ?? []) as InboundRow[]).map((row) => [row.id as string, toInbound(row)]));
  // If its message or inbound cannot be opened, the webhook is left out here and is due again when its lease ends.
  const lost = new Set([...leftOutOf(messages), ...leftOutOf(inbounds)]);
  const whole = ((claimed?.results ?? []) as ClaimedRow[]).flatMap((row) => {
    const named = row.named === null ? undefined : (present(JSON.parse(row.named)) as NamedTarget);
    const webhook = toWebhook(row);
    const about = webhook.kind === "event" && "id" in webhook.event.data ? webhook.event.data.id : webhook.subject;
    if (lost.has(about)) return [];
    const message = byId.get(about);
    const inbound = texts.get(about);
    return {
      // Where it goes is as its endpoint says now, and not when it was owed.
      webhook: named ? { ...webhook, url: named.url } : webhook,
      ...present({ named, orderKey: row.order_key }),
      settings: row.settings ? JSON.parse(row.settings) : {},
      ...(row.style ? { style: present(JSON.parse(row.style)) as ReportStyle } : {}),
      isFailing: row.failing_since !== null,
      ...((row.due_at ?? 0) > row.created_at ? { isAgain: true as const } : {}),
      ...present({ message, inbound }),
    };
  });
  return { claimed: whole, differing: (differing?.results ?? []) as Differing[] };
}

/** Whether an event is told in the form of a dialect, which needs all of the thing that it is about. */
const HAS_FORM = `EXISTS (
  SELECT 1 FROM named_endpoint AS named
  WHERE named.account_id = webhook.account_id AND named.name = webhook.endpoint AND named.form <> '${STANDARD}')`;

type ClaimedRow = WebhookRow & {
  settings: string | null;
  style: string | null;
  named: string | null;
  order_key: string | null;
  failing_since: number | null;
};

/** The endpoint that an event is told to, as JSON. */
const NAMED_TARGET = `(SELECT ${jsonOf<NamedTarget>({
  account: "named.account_id",
  name: "named.name",
  url: "named.url",
  failoverUrl: "named.failover_url",
  schedule: "json(named.schedule)",
  perSecond: "named.per_second",
  form: "named.form",
  sealed: "named.sealed",
  oldSealed: "named.old_sealed",
  oldUntil: "named.old_until",
})} FROM named_endpoint AS named
            WHERE webhook.kind = 'event' AND named.account_id = webhook.account_id AND named.name = webhook.endpoint)`;

export const giveBack: Query<WebhookStore, "giveBack"> = async (db, put, lease, at) => {
  await db
    .prepare(
      `UPDATE webhook SET state = 'owed', due_at = back.value->>'dueAt', waits_until = NULL, changed_at = ?3
       FROM json_each(?1) AS back
       WHERE webhook.id = back.value->>'id' AND webhook.state = 'delivering' AND webhook.waits_until = ?2`,
    )
    .bind(JSON.stringify(put), lease, at)
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
             waits_until = NULL,
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
       SET state = 'owed', due_at = min(coalesce(waits_until, due_at), ?2), waits_until = NULL, changed_at = ?2,
           history = ${append(entry("claim.lost", { at: "?2" }))}
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND coalesce(waits_until, due_at) <= ?1 AND state = 'delivering'`,
    )
    .bind(by, at)
    .run();
  return meta.changes;
};
