/** Figures for a monitoring system, in Prometheus' text format (version 0.0.4). */

import type { Ports } from "../core/ports.ts";

/** How far back the traffic is counted. Milliseconds. */
const WINDOW = 300_000;

export async function metrics(ports: Pick<Ports, "messages" | "webhooks" | "clock">): Promise<string> {
  const now = ports.clock.now();
  const [messages, webhooks] = await Promise.all([ports.messages.figures(now - WINDOW), ports.webhooks.figures()]);
  const age = (since: number | undefined) => (since === undefined ? 0 : Math.max(0, now - since) / 1000);
  const lines = [
    ...gauge("messages_accepted_5m", "messages accepted in the last five minutes", messages.accepted),
    ...gauge("messages_submitted_5m", "of those, handed to a carrier", messages.submitted),
    ...gauge("messages_settled_5m", "of those, with a final state", messages.settled),
    "# HELP stafett_messages_pending messages for which something is still to happen, by state",
    "# TYPE stafett_messages_pending gauge",
    ...Object.entries(messages.pending).map(([state, count]) => `stafett_messages_pending{state="${state}"} ${count}`),
    ...gauge("message_oldest_due_seconds", "how long the oldest message is overdue", age(messages.oldestDue)),
    ...gauge("webhooks_owed", "webhooks not yet answered", webhooks.owed),
    ...gauge("webhook_oldest_due_seconds", "how long the oldest webhook is overdue", age(webhooks.oldestDue)),
    ...gauge("webhooks_dead", "webhooks on the dead list", webhooks.dead),
  ];
  return `${lines.join("\n")}\n`;
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP stafett_${name} ${help}`, `# TYPE stafett_${name} gauge`, `stafett_${name} ${value}`];
}
