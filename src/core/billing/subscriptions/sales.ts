/** Statistics of subscriptions: how many began and ended, their revenue, and the charges due on each day. */

import type { Clock } from "../../kernel/clock.ts";
import type { SalesFilter, Span, StatisticsStore, SubscriptionCounts } from "../../operator/statistics.ts";
import { dayOf } from "./calendar.ts";
import type { EndedBy } from "./subscription.ts";

type SalesPorts = { statistics: StatisticsStore; clock: Clock };

/** The figures of a span of time; amounts in minor units, by currency. */
export type Sales = Span & {
  begun: number;
  cancelled: number;
  by: Partial<Record<EndedBy, number>>;
  reasons: Record<string, number>;
  /** At the end of the span, or now if it is not over. */
  active: number;
  revenue: Record<string, number>;
  /** Of those that were active when it began, the share that ended; absent if none was. */
  churnRate?: number;
};

/** @param spans in order, each beginning where the one before it ends */
export async function sales(ports: SalesPorts, spans: readonly Span[], filter: SalesFilter): Promise<Sales[]> {
  const last = spans.at(-1);
  if (!last) return [];
  const now = ports.clock.now();
  // Past totals are computed backwards from today's, so events after the last span are needed too.
  const since = last.until < now ? [{ since: last.until, until: now + 1 }] : [];
  const counts = await ports.statistics.subscriptions([...spans, ...since], filter);
  let active = counts.active - change(counts, spans.length);
  const backwards = spans.map((span, index) => ({ span, index })).reverse();
  return backwards
    .map(({ span, index }) => {
      const before = active - change(counts, index);
      const one = { ...span, ...inSpan(counts, index), active };
      active = before;
      return { ...one, ...(before > 0 ? { churnRate: oldOnes(counts, index) / before } : {}) };
    })
    .reverse();
}

/** How many more subscriptions there were at the end of a span than at its beginning. */
function change({ begun, ended }: SubscriptionCounts, index: number): number {
  return total(begun, index) - total(ended, index);
}

/** The churn rate. A subscription that began and ended in the same span counts in neither part of it. */
function oldOnes({ ended }: SubscriptionCounts, index: number): number {
  return ended.reduce((sum, { span, old }) => (span === index ? sum + old : sum), 0);
}

function total(counts: readonly { span: number; count: number }[], index: number): number {
  return counts.reduce((sum, { span, count }) => (span === index ? sum + count : sum), 0);
}

function inSpan({ begun, ended, revenue }: SubscriptionCounts, index: number) {
  const own = ended.filter(({ span }) => span === index);
  const by: Sales["by"] = {};
  const reasons: Sales["reasons"] = {};
  for (const one of own) {
    if (one.by) by[one.by] = (by[one.by] ?? 0) + one.count;
    if (one.reason) reasons[one.reason] = (reasons[one.reason] ?? 0) + one.count;
  }
  return {
    begun: total(begun, index),
    cancelled: total(ended, index),
    by,
    reasons,
    revenue: Object.fromEntries(
      revenue.filter(({ span }) => span === index).map(({ currency, amount }) => [currency, amount]),
    ),
  };
}

/** The charges due for a service on a day of its time zone. */
export type DayOfRenewals = {
  date: string;
  account: string;
  service: string;
  timeZone: string;
  currency: string;
  count: number;
  /** Minor units. */
  amount: number;
  /** Of these, how many are tried again after a decline. */
  dunning: number;
};

/** How much earlier, or later, than in UTC a day begins at most in any time zone. */
const EARLIEST_MS = 14 * 3_600_000;
const LATEST_MS = 12 * 3_600_000;

/**
 * Each subscription counts on the day of its next charge only: later ones depend on the outcome of this one.
 * @param from, to days like 2026-11-22, both included
 */
export async function renewals(
  ports: SalesPorts,
  { from, to, ...filter }: SalesFilter & { from: string; to: string },
): Promise<DayOfRenewals[]> {
  const due = { since: midnight(from) - EARLIEST_MS, until: midnight(to) + 86_400_000 + LATEST_MS };
  const days = new Map<string, DayOfRenewals>();
  for (const { at, ...one } of await ports.statistics.renewals(due, filter)) {
    const date = dayOf(at, one.timeZone);
    if (date < from || date > to) continue;
    const key = [date, one.service, one.account, one.timeZone, one.currency].join("\n");
    const known = days.get(key) ?? { date, ...one, count: 0, amount: 0, dunning: 0 };
    known.count += one.count;
    known.amount += one.amount;
    known.dunning += one.dunning;
    days.set(key, known);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day);
}

function midnight(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
