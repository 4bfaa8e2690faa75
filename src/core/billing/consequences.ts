/**
 * What a charge brings about besides itself: a consent, a subscription that begins, goes on, is tried again or ends, and
 * what the person is told. Decided here, from what the charge is for; written by the store together with the move.
 */

import type { Account } from "../accounts/account.ts";
import type { Clock } from "../kernel/clock.ts";
import { accountNumberOf, type Ids, type SubscriptionId } from "../kernel/ids.ts";
import type { Message } from "../messages/message.ts";
import { writtenByUs } from "../messages/own.ts";
import { beginningOf, isNearlyOver } from "./anchor.ts";
import { isNight, nextMorning } from "./by-day.ts";
import type { Consent } from "./consent.ts";
import { classOf, nextFirstTry, nextTry } from "./dunning.ts";
import { givenBack } from "./reverse.ts";
import type { Service } from "./service.ts";
import type { Consequences, Context, SubscriptionChange } from "./store.ts";
import type { Subscription } from "./subscription.ts";
import { endedText, renewedText, startedText } from "./texts.ts";
import type { Transaction, TransactionMove } from "./transaction.ts";

type ConsequencePorts = { clock: Clock; ids: Ids };

export function consequences(ports: ConsequencePorts, context: Context, move: TransactionMove): Consequences {
  const pays = context.transaction.message ? { pays: context.transaction.message } : {};
  switch (move.to) {
    case "billed":
      return context.transaction.kind === "reversal" ? {} : { ...pays, ...afterBilling(ports, context, move.at) };
    case "failed":
    case "expired":
      return context.subscription ? afterDecline(ports, context, context.subscription, move) : pays;
    case "cancelled":
      return context.subscription ? { ...pays, ...withItsPeriod(context.transaction) } : pays;
    default:
      return {};
  }
}

/** What is taken back is of no period any more that anybody waits for. */
function withItsPeriod({ subscription, period }: Transaction): Consequences {
  return subscription && period !== undefined ? { period: { subscription, period, state: "cancelled" } } : {};
}

function afterBilling(
  ports: ConsequencePorts,
  { transaction, service, subscription }: Context,
  now: number,
): Consequences {
  // Only a charge that a STOP may have met is given back by itself: STOP names services, and the consents to them.
  const canBeStopped = transaction.service !== undefined || transaction.consent !== undefined;
  const consent = transaction.makesConsent ? toConsent(ports, transaction, service, now) : undefined;
  return {
    ...(canBeStopped ? { reversal: givenBack(ports, transaction, now) } : {}),
    ...(consent ? { consent } : {}),
    ...(subscription ? renewed(ports, transaction, subscription, service, now) : {}),
    ...(transaction.startsSubscription ? begun(ports, transaction, service, now) : {}),
  };
}

function toConsent(
  ports: ConsequencePorts,
  transaction: Transaction,
  service: Service | undefined,
  now: number,
): Consent | undefined {
  if (!transaction.recipient || transaction.consent === undefined) return undefined;
  const description = transaction.consentDescription ?? service?.consentDescription;
  return {
    account: transaction.account,
    merchant: transaction.merchant,
    service: transaction.consent,
    recipient: transaction.recipient,
    state: "active",
    token: ports.ids.uuid().replaceAll("-", "").slice(0, 24).toUpperCase(),
    ...(description ? { description } : {}),
    createdAt: now,
    changedAt: now,
  };
}

/** A subscription takes its id from the charge that began it, so it begins once. */
export function subscriptionIdOf(transaction: Pick<Transaction, "id">): SubscriptionId {
  return `sub_${transaction.id.slice("txn_".length)}`;
}

function begun(
  ports: ConsequencePorts,
  transaction: Transaction,
  sold: Service | undefined,
  now: number,
): Consequences {
  const { recipient, service, terms } = transaction;
  if (!recipient || !service || !terms) return {};
  const { price, interval, timeZone, autoRebill, startSms } = terms;
  const subscription: Subscription = {
    id: subscriptionIdOf(transaction),
    account: transaction.account,
    dialect: transaction.dialect,
    service,
    merchant: transaction.merchant,
    recipient,
    state: "active",
    price,
    currency: transaction.currency,
    interval,
    timeZone,
    autoRebill,
    anchor: now,
    period: 1,
    declines: 0,
    ...(autoRebill ? { dueAt: beginningOf(now, interval, 1, timeZone) } : {}),
    transaction: transaction.id,
    createdAt: now,
    changedAt: now,
    history: [{ at: now, event: "subscription.started", transaction: transaction.id }],
  };
  const text = startedText({ ...named(transaction), recipient, price, interval, keyword: sold?.keyword }, startSms);
  return {
    begins: subscription,
    message: toPerson(ports, subscription, transaction.shortNumber, "started", text),
  };
}

function renewed(
  ports: ConsequencePorts,
  transaction: Transaction,
  subscription: Subscription,
  service: Service | undefined,
  now: number,
): Consequences {
  const period = transaction.period ?? subscription.period;
  const event = transaction.makesConsent ? "started" : "renewed";
  const next = period + 1;
  const dueAt = beginningOf(subscription.anchor, subscription.interval, next, subscription.timeZone);
  const change: SubscriptionChange = {
    id: subscription.id,
    state: "active",
    period: next,
    declines: 0,
    dueAt,
    event,
    at: now,
    entry: { at: now, event: `subscription.${event}`, period, transaction: transaction.id, next: dueAt },
  };
  const sold = { ...named(transaction), keyword: service?.keyword };
  const text =
    event === "started"
      ? startedText({ ...sold, price: subscription.price, interval: subscription.interval }, service?.startSms)
      : (service?.renewalSms ?? renewedText(sold));
  const message = text && toPerson(ports, subscription, transaction.shortNumber, `period-${period}`, text);
  return {
    subscription: change,
    period: { subscription: subscription.id, period, state: "billed" },
    // Who begins one is told at once; of what happened by itself at night they are told in the morning.
    ...(message ? { message: event === "started" ? message : byDay(message, subscription) } : {}),
  };
}

/** Declined: again when it may go better, as long as this period lasts; then the next period, or the end of it. */
function afterDecline(
  ports: ConsequencePorts,
  { transaction, service }: Context,
  subscription: Subscription,
  move: TransactionMove,
): Consequences {
  const now = move.at;
  const period = transaction.period ?? subscription.period;
  const reason = move.reason ?? "other";
  const declines = subscription.declines + (classOf(reason) === "ours" ? 0 : 1);
  // Only a charge that nobody was billed before makes the consent.
  const isFirst = transaction.makesConsent;
  const again = (isFirst ? nextFirstTry : nextTry)(reason, declines, now, subscription.timeZone);
  const declined = { at: now, event: "period.declined", period, transaction: transaction.id, reason } as const;
  if (again === undefined) {
    const change = { id: subscription.id, state: "cancelled", period, declines, reason, endedBy: "dunning" } as const;
    const ends = { ...change, event: "cancelled", at: now } as const;
    const failed = { subscription: subscription.id, period, state: "failed" } as const;
    // Whose first charge was declined had nothing yet that could end: there is nothing to tell them.
    if (isFirst) {
      return {
        subscription: { ...ends, neverBegun: true, entry: { ...declined, outcome: "never-begun" } },
        period: failed,
      };
    }
    const invoiceText = service?.invoiceText ?? transaction.invoiceText;
    const text = endedText({ recipient: subscription.recipient, invoiceText });
    return {
      subscription: { ...ends, entry: { ...declined, outcome: "end" } },
      period: failed,
      message: byDay(toPerson(ports, subscription, transaction.shortNumber, "ended", text), subscription),
    };
  }
  const next = beginningOf(subscription.anchor, subscription.interval, period + 1, subscription.timeZone);
  // After a carrier's outage, as after one of ours, the period is charged only while half of it is left.
  const isOver = again >= next || (classOf(reason) === "ours" && isNearlyOver(subscription, period, again));
  const dueAt = isOver ? next : again;
  return {
    subscription: {
      id: subscription.id,
      state: "dunning",
      period: isOver ? period + 1 : period,
      declines,
      dueAt,
      reason,
      event: "failed",
      at: now,
      entry: { ...declined, outcome: isOver ? "next-period" : "retry", again: dueAt },
    },
    period: { subscription: subscription.id, period, state: isOver ? "failed" : "declined" },
  };
}

function named({ recipient = "", amount, currency, invoiceText, shortNumber }: Transaction) {
  return { recipient, amount, currency, invoiceText, shortNumber };
}

/** A text about a subscription. Its id says what it tells, so it is told once. */
function toPerson(
  ports: ConsequencePorts,
  subscription: Subscription,
  sender: string,
  what: string,
  text: string,
): Message {
  const account: Pick<Account, "id" | "number"> = {
    id: subscription.account,
    number: accountNumberOf(subscription.id),
  };
  return writtenByUs(ports, account, {
    theirId: `${subscription.id}-${what}`,
    sender,
    recipient: subscription.recipient,
    text,
  });
}

/** The same text, but at night not before the morning: a charge may be known of hours after it was asked for. */
function byDay(message: Message, { timeZone }: Subscription): Message {
  if (!isNight(message.sendAt, timeZone)) return message;
  const morning = nextMorning(message.sendAt, timeZone);
  const later = morning - message.sendAt;
  return { ...message, sendAt: morning, dueAt: morning, expiresAt: message.expiresAt + later };
}
