/** Subscriptions that rebill themselves: what is due becomes a charge, once for each period. */

import type { Clock } from "../kernel/clock.ts";
import { accountNumberOf, type Ids } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { CHARGE_VALIDITY } from "./accept.ts";
import { periodAt } from "./anchor.ts";
import { consentOf, type Service } from "./service.ts";
import type { DueSubscription, Renewal, ServiceStore, SubscriptionStore } from "./store.ts";
import type { Subscription } from "./subscription.ts";
import type { Transaction } from "./transaction.ts";

export type RenewPorts = {
  clock: Clock;
  ids: Ids;
  services: ServiceStore;
  subscriptions: SubscriptionStore;
  jobs: Jobs;
  log: Log;
  renewalsAtOnce: number;
};

/** How many are begun, or set apart, in one write. */
const IN_A_WRITE = 500;
/** How many subscriptions a round wakes at most, and how many it sets apart: it must not keep charges waiting. */
const RESTED_AT_ONCE = 20 * IN_A_WRITE;

/**
 * Begins the charges of subscriptions that are due, at most so many a round, so that a day on which all are due floods no
 * carrier; the next round goes on. Two rounds at once begin each period once: its row is the lock.
 * @returns how many were begun
 */
export async function renew(ports: RenewPorts): Promise<number> {
  await repeat(() => ports.subscriptions.wake(IN_A_WRITE));
  const begun = await beginDue(ports);
  // What is still due by now cannot be billed, or comes after what this round may begin.
  await repeat(() => ports.subscriptions.rest(ports.clock.now(), IN_A_WRITE));
  return begun;
}

/** Does something in pieces, until a piece is not full. */
async function repeat(step: () => Promise<number>): Promise<void> {
  for (let done = 0; done < RESTED_AT_ONCE; ) {
    const count = await step();
    done += count;
    if (count < IN_A_WRITE) return;
  }
}

async function beginDue(ports: RenewPorts): Promise<number> {
  let begun = 0;
  while (begun < ports.renewalsAtOnce) {
    const now = ports.clock.now();
    const limit = Math.min(IN_A_WRITE, ports.renewalsAtOnce - begun);
    const due = await ports.subscriptions.due(now, limit);
    if (due.length === 0) break;
    const ids = await ports.subscriptions.renew(due.map((one) => toRenewal(ports, one, now)));
    ports.log.event("subscriptions.renewing", { due: due.length, begun: ids.length });
    if (ids.length > 0) await ports.jobs.charge(ids);
    begun += due.length;
    if (due.length < limit) break;
  }
  return begun;
}

/**
 * Of periods that went by unbilled (we were down, the account was closed), the one that runs now is charged, and none
 * before it: nobody was served in them, or warned.
 */
export function toRenewal(
  ports: Pick<RenewPorts, "ids">,
  { subscription, service, attempt, isBegun }: DueSubscription,
  now: number,
): Renewal {
  const { anchor, interval, timeZone } = subscription;
  const period = periodAt(anchor, interval, subscription.period, now, timeZone);
  const isFirst = period !== subscription.period;
  const tried = isFirst ? 1 : attempt;
  // The first charge of one that the operator opened is what makes the consent, whichever period it is for.
  const how = { attempt: tried, makesConsent: !isBegun };
  const transaction = toTransaction(ports, { ...subscription, period }, service, how, now);
  return { subscription, attempt: tried, transaction };
}

function toTransaction(
  ports: Pick<RenewPorts, "ids">,
  subscription: Subscription,
  service: Service | undefined,
  { attempt, makesConsent }: { attempt: number; makesConsent: boolean },
  now: number,
): Transaction {
  const { id, period } = subscription;
  return {
    id: ports.ids.transaction(accountNumberOf(subscription.id)),
    account: subscription.account,
    dialect: subscription.dialect,
    theirId: `${id}-${period}-${attempt}`,
    fingerprint: `${id} ${period} ${attempt}`,
    kind: "charge",
    merchant: subscription.merchant,
    service: subscription.service,
    shortNumber: service?.shortNumber ?? "",
    serviceCode: service?.serviceCode ?? "",
    invoiceText: service?.invoiceText ?? "",
    recipient: subscription.recipient,
    amount: subscription.price,
    currency: subscription.currency,
    age: service?.age ?? 0,
    state: "ready",
    ...(service ? { consent: consentOf(service) } : {}),
    makesConsent,
    startsSubscription: false,
    subscription: id,
    period,
    registrationMinutes: 0,
    expiresAt: now + CHARGE_VALIDITY,
    acceptedAt: now,
    changedAt: now,
    dueAt: now,
    attempts: 0,
    echo: service?.echo ?? {},
    history: [{ at: now, event: "period.due", subscription: id, period, attempt }],
  };
}
