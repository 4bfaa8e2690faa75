/** Subscriptions and their periods in D1. The row of a period is the lock: it is there once, ever. */

import type { SubscriptionFilter, SubscriptionStore } from "../../core/billing/subscriptions/store.ts";
import type { Subscription } from "../../core/billing/subscriptions/subscription.ts";
import { type TransactionId, tailOf } from "../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../core/kernel/pages.ts";
import { ported, type Query } from "../query.ts";
import { fields, pageOf } from "../rows.ts";
import { append } from "../timeline.ts";
import { cancel, openOf } from "./cancels.ts";
import { type ServiceRow, toService } from "./services.ts";
import {
  type PeriodRow,
  SUBSCRIPTION_COLUMNS,
  type SubscriptionRow,
  toPeriod,
  toSubscription,
  toSubscriptionRow,
} from "./subscription-rows.ts";
import { NEW_TRANSACTION, toTransactionRow } from "./transactions/rows.ts";

export function subscriptionStore(db: D1Database): SubscriptionStore {
  return ported<SubscriptionStore>(db, {
    byId,
    list,
    periods,
    add,
    due,
    rest,
    wake,
    renew,
    putOff,
    cancel,
    openOf,
    figures,
  });
}

const byId: Query<SubscriptionStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM subscription WHERE id = ?1").bind(id).first<SubscriptionRow>();
  return row ? toSubscription(row) : undefined;
};

const periods: Query<SubscriptionStore, "periods"> = async (db, id) => {
  const { results } = await db
    .prepare("SELECT * FROM period WHERE subscription_id = ?1 ORDER BY period")
    .bind(id)
    .all<PeriodRow>();
  return results.map(toPeriod);
};

const add: Query<SubscriptionStore, "add"> = async (db, subscription, consent) => {
  const [, there] = await db.batch<SubscriptionRow>([
    db
      .prepare(
        `INSERT INTO subscription (${SUBSCRIPTION_COLUMNS.join(", ")})
         SELECT ${fields(SUBSCRIPTION_COLUMNS)} FROM json_each(?1)
         WHERE NOT EXISTS (
           SELECT 1 FROM consent WHERE account_id = ?2 AND recipient = ?3 AND service_id = ?4
             AND state = 'ended' AND ended_by = 'person')
         ON CONFLICT DO NOTHING`,
      )
      .bind(JSON.stringify([toSubscriptionRow(subscription)]), subscription.account, subscription.recipient, consent),
    db
      .prepare(`SELECT * FROM subscription WHERE id = ?4 OR (${REBILLING}) ORDER BY id = ?4 DESC LIMIT 1`)
      .bind(subscription.account, subscription.recipient, subscription.service, subscription.id),
  ]);
  const row = there?.results[0];
  return row && toSubscription(row);
};

const due: Query<SubscriptionStore, "due"> = async (db, by, limit) => {
  const { results } = await db
    .prepare(
      `SELECT subscription.*,
         json_object('account_id', service.account_id, 'id', service.id, 'merchant_id', service.merchant_id,
           'short_number', service.short_number, 'keyword', service.keyword, 'terms', service.terms,
           'created_at', service.created_at, 'changed_at', service.changed_at) AS service,
         coalesce((SELECT attempt FROM period
           WHERE period.subscription_id = subscription.id AND period.period = subscription.period), 0) AS attempts,
         subscription.txn_id IS NOT NULL OR EXISTS (
           SELECT 1 FROM period
           WHERE period.subscription_id = subscription.id AND period.state = 'billed') AS is_begun,
         account.settings->'caps' IS NOT NULL AS is_capped
       FROM ${DUE}
       WHERE subscription.due_at <= ?1 AND ${CAN_BE_BILLED}
       ORDER BY subscription.due_at, subscription.id LIMIT ?2`,
    )
    .bind(by, limit)
    .all<SubscriptionRow & { service: string; attempts: number; is_begun: 0 | 1; is_capped: 0 | 1 }>();
  return results.map((row) => ({
    subscription: toSubscription(row),
    service: toService(JSON.parse(row.service) as ServiceRow),
    attempt: row.attempts + 1,
    isBegun: row.is_begun === 1,
    isCapped: row.is_capped === 1,
  }));
};

const rest: Query<SubscriptionStore, "rest"> = async (db, by, limit) => {
  const { results } = await db
    .prepare(
      `UPDATE subscription SET resting_due_at = due_at, due_at = NULL
       WHERE id IN (
         SELECT head.id FROM (
           SELECT id, account_id, service_id FROM subscription INDEXED BY subscription_due
           WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2) AS head
         WHERE NOT EXISTS (
           SELECT 1 FROM account JOIN service ON service.account_id = account.id
           WHERE account.id = head.account_id AND account.state = 'open'
             AND service.id = head.service_id AND service.terms->>'autoRebill' = 1))
       RETURNING id`,
    )
    .bind(by, limit)
    .all();
  return results.length;
};

const wake: Query<SubscriptionStore, "wake"> = async (db, limit) => {
  const { results } = await db
    .prepare(
      `UPDATE subscription SET due_at = resting_due_at, resting_due_at = NULL
       WHERE id IN (SELECT subscription.id FROM ${WAKING} LIMIT ?1)
       RETURNING id`,
    )
    .bind(limit)
    .all();
  return results.length;
};

const renew: Query<SubscriptionStore, "renew"> = async (db, renewals) => {
  const charges = JSON.stringify(renewals.map(({ transaction }) => toTransactionRow(transaction)));
  // What the others ask for. A charge's row is long, and SQLite would read it anew in each of them.
  const list = JSON.stringify(
    renewals.map(({ subscription, transaction, attempt }) => ({
      id: transaction.id,
      subscription_id: subscription.id,
      period: transaction.period,
      accepted_at: transaction.acceptedAt,
      read_due_at: subscription.dueAt ?? null,
      read_period: subscription.period,
      attempt,
    })),
  );
  const [, begun] = await db.batch<{ id: TransactionId }>([
    db
      .prepare(
        `INSERT INTO period (subscription_id, period, state, attempt, txn_id, changed_at)
         SELECT subscription.id, new.value->>'period', 'charging', new.value->>'attempt', new.value->>'id',
           new.value->>'accepted_at'
         FROM json_each(?1) AS new JOIN subscription ON subscription.id = new.value->>'subscription_id'
         WHERE subscription.state IN ('active', 'dunning') AND subscription.period = new.value->>'read_period'
           AND subscription.due_at = new.value->>'read_due_at'
         ON CONFLICT (subscription_id, period) DO UPDATE
         SET state = 'charging', attempt = excluded.attempt, txn_id = excluded.txn_id, changed_at = excluded.changed_at
         WHERE period.state = 'declined' AND period.attempt = excluded.attempt - 1`,
      )
      .bind(list),
    db
      .prepare(
        `INSERT INTO txn (${NEW_TRANSACTION.join(", ")})
         SELECT ${fields(NEW_TRANSACTION)} FROM json_each(?1) AS new
         WHERE EXISTS (SELECT 1 FROM period
           WHERE period.subscription_id = new.value->>'subscription_id' AND period.period = new.value->>'period'
             AND period.txn_id = new.value->>'id')
         ON CONFLICT DO NOTHING
         RETURNING id`,
      )
      .bind(charges),
    db
      .prepare(
        `UPDATE subscription SET due_at = NULL, period = period.period
         FROM json_each(?1) AS new
         JOIN period ON period.subscription_id = new.value->>'subscription_id' AND period.period = new.value->>'period'
         WHERE subscription.id = period.subscription_id AND period.txn_id = new.value->>'id'`,
      )
      .bind(list),
    db.prepare(GIVE_UP_DECLINED).bind(list),
  ]);
  return (begun?.results ?? []).map(({ id }) => id);
};

const putOff: Query<SubscriptionStore, "putOff"> = async (db, rows, now) => {
  const list = JSON.stringify(
    rows.map(({ subscription, ...row }) => ({
      ...row,
      subscription_id: subscription.id,
      accepted_at: now,
      readDueAt: subscription.dueAt ?? null,
      readPeriod: subscription.period,
    })),
  );
  await db.batch([
    db
      .prepare(
        `UPDATE subscription
         SET period = new.value->>'period', due_at = new.value->>'dueAt', changed_at = new.value->>'accepted_at',
             history = ${append("json(new.value->'entry')", "subscription.history")}
         FROM json_each(?1) AS new
         WHERE subscription.id = new.value->>'subscription_id' AND subscription.state IN ('active', 'dunning')
           AND subscription.period = new.value->>'readPeriod' AND subscription.due_at = new.value->>'readDueAt'`,
      )
      .bind(list),
    db.prepare(GIVE_UP_DECLINED).bind(list),
  ]);
};

const figures: Query<SubscriptionStore, "figures"> = async (db, now) => {
  const row = await db
    .prepare(
      `SELECT (SELECT coalesce(sum(count), 0) FROM subscription_count WHERE state = 'active') AS active,
         (SELECT coalesce(sum(count), 0) FROM subscription_count WHERE state = 'dunning') AS dunning,
         (SELECT count(*) FROM subscription WHERE due_at IS NOT NULL AND due_at <= ?1) AS due`,
    )
    .bind(now)
    .first<{ active: number; dunning: number; due: number }>();
  return { active: row?.active ?? 0, dunning: row?.dunning ?? 0, due: row?.due ?? 0 };
};

/** One page, newest first, as in messages/find.ts; of those that are due in some time, soonest first. */
async function list(db: D1Database, filter: SubscriptionFilter, page: Page): Promise<PageOf<Subscription>> {
  const narrow = [page.limit + 1, filter.account ?? null, filter.state ?? null, filter.service ?? null];
  if (filter.dueAfter !== undefined || filter.dueBefore !== undefined) {
    const [dueAt = "0", id = ""] = page.cursor?.split(" ") ?? [];
    const { results } = await db
      .prepare(
        `SELECT * FROM subscription INDEXED BY subscription_due
         WHERE due_at IS NOT NULL AND due_at >= ?5 AND due_at < ?6 AND (due_at, id) > (?7, ?8)
           AND (?2 IS NULL OR account_id = ?2) AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR service_id = ?4)
           AND (?9 IS NULL OR recipient = ?9)
         ORDER BY due_at, id LIMIT ?1`,
      )
      .bind(
        ...narrow,
        filter.dueAfter ?? 0,
        filter.dueBefore ?? Number.MAX_SAFE_INTEGER,
        Number(dueAt),
        id,
        filter.recipient ?? null,
      )
      .all<SubscriptionRow>();
    return pageOf(results, page.limit, toSubscription, (row) => `${row.due_at} ${row.id}`);
  }
  const { results } = await db
    .prepare(
      filter.recipient === undefined
        ? `SELECT subscription.* FROM account CROSS JOIN subscription
           WHERE (?2 IS NULL OR account.id = ?2) AND ?6 IS NULL AND subscription.id IN (
             SELECT own.id FROM subscription AS own
             WHERE own.id >= 'sub_' || printf('%06d', account.number)
               AND own.id < 'sub_' || printf('%06d', account.number) || ?5
               AND (?3 IS NULL OR own.state = ?3) AND (?4 IS NULL OR own.service_id = ?4)
             ORDER BY own.id DESC LIMIT ?1)
           ORDER BY substr(subscription.id, 11) DESC LIMIT ?1`
        : `SELECT * FROM subscription
           WHERE recipient = ?6 AND (?2 IS NULL OR account_id = ?2) AND (?3 IS NULL OR state = ?3)
             AND (?4 IS NULL OR service_id = ?4) AND substr(id, 11) < ?5
           ORDER BY substr(id, 11) DESC LIMIT ?1`,
    )
    .bind(...narrow, page.cursor ?? "~", filter.recipient ?? null)
    .all<SubscriptionRow>();
  return pageOf(results, page.limit, toSubscription, (row) => tailOf(row.id));
}

const REBILLING = `
  account_id = ?1 AND recipient = ?2 AND service_id = ?3 AND state <> 'cancelled' AND auto_rebill = 1`;

/** A declined period before the next one is not tried again. */
const GIVE_UP_DECLINED = `
  UPDATE period SET state = 'failed', changed_at = new.value->>'accepted_at'
  FROM json_each(?1) AS new
  JOIN subscription ON subscription.id = new.value->>'subscription_id'
  WHERE period.subscription_id = subscription.id AND period.period < subscription.period
    AND period.state = 'declined'`;

/** Subscriptions rest while their account is closed, and while their service is not rebilled by us. */
const DUE = `
  subscription INDEXED BY subscription_due
  JOIN account ON account.id = subscription.account_id
  JOIN service ON service.account_id = subscription.account_id AND service.id = subscription.service_id`;

const CAN_BE_BILLED =
  "subscription.due_at IS NOT NULL AND subscription.state IN ('active', 'dunning') AND account.state = 'open'" +
  " AND service.terms->>'autoRebill' = 1";

/** Those that rest no longer: their account is open, and their service is rebilled. Where none rests, nothing is read. */
const WAKING = `
  account CROSS JOIN service CROSS JOIN subscription INDEXED BY subscription_resting
  WHERE (SELECT 1 FROM subscription INDEXED BY subscription_resting WHERE resting_due_at IS NOT NULL LIMIT 1) = 1
    AND account.state = 'open' AND service.account_id = account.id AND service.terms->>'autoRebill' = 1
    AND subscription.account_id = service.account_id AND subscription.service_id = service.id
    AND subscription.resting_due_at IS NOT NULL`;

export const NEXT_SUBSCRIPTION = `
  SELECT min(due) FROM (
    SELECT * FROM (
      SELECT subscription.due_at AS due FROM ${DUE} WHERE ${CAN_BE_BILLED} ORDER BY subscription.due_at LIMIT 1)
    UNION ALL
    SELECT min(subscription.resting_due_at) FROM ${WAKING})`;
