/** Subscriptions: what the operator sees of them. They begin and end by the verbs of billing. */

import type { SubscriptionFilter, SubscriptionStore } from "../billing/subscriptions/store.ts";
import { cancelSubscription, cancelSubscriptions } from "../billing/subscriptions/subscribe.ts";
import type { Period, Subscription } from "../billing/subscriptions/subscription.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, SubscriptionId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import { type TimelineStep, timelineOf } from "./timeline.ts";

type LookPorts = { subscriptions: SubscriptionStore };

/** A page of the subscriptions, newest first; those that are due in a time, soonest first. */
export function listSubscriptions(
  ports: LookPorts,
  filter: SubscriptionFilter,
  page: Page,
): Promise<PageOf<Subscription>> {
  return ports.subscriptions.list(filter, page);
}

/**
 * A subscription, and its periods.
 * @throws GatewayError not-found
 */
export async function findSubscription(
  ports: LookPorts,
  id: SubscriptionId,
): Promise<{ subscription: Subscription; periods: Period[] }> {
  const subscription = await known(ports, id);
  return { subscription, periods: await ports.subscriptions.periods(id) };
}

async function known(ports: LookPorts, id: SubscriptionId): Promise<Subscription> {
  const subscription = await ports.subscriptions.byId(id);
  if (!subscription) throw new GatewayError("not-found", `there is no subscription ${id}`);
  return subscription;
}

/**
 * All that happened to a subscription, in order.
 * @throws GatewayError not-found
 */
export async function subscriptionTimeline(
  ports: LookPorts & { webhooks: WebhookStore },
  id: SubscriptionId,
): Promise<TimelineStep[]> {
  return timelineOf(ports, await known(ports, id));
}

/**
 * Ends a subscription in the operator's name; ending it twice changes nothing, and answers the same.
 * @throws GatewayError not-found
 */
export async function endSubscription(
  ports: Parameters<typeof cancelSubscription>[0],
  id: SubscriptionId,
): Promise<Subscription> {
  await known(ports, id);
  return cancelSubscription(ports, id, "operator");
}

/** So many are ended in one write, and so many times, before the answer. */
const ENDED_AT_ONCE = 200;
const MOST_ROUNDS = 50;

/**
 * Ends every subscription of an account, or of one of its services, in the operator's name. `isComplete` is false where there were more
 * than one request ends: it is asked for again.
 * @throws GatewayError not-found
 */
export async function endSubscriptions(
  ports: Parameters<typeof cancelSubscription>[0] & AccountPorts,
  { account: id, service }: { account: AccountId; service?: string },
): Promise<CancelledMany> {
  const { id: account } = await findAccount(ports, id, "account");
  let cancelled = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const open = await ports.subscriptions.openOf(account, service, ENDED_AT_ONCE);
    if (open.length === 0) return { cancelled, isComplete: true };
    cancelled += await cancelSubscriptions(ports, open, "operator");
  }
  return { cancelled, isComplete: false };
}

/** What a request that cancels many things has cancelled, and whether that was all. */
export type CancelledMany = { cancelled: number; isComplete: boolean };
