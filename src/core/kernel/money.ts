/** Money is whole minor units (øre) with its currency; nothing here knows a fraction. */

import { GatewayError } from "./errors.ts";

/** The most that one charge may be, whatever an account's own caps say. Minor units: 10,000.00. */
export const MOST_IN_A_CHARGE = 1_000_000;

/**
 * A decimal amount as people and wires write it (9.9, "12,50"), in minor units.
 * @throws GatewayError bad-request when it is no number, or has more than two decimals
 */
export function toMinor(given: number | string, field = "price"): number {
  const text = String(given).trim().replace(",", ".");
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  if (whole === "" || /[1-9]/.test(fraction.slice(2))) {
    throw new GatewayError(
      "bad-request",
      `${field}: must be an amount with at most two decimals, like 99 or 9.90`,
      field,
    );
  }
  return Number(`${sign}${whole}${fraction.slice(0, 2).padEnd(2, "0")}`);
}

/** Minor units as a number of the currency: 990 → 9.9. */
export function fromMinor(amount: number): number {
  return Number((amount / 100).toFixed(2));
}

/** An amount as a person reads it, without its currency: 4900 → "49", 990 → "9.90". */
export function inWords(amount: number, decimalMark = "."): string {
  const whole = amount % 100 === 0;
  return whole ? String(amount / 100) : (amount / 100).toFixed(2).replace(".", decimalMark);
}

/**
 * That this may be charged at all.
 * @throws GatewayError bad-request
 */
export function checkAmount(amount: number, field = "price"): void {
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    throw new GatewayError("bad-request", `${field}: must be more than 0`, field);
  }
  if (amount > MOST_IN_A_CHARGE) {
    throw new GatewayError(
      "bad-request",
      `${field}: at most ${inWords(MOST_IN_A_CHARGE)} can be charged at once`,
      field,
    );
  }
}
