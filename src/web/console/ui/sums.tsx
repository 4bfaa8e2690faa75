/** How the console writes sums, and times where something is sold. */

import { decimalsOf, fromMinor } from "../../../core/kernel/money.ts";

/** Minor units, as people read them: 4900 → "49.00 NOK". */
export function money(amount: number, currency: string): string {
  const digits = decimalsOf(currency);
  const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${format.format(fromMinor(amount, currency))} ${currency}`;
}

/** Sums of several currencies. */
export function sums(amounts: Record<string, number>): string {
  const each = Object.entries(amounts).map(([currency, amount]) => money(amount, currency));
  return each.length === 0 ? "0.00" : each.join(", ");
}

/** Adds up sums of several currencies. */
export function added(all: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const one of all) {
    for (const [currency, amount] of Object.entries(one)) total[currency] = (total[currency] ?? 0) + amount;
  }
  return total;
}

/** A local time, as all others are written, with its zone. @param isNamed false: the zone is named beside it, or near by */
export function localTime(at: string, zone: string, isNamed = true) {
  const date = new Date(at).toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return (
    <time datetime={at} title={at}>
      {date}
      {isNamed && ` ${zone}`}
    </time>
  );
}

/** How long when, in the largest unit that fits. Milliseconds. */
export function lasting(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** In the currency's unit, with as many decimals as it has: EUR 0.0432. */
export function priceWords({ nanos, currency }: { nanos: number; currency: string }): string {
  return `${currency} ${(nanos / 1e9).toFixed(9).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}
