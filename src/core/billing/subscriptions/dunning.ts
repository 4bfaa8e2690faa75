/** When a declined charge is tried again: never, on a payday, or soon. */

import { Temporal } from "temporal-polyfill";
import type { Reason } from "../../kernel/reasons.ts";
import { byDay } from "./by-day.ts";

/**
 * *hard*: another try would be declined too. *money*: it may succeed on a payday. *passing*: it may succeed soon. *ours*: a fault
 * of the carrier or our own, which never ends a subscription.
 */
export type DeclineClass = "hard" | "money" | "passing" | "ours";

const CLASS: Partial<Record<Reason, DeclineClass>> = {
  "unknown-subscriber": "hard",
  "subscriber-barred": "hard",
  "not-registered": "hard",
  "too-young": "hard",
  "age-unknown": "hard",
  "no-consent": "hard",
  "opted-out": "hard",
  rejected: "hard",
  "bad-number": "hard",
  "bad-amount": "hard",
  "bad-merchant": "hard",
  "cancelled-by-person": "hard",
  "insufficient-funds": "money",
  "limit-exceeded": "money",
  "card-failed": "money",
  "carrier-offline": "ours",
  "carrier-error": "ours",
  "validity-over": "ours",
  "no-receipt": "ours",
  "no-carrier": "passing",
};

export function classOf(reason: Reason | undefined): DeclineClass {
  return (reason && CLASS[reason]) ?? "passing";
}

/** How often in a row a charge may be declined before the subscription ends. */
export const MOST_DECLINES = 5;

/** The days of the month on which wages and benefits are commonly paid, or limits begin anew. */
const PAYDAYS = [1, 12, 15, 20, 25];
/** The local hour of tries on a payday: wages are booked by then. */
const HOUR = 10;
/** Hours to wait after each *passing* decline, and after a fault of the carrier's or our own. */
const PASSING = [1, 6, 24, 48];
const OURS = 6;

/**
 * When to try again; undefined if no further try is made.
 * @param declines the number of declines in a row
 * @param now epoch ms
 * @returns epoch ms
 */
export function nextTry(
  reason: Reason | undefined,
  declines: number,
  now: number,
  timeZone: string,
): number | undefined {
  const kind = classOf(reason);
  if (kind === "ours") return byDay(now + OURS * 3_600_000, timeZone);
  if (kind === "hard" || declines >= MOST_DECLINES) return undefined;
  if (kind === "passing") return byDay(now + (PASSING[declines - 1] ?? 48) * 3_600_000, timeZone);
  return nextPayday(now, timeZone);
}

/** How often in a row the charge that would begin a subscription may be declined. */
const MOST_FIRST_DECLINES = 2;

/**
 * The same for the charge that would begin a subscription: it is tried once more if the cause may pass soon, and never on a
 * payday. A person must not be charged weeks later for a purchase that they have heard nothing more of.
 */
export function nextFirstTry(
  reason: Reason | undefined,
  declines: number,
  now: number,
  timeZone: string,
): number | undefined {
  const kind = classOf(reason);
  if (kind === "money" || (kind === "passing" && declines >= MOST_FIRST_DECLINES)) return undefined;
  return nextTry(reason, declines, now, timeZone);
}

/** The next payday that is at least a day and a half away: a person without money today has none tomorrow. */
function nextPayday(now: number, timeZone: string): number {
  const earliest = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).add({ hours: 36 });
  for (let date = earliest.toPlainDate(); ; date = date.add({ days: 1 })) {
    if (!PAYDAYS.includes(date.day)) continue;
    const at = date.toZonedDateTime({ timeZone, plainTime: new Temporal.PlainTime(HOUR) });
    if (Temporal.ZonedDateTime.compare(at, earliest) >= 0) return at.epochMilliseconds;
  }
}
