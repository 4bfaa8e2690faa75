/** Subscriptions: what the operator sees of them. They begin and end by the verbs of billing. */

import type { SubscriptionFilter, SubscriptionStore } from "../billing/subscriptions/store.ts";
import { cancelSubscription } from "../billing/subscriptions/subscribe.ts";
import type { Period, Subscription } from "../billing/subscriptions/subscription.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { SubscriptionId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { WebhookStore } from "../webhooks/store.ts";
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
