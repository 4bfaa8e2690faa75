/** When periods begin, worked out anew: from the calendar, and from the rule by which clocks in Norway are changed. */

export type Interval = "weekly" | "monthly" | "yearly";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How far clocks in Oslo are ahead of UTC. Milliseconds. */
export function osloOffset(at: number): number {
  const year = new Date(at).getUTCFullYear();
  return at >= lastSunday(year, 2) && at < lastSunday(year, 9) ? 2 * HOUR : HOUR;
}

/** 1:00 UTC on the last Sunday of a month: then clocks are changed. */
function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0));
  return Date.UTC(year, month, last.getUTCDate() - last.getUTCDay(), 1);
}

/** When the clocks in Oslo show this. What they show twice is meant the first time; what they leave out, an hour later. */
export function osloTime(shown: number): number {
  const inSummer = shown - 2 * HOUR;
  return osloOffset(inSummer) === 2 * HOUR ? inSummer : shown - HOUR;
}

/** The hours in which a renewal falls due, and after which none is charged, on the clocks in Oslo. */
const [FIRST_HOUR, LAST_HOUR] = [8, 19];

/** What the clocks in Oslo show, as milliseconds since midnight. */
export function timeOfDay(at: number): number {
  const shown = at + osloOffset(at);
  return ((shown % DAY) + DAY) % DAY;
}

/** When a period begins, counted from the first; further ones by day. Epoch milliseconds. */
export function beginning(anchor: number, interval: Interval, period: number): number {
  if (period === 0) return anchor;
  const shown = anchor + osloOffset(anchor);
  const midnight = shown - timeOfDay(anchor);
  const hour = Math.floor(timeOfDay(anchor) / HOUR);
  const time = (timeOfDay(anchor) % HOUR) + HOUR * Math.min(Math.max(hour, FIRST_HOUR), LAST_HOUR);
  if (interval === "weekly") return osloTime(midnight + 7 * period * DAY + time);
  const first = new Date(shown);
  const months = first.getUTCMonth() + (interval === "monthly" ? period : 12 * period);
  const year = first.getUTCFullYear() + Math.floor(months / 12);
  const longest = new Date(Date.UTC(year, (months % 12) + 1, 0)).getUTCDate();
  return osloTime(Date.UTC(year, months % 12, Math.min(first.getUTCDate(), longest)) + time);
}

/** When half of a period is over. */
export function halfOf(anchor: number, interval: Interval, period: number): number {
  return (beginning(anchor, interval, period) + beginning(anchor, interval, period + 1)) / 2;
}

/** The period that a time lies in; before the first it is that. */
export function periodAt(anchor: number, interval: Interval, at: number): number {
  let period = 0;
  while (beginning(anchor, interval, period + 1) <= at) period++;
  return period;
}
