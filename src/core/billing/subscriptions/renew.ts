/** Subscriptions that rebill themselves: what is due becomes a charge, once for each period. */

import type { Clock } from "../../kernel/clock.ts";
import { accountNumberOf, type Ids } from "../../kernel/ids.ts";
import type { Jobs, Log } from "../../kernel/ports.ts";
import { CHARGE_VALIDITY_MS, type Transaction } from "../charges/transaction.ts";
import { consentOf, type Service } from "../service.ts";
import type { ServiceStore } from "../store.ts";
import { beginningOf, isNearlyOver, periodAt } from "./anchor.ts";
import { eveningOf, isNight, nextMorning } from "./by-day.ts";
import type { DueSubscription, PutOff, Renewal, SubscriptionStore } from "./store.ts";
import type { Subscription } from "./subscription.ts";

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

/** How late a try may be that was set for a time of its own; after that the period counts as one that went by. Milliseconds. */
const LATE = 24 * 3_600_000;

/**
 * Begins the charges of subscriptions that are due, at most so many a round, so that a day on which all are due floods no
 * carrier; the next round goes on. Two rounds at once begin each period once: its row is the lock.
 * @returns how many were begun, or put off
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
    const planned = due.map((one) => plan(ports, one, now));
    const renewals = planned.flatMap((one) => ("transaction" in one ? one : []));
    const putOff = planned.flatMap((one) => ("transaction" in one ? [] : one));
    if (putOff.length > 0) await ports.subscriptions.putOff(putOff, now);
    const ids = renewals.length > 0 ? await ports.subscriptions.renew(renewals) : [];
    ports.log.event("subscriptions.renewing", { due: due.length, begun: ids.length, putOff: putOff.length });
    if (ids.length > 0) await ports.jobs.charge(ids);
    begun += due.length;
    if (due.length < limit) break;
  }
  return begun;
}

/**
 * Of periods that went by unbilled (we were down, the account was closed), the one that runs now is charged, and none
 * before it: nobody was served in them, or warned. Nor is it charged if less than half of it is left, as the next charge
 * would follow too soon. What is found at night is left for the morning, but for a first charge that was asked for then.
 */
export function plan(
  ports: Pick<RenewPorts, "ids">,
  { subscription, service, attempt, isBegun }: DueSubscription,
  now: number,
): Renewal | PutOff {
  const { anchor, interval, timeZone, dueAt = now } = subscription;
  const period = periodAt(anchor, interval, subscription.period, now, timeZone);
  const isFirst = period !== subscription.period;
  const tried = isFirst ? 1 : attempt;
  const isInTime = tried > 1 && now - dueAt < LATE;
  if (!isInTime && isNearlyOver(subscription, period, now)) {
    const next = beginningOf(anchor, interval, period + 1, timeZone);
    const entry = { at: now, event: "period.passed", period, next } as const;
    return { subscription, period: period + 1, dueAt: next, entry };
  }
  const isAsked = !isBegun && tried === 1 && dueAt === anchor && now - anchor < LATE;
  if (!isAsked && isNight(now, timeZone)) {
    const next = nextMorning(now, timeZone);
    return {
      subscription,
      period,
      dueAt: next,
      entry: { at: now, event: "period.put_off", period, next },
    };
  }
  // The first charge of one that the operator opened is what makes the consent, whichever period it is for.
  const how = { attempt: tried, makesConsent: !isBegun };
  const transaction = toTransaction(ports, { ...subscription, period }, service, how, now);
  const expiresAt = isAsked ? transaction.expiresAt : Math.min(transaction.expiresAt, eveningOf(now, timeZone));
  return { subscription, attempt: tried, transaction: { ...transaction, expiresAt } };
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
    expiresAt: now + CHARGE_VALIDITY_MS,
    acceptedAt: now,
    changedAt: now,
    dueAt: now,
    attempts: 0,
    echo: service?.echo ?? {},
    history: [{ at: now, event: "period.due", subscription: id, period, attempt }],
  };
}
