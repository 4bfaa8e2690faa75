/** Transactions with their service, their subscription, and the charge that a reversal reverses. */

import type { TransactionStore } from "../../../core/billing/charges/store.ts";
import type { Context } from "../../../core/billing/moves.ts";
import type { TransactionId } from "../../../core/kernel/ids.ts";
import type { Query } from "../../query.ts";
import type { ServiceRow } from "../services.ts";
import { toService } from "../services.ts";
import type { SubscriptionRow } from "../subscription-rows.ts";
import { toSubscription } from "../subscription-rows.ts";
import type { TransactionRow } from "./rows.ts";
import { toTransaction } from "./rows.ts";

/** The service and the subscription of a transaction, as JSON beside it. */
export const CONTEXT = `
  (SELECT json_object('account_id', account_id, 'id', id, 'merchant_id', merchant_id, 'short_number', short_number,
     'keyword', keyword, 'terms', terms, 'created_at', created_at, 'changed_at', changed_at)
   FROM service WHERE service.account_id = txn.account_id AND service.id = txn.service_id) AS service,
  (SELECT json_object('id', id, 'account_id', account_id, 'dialect', dialect, 'service_id', service_id,
     'merchant_id', merchant_id, 'recipient', recipient, 'state', state, 'reason', reason, 'ended_by', ended_by,
     'price', price, 'currency', currency, 'interval', interval, 'time_zone', time_zone, 'auto_rebill', auto_rebill,
     'anchor', anchor, 'period', period, 'declines', declines, 'due_at', due_at, 'txn_id', txn_id,
     'created_at', created_at, 'changed_at', changed_at, 'history', '[]')
   FROM subscription WHERE subscription.id = txn.subscription_id) AS subscription`;

export type ContextRow = TransactionRow & { service: string | null; subscription: string | null };

export const contexts: Query<TransactionStore, "contexts"> = async (db, ids) => {
  const { results } = await db
    .prepare(`SELECT txn.*, ${CONTEXT} FROM txn WHERE txn.id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .all<ContextRow>();
  return results.map(await contextsOf(db, results));
};

/** Reads what reversals among them reverse, which few are; answers how a row becomes a context. */
export async function contextsOf(db: D1Database, rows: readonly ContextRow[]): Promise<(row: ContextRow) => Context> {
  const reversed = rows.flatMap(({ reverses }) => reverses ?? []);
  const { results } =
    reversed.length === 0
      ? { results: [] }
      : await db
          .prepare("SELECT * FROM txn WHERE id IN (SELECT value FROM json_each(?1))")
          .bind(JSON.stringify(reversed))
          .all<TransactionRow>();
  const originals = new Map(results.map((row) => [row.id, toTransaction(row)]));
  return (row) => {
    const service: ServiceRow | undefined = row.service === null ? undefined : JSON.parse(row.service);
    const subscription: SubscriptionRow | undefined =
      row.subscription === null ? undefined : JSON.parse(row.subscription);
    const original = row.reverses === null ? undefined : originals.get(row.reverses as TransactionId);
    return {
      transaction: toTransaction(row),
      ...(service ? { service: toService(service) } : {}),
      ...(subscription ? { subscription: toSubscription(subscription) } : {}),
      ...(original ? { original } : {}),
    };
  };
}
