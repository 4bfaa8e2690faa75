/** Who sells, and what: merchants, and their services with price, texts and rules. */

import type { AccountId } from "../kernel/ids.ts";
import type { Interval } from "./subscriptions/anchor.ts";

export type Merchant = {
  account: AccountId;
  id: string;
  name?: string;
  shortNumberIds: readonly string[];
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
  /** Minor units: what the purchase costs. */
  price: number;
  currency: string;
  /** The amounts that a merchant who bills by itself may charge, in minor units; absent: the prices of the service. */
  tariffs?: readonly number[];
  /** What a person writes after STOP to end it. */
  keyword?: string;
  redirectUrl: string;
  recurring: boolean;
  interval?: Interval;
  /** Minor units: what each further period costs; absent: the same as the first. */
  subscriptionPrice?: number;
  /** Whether further periods are charged by us; otherwise by the merchant. */
  autoRebill: boolean;
  startSms?: string;
  /** What the person is told when a period was charged; empty for nothing, absent for our own words. */
  renewalSms?: string;
  age: number;
  timeZone: string;
  /** What the purchase page says to who is known by the network, and to who is not. */
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
  /** What a dialect keeps for its client. Opaque to us. */
  echo: Record<string, unknown>;
  createdAt: number;
  changedAt: number;
};

/** Long enough for a retry, short enough for a weekly charge. Seconds. */
export const REPEAT_GUARD = 3_600;

/**
 * How a charge without an id of the customer's is kept from being made twice. Only charges asked for by the same kind of
 * request (`as`) are compared: a purchase on a page, or a charge with an id, is never taken for a repeat.
 */
export type RepeatGuard = { as: string; seconds: number };

/** The guard of a service for this kind of request; none where the service has turned it off. */
export function guardOf({ repeatGuardSeconds: seconds }: Pick<Service, "repeatGuardSeconds">, as: string) {
  return seconds > 0 ? { guard: { as, seconds } satisfies RepeatGuard } : {};
}

/** What a further period costs, in minor units. */
export function periodPrice(service: Pick<Service, "price" | "subscriptionPrice">): number {
  return service.subscriptionPrice ?? service.price;
}

/** The id that consents to this service are kept under. */
export function consentOf(service: Pick<Service, "id" | "consent">): string {
  return service.consent ?? service.id;
}
