/** Figures for a monitoring system, in Prometheus' text format (version 0.0.4). */

import type { Figures } from "../core/operator/figures.ts";

export function metrics({ now, messages, transactions, subscriptions, webhooks, pins }: Figures): string {
  const age = (since: number | undefined) => (since === undefined ? 0 : Math.max(0, now - since) / 1000);
  const lines = [
    ...gauge("messages_accepted_5m", "messages accepted in the last five minutes", messages.accepted),
    ...gauge("messages_submitted_5m", "of those, handed to a carrier", messages.submitted),
    ...gauge("messages_settled_5m", "of those, with a final state", messages.settled),
    ...byState("messages_pending", "messages for which something is still to happen, by state", messages.pending),
    ...gauge("message_oldest_due_seconds", "how long the oldest message is overdue", age(messages.oldestDue)),
    ...byState(
      "transactions_pending",
      "charges for which something is still to happen, by state",
      transactions.pending,
    ),
    ...gauge("transaction_oldest_due_seconds", "how long the oldest charge is overdue", age(transactions.oldestDue)),
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
      "PINs that purchase pages did not send, by the budget that was spent",
      Object.entries(pins.refused).map(([budget, count]) => [`{budget="${budget}"}`, count]),
    ),
    ...gauge("webhooks_owed", "webhooks not yet answered", webhooks.owed),
    ...gauge("webhook_oldest_due_seconds", "how long the oldest webhook is overdue", age(webhooks.oldestDue)),
    ...gauge("webhooks_dead", "webhooks on the dead list", webhooks.dead),
  ];
  return `${lines.join("\n")}\n`;
}

function byState(name: string, help: string, counts: Record<string, number>): string[] {
  const lines = Object.entries(counts).map(([state, count]) => `stafett_${name}{state="${state}"} ${count}`);
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, ...lines];
}

/** What only grows. @param values each with its labels as they are written */
function counter(name: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  const lines = values.map(([labels, value]) => `stafett_${name}${labels} ${value}`);
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} counter`, ...lines];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, `stafett_${name} ${value}`];
}
