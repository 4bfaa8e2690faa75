/**
 * What the customers sell on purchase pages: both the same, under the same ids, each at its own number. The second has them
 * from before an id belonged to one account; the pages are the first one's.
 */

import type { Call } from "./ground/cloud.ts";
import { type Customer, operatorCall } from "./setup.ts";

export type Sold = {
  id: string;
  /** What a person writes after STOP. */
  keyword: string;
  price: number;
  interval?: "weekly" | "monthly" | "yearly";
  subscriptionPrice?: number;
  autoRebill?: boolean;
  startSms?: string;
};

export const SOLD: readonly Sold[] = [
  { id: "weekly", keyword: "uke", price: 1900, interval: "weekly", subscriptionPrice: 2900, autoRebill: true },
  { id: "monthly", keyword: "blad", price: 4900, interval: "monthly", autoRebill: true, startSms: "Velkommen til oss" },
  { id: "yearly", keyword: "aar", price: 9900, interval: "yearly", subscriptionPrice: 19900, autoRebill: true },
  // This one its merchant charges.
  { id: "by-hand", keyword: "klubb", price: 3900, interval: "monthly" },
  { id: "song", keyword: "sang", price: 1500 },
];

/** What people agreed to elsewhere, and is sold on no page: the operator brings it along. */
export const MOVED = "moved-here";

/** What stands on the phone bill, and in each text about it. */
export function invoiceTextOf(account: string, service: string): string {
  return `${account} ${service}`;
}

/** Sells a service, or changes what is said of it. */
export function sellCall(customer: Customer, sold: Sold): Call {
  return operatorCall("PUT", `/admin/v1/accounts/${customer.id}/services/${sold.id}`, termsOf(customer, sold));
}

/** Sells all of it. `operator` calls the operator's API, and throws if that is refused. */
export async function sellAll(
  operator: (method: string, path: string, json?: unknown) => Promise<void>,
  customer: Customer,
): Promise<void> {
  for (const sold of SOLD)
    await operator("PUT", `/admin/v1/accounts/${customer.id}/services/${sold.id}`, termsOf(customer, sold));
}

/** How many PINs the pages of an account may send in an hour. People who buy one thing after another do not meet them often. */
export const PIN_BUDGETS = { address: 4, service: 12, account: 20 } as const;

export function termsOf(customer: Customer, { id, ...terms }: Sold) {
  return {
    merchantId: customer.merchant,
    shortNumber: customer.shortNumber,
    serviceCode: "14002",
    invoiceText: invoiceTextOf(customer.id, id),
    redirectUrl: `https://${customer.host}/done`,
    recurring: terms.interval !== undefined,
    ...terms,
  };
}
