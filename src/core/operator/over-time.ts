/** Figures over time, for one question: how much of it may be asked for at once. Longer spans are asked for in parts. */

import { daysBetween, spansOf, type Unit } from "../billing/subscriptions/calendar.ts";
import { type DayOfRenewals, renewals, type Sales, sales } from "../billing/subscriptions/sales.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import { type SalesFilter, type StatisticsStore, type Traffic, traffic } from "./statistics.ts";

type TimePorts = { statistics: StatisticsStore; clock: Clock };

export const MOST_STEPS = 400;
export const MOST_SPANS = 100;
export const MOST_DAYS = 62;
const DAY = 86_400_000;
const LONGEST = 31 * DAY;
const LONGEST_SALES = 400 * DAY;

/**
 * Messages and charges in steps of equal length (milliseconds), those without traffic as well.
 * @param until epoch ms; absent: now
 * @throws GatewayError bad-request where there are too many steps, or they are too far apart
 */
export async function trafficOverTime(
  ports: TimePorts,
  {
    since,
    until = ports.clock.now(),
    step,
    account,
  }: { since: number; until?: number | undefined; step: number; account?: AccountId | undefined },
): Promise<Traffic[]> {
  checkSpan(since, until, LONGEST);
  if ((until - since) / step > MOST_STEPS) {
    throw new GatewayError(
      "bad-request",
      `step: the range has more than ${MOST_STEPS} steps; choose longer steps or a shorter range`,
      "step",
    );
  }
  return traffic(ports, { since, until, step }, account);
}

/**
 * How subscriptions do, in whole days, weeks or months of a time zone.
 * @param until epoch ms; absent: now
 * @throws GatewayError bad-request, likewise
 */
export async function salesOverTime(
  ports: TimePorts,
  {
    since,
    until = ports.clock.now(),
    unit,
    timeZone,
    ...filter
  }: { since: number; until?: number | undefined; unit: Unit; timeZone: string } & SalesFilter,
): Promise<Sales[]> {
  checkSpan(since, until, LONGEST_SALES);
  const spans = spansOf({ since, until }, unit, timeZone);
  if (spans.length > MOST_SPANS) {
    throw new GatewayError(
      "bad-request",
      `step: the range has more than ${MOST_SPANS} steps; choose longer steps or a shorter range`,
      "step",
    );
  }
  return sales(ports, spans, given(filter));
}

/**
 * The charges due on each day, by service.
 * @param from, to days like 2026-11-22, both included
 * @throws GatewayError bad-request where there are too many days, or none
 */
export async function renewalsByDay(
  ports: TimePorts,
  { from, to, ...filter }: { from: string; to: string } & SalesFilter,
): Promise<DayOfRenewals[]> {
  const days = daysBetween(from, to);
  if (days < 0) throw new GatewayError("bad-request", "to: must not be before from", "to");
  if (days >= MOST_DAYS) {
    throw new GatewayError("bad-request", `to: a request may cover at most ${MOST_DAYS} days`, "to");
  }
  return renewals(ports, { from, to, ...filter });
}

function checkSpan(since: number, until: number, longest: number): void {
  if (until <= since) throw new GatewayError("bad-request", "until: must be later than since", "until");
  if (until - since > longest) {
    throw new GatewayError("bad-request", `since: a request may cover at most ${longest / DAY} days`, "since");
  }
}
