/** How subscriptions do: what begins, ends and comes in, and what is to be charged on which day. */

import type { Clock } from "../../kernel/clock.ts";
import type { SalesFilter, Span, StatisticsStore, SubscriptionCounts } from "../../operator/statistics.ts";
import { dayOf } from "./calendar.ts";
import type { EndedBy } from "./subscription.ts";

type SalesPorts = { statistics: StatisticsStore; clock: Clock };

/** What happened in a span; amounts in minor units, by currency. */
export type Sales = Span & {
  begun: number;
  cancelled: number;
  by: Partial<Record<EndedBy, number>>;
  reasons: Record<string, number>;
  /** At the end of the span, or by now if it is not over. */
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
  // How many there were is told back from how many there are: so what happened since then counts as well.
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

/** By how many there were more at the end of a span than when it began. */
function change({ begun, ended }: SubscriptionCounts, index: number): number {
  return total(begun, index) - total(ended, index);
}

/** Who came and went in the same span is in neither part of the rate. */
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

/** What is to be charged for a service on a day of its time zone. */
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

/** A day may begin so much sooner, or later, than that of UTC. Milliseconds. */
const AHEAD = 14 * 3_600_000;
const BEHIND = 12 * 3_600_000;

/**
 * Each subscription on the day of its next charge. Those after it are not told of: they hang on what becomes of this one.
 * @param from, to days like 2026-11-22, both included
 */
export async function renewals(
  ports: SalesPorts,
  { from, to, ...filter }: SalesFilter & { from: string; to: string },
): Promise<DayOfRenewals[]> {
  const due = { since: midnight(from) - AHEAD, until: midnight(to) + 86_400_000 + BEHIND };
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
