/** Merchants, and the services they sell: price, texts and rules. */

import type { AccountId } from "../kernel/ids.ts";
import type { Interval } from "./subscriptions/anchor.ts";

export type Merchant = {
  account: AccountId;
  id: string;
  name?: string;
  shortNumberIds: readonly string[];
  /** Where its terms are: an https URL. */
  termsUrl?: string;
  /** How a buyer reaches it: a phone number, an e-mail address or an https URL. */
  contact?: string;
  createdAt: number;
  changedAt: number;
};

export type Service = {
  account: AccountId;
  id: string;
  merchant: string;
  shortNumber: string;
  serviceCode: string;
  invoiceText: string;
  /** The price of the purchase, in minor units. */
  price: number;
  currency: string;
  /** The amounts that may be charged when the merchant bills by itself, in minor units; absent: the prices of the service. */
  tariffs?: readonly number[];
  /** The word that a person writes after STOP to end it. */
  keyword?: string;
  redirectUrl: string;
  recurring: boolean;
  interval?: Interval;
  /** The price of each further period, in minor units; absent: the same as the first. */
  subscriptionPrice?: number;
  /** Whether further periods are charged by us; otherwise by the merchant. */
  autoRebill: boolean;
  startSms?: string;
  /** The text to the person when a period was charged; empty: no text, absent: our own words. */
  renewalSms?: string;
  age: number;
  timeZone: string;
  /** Words on the purchase page: for a person whose number the network gave, and for others. */
  onlineText?: string;
  offlineText?: string;
  /** The id that the person's consent is kept under; absent: the service's own. */
  consent?: string;
  consentDescription?: string;
  /** How STOP is forwarded: as it was written, or as `ask <campaign> stop`. */
  stopStyle: "raw" | "ask";
  /** Refuse a second identical charge within so many seconds; 0 turns the guard off. */
  repeatGuardSeconds: number;
  /** How many PINs its purchase pages may send in an hour; absent: what the account says. */
  pinsPerHour?: number;
  /** Fields that a dialect keeps for its client. The core does not read them. */
  echo: Record<string, unknown>;
  createdAt: number;
  changedAt: number;
};

/** Long enough for a retry, short enough for a weekly charge. Seconds. */
export const REPEAT_GUARD = 3_600;

/**
 * Guards against charging twice when the customer gave no id. Only charges from the same kind of request (`as`) are compared:
 * a purchase on a page, or a charge with an id, never counts as a repeat.
 */
export type RepeatGuard = { as: string; seconds: number };

/** The guard of a service for this kind of request; none where the service has turned it off. */
export function guardOf({ repeatGuardSeconds: seconds }: Pick<Service, "repeatGuardSeconds">, as: string) {
  return seconds > 0 ? { guard: { as, seconds } satisfies RepeatGuard } : {};
}

/** The price of a further period, in minor units. */
export function periodPrice(service: Pick<Service, "price" | "subscriptionPrice">): number {
  return service.subscriptionPrice ?? service.price;
}

/** The id that consents to this service are kept under. */
export function consentOf(service: Pick<Service, "id" | "consent">): string {
  return service.consent ?? service.id;
}
