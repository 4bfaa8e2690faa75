/** Renewing subscriptions: each period that is due becomes one charge. */

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

/** How many subscriptions one write begins to charge, or sets apart: it holds the database for some hundredths of a second. */
const IN_A_WRITE = 200;
/** How many subscriptions a round sets apart at most, and how many it makes due again, so that charges need not wait for it. */
const RESTED_AT_ONCE = 20 * IN_A_WRITE;

/** How late another try after a decline may be made; after that its period counts as missed. */
const LATEST_TRY_MS = 24 * 3_600_000;

/**
 * Begins the charges of subscriptions that are due. A round begins only so many, so that a day on which all are due floods no
 * carrier; the next round goes on. Two rounds at the same time begin each period once: its row is the lock.
 * @returns how many were begun or put off
 */
export async function renew(ports: RenewPorts): Promise<number> {
  await repeat(() => ports.subscriptions.wake(IN_A_WRITE));
  const begun = await beginDue(ports);
  // What is still due by now cannot be billed, or comes after what this round may begin.
  await repeat(() => ports.subscriptions.rest(ports.clock.now(), IN_A_WRITE));
  return begun;
}

/** Repeats a step until it has done less than a full piece. */
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
 * If periods were missed (an outage, a closed account), only the current one is charged: the person was not served in the others.
 * If less than half of it is left, it is skipped too, as the next charge would follow too soon. At night, renewals are put off to
 * the morning; a first charge that was asked for at night is made at once.
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
  const isInTime = tried > 1 && now - dueAt < LATEST_TRY_MS;
  if (!isInTime && isNearlyOver(subscription, period, now)) {
    const next = beginningOf(anchor, interval, period + 1, timeZone);
    const entry = { at: now, event: "period.passed", period, next } as const;
    return { subscription, period: period + 1, dueAt: next, entry };
  }
  const isAsked = !isBegun && tried === 1 && dueAt === anchor && now - anchor < LATEST_TRY_MS;
  if (!isAsked && isNight(now, timeZone)) {
    const next = nextMorning(now, timeZone);
    return {
      subscription,
      period,
      dueAt: next,
      entry: { at: now, event: "period.put_off", period, next },
    };
  }
  // The first charge of a subscription that the operator opened makes the consent, whichever period it is for.
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
