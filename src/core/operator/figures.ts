/** What there is to be done just now, and how late it is. */

import type { TransactionStore } from "../billing/charges/store.ts";
import type { PinStore } from "../billing/codes/store.ts";
import type { SubscriptionStore } from "../billing/subscriptions/store.ts";
import type { Clock } from "../kernel/clock.ts";
import type { MessageStore } from "../messages/store.ts";
import type { WebhookStore } from "../webhooks/store.ts";

/** How far back the traffic is counted. Milliseconds. */
const WINDOW = 300_000;

type FiguresPorts = {
  messages: Pick<MessageStore, "figures">;
  transactions: Pick<TransactionStore, "figures">;
  subscriptions: Pick<SubscriptionStore, "figures">;
  webhooks: Pick<WebhookStore, "figures">;
  pins: Pick<PinStore, "figures">;
  clock: Clock;
};

export type Figures = Awaited<ReturnType<typeof figuresOf>>;

/** Of all accounts, as they are now (`now`: epoch ms, as things are due by). */
export async function figuresOf(ports: FiguresPorts) {
  const now = ports.clock.now();
  const [messages, transactions, subscriptions, webhooks, pins] = await Promise.all([
    ports.messages.figures(now - WINDOW),
    ports.transactions.figures(),
    ports.subscriptions.figures(now),
    ports.webhooks.figures(),
    ports.pins.figures(),
  ]);
  return { now, messages, transactions, subscriptions, webhooks, pins };
}
