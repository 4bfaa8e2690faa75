/**
 * Everything that a move of a charge brings about: a consent, a subscription that begins, goes on, is tried again or ends,
 * texts to the person, webhooks. Decided here from what the charge is for; the store writes it together with the move.
 */

import type { Account } from "../accounts/account.ts";
import type { Clock } from "../kernel/clock.ts";
import { accountNumberOf, type Ids, type SubscriptionId } from "../kernel/ids.ts";
import { present } from "../kernel/present.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Message, Move } from "../messages/message.ts";
import { writtenByUs } from "../messages/own.ts";
import { entriesOf, revenueOf } from "./booking.ts";
import { givenBack } from "./charges/reverse.ts";
import { statesFrom, type Transaction, type TransactionMove } from "./charges/transaction.ts";
import type { Consequences, Context, SubscriptionChange } from "./moves.ts";
import { type ChargeNews, type NewsPorts, newsOfCharge, newsOfSubscription } from "./news.ts";
import type { Service } from "./service.ts";
import { beginningOf, isNearlyOver } from "./subscriptions/anchor.ts";
import { isNight, nextMorning } from "./subscriptions/by-day.ts";
import type { Consent } from "./subscriptions/consent.ts";
import { classOf, nextFirstTry, nextTry } from "./subscriptions/dunning.ts";
import type { Subscription } from "./subscriptions/subscription.ts";
import { endedText, renewedText, startedText } from "./texts.ts";

export type ConsequencePorts = { clock: Clock; ids: Ids } & NewsPorts;

/** The consequences of a move for the transaction as it was read; `move.at` is now. */
export function consequences(ports: ConsequencePorts, context: Context, move: TransactionMove): Consequences {
  const { transaction } = context;
  const news = newsOfCharge(ports, transaction, move);
  const around = { ...(news.length > 0 ? { news } : {}), ...withItsMessage(transaction, move) };
  switch (move.to) {
    case "billed":
      return {
        ...around,
        ...booked(context, move),
        ...(transaction.kind === "reversal"
          ? reversed(ports, context, move, news)
          : afterBilling(ports, context, move)),
      };
    case "failed":
    case "expired":
      return {
        ...around,
        window: "expired",
        ...(context.subscription ? afterDecline(ports, context, context.subscription, move) : {}),
      };
    case "cancelled":
      return { ...around, window: "expired", ...(context.subscription ? withItsPeriod(transaction) : {}) };
    default:
      return around;
  }
}

/** Ledger entries and revenue of a billed transaction; and its timeline entry if it had failed or expired before. */
function booked({ transaction, original }: Context, move: TransactionMove): Consequences {
  const { at, carrier, reference } = move;
  const revenue = revenueOf(transaction, original);
  return {
    ledger: entriesOf(transaction, move),
    ...(revenue ? { revenue } : {}),
    disputed: { at, event: "carrier.disputed", ...present({ carrier, reference }) },
  };
}

/** The webhooks owed. A billed reversal also owes one about the charge that it reverses. */
function reversed(
  ports: ConsequencePorts,
  { transaction, original }: Context,
  move: TransactionMove,
  own: readonly ChargeNews[],
): Consequences {
  if (!original) return {};
  const { at, happenedAt = at, recipient, operator } = move;
  const news = newsOfCharge(ports, original, { to: "reversed", at, happenedAt, ...present({ recipient, operator }) });
  return {
    reverses: { id: original.id, entry: { at, event: "reversed", by: transaction.id } },
    news: [...own, ...news],
  };
}

/**
 * A paid message is sent once its charge is billed, and fails with it; it also fails if the charge is given back because of a
 * STOP. The same write moves both: the message is never released without its charge.
 */
function withItsMessage({ message, kind }: Transaction, move: TransactionMove): Consequences {
  const { id: transaction, to, at, attempt, toldBy, reason = "other" } = move;
  if (!message || kind === "reversal" || !["billed", "failed", "expired", "cancelled"].includes(to)) return {};
  const paidBy = { id: transaction, from: statesFrom(move), ...present({ attempt, toldBy }) };
  const failed = (reason: Reason, isStopped?: true): Move => ({
    id: message,
    to: "failed",
    at,
    reason,
    billed: false,
    paidBy: { ...paidBy, ...present({ isStopped }) },
    entry: { at, event: "not_paid", transaction, reason },
  });
  if (to !== "billed") return { releases: [failed(reason)] };
  const paid: Move = {
    id: message,
    to: "accepted",
    at,
    dueAt: at,
    billed: true,
    paidBy: { ...paidBy, isStopped: false },
    entry: { at, event: "paid", transaction },
  };
  return { releases: [paid, failed("ended", true)] };
}

/** Cancelling a renewal charge also closes its period. */
function withItsPeriod({ subscription, period }: Transaction): Consequences {
  return subscription && period !== undefined ? { period: { subscription, period, state: "cancelled" } } : {};
}

function afterBilling(
  ports: ConsequencePorts,
  { transaction, service, subscription }: Context,
  { at: now, recipient }: TransactionMove,
): Consequences {
  // Only a charge for a service or on a consent is given back automatically: a STOP ends nothing else.
  const canBeStopped = transaction.service !== undefined || transaction.consent !== undefined;
  const consent = transaction.makesConsent ? toConsent(ports, transaction, service, now) : undefined;
  return {
    ...(canBeStopped ? { reversal: givenBack(ports, { ...present({ recipient }), ...transaction }) } : {}),
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
    told: newsOfSubscription(subscription, "started", now, transaction),
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
    ...changed(subscription, change, transaction),
    period: { subscription: subscription.id, period, state: "billed" },
    // A person who begins a subscription gets the text at once; a renewal at night is announced in the morning.
    ...(message ? { message: event === "started" ? message : byDay(message, subscription) } : {}),
  };
}

/** After a decline: another try within this period if it may succeed then; else the next period, or the end. */
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
  // Only the charge that was billed first makes the consent.
  const isFirst = transaction.makesConsent;
  const again = (isFirst ? nextFirstTry : nextTry)(reason, declines, now, subscription.timeZone);
  const declined = { at: now, event: "period.declined", period, transaction: transaction.id, reason } as const;
  if (again === undefined) {
    const change = { id: subscription.id, state: "cancelled", period, declines, reason, endedBy: "dunning" } as const;
    const ends = { ...change, event: "cancelled", at: now } as const;
    const failed = { subscription: subscription.id, period, state: "failed" } as const;
    // No text after a declined first charge: the person has no subscription that could end.
    if (isFirst) {
      const never = { ...ends, neverBegun: true, entry: { ...declined, outcome: "never-begun" } } as const;
      return { ...changed(subscription, never, transaction), period: failed };
    }
    const invoiceText = service?.invoiceText ?? transaction.invoiceText;
    const text = endedText({ recipient: subscription.recipient, invoiceText });
    return {
      ...changed(subscription, { ...ends, entry: { ...declined, outcome: "end" } }, transaction),
      period: failed,
      message: byDay(toPerson(ports, subscription, transaction.shortNumber, "ended", text), subscription),
    };
  }
  const next = beginningOf(subscription.anchor, subscription.interval, period + 1, subscription.timeZone);
  // After a carrier's outage, as after one of ours, the period is charged only while half of it is left.
  const isOver = again >= next || (classOf(reason) === "ours" && isNearlyOver(subscription, period, again));
  const dueAt = isOver ? next : again;
  const change: SubscriptionChange = {
    id: subscription.id,
    state: "dunning",
    period: isOver ? period + 1 : period,
    declines,
    dueAt,
    reason,
    event: "failed",
    at: now,
    entry: { ...declined, outcome: isOver ? "next-period" : "retry", again: dueAt },
  };
  return {
    ...changed(subscription, change, transaction),
    period: { subscription: subscription.id, period, state: isOver ? "failed" : "declined" },
  };
}

/** The change of a subscription, with the webhook about it. */
function changed(subscription: Subscription, change: SubscriptionChange, transaction: Transaction): Consequences {
  const { dueAt, reason, endedBy, neverBegun, state } = change;
  const { dueAt: _, reason: __, endedBy: ___, ...rest } = subscription;
  const after = { ...rest, state, ...present({ dueAt, reason, endedBy, neverBegun }) };
  return { subscription: change, told: newsOfSubscription(after, change.event, change.at, transaction) };
}

function named({ recipient = "", amount, currency, invoiceText, shortNumber }: Transaction) {
  return { recipient, amount, currency, invoiceText, shortNumber };
}

/** A text about a subscription. Its id is made from its content, so it is sent once. */
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

/** The same text, but at night not before the morning: the outcome of a charge may come hours after the request. */
function byDay(message: Message, { timeZone }: Subscription): Message {
  if (!isNight(message.sendAt, timeZone)) return message;
  const morning = nextMorning(message.sendAt, timeZone);
  const later = morning - message.sendAt;
  return { ...message, sendAt: morning, dueAt: morning, expiresAt: message.expiresAt + later };
}
