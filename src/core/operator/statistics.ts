/** Figures over time. A range of ids is a range of time, so a question costs what happened in the time it asks about. */

import type { EndedBy } from "../billing/subscriptions/subscription.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";

/** From, up to but without. Epoch ms. */
export type Span = { since: number; until: number };
/** A span in steps of equal length; the last may be cut short. Milliseconds. */
export type Steps = Span & { step: number };

/** What became of the messages that were accepted in a step. */
export type MessageCounts = {
  step: number;
  accepted: number;
  delivered: number;
  failed: number;
  expired: number;
  cancelled: number;
  /** From when it was to go until its receipt came, of free messages that arrived. Milliseconds. */
  median?: number;
  p95?: number;
  /** From a free message's send time to its claim: the 95th percentile. Milliseconds. */
  queuedP95?: number;
};

/** The webhooks that became owed in a step, about messages and charges accepted in the whole range. */
export type WebhookCounts = { step: number; owed: number; answered: number; dead: number };

/** What became of the charges that were accepted in a step; amounts in minor units. */
export type ChargeCounts = {
  step: number;
  currency: string;
  charges: number;
  billed: number;
  failed: number;
  cancelled: number;
  amountBilled: number;
  /** The sum of reversals accepted in the step: 0 or more. */
  amountReversed: number;
};

/** What happened to subscriptions that we bill, by the number of the span; and how many there are now. */
export type SubscriptionCounts = {
  begun: { span: number; count: number }[];
  /** `old`: of these, how many had begun before the span did. */
  ended: { span: number; by?: EndedBy; reason?: Reason; count: number; old: number }[];
  revenue: { span: number; currency: string; amount: number }[];
  active: number;
};

/** Charges that come, of a quarter of an hour: no time zone's day begins within one. */
export type RenewalCounts = {
  account: AccountId;
  service: string;
  timeZone: string;
  currency: string;
  /** Epoch ms: when the quarter begins. */
  at: number;
  count: number;
  amount: number;
  /** Of these, how many are tried again after a decline. */
  dunning: number;
};

export type SalesFilter = { account?: AccountId; service?: string };

export interface StatisticsStore {
  /** Steps in which nothing was accepted are left out. */
  messages(steps: Steps, account?: AccountId): Promise<MessageCounts[]>;
  charges(steps: Steps, account?: AccountId): Promise<ChargeCounts[]>;
  webhooks(steps: Steps, account?: AccountId): Promise<WebhookCounts[]>;
  /** @param spans in order, each beginning where the one before it ends */
  subscriptions(spans: readonly Span[], filter: SalesFilter): Promise<SubscriptionCounts>;
  renewals(due: Span, filter: SalesFilter): Promise<RenewalCounts[]>;
}

/** The messages and charges accepted in a step, with their outcomes. */
export type Traffic = Omit<MessageCounts, "step"> & {
  /** Epoch ms: when the step begins. */
  at: number;
  webhooks: number;
  answeredWebhooks: number;
  deadWebhooks: number;
  charges: number;
  billedCharges: number;
  failedCharges: number;
  cancelledCharges: number;
  /** Minor units, by currency. */
  billed: Record<string, number>;
  reversed: Record<string, number>;
};

/** Every step of the span, also those in which nothing happened. */
export async function traffic(
  ports: { statistics: StatisticsStore },
  steps: Steps,
  account?: AccountId,
): Promise<Traffic[]> {
  const [messages, charges, webhooks] = await Promise.all([
    ports.statistics.messages(steps, account),
    ports.statistics.charges(steps, account),
    ports.statistics.webhooks(steps, account),
  ]);
  const called = new Map(webhooks.map(({ step, ...counts }) => [step, counts]));
  const counted = new Map(messages.map(({ step, ...counts }) => [step, counts]));
  const charged = Map.groupBy(charges, ({ step }) => step);
  return Array.from({ length: Math.ceil((steps.until - steps.since) / steps.step) }, (_, step) => ({
    at: steps.since + step * steps.step,
    ...(counted.get(step) ?? { accepted: 0, delivered: 0, failed: 0, expired: 0, cancelled: 0 }),
    ...webhooksOf(called.get(step)),
    ...chargesOf(charged.get(step) ?? []),
  }));
}

function webhooksOf(counts: Omit<WebhookCounts, "step"> | undefined) {
  const { owed = 0, answered = 0, dead = 0 } = counts ?? {};
  return { webhooks: owed, answeredWebhooks: answered, deadWebhooks: dead };
}

function chargesOf(counts: readonly ChargeCounts[]) {
  const sum = (of: (one: ChargeCounts) => number) => counts.reduce((total, one) => total + of(one), 0);
  const byCurrency = (of: (one: ChargeCounts) => number) =>
    Object.fromEntries(counts.filter((one) => of(one) !== 0).map((one) => [one.currency, of(one)]));
  return {
    charges: sum(({ charges }) => charges),
    billedCharges: sum(({ billed }) => billed),
    failedCharges: sum(({ failed }) => failed),
    cancelledCharges: sum(({ cancelled }) => cancelled),
    billed: byCurrency(({ amountBilled }) => amountBilled),
    reversed: byCurrency(({ amountReversed }) => amountReversed),
  };
}
