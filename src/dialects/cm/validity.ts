/** How long a message is worth delivering. Guide, "Validity period". */

import { momentOf } from "../../core/kernel/local-time.ts";
import { MessageError } from "./errors.ts";

/** */
const DEFAULT_SECONDS = 4 * 3600;
const LONGEST_SECONDS = 48 * 3600;
const SHORTEST_SECONDS = 60;

/** A time without a zone. */
const HOME = "Europe/Amsterdam";

/** A single unit; newer guide. */
const RELATIVE = /^(\d{1,9}) *([hm])$/i;
const UNIT: Record<string, number> = { h: 3600, m: 60 };

// The guide's own example has a fourth number, `11:50:50:05 GMT`: the part after the seconds is ignored.
const ABSOLUTE = /^(\d{4}-\d\d-\d\d)(?:T| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.:,]\d+)?)?(.*)$/i;
const OFFSET = /^(?:GMT|UTC)? *([+-])(\d{1,2})(?::?(\d\d))?$/i;
const NAME = /^[A-Z][A-Z0-9_+/-]*$/i;

/** Names of time zones that the IANA list does not have. */
const ZONES: Record<string, string> = {
  Z: "UTC",
  UT: "UTC",
  BST: "+01:00",
  WEST: "+01:00",
  CEST: "+02:00",
  EEST: "+03:00",
  MSK: "+03:00",
  EDT: "-04:00",
  CST: "-06:00",
  CDT: "-05:00",
  MDT: "-06:00",
  PST: "-08:00",
  PDT: "-07:00",
};

/**
 * Seconds from now.
 * @param now epoch ms
 * @throws MessageError 305 where it is no time, or past
 */
export function toValiditySeconds(given: string | undefined, now: number): number {
  const written = given?.trim() ?? "";
  if (written === "") return DEFAULT_SECONDS;
  const shown = written.slice(0, 40);
  const seconds = relative(written) ?? absolute(written, now);
  if (seconds === undefined) {
    throw new MessageError(305, `VALIDITY '${shown}' is not a time like 2h or 2017-04-20 11:55:05-07:00`);
  }
  if (seconds <= 0) throw new MessageError(305, `VALIDITY '${shown}' is past`);
  return Math.min(Math.max(Math.ceil(seconds), SHORTEST_SECONDS), LONGEST_SECONDS);
}

/** Whether it is a moment, and not a span. */
export function isMoment(given: string | undefined): boolean {
  const written = given?.trim() ?? "";
  return written !== "" && relative(written) === undefined;
}

function relative(written: string): number | undefined {
  const [, count, unit = ""] = RELATIVE.exec(written) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT[unit.toLowerCase()] ?? 0);
}

function absolute(written: string, now: number): number | undefined {
  const [, day, hour = "", minute, second = "00", zone = ""] = ABSOLUTE.exec(written) ?? [];
  const timeZone = zoneOf(zone.trim());
  if (!day || !timeZone) return undefined;
  const at = momentOf(`${day}T${hour.padStart(2, "0")}:${minute}:${second}`, timeZone);
  return at === undefined ? undefined : (at - now) / 1000;
}

function zoneOf(written: string): string | undefined {
  if (written === "") return HOME;
  const [, sign, hours = "", minutes = "00"] = OFFSET.exec(written) ?? [];
  if (sign) return `${sign}${hours.padStart(2, "0")}:${minutes}`;
  return ZONES[written.toUpperCase()] ?? (NAME.test(written) ? written : undefined);
}
