/** When a subscription is due: periods are counted from its beginning, in the time zone where it is sold. */

import { Temporal } from "temporal-polyfill";
import { timeByDay } from "./by-day.ts";

export const INTERVALS = ["weekly", "monthly", "yearly"] as const;
export type Interval = (typeof INTERVALS)[number];

const UNIT = { weekly: "weeks", monthly: "months", yearly: "years" } as const satisfies Record<Interval, string>;

/**
 * The beginning of a period. Counted from the anchor each time, never from the period before, so that the day is kept:
 * 31 January, 28 February, 31 March. Period 0 begins with the anchor itself, at any hour; each further one at the
 * anchor's local time, or, if that is at night, at the nearest hour by day of the same day.
 * @param anchor epoch ms of period 0
 * @param period how many intervals after it
 * @param timeZone an IANA name, like Europe/Oslo
 * @returns epoch ms
 */
export function beginningOf(anchor: number, interval: Interval, period: number, timeZone: string): number {
  if (period === 0) return anchor;
  const first = Temporal.Instant.fromEpochMilliseconds(anchor).toZonedDateTimeISO(timeZone);
  return first
    .toPlainDate()
    .add({ [UNIT[interval]]: period }, { overflow: "constrain" })
    .toZonedDateTime({ timeZone, plainTime: timeByDay(first.toPlainTime()) }).epochMilliseconds;
}

/** Whether less than half of a period is left. @param now epoch ms */
export function isNearlyOver(
  { anchor, interval, timeZone }: { anchor: number; interval: Interval; timeZone: string },
  period: number,
  now: number,
): boolean {
  const from = beginningOf(anchor, interval, period, timeZone);
  const until = beginningOf(anchor, interval, period + 1, timeZone);
  return until - now < (until - from) / 2;
}

/**
 * The period that a time lies in; `from` itself if that has not begun.
 * @param from the first period to consider; @param now epoch ms
 */
export function periodAt(anchor: number, interval: Interval, from: number, now: number, timeZone: string): number {
  let period = from;
  while (beginningOf(anchor, interval, period + 1, timeZone) <= now) period++;
  return period;
}

/** Whether this is the IANA name of a known time zone. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** The beginning of the day, and of the month, that a time is in. Epoch ms. */
export function monthAndDay(now: number, timeZone: string): { day: number; month: number } {
  const day = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay();
  return { day: day.epochMilliseconds, month: day.with({ day: 1 }).startOfDay().epochMilliseconds };
}
