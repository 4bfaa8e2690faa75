/** Beginning and ending subscriptions. STOP wins: once it is acknowledged, nothing more is sent or charged. */

import type { AccountStore } from "../../accounts/store.ts";
import { GatewayError } from "../../kernel/errors.ts";
import type { AccountId, SubscriptionId, TransactionId } from "../../kernel/ids.ts";
import { toMsisdnAt } from "../../messages/msisdn.ts";
import { checkBilled, type RoutePorts } from "../../messages/route.ts";
import { CHARGE_LEASE_MS } from "../charges/charge.ts";
import { makeMoves, type SettlePorts, takeBack } from "../charges/settle.ts";
import { subscriptionIdOf } from "../consequences.ts";
import { countryOf } from "../purchases/purchase.ts";
import { consentOf, periodPrice } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import type { SubscriptionStore } from "./store.ts";
import type { EndedBy, Subscription } from "./subscription.ts";

type SubscribePorts = {
  accounts: AccountStore;
  services: ServiceStore;
  subscriptions: SubscriptionStore;
} & SettlePorts;

type BeginPorts = SubscribePorts & RoutePorts;

/** The pause between two reads while a cancellation waits for charges under way. */
const PAUSE_MS = 50;

/**
 * Begins a subscription without a purchase window: the operator vouches that the person agreed. Period 0 is charged when it
 * begins. A person who already has one to that service keeps it, so asking twice begins one.
 * @param startsAt epoch ms; absent: now
 * @throws GatewayError not-found, bad-request, bad-number, no-carrier
 */
export async function subscribe(
  ports: BeginPorts,
  accountId: AccountId,
  serviceId: string,
  msisdn: string,
  startsAt?: number,
): Promise<Subscription> {
  const account = await ports.accounts.byId(accountId);
  if (!account) throw new GatewayError("not-found", `there is no account ${accountId}`, "account");
  const service = await ports.services.service(accountId, serviceId);
  if (!service) throw new GatewayError("not-found", `account ${accountId} has no service ${serviceId}`, "service");
  if (!service.recurring || !service.interval || !service.autoRebill) {
    throw new GatewayError("bad-request", `service: ${serviceId} does not rebill by itself`, "service");
  }
  const { country } = await countryOf(ports, { account, transaction: service });
  const recipient = toMsisdnAt(country, msisdn);
  if (!recipient)
    throw new GatewayError("bad-number", `recipient: ${msisdn.slice(0, 40)} is not a phone number`, "recipient");
  await checkBilled(ports, { account: accountId, recipient });
  const now = ports.clock.now();
  const anchor = startsAt ?? now;
  const subscription: Subscription = {
    id: subscriptionIdOf({ id: ports.ids.transaction(account.number) }),
    account: accountId,
    dialect: OPENED_BY_OPERATOR,
    service: service.id,
    merchant: service.merchant,
    recipient,
    state: "active",
    price: periodPrice(service),
    currency: service.currency,
    interval: service.interval,
    timeZone: service.timeZone,
    autoRebill: true,
    anchor,
    period: 0,
    declines: 0,
    dueAt: anchor,
    createdAt: now,
    changedAt: now,
    history: [{ at: now, event: "subscription.opened", startsAt: anchor }],
  };
  const there = await ports.subscriptions.add(subscription, consentOf(service));
  if (!there) {
    throw new GatewayError(
      "not-allowed",
      "recipient: this person ended it by STOP; only they can begin it again",
      "recipient",
    );
  }
  if (there.id !== subscription.id) return there;
  ports.log.event("subscription.opened", {
    id: subscription.id,
    account: accountId,
    service: serviceId,
    to: recipient,
  });
  return subscription;
}

const OPENED_BY_OPERATOR = "stafett";

/**
 * Ends a subscription. Ending it twice changes nothing.
 * @throws GatewayError not-found
 */
export async function cancelSubscription(
  ports: SubscribePorts,
  id: SubscriptionId,
  by: EndedBy,
): Promise<Subscription> {
  const known = await ports.subscriptions.byId(id);
  if (!known) throw new GatewayError("not-found", `there is no subscription ${id}`);
  await cancelSubscriptions(ports, [known], by);
  return (await ports.subscriptions.byId(id)) ?? known;
}

/** Ends these; answers how many were not ended before. Logs `subscription.cancelled` for each of them. */
export async function cancelSubscriptions(
  ports: SubscribePorts,
  wanted: readonly Pick<Subscription, "id" | "recipient">[],
  by: EndedBy,
): Promise<number> {
  const ids = wanted.map(({ id }) => id);
  const { cancelled, stopped, owed } = await ports.subscriptions.cancel(ids, by, ports.clock.now());
  if (owed.length > 0) await ports.jobs.deliver(owed);
  const before = await ports.transactions.stoppedInHand([...new Set(wanted.map(({ recipient }) => recipient))]);
  await untilNothingIsUnderWay(ports, [...new Set([...stopped, ...before])]);
  for (const id of cancelled) ports.log.event("subscription.cancelled", { id, by });
  return cancelled.length;
}

/**
 * A charge that a carrier was asked for before the cancellation may still be billed, so the cancellation is answered only when
 * that is settled. If its outcome stays unknown, it is given back once it turns out to be billed. A charge that no carrier has,
 * or that a busy one refused, is cancelled.
 */
export async function untilNothingIsUnderWay(ports: SettlePorts, stopped: readonly TransactionId[]): Promise<void> {
  if (stopped.length === 0) return;
  const until = ports.clock.wall() + CHARGE_LEASE_MS;
  for (;;) {
    const found = await ports.transactions.byIds(stopped);
    const now = ports.clock.now();
    await makeMoves(
      ports,
      found.filter(({ state }) => state === "ready").map(({ id }) => takeBack(id, now)),
    );
    if (!found.some(({ state }) => state === "charging") || ports.clock.wall() >= until) return;
    await ports.clock.sleep(PAUSE_MS);
  }
}
