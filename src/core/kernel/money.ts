/** Money is whole minor units (øre) with its currency; only here is it known how many of them make one of the currency. */

import { GatewayError } from "./errors.ts";

/**
 * Decimals of the currencies that have not two: ISO 4217, list one, "minor unit". Intl does not know them: its digits are
 * those of the cash in use, so that the Iraqi dinar and the Colombian peso have none.
 */
const DECIMALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
  ...Object.fromEntries("CLF UYW".split(" ").map((code) => [code, 4])),
};

/** How many decimals an amount of this currency has. @param currency three letters of ISO 4217, like NOK */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** The most that one charge may be, whatever an account's own caps say. Minor units: 10,000.00. */
export const MOST_IN_A_CHARGE = 1_000_000;

/**
 * A decimal amount as people and wires write it (9.9, "12,50"), in minor units of the currency.
 * @throws GatewayError bad-request when it is no number, or has more decimals than the currency
 */
export function toMinor(given: number | string, currency: string, field = "price"): number {
  const decimals = decimalsOf(currency);
  const text = String(given).trim().replace(",", ".");
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  if (whole === "" || /[1-9]/.test(fraction.slice(decimals))) {
    throw new GatewayError("bad-request", `${field}: must be an amount ${decimalsInWords(currency)}`, field);
  }
  return Number(`${sign}${whole}${fraction.slice(0, decimals).padEnd(decimals, "0")}`);
}

/** "with at most two decimals, like 99 or 9.90". */
export function decimalsInWords(currency: string): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return `without decimals, like 99: ${currency} has none`;
  return `with at most ${["one", "two", "three", "four"][decimals - 1]} decimals, like 99 or ${(9.9).toFixed(decimals)}`;
}

/** Minor units as a number of the currency: 990 øre → 9.9. */
export function fromMinor(amount: number, currency: string): number {
  const decimals = decimalsOf(currency);
  return Number((amount / 10 ** decimals).toFixed(decimals));
}

/** An amount as a person reads it, without its currency: of NOK 4900 → "49", 990 → "9.90". */
export function inWords(amount: number, currency: string, decimalMark = "."): string {
  const whole = amount % 10 ** decimalsOf(currency) === 0;
  return whole ? String(fromMinor(amount, currency)) : toFixed(amount, currency).replace(".", decimalMark);
}

/** An amount with all decimals of its currency: of NOK 4900 → "49.00". */
export function toFixed(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  return (amount / 10 ** decimals).toFixed(decimals);
}

/**
 * That this may be charged at all.
 * @throws GatewayError bad-request
 */
export function checkAmount(amount: number, currency: string, field = "price"): void {
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    throw new GatewayError("bad-request", `${field}: must be more than 0`, field);
  }
  if (amount > MOST_IN_A_CHARGE) {
    throw new GatewayError(
      "bad-request",
      `${field}: at most ${inWords(MOST_IN_A_CHARGE, currency)} can be charged at once`,
      field,
    );
  }
}
