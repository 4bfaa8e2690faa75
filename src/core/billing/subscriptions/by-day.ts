/** The hours of the day in which renewals are charged and announced, in the time zone where the service is sold. */

import { Temporal } from "temporal-polyfill";

/** No renewal is charged before the morning, or from the evening on. */
const MORNING = new Temporal.PlainTime(8);
const EVENING = new Temporal.PlainTime(21);
/** The last hour in which a renewal falls due, and the last time at which one is begun; slow charges have the rest of the day. */
const LAST_HOUR = 19;
const LAST_BEGUN = new Temporal.PlainTime(20, 30);

/** The same minute in the nearest hour in which a charge may fall due: 02:30 is 08:30, and 23:10 is 19:10. */
export function timeByDay(time: Temporal.PlainTime): Temporal.PlainTime {
  if (time.hour < MORNING.hour) return time.with({ hour: MORNING.hour });
  return time.hour > LAST_HOUR ? time.with({ hour: LAST_HOUR }) : time;
}

/** The same time if renewals may fall due then; otherwise the next morning: a charge also sends the person a text. */
export function byDay(at: number, timeZone: string): number {
  const time = zoned(at, timeZone).toPlainTime();
  return timeByDay(time).equals(time) ? at : nextMorning(at, timeZone);
}

/** Whether it is too early or too late to begin a renewal. @param at epoch ms */
export function isNight(at: number, timeZone: string): boolean {
  const time = zoned(at, timeZone).toPlainTime();
  return isBefore(time, MORNING) || !isBefore(time, LAST_BEGUN);
}

/** Eight o'clock: of this day if that is still to come, or else of the next. @param at epoch ms @returns epoch ms */
export function nextMorning(at: number, timeZone: string): number {
  const local = zoned(at, timeZone);
  const day = local.toPlainDate().add({ days: isBefore(local.toPlainTime(), MORNING) ? 0 : 1 });
  return day.toZonedDateTime({ timeZone, plainTime: MORNING }).epochMilliseconds;
}

/** When the evening of this day begins, after which no renewal is charged. @param at epoch ms @returns epoch ms */
export function eveningOf(at: number, timeZone: string): number {
  return zoned(at, timeZone).toPlainDate().toZonedDateTime({ timeZone, plainTime: EVENING }).epochMilliseconds;
}

function isBefore(one: Temporal.PlainTime, other: Temporal.PlainTime): boolean {
  return Temporal.PlainTime.compare(one, other) < 0;
}

function zoned(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}
