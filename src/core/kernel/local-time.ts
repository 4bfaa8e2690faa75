/** What a clock on a wall somewhere shows, as a moment. */

import { Temporal } from "temporal-polyfill";

/**
 * In the hour that autumn has twice it is the first; in the one that spring leaves out, an hour later.
 * @param local like 2026-10-25T02:30:00
 * @param timeZone an IANA name, or an offset like +02:00
 * @returns epoch ms; undefined where there is no such time, or no such zone
 */
export function momentOf(local: string, timeZone: string): number | undefined {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
