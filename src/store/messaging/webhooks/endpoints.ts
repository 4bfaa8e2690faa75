/** Where webhooks go: how an endpoint does, pausing it, and resuming. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type { EndpointFacts } from "../../../core/webhooks/events.ts";
import type { Endpoint, Patience, WebhookStore } from "../../../core/webhooks/store.ts";
import { asMany, readBack } from "../../idempotency/read-back.ts";
import type { Query } from "../../query.ts";
import { idsOf, pageOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";
import { eventStatements, factsOf, stemAt, tell } from "./told.ts";

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
  const list = JSON.stringify(endpoints);
  const [owe, log] = eventStatements(db, TELL_DISABLED, list, at);
  const [owed, , paused] = await db.batch<{ id: WebhookId }>([
    owe,
    log,
    db
      .prepare(
        `INSERT INTO endpoint (account_id, endpoint, paused_at, reason)
         SELECT wanted.value->>'account', wanted.value->>'endpoint', ?2, wanted.value->>'reason'
         FROM json_each(?1) AS wanted WHERE ${HAS_ADDRESS}
         ON CONFLICT (account_id, endpoint) DO UPDATE
         SET paused_at = excluded.paused_at, reason = excluded.reason WHERE endpoint.paused_at IS NULL`,
      )
      .bind(list, at),
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
  return { paused: paused?.meta.changes ?? 0, owed: idsOf<WebhookId>(owed) };
};

export const resume: Query<WebhookStore, "resume"> = async (db, account, endpoint, at) => {
  const oweAnew = db
    .prepare(
      `UPDATE webhook
         SET state = 'owed', is_paused = 0, reason = NULL, due_at = ?3, attempts = 0, changed_at = ?3,
             history = ${append(entry("endpoint.resumed", { at: "?3" }))}
         WHERE state = 'dead' AND account_id = ?1 AND endpoint = ?2 AND is_paused = 1
         RETURNING id`,
    )
    .bind(account, endpoint, at);
  const [owe, log] = eventStatements(db, TELL_ENABLED, account, endpoint, at);
  const [owed, , , replayed] = await db.batch<{ id: WebhookId }>([
    owe,
    log,
    db
      .prepare(
        `UPDATE endpoint SET paused_at = NULL, reason = NULL, failing_since = NULL, failures = 0
         WHERE account_id = ?1 AND endpoint = ?2`,
      )
      .bind(account, endpoint),
    readBack(oweAnew, asMany(db)),
  ]);
  return [...idsOf<WebhookId>(replayed), ...idsOf<WebhookId>(owed)];
};

/** Whether what is to be paused still has the address that it is paused for, if it is for one. */
const hasAddress = (wanted: string) => `(${wanted}.value->>'url' IS NULL OR EXISTS (
  SELECT 1 FROM named_endpoint AS there
  WHERE there.account_id = ${wanted}.value->>'account' AND there.name = ${wanted}.value->>'endpoint'
    AND ${wanted}.value->>'url' IN (there.url, there.failover_url)))`;
const HAS_ADDRESS = hasAddress("wanted");

/** An endpoint may be asked for more than once, with each of its two addresses. */
const IS_FIRST = `NOT EXISTS (
  SELECT 1 FROM json_each(?1) AS before
  WHERE before.key < wanted.key AND before.value->>'account' = wanted.value->>'account'
    AND before.value->>'endpoint' = wanted.value->>'endpoint' AND ${hasAddress("before")})`;

/** The event that tells of an endpoint that its account has set up by name. */
const tellOf = (
  type: "endpoint.disabled" | "endpoint.enabled",
  { at, reason, from, where }: { at: string; reason: string; from: string; where: string },
) =>
  tell({
    account: "own.account_id",
    type: `'${type}'`,
    at,
    stem: stemAt(at, "own.account_id"),
    data: factsOf<EndpointFacts>({ endpoint: "own.name", reason, at }),
    from,
    where,
    order: "own.name",
  });

const TELL_DISABLED = tellOf("endpoint.disabled", {
  at: "?2",
  reason: "wanted.value->>'reason'",
  from: `json_each(?1) AS wanted CROSS JOIN named_endpoint AS own
    ON own.account_id = wanted.value->>'account' AND own.name = wanted.value->>'endpoint'`,
  where: `${HAS_ADDRESS} AND ${IS_FIRST} AND NOT EXISTS (
    SELECT 1 FROM endpoint AS off
    WHERE off.account_id = own.account_id AND off.endpoint = own.name AND off.paused_at IS NOT NULL)`,
});

const TELL_ENABLED = tellOf("endpoint.enabled", {
  at: "?3",
  reason: "NULL",
  from: "named_endpoint AS own",
  where: `own.account_id = ?1 AND own.name = ?2 AND EXISTS (
    SELECT 1 FROM endpoint AS off
    WHERE off.account_id = own.account_id AND off.endpoint = own.name AND off.paused_at IS NOT NULL)`,
});

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
