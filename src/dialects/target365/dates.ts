/** Their dates: many forms come in, one goes out. */

import { z } from "zod";

/** PHP throws on `Z`, and a date without a zone breaks Java: always `+00:00`. @param at epoch ms */
export function toDate(at: number): string {
  return new Date(at).toISOString().replace("Z", "+00:00");
}

const FORM = /^((\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * A date as clients send it: `Z` or an offset, none meaning UTC (naive datetimes of Python), up to nine digits of a
 * second. The year 1 is .NET's way of saying nothing. Gives epoch ms, or undefined for that nothing.
 */
export const DateInput = z.string().transform((text, context) => {
  const [, moment, day = "", fraction = "", zone = "Z"] = FORM.exec(text.trim()) ?? [];
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const at = moment ? Date.parse(`${moment}${moment.length === 16 ? ":00" : ""}.${milliseconds}${offset}`) : Number.NaN;
  // The engine takes 30 February for 2 March; each month has 28 days.
  const isDay = Number(day.slice(-2)) <= 28 || new Date(`${day}T00:00Z`).toJSON()?.startsWith(day);
  if (Number.isNaN(at) || !isDay) {
    context.addIssue({ code: "custom", message: "is not a date and time like 2026-11-22T12:00:00Z" });
    return z.NEVER;
  }
  return text.startsWith("0001-01-01") ? undefined : at;
});
