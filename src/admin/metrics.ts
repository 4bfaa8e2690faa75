/** Figures for a monitoring system, in Prometheus' text format (version 0.0.4). */

import { CARRIER_ANSWERS } from "../core/messages/tally.ts";
import { COUNTED, type Labels } from "../core/operator/counts.ts";
import type { Figures } from "../core/operator/figures.ts";

export function metrics({
  now,
  messages,
  transactions,
  subscriptions,
  webhooks,
  pins,
  carriers,
  counts,
}: Figures): string {
  const age = (since: number | undefined) => (since === undefined ? 0 : Math.max(0, now - since) / 1000);
  const lines = [
    ...gauge("messages_accepted_5m", "messages accepted in the last five minutes", messages.accepted),
    ...gauge(
      "messages_submitted_5m",
      "messages accepted in the last five minutes with at least one attempt to submit them",
      messages.submitted,
    ),
    ...gauge(
      "messages_settled_5m",
      "messages accepted in the last five minutes that have a final state",
      messages.settled,
    ),
    ...byState("messages_pending", "messages without a final state, by state", messages.pending),
    ...gauge("message_oldest_due_seconds", "seconds since the oldest due message fell due", age(messages.oldestDue)),
    ...byState("transactions_pending", "charges without a final state, by state", transactions.pending),
    ...gauge(
      "transaction_oldest_due_seconds",
      "seconds since the oldest due charge fell due",
      age(transactions.oldestDue),
    ),
    ...gauge(
      "transactions_disputed",
      "charges that a carrier billed after they were reported as failed",
      transactions.disputed,
    ),
    ...gauge("subscriptions_active", "subscriptions that are billed each period", subscriptions.active),
    ...gauge("subscriptions_dunning", "subscriptions whose last charge was declined", subscriptions.dunning),
    ...gauge("renewals_due", "subscriptions whose next charge is due", subscriptions.due),
    ...counter("purchase_pins_sent_total", "PINs that purchase pages sent", [["", pins.sent]]),
    ...counter(
      "purchase_pins_refused_total",
      "PINs that purchase pages did not send because an hourly budget was used up, by budget",
      Object.entries(pins.refused).map(([budget, count]) => [`{budget="${budget}"}`, count]),
    ),
    ...gauge("webhooks_owed", "webhooks not yet answered", webhooks.owed),
    ...gauge("webhook_oldest_due_seconds", "seconds since the oldest due webhook fell due", age(webhooks.oldestDue)),
    ...gauge("webhooks_dead", "webhooks given up (the dead list)", webhooks.dead),
    ...ofCarriers(carriers, age),
    ...Object.entries(COUNTED).flatMap(([name, help]) =>
      counter(
        `${name}_total`,
        help,
        counts.flatMap((one) => (one.name === name ? [[labelsOf(one.labels), one.count] as const] : [])),
      ),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** As Prometheus writes them, in the order of their names. */
function labelsOf(labels: Labels): string {
  const each = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`,
  );
  return each.length === 0 ? "" : `{${each.join(",")}}`;
}

/** The names of carriers are small letters, digits and dashes: no label needs to be escaped. */
function ofCarriers(carriers: Figures["carriers"], age: (since: number | undefined) => number): string[] {
  const each = (read: (carrier: Figures["carriers"][number]) => number | undefined) =>
    carriers.flatMap((one) => {
      const value = read(one);
      return value === undefined ? [] : [[`{carrier="${one.name}"}`, value] as const];
    });
  const answers = carriers.flatMap(({ name, traffic }) =>
    CARRIER_ANSWERS.map((answer) => [`{carrier="${name}",answer="${answer}"}`, traffic[answer]] as const),
  );
  const times = carriers.flatMap(({ name, traffic: { median, p95 } }) =>
    median === undefined || p95 === undefined
      ? []
      : [
          [`{carrier="${name}",quantile="0.5"}`, median / 1000] as const,
          [`{carrier="${name}",quantile="0.95"}`, p95 / 1000] as const,
        ],
  );
  return [
    ...gauges(
      "carrier_up",
      "whether the carrier takes texts: 0 where it is down or switched off",
      each(({ isUp }) => Number(isUp)),
    ),
    ...gauges("carrier_answers_5m", "a carrier's answers in the last five minutes, by kind", answers),
    ...gauges(
      "carrier_answer_seconds",
      "in how much time so many of its answers came, in the last five minutes",
      times,
    ),
    ...gauges(
      "carrier_oldest_unanswered_seconds",
      "seconds since the oldest message or charge went to the carrier whose answer was lost and that is not settled",
      each(({ unansweredSince }) => age(unansweredSince)),
    ),
  ];
}

/** @param values each with its labels as Prometheus writes them */
function gauges(name: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  const lines = values.map(([labels, value]) => `stafett_${name}${labels} ${value}`);
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, ...lines];
}

function byState(name: string, help: string, counts: Record<string, number>): string[] {
  const lines = Object.entries(counts).map(([state, count]) => `stafett_${name}{state="${state}"} ${count}`);
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, ...lines];
}

/** A figure that only grows. @param values each with its labels as Prometheus writes them */
function counter(name: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  const lines = values.map(([labels, value]) => `stafett_${name}${labels} ${value}`);
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} counter`, ...lines];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, `stafett_${name} ${value}`];
}
