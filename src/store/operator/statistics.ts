/** Figures over time, in D1: read as ranges of ids, and counted there. D1 binds numbers as REAL, hence the casts. */

import type { EndedBy } from "../../core/billing/subscriptions/subscription.ts";
import type { HistoryEvent } from "../../core/history.ts";
import { timePart } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type {
  SalesFilter,
  Span,
  StatisticsStore,
  Steps,
  SubscriptionCounts,
  WebhookCounts,
} from "../../core/operator/statistics.ts";
import { ported, type Query } from "../query.ts";

const CLAIMED: HistoryEvent = "claimed";

export function statisticsStore(db: D1Database): StatisticsStore {
  return ported<StatisticsStore>(db, {
    messages,
    webhooks,
    charges,
    subscriptions,
    renewals,
  });
}

const messages: Query<StatisticsStore, "messages"> = async (db, steps, account) => {
  const { results } = await db
    .prepare(
      `WITH sent AS (
         SELECT ${STEP} AS step, own.state,
           iif(own.state = 'delivered' AND own.charge IS NULL,
             max(0, own.changed_at - max(own.accepted_at, own.send_at)), NULL) AS took,
           iif(own.charge IS NULL AND own.history->1->>'event' = '${CLAIMED}',
             max(0, (own.history->1->>'at') - max(own.accepted_at, own.send_at)), NULL) AS waited
         FROM account CROSS JOIN message AS own
         WHERE (?5 IS NULL OR account.id = ?5) AND ${rangeOf("msg")}),
       ranked AS (
         SELECT step, state, took, count(took) OVER (PARTITION BY step) AS timed,
           row_number() OVER (PARTITION BY step ORDER BY took NULLS LAST) AS place,
           waited, count(waited) OVER (PARTITION BY step) AS queued,
           row_number() OVER (PARTITION BY step ORDER BY waited NULLS LAST) AS turn
         FROM sent)
       SELECT step, count(*) AS accepted, sum(state = 'delivered') AS delivered, sum(state = 'failed') AS failed,
         sum(state = 'expired') AS expired, sum(state = 'cancelled') AS cancelled,
         max(iif(place = (timed + 1) / 2, took, NULL)) AS median,
         max(iif(place = (timed * 95 + 99) / 100, took, NULL)) AS p95,
         max(iif(turn = (queued * 95 + 99) / 100, waited, NULL)) AS queuedP95
       FROM ranked GROUP BY step ORDER BY step`,
    )
    .bind(...bound(steps, account))
    .all<MessageRow>();
  return results.map(({ median, p95, queuedP95, ...counts }) => {
    return { ...counts, ...present({ median, p95, queuedP95 }) };
  });
};

const webhooks: Query<StatisticsStore, "webhooks"> = async (db, steps, account) => {
  const { results } = await db
    .prepare(
      `SELECT CAST(min(max(own.created_at - ?2, 0) / ?4, ?6 - 1) AS INTEGER) AS step, count(*) AS owed,
         sum(own.state = 'answered') AS answered, sum(own.state = 'dead') AS dead
       FROM account CROSS JOIN webhook AS own
       WHERE (?5 IS NULL OR account.id = ?5) AND ${rangeOf("whk")}
       GROUP BY step ORDER BY step`,
    )
    .bind(...bound(steps, account))
    .all<WebhookCounts>();
  return results;
};

const charges: Query<StatisticsStore, "charges"> = async (db, steps, account) => {
  const { results } = await db
    .prepare(
      `SELECT ${STEP} AS step, own.currency, sum(own.kind = 'charge') AS charges,
         sum(own.kind = 'charge' AND own.state IN ('billed', 'reversed')) AS billed,
         sum(own.kind = 'charge' AND own.state IN ('failed', 'expired')) AS failed,
         sum(own.kind = 'charge' AND own.state = 'cancelled') AS cancelled,
         sum(iif(own.kind = 'charge' AND own.state IN ('billed', 'reversed'), own.amount, 0)) AS amountBilled,
         sum(iif(own.kind = 'reversal' AND own.state = 'billed', -own.amount, 0)) AS amountReversed
       FROM account CROSS JOIN txn AS own
       WHERE (?5 IS NULL OR account.id = ?5) AND ${rangeOf("txn")}
       GROUP BY step, own.currency ORDER BY step, own.currency`,
    )
    .bind(...bound(steps, account))
    .all<Awaited<ReturnType<StatisticsStore["charges"]>>[number]>();
  return results;
};

const renewals: Query<StatisticsStore, "renewals"> = async (db, due, { account, service }) => {
  const { results } = await db
    .prepare(
      `SELECT own.account_id AS account, own.service_id AS service, own.time_zone AS timeZone, own.currency, own.at,
         own.count, own.amount, own.dunning
       FROM account CROSS JOIN renewal AS own
       WHERE (?3 IS NULL OR account.id = ?3) AND own.account_id = account.id AND own.at >= ?1 AND own.at < ?2
         AND (?4 IS NULL OR own.service_id = ?4)`,
    )
    .bind(due.since, due.until, account ?? null, service ?? null)
    .all<Awaited<ReturnType<StatisticsStore["renewals"]>>[number]>();
  return results;
};

/** Which step a row was accepted in. An id may be a moment older or younger than that: it stays in the range. */
const STEP = "CAST(min(max(own.accepted_at - ?2, 0) / ?4, ?6 - 1) AS INTEGER)";

/** The rows of an account that lie in the time that was asked for. */
function rangeOf(kind: "msg" | "txn" | "whk"): string {
  return `own.id >= '${kind}_' || printf('%06d', account.number) || ?1
    AND own.id < '${kind}_' || printf('%06d', account.number) || ?3`;
}

/** What the statements of traffic name by number. */
function bound({ since, until, step }: Steps, account: string | undefined) {
  return [timePart(since), since, timePart(until), step, account ?? null, Math.ceil((until - since) / step)];
}

type Times = "median" | "p95" | "queuedP95";
type MessageRow = Omit<Awaited<ReturnType<StatisticsStore["messages"]>>[number], Times> & {
  [Time in Times]: number | null;
};

/** Those that we bill: of others it is not known here whether anybody pays for them still. */
async function subscriptions(
  db: D1Database,
  spans: readonly Span[],
  { account, service }: SalesFilter,
): Promise<SubscriptionCounts> {
  const list = JSON.stringify(spans);
  const filter = [account ?? null, service ?? null];
  const [begun, ended, revenue, active] = await db.batch<Record<string, string | number | null>>([
    db
      .prepare(
        `WITH ${SPANS}
         SELECT span.number AS span, count(*) AS count
         FROM span CROSS JOIN subscription AS own INDEXED BY subscription_begun
         WHERE own.auto_rebill = 1 AND own.never_begun = 0 AND own.created_at >= span.since AND own.created_at < span.until
           AND (?2 IS NULL OR own.account_id = ?2) AND (?3 IS NULL OR own.service_id = ?3)
         GROUP BY span.number`,
      )
      .bind(list, ...filter),
    db
      .prepare(
        `WITH ${SPANS}
         SELECT span.number AS span, own.ended_by AS "by", own.reason, count(*) AS count,
           sum(own.created_at < span.since) AS old
         FROM span CROSS JOIN subscription AS own INDEXED BY subscription_ended
         WHERE own.state = 'cancelled' AND own.auto_rebill = 1 AND own.never_begun = 0
           AND own.changed_at >= span.since AND own.changed_at < span.until
           AND (?2 IS NULL OR own.account_id = ?2) AND (?3 IS NULL OR own.service_id = ?3)
         GROUP BY span.number, own.ended_by, own.reason`,
      )
      .bind(list, ...filter),
    db
      .prepare(
        `WITH ${SPANS}
         SELECT span.number AS span, own.currency, sum(own.amount) AS amount
         FROM span CROSS JOIN account CROSS JOIN revenue AS own
         WHERE own.account_id = account.id AND own.at >= span.since AND own.at < span.until
           AND (?2 IS NULL OR account.id = ?2) AND (?3 IS NULL OR own.service_id = ?3)
         GROUP BY span.number, own.currency`,
      )
      .bind(list, ...filter),
    db
      .prepare(
        `SELECT coalesce(sum(count), 0) AS count FROM subscription_count
         WHERE auto_rebill = 1 AND state <> 'cancelled'
           AND (?1 IS NULL OR account_id = ?1) AND (?2 IS NULL OR service_id = ?2)`,
      )
      .bind(...filter),
  ]);
  return {
    begun: (begun?.results ?? []) as SubscriptionCounts["begun"],
    ended: (ended?.results ?? []).map(({ span, by, reason, count, old }) => ({
      span: Number(span),
      count: Number(count),
      old: Number(old),
      ...present({ by: by as EndedBy | null, reason: reason as Reason | null }),
    })),
    revenue: (revenue?.results ?? []) as SubscriptionCounts["revenue"],
    active: Number(active?.results[0]?.count ?? 0),
  };
}

/** The spans of the first parameter, numbered from 0. */
const SPANS = `
  span AS MATERIALIZED (
    SELECT key AS number, value->>'since' AS since, value->>'until' AS until FROM json_each(?1))`;
