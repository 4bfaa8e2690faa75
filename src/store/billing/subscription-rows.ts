/** The tables `subscription` and `period`: rows as values, and the events of webhooks about them, in SQL. */

import type { Period, Subscription } from "../../core/billing/subscriptions/subscription.ts";
import { present } from "../../core/kernel/present.ts";
import type { SubscriptionNews } from "../../core/webhooks/webhook.ts";
import { jsonOf } from "../messaging/webhooks/owed.ts";

export type SubscriptionRow = {
  id: Subscription["id"];
  account_id: string;
  dialect: string;
  service_id: string;
  merchant_id: string;
  recipient: string;
  state: Subscription["state"];
  reason: Subscription["reason"] | null;
  ended_by: Subscription["endedBy"] | null;
  never_begun: 0 | 1;
  price: number;
  currency: string;
  interval: Subscription["interval"];
  time_zone: string;
  auto_rebill: 0 | 1;
  anchor: number;
  period: number;
  declines: number;
  due_at: number | null;
  txn_id: Subscription["transaction"] | null;
  created_at: number;
  changed_at: number;
  history: string;
  /** When it was due, of one that rests; absent in rows that are read as JSON. */
  resting_due_at?: number | null;
};

export const SUBSCRIPTION_COLUMNS = [
  "id",
  "account_id",
  "dialect",
  "service_id",
  "merchant_id",
  "recipient",
  "state",
  "reason",
  "ended_by",
  "never_begun",
  "price",
  "currency",
  "interval",
  "time_zone",
  "auto_rebill",
  "anchor",
  "period",
  "declines",
  "due_at",
  "txn_id",
  "created_at",
  "changed_at",
  "history",
] as const satisfies readonly (keyof SubscriptionRow)[];

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    service: row.service_id,
    merchant: row.merchant_id,
    recipient: row.recipient,
    state: row.state,
    price: row.price,
    currency: row.currency,
    interval: row.interval,
    timeZone: row.time_zone,
    autoRebill: row.auto_rebill === 1,
    anchor: row.anchor,
    period: row.period,
    declines: row.declines,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    history: JSON.parse(row.history),
    ...(row.never_begun ? { neverBegun: true } : {}),
    ...present({
      reason: row.reason,
      endedBy: row.ended_by,
      dueAt: row.due_at ?? row.resting_due_at ?? null,
      transaction: row.txn_id,
    }),
  };
}

export function toSubscriptionRow(subscription: Subscription): Record<(typeof SUBSCRIPTION_COLUMNS)[number], unknown> {
  return {
    id: subscription.id,
    account_id: subscription.account,
    dialect: subscription.dialect,
    service_id: subscription.service,
    merchant_id: subscription.merchant,
    recipient: subscription.recipient,
    state: subscription.state,
    reason: subscription.reason ?? null,
    ended_by: subscription.endedBy ?? null,
    never_begun: Number(subscription.neverBegun ?? false),
    price: subscription.price,
    currency: subscription.currency,
    interval: subscription.interval,
    time_zone: subscription.timeZone,
    auto_rebill: subscription.autoRebill ? 1 : 0,
    anchor: subscription.anchor,
    period: subscription.period,
    declines: subscription.declines,
    due_at: subscription.dueAt ?? null,
    txn_id: subscription.transaction ?? null,
    created_at: subscription.createdAt,
    changed_at: subscription.changedAt,
    history: subscription.history,
  };
}

export type PeriodRow = {
  subscription_id: Period["subscription"];
  period: number;
  state: Period["state"];
  attempt: number;
  txn_id: Period["transaction"];
  changed_at: number;
};

export function toPeriod(row: PeriodRow): Period {
  return {
    subscription: row.subscription_id,
    period: row.period,
    state: row.state,
    attempt: row.attempt,
    transaction: row.txn_id,
    changedAt: row.changed_at,
  };
}

/** The account's address for webhooks about subscriptions: its dialect's first. */
export const SUBSCRIPTION_URL = `
  coalesce(
    (SELECT callback.subscription_url FROM callback
     WHERE callback.account_id = subscription.account_id AND callback.dialect = subscription.dialect
       AND callback.number = ''),
    (SELECT callback.subscription_url FROM callback
     WHERE callback.account_id = subscription.account_id AND callback.number = '' AND callback.subscription_url IS NOT NULL
     ORDER BY callback.dialect LIMIT 1))`;

/** The event of a cancelled subscription, from its row as it is now. Absent members are left out. */
export const CANCELLED_NEWS = `json_patch('{}', ${jsonOf<SubscriptionNews>({
  state: "'cancelled'",
  reason: "subscription.reason",
  at: "wanted.value->>'at'",
  transaction: undefined,
  subscription: jsonOf<SubscriptionNews["subscription"]>({
    id: "subscription.id",
    account: "subscription.account_id",
    service: "subscription.service_id",
    merchant: "subscription.merchant_id",
    recipient: "subscription.recipient",
    price: "subscription.price",
    currency: "subscription.currency",
    interval: "subscription.interval",
    period: "subscription.period",
    state: "subscription.state",
    endedBy: "subscription.ended_by",
    neverBegun: "json(iif(subscription.never_begun, 'true', 'null'))",
    dueAt: "subscription.due_at",
  }),
})})`;

/** What an event of a subscription is about. */
export const ABOUT_SUBSCRIPTION = {
  account: "subscription.account_id",
  stem: "substr(subscription.id, 5)",
  recipient: "subscription.recipient",
  service: "subscription.service_id",
};
