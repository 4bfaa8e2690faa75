/** The ledger entries and revenue of a billed charge, as plain data. The store writes them together with the move, or not at all. */

import type { AccountId, TransactionId } from "../kernel/ids.ts";
import type { Transaction, TransactionMove } from "./charges/transaction.ts";

export type LedgerEntry = {
  id: string;
  transaction: TransactionId;
  account: AccountId;
  /** Whose account it is: `operator:<carrier>` owes us, `merchant:<id>` is owed. */
  book: string;
  /** Minor units. */
  amount: number;
  currency: string;
  at: number;
};

/** Revenue is summed by quarters of an hour: in no time zone does a day begin within one. */
const REVENUE_STEP_MS = 15 * 60_000;

/** Two entries that sum to zero: the operator owes us as much as we owe the merchant; for a reversal, the other way round. */
export function entriesOf(
  transaction: Transaction,
  { at, carrier = transaction.carrier ?? "" }: Pick<TransactionMove, "at" | "carrier">,
): [LedgerEntry, LedgerEntry] {
  const { id, account, merchant, amount, currency } = transaction;
  const of = (side: "o" | "m", book: string, amount: number): LedgerEntry => {
    return { id: `led_${id.slice("txn_".length)}_${side}`, transaction: id, account, book, amount, currency, at };
  };
  return [of("o", `operator:${carrier}`, amount), of("m", `merchant:${merchant}`, -amount)];
}

/** Revenue of a subscription. `at` is the beginning of the quarter of an hour in which the charge was accepted. */
export type Revenue = Pick<Transaction, "account" | "currency" | "amount"> & { at: number; service: string };

/**
 * The revenue of a charge that is for a subscription or begins one, or of its reversal (negative).
 * @param original the charge that a reversal reverses
 */
export function revenueOf(transaction: Transaction, original: Transaction = transaction): Revenue | undefined {
  if (original.subscription === undefined && !original.terms?.autoRebill) return undefined;
  const { account, currency, amount, service = "", acceptedAt } = transaction;
  return { account, currency, amount, service, at: Math.floor(acceptedAt / REVENUE_STEP_MS) * REVENUE_STEP_MS };
}
