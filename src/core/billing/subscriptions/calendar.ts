/** Days, weeks and months of a time zone. */

import { Temporal } from "temporal-polyfill";
import type { Span } from "../../operator/statistics.ts";

export const UNITS = ["day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

const LENGTH = { day: { days: 1 }, week: { days: 7 }, month: { months: 1 } } as const satisfies Record<Unit, object>;

/** The day that a moment is in. @param at epoch ms @returns like 2026-11-22 */
export function dayOf(at: number, timeZone: string): string {
  return zoned(at, timeZone).toPlainDate().toString();
}

/** A day from its first moment to that of the next. @param day like 2026-11-22 */
export function spanOfDay(day: string, timeZone: string): Span {
  const date = Temporal.PlainDate.from(day);
  const begins = (one: Temporal.PlainDate) => one.toZonedDateTime(timeZone).epochMilliseconds;
  return { since: begins(date), until: begins(date.add({ days: 1 })) };
}

/** The number of days from one to another. */
export function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: "days" }).days;
}

/** The whole days, weeks (from Monday) or months that a span reaches into. */
export function spansOf({ since, until }: Span, unit: Unit, timeZone: string): Span[] {
  const spans: Span[] = [];
  for (let begins = beginning(zoned(since, timeZone), unit); begins.epochMilliseconds < until; ) {
    const next = begins.add(LENGTH[unit]).startOfDay();
    spans.push({ since: begins.epochMilliseconds, until: next.epochMilliseconds });
    begins = next;
  }
  return spans;
}

function beginning(time: Temporal.ZonedDateTime, unit: Unit): Temporal.ZonedDateTime {
  const day = time.startOfDay();
  if (unit === "day") return day;
  return (unit === "week" ? day.subtract({ days: day.dayOfWeek - 1 }) : day.with({ day: 1 })).startOfDay();
}

function zoned(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}
