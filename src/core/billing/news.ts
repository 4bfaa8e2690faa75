/** What an account is told of its charges and subscriptions, as plain data: the store owes it together with the move. */

import type { SubscriptionId, TransactionId, WebhookId } from "../kernel/ids.ts";
import { present } from "../kernel/present.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Transaction, TransactionMove, TransactionState } from "./charges/transaction.ts";
import type { Subscription, SubscriptionEvent } from "./subscriptions/subscription.ts";

/** News of a charge, as it then was. `method` is how the account wants to be called. */
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

/** Told at the address that its dialect's reports go to. How that is called is the address's to say. */
export type ChargeNews = {
  id: WebhookId;
  subject: TransactionId;
  dialect: string;
  event: Omit<ChargeEvent, "method">;
};

/** Of each dialect, which states of a charge its customers are told of. */
export type NewsPorts = { formats: ReadonlyMap<string, { charges?: readonly TransactionState[] }> };

/** The news of a charge in this state; none where its dialect does not tell of that, or the message that it pays for does. */
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
      ...{ id, account, theirId, kind, merchant, shortNumber, amount, currency },
      ...present({
        service,
        recipient: transaction.recipient ?? recipient,
        operator: operator ?? transaction.operator,
      }),
    },
  };
  return [{ id: chargeWebhookId(id, state), subject: id, dialect, event }];
}

/** What happened to a subscription. `period` is the one it happened in, `transaction` the charge that it came of. */
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

/** News of a subscription, told at its account's address for that. */
export type SubscriptionTold = { id: WebhookId; subscription: Subscription["id"]; event: SubscriptionNews };

/**
 * The news of a subscription that a charge brought about.
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

/** The id of the webhook that tells of this charge reaching this state: the same news, the same id. */
export function chargeWebhookId(charge: TransactionId, state: TransactionState): WebhookId {
  return `whk_${charge.slice("txn_".length)}_charge-${state}`;
}

/** The same of a subscription, of which the same may happen again. @param charge the customer's id of the charge it came of */
export function subscriptionWebhookId(
  subscription: SubscriptionId,
  event: SubscriptionEvent,
  charge: string,
): WebhookId {
  return `whk_${subscription.slice("sub_".length)}_sub-${event}-${charge}`;
}
