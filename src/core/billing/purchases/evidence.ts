/** Evidence of a purchase: what the person saw when they confirmed it, when, from where, and by which code. */

import type { AccountId, MessageId, TransactionId, WindowId } from "../../kernel/ids.ts";
import type { Transaction } from "../charges/transaction.ts";
import type { Found } from "./purchase.ts";

/** What the page knows of the moment. */
export type Seen = {
  language: string;
  /** SHA-256 of the page, without its tokens, in hex. */
  page: string;
  /** Whether that is the page that the browser was sent before: it brings the digest of that one back. */
  isAsSent: boolean;
  /** The page's words, in their order. */
  shown: string;
  /** The browser's address, and what it says it is. */
  address: string;
  browser: string;
};

export const CONFIRMED_BY = ["pin", "network"] as const;

export type Evidence = Seen & {
  window: WindowId;
  account: AccountId;
  transaction: TransactionId;
  /** Epoch ms. */
  at: number;
  /** *pin*: they entered the code of `message`. *network*: a mobile network told their number, and they confirmed. */
  by: (typeof CONFIRMED_BY)[number];
  message?: MessageId;
  /** What was bought, as it stood in the charge then. */
  terms: Pick<Transaction, "merchant" | "invoiceText" | "amount" | "currency" | "age" | "shortNumber" | "terms">;
};

/** @param how by which code, if by one */
export function evidenceOf(
  { window, transaction }: Pick<Found, "window" | "transaction">,
  seen: Seen,
  how: { by: Evidence["by"]; message?: MessageId; at: number },
): Evidence {
  const { merchant, invoiceText, amount, currency, age, shortNumber, terms } = transaction;
  return {
    ...seen,
    ...how,
    window: window.id,
    account: window.account,
    transaction: transaction.id,
    terms: { merchant, invoiceText, amount, currency, age, shortNumber, ...(terms ? { terms } : {}) },
  };
}
