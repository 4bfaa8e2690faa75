/** What there is to be done just now, and how late it is. */

import type { TransactionStore } from "../billing/charges/store.ts";
import type { PinStore } from "../billing/codes/store.ts";
import type { SubscriptionStore } from "../billing/subscriptions/store.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Carrier } from "../messages/carrier.ts";
import type { OutageStore } from "../messages/outage.ts";
import type { MessageStore } from "../messages/store.ts";
import { type TallyStore, trafficOf } from "../messages/tally.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import type { CountStore } from "./counts.ts";

/** How far back the traffic is counted. Milliseconds. */
const WINDOW = 300_000;

type FiguresPorts = {
  messages: Pick<MessageStore, "figures">;
  transactions: Pick<TransactionStore, "figures">;
  subscriptions: Pick<SubscriptionStore, "figures">;
  webhooks: Pick<WebhookStore, "figures">;
  pins: Pick<PinStore, "figures">;
  outages: OutageStore;
  tallies: TallyStore;
  countStore: CountStore;
  carriers: ReadonlyMap<string, Carrier>;
  clock: Clock;
};

export type Figures = Awaited<ReturnType<typeof figuresOf>>;

/** Of all accounts, as they are now (`now`: epoch ms, as things are due by). */
export async function figuresOf(ports: FiguresPorts) {
  const now = ports.clock.now();
  const [messages, transactions, subscriptions, webhooks, pins, carriers, counts] = await Promise.all([
    ports.messages.figures(now - WINDOW),
    ports.transactions.figures(),
    ports.subscriptions.figures(now),
    ports.webhooks.figures(),
    ports.pins.figures(),
    carriersOf(ports, now),
    ports.countStore.all(),
  ]);
  return { now, messages, transactions, subscriptions, webhooks, pins, carriers, counts };
}

/** Each carrier as all places know it: no provider is called for it. */
async function carriersOf({ outages, tallies, carriers }: FiguresPorts, now: number) {
  const [down, counted, unanswered] = await Promise.all([
    outages.all(),
    tallies.since(now - WINDOW),
    tallies.unanswered([...carriers.keys()]),
  ]);
  return [...carriers.values()].map(({ name, isOff = false }) => ({
    name,
    isUp: !isOff && !down.some(({ carrier, state }) => carrier === name && state !== "up"),
    traffic: trafficOf(counted.filter(({ carrier }) => carrier === name)),
    unansweredSince: unanswered.find(({ carrier }) => carrier === name)?.since,
  }));
}
