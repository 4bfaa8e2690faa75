/** Times as SMPP writes them: `YYMMDDhhmmsstnnp`, absolute with quarter hours from UTC, or relative. Clause 7.1.1. */

const WRITTEN = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d)(\d{2})([+\-R])$/;
const QUARTER_MS = 15 * 60_000;

/**
 * Epoch ms; undefined where it is no time. A relative one counts from `now`, its years and months by the calendar.
 * @param now epoch ms
 */
export function momentOf(written: string, now: number): number | undefined {
  const [, ...groups] = WRITTEN.exec(written) ?? [];
  if (groups.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, tenth = 0, quarters = 0] = groups.map(Number);
  if (groups[8] === "R") return later(now, { year, month, day, hour, minute, second });
  if (quarters > 48 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  // Two digits: 00 to 37 are of this century.
  const whole = year <= 37 ? 2000 + year : 1900 + year;
  const local = Date.UTC(whole, month - 1, day, hour, minute, second, tenth * 100);
  if (new Date(local).getUTCDate() !== day) return undefined;
  return groups[8] === "+" ? local - quarters * QUARTER_MS : local + quarters * QUARTER_MS;
}

type Span = { year: number; month: number; day: number; hour: number; minute: number; second: number };

function later(now: number, { year, month, day, hour, minute, second }: Span): number {
  const at = new Date(now);
  const wanted = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCFullYear(at.getUTCFullYear() + year, at.getUTCMonth() + month, 1);
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(wanted, lastDay));
  return at.getTime() + (((day * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

/** A span from now, as 16 characters; whole seconds, at most 99 days. */
export function toRelative(seconds: number): string {
  const whole = Math.max(0, Math.min(Math.round(seconds), 99 * 86_400));
  const parts = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  return `0000${parts.map(two).join("")}000R`;
}

/** A moment in UTC, as 16 characters. @param at epoch ms */
export function toAbsolute(at: number): string {
  return `${digitsOf(at).slice(2)}${Math.floor((at % 1000) / 100)}00+`;
}

/** `yyyyMMddHHmmss` in UTC. @param at epoch ms */
export function digitsOf(at: number): string {
  return new Date(at).toISOString().replace(/\D/g, "").slice(0, 14);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
