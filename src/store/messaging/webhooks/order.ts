/**
 * The order of webhooks: those of one endpoint with the same order key go one after another. Where that is a person's number, it came in the
 * form of the row that the webhook tells of: plain, or sealed by one of several keys. Before any is claimed, it is the same for all that wait.
 */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import type { Seals } from "../../../core/kernel/ports.ts";
import { SEALED } from "../../../core/messages/sealed.ts";
import type { WebhookStore } from "../../../core/webhooks/store.ts";
import type { Query } from "../../query.ts";

/** Whether none with the same order key, and before it, is still to be told. */
export const IS_ITS_TURN = `(order_key IS NULL OR NOT EXISTS (
  SELECT 1 FROM webhook AS before INDEXED BY webhook_in_order
  WHERE before.account_id = webhook.account_id AND before.endpoint = webhook.endpoint
    AND before.order_key = webhook.order_key AND before.due_at IS NOT NULL
    AND before.event->>'number' < webhook.event->>'number'))`;

/** Whether one person may have several order keys at its endpoint: a sealed number is one there, of any that waits. */
export const MAY_DIFFER = `(order_key IS NOT NULL AND EXISTS (
  SELECT 1 FROM webhook AS sealed INDEXED BY webhook_in_order
  WHERE sealed.account_id = webhook.account_id AND sealed.endpoint = webhook.endpoint
    AND sealed.order_key >= '${SEALED}' AND sealed.order_key < '${SEALED}~' AND sealed.due_at IS NOT NULL))`;

/** Those of a list (?1) that are due (?2), and whose order keys may differ. Where nothing waits in an order, no webhook is looked at. */
export const DIFFERING = `
  SELECT webhook.id AS id, webhook.account_id AS account, webhook.endpoint AS endpoint, webhook.order_key AS orderKey
  FROM (SELECT 1 FROM webhook INDEXED BY webhook_in_order
    WHERE account_id > '' AND order_key IS NOT NULL AND due_at IS NOT NULL LIMIT 1) AS any_order
  CROSS JOIN json_each(?1) AS wanted CROSS JOIN webhook ON webhook.id = wanted.value
  WHERE webhook.state = 'owed' AND webhook.due_at <= ?2 AND ${MAY_DIFFER}`;

/** What waits in an order. */
export type Order = { account: string; endpoint: string; orderKey: string };

/** An order with each form that its key may have; `orderKey` is the one that it is to have. */
export type WholeOrder = Order & { forms: readonly string[] };

/** One whose key for data is gone has only itself: what its webhook tells opens no more either, and waits for that key. */
export async function wholeOrder(
  { account, endpoint, orderKey }: Order,
  seals: Seals | undefined,
): Promise<WholeOrder> {
  const of = { account, endpoint };
  const plain = await seals?.openNumber(orderKey).catch(() => undefined);
  if (!seals || plain === undefined) return { ...of, orderKey, forms: [orderKey] };
  const { sealed = plain, all } = await seals.numberForms(plain);
  return { ...of, orderKey: sealed, forms: all };
}

/** All that wait in these orders have the same key from now on. */
export function unite(db: D1Database, orders: readonly WholeOrder[]): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE webhook SET order_key = united.value->>'orderKey'
       FROM json_each(?1) AS united CROSS JOIN json_each(united.value, '$.forms') AS form
       WHERE webhook.account_id = united.value->>'account' AND webhook.endpoint = united.value->>'endpoint'
         AND webhook.order_key = form.value AND webhook.due_at IS NOT NULL AND form.value <> united.value->>'orderKey'`,
    )
    .bind(JSON.stringify(orders));
}

export function nextInOrder(seals: Seals | undefined): Query<WebhookStore, "nextInOrder"> {
  return async (db, orders, now) => {
    const whole = await Promise.all(orders.map((one) => wholeOrder(one, seals)));
    const { results } = await db
      .prepare(
        `SELECT next.id AS id, min(next.event->>'number')
         FROM json_each(?1) AS kept CROSS JOIN json_each(kept.value, '$.forms') AS form
         CROSS JOIN webhook AS next INDEXED BY webhook_in_order
         WHERE next.account_id = kept.value->>'account' AND next.endpoint = kept.value->>'endpoint'
           AND next.order_key = form.value AND next.due_at IS NOT NULL
         GROUP BY kept.key HAVING next.state = 'owed' AND next.due_at <= ?2`,
      )
      .bind(JSON.stringify(whole), now)
      .all<{ id: WebhookId }>();
    return results.map(({ id }) => id);
  };
}
