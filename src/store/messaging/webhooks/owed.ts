/**
 * The one author of owed webhooks: the columns of a new one, the address that it goes to, and that none is owed at once
 * where its endpoint is paused. What it tells is JSON, which has the members of the event's type.
 */

import type { WebhookKind } from "../../../core/webhooks/webhook.ts";

/** SQL for one value. */
type Sql = string;

/**
 * Webhooks that a statement owes, in the same write as what they tell of: one for each row of `from` that is `where`. One
 * whose id is there already stays as it is: the same news is owed once.
 */
export type Owing = {
  /** Common tables that `from` and the rest may name. */
  with?: Sql;
  /** What `webhookId` and its like make; the same news, the same id. */
  id: Sql;
  account: Sql;
  dialect: Sql;
  kind: WebhookKind;
  subject: Sql;
  url: Sql;
  /** JSON. See `jsonOf`. */
  event: Sql;
  /** Epoch ms: owed since then, and due. */
  at: Sql;
  from: Sql;
  where: Sql;
};

/** The statement; it answers the ids of those that are owed. */
export function owe({ with: tables, id, account, dialect, kind, subject, url, event, at, from, where }: Owing): string {
  return `${
    tables
      ? `
  WITH ${tables}`
      : ""
  }
  INSERT INTO webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, is_paused, reason, due_at,
    created_at, changed_at)
  SELECT ${id}, ${account}, ${dialect}, '${kind}', ${subject}, ${url}, ${endpointOf(url)}, ${event},
    iif(endpoint.paused_at IS NULL, 'owed', 'dead'), endpoint.paused_at IS NOT NULL, endpoint.reason,
    iif(endpoint.paused_at IS NULL, ${at}, NULL), ${at}, ${at}
  FROM ${from}
  ${endpointHealth(account, endpointOf(url))}
  WHERE ${where}
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;
}

/** The JSON of an event, or of what it holds: SQL for each member of its type, undefined for one that is never there. */
export function jsonOf<T extends object>(members: { [Member in keyof T]-?: Sql | undefined }): Sql {
  const pairs = Object.entries<Sql | undefined>(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`'${name}', ${value}`],
  );
  return `json_object(${pairs.join(", ")})`;
}

/** The id of a webhook that tells of an inbound text, of which each account that has the number is told. @param dialect SQL */
export function inboundWebhookId(dialect: Sql): Sql {
  return `'whk_' || printf('%06d', account.number) || substr(inbound.id, 5) || '_inbound-' || ${dialect}`;
}

/** The id of the webhook that tells of the end of a subscription, which is told once. */
export const CANCELLED_ID = "'whk_' || substr(subscription.id, 5) || '_sub-cancelled'";

/**
 * Writes down webhooks, given as a JSON array; those already there stay as they are.
 * @param only `of-stored-messages` leaves out those whose message is not in the database
 */
export function insertWebhooks(db: D1Database, webhooks: string, only?: "of-stored-messages"): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO webhook
         (id, account_id, dialect, kind, subject, url, endpoint, event, state, due_at, created_at, changed_at)
       SELECT value->>'id', value->>'account', value->>'dialect', value->>'kind', value->>'subject',
         value->>'url', value->>'endpoint', value->'event', value->>'state', value->>'dueAt',
         value->>'createdAt', value->>'createdAt'
       FROM json_each(?1)
       WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM message WHERE message.id = value->>'subject')
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(webhooks, only ?? null);
}

/** Joins `endpoint` where it is paused. */
export function endpointHealth(account: Sql, endpoint: Sql): Sql {
  return `LEFT JOIN endpoint
    ON endpoint.account_id = ${account} AND endpoint.endpoint = ${endpoint} AND endpoint.paused_at IS NOT NULL`;
}

/** The address without its query: what is slow, or dead, or paused together. */
function endpointOf(url: Sql): Sql {
  return `substr(${url}, 1, instr(${url} || '?', '?') - 1)`;
}
