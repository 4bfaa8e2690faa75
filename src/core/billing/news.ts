/** Webhooks about charges and subscriptions, as plain data: the store writes them together with the move. */

import type { SubscriptionId, TransactionId, WebhookId } from "../kernel/ids.ts";
import { present } from "../kernel/present.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Transaction, TransactionMove, TransactionState } from "./charges/transaction.ts";
import type { Subscription, SubscriptionEvent } from "./subscriptions/subscription.ts";

/** The state of a charge when it moved. `method` is the HTTP method that the account has chosen. */
export type ChargeEvent = {
  state: TransactionState;
  reason?: Reason;
  at: number;
  method: "POST" | "GET";
  transaction: Pick<
    Transaction,
    | "id"
    | "account"
    | "theirId"
    | "kind"
    | "merchant"
    | "service"
    | "shortNumber"
    | "recipient"
    | "amount"
    | "currency"
    | "operator"
  >;
};

/** A webhook to the address for the dialect's reports. The address's callback says by which method. */
export type ChargeNews = {
  id: WebhookId;
  subject: TransactionId;
  dialect: string;
  event: Omit<ChargeEvent, "method">;
};

/** For each dialect, the states of a charge that its webhooks report. */
export type NewsPorts = { formats: ReadonlyMap<string, { charges?: readonly TransactionState[] }> };

/** The webhook for a charge in this state; none if its dialect does not report that state, or reports it for the paid message. */
export function newsOfCharge(
  { formats }: NewsPorts,
  transaction: Transaction,
  { to: state, at, happenedAt = at, reason, recipient, operator }: Omit<TransactionMove, "id" | "entry">,
): ChargeNews[] {
  const { id, dialect } = transaction;
  if (transaction.message !== undefined || !formats.get(dialect)?.charges?.includes(state)) return [];
  const { account, theirId, kind, merchant, service, shortNumber, amount, currency } = transaction;
  const event = {
    state,
    at: happenedAt,
    ...present({ reason }),
    transaction: {
      id,
      account,
      theirId,
      kind,
      merchant,
      shortNumber,
      amount,
      currency,
      ...present({
        service,
        recipient: transaction.recipient ?? recipient,
        operator: operator ?? transaction.operator,
      }),
    },
  };
  return [{ id: chargeWebhookId(id, state), subject: id, dialect, event }];
}

/** An event of a subscription. `period` is the one it happened in, `transaction` the charge that caused it. */
export type SubscriptionNews = {
  state: SubscriptionEvent;
  reason?: Reason;
  at: number;
  subscription: Pick<
    Subscription,
    "id" | "account" | "service" | "merchant" | "recipient" | "price" | "currency" | "interval" | "period"
  > & { state: Subscription["state"]; endedBy?: Subscription["endedBy"]; neverBegun?: true; dueAt?: number };
  transaction?: string;
};

/** A webhook about a subscription, to its account's address for these. */
export type SubscriptionTold = { id: WebhookId; subscription: Subscription["id"]; event: SubscriptionNews };

/**
 * The webhook about a subscription that a charge has changed.
 * @param subscription as it is after that; `period` is the one that the charge was for
 */
export function newsOfSubscription(
  subscription: Subscription,
  event: SubscriptionEvent,
  at: number,
  { theirId, period = 0 }: Pick<Transaction, "theirId" | "period">,
): SubscriptionTold {
  const { id, account, service, merchant, recipient, price, currency, interval, state } = subscription;
  const { reason, endedBy, neverBegun, dueAt } = subscription;
  const told = { id, account, service, merchant, recipient, price, currency, interval, period, state };
  return {
    id: subscriptionWebhookId(id, event, theirId),
    subscription: id,
    event: {
      state: event,
      at,
      transaction: theirId,
      ...present({ reason }),
      subscription: { ...told, ...present({ endedBy, neverBegun, dueAt }) },
    },
  };
}

/** The id of the webhook about this charge reaching this state: the same for the same event, so it is owed once. */
export function chargeWebhookId(charge: TransactionId, state: TransactionState): WebhookId {
  return `whk_${charge.slice("txn_".length)}_charge-${state}`;
}

/** The same for a subscription, where an event may recur. @param charge the customer's id of the charge that caused it */
export function subscriptionWebhookId(
  subscription: SubscriptionId,
  event: SubscriptionEvent,
  charge: string,
): WebhookId {
  return `whk_${subscription.slice("sub_".length)}_sub-${event}-${charge}`;
}
