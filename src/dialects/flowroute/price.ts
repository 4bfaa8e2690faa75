/** Encoding, segments and price. Developer docs, "Message Length & Concatenation": not the GSM alphabet's numbers. */

import type { AccountSettings } from "../../core/accounts/account.ts";
import { type Rates, settingsOf } from "./settings.ts";

/** The prices for an account without rates of its own: those of the vendor's samples. Nanodollars. */
export const RATES = {
  longCode: 4_000_000,
  tollFree: 4_000_000,
  inbound: 4_000_000,
  mms: 9_500_000,
  surcharge: 0,
} as const satisfies Required<Rates>;

/** Room in a message that stands alone, and in each of several. Characters are UTF-16 code units. */
const ROOM = { 0: { alone: 160, joined: 140 }, 8: { alone: 70, joined: 70 } } as const;

const ONLY_ASCII = /^[\0-\x7f]*$/;

export type Size = { encoding: 0 | 8; segments: number };

/** Nanodollars; the base and the surcharge are for each segment. */
export type Price = { segments: number; baseNanodollars: number; surchargeNanodollars: number };

export function sizeOf(text: string): Size {
  const encoding = ONLY_ASCII.test(text) ? 0 : 8;
  const { alone, joined } = ROOM[encoding];
  return { encoding, segments: text.length <= alone ? 1 : Math.ceil(text.length / joined) };
}

/**
 * The price of a message; one with pictures is priced as a whole.
 * @param settings the account's, or the rates that were kept when the text came in
 */
export function priceOf(
  settings: AccountSettings,
  { segments, ...of }: { segments: number; isMms: boolean; isInbound: boolean; isTollFree: boolean },
): Price {
  const { longCode, tollFree, inbound, mms, surcharge } = { ...RATES, ...settingsOf(settings).rates };
  return {
    segments: of.isMms ? 1 : segments,
    baseNanodollars: of.isMms ? mms : of.isInbound ? inbound : of.isTollFree ? tollFree : longCode,
    surchargeNanodollars: surcharge,
  };
}

/** In whole nanodollars, which stay exact far beyond any price. */
export function totalOf({ segments, baseNanodollars, surchargeNanodollars }: Price): number {
  return (baseNanodollars + surchargeNanodollars) * segments;
}

/** Dollars to four decimals, half up: `$0.0040`. */
export function toDisplay(nanodollars: number): string {
  const tenThousandths = Math.floor((nanodollars + 50_000) / 100_000);
  return `$${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, "0")}`;
}

/** Dollars to the last nanodollar, with four decimals at least: `0.0040`. */
export function toDecimal(nanodollars: number): string {
  const decimals = String(nanodollars % 1_000_000_000).padStart(9, "0");
  return `${Math.floor(nanodollars / 1_000_000_000)}.${decimals.replace(/(?<=^\d{4,})0+$/, "")}`;
}
