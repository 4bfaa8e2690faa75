/** Our ledger, held against what the operator says that it billed. */

import { type AdminTransaction, allCharges, allOf, type Operator } from "./outside.ts";

type LedgerEntry = { transaction: string; book: string; currency: string; amount: number };

/**
 * What is wrong with an account's books, in words; nothing is as it must be. Our ledger sums to zero, by transaction and
 * by its own balance; it has just what the operator says that it billed for the account, each once; and what we call
 * billed is what is in it.
 */
export async function faultsInBooks(operator: Operator, account: { id: string; number: number }): Promise<string[]> {
  const faults: string[] = [];
  const entries = await allOf<LedgerEntry>(operator, `ledger?account=${account.id}`);
  for (const [transaction, both] of Map.groupBy(entries, (entry) => entry.transaction)) {
    const books = both.map(({ book }) => book.split(":")[0]).sort();
    if (books.join() !== "merchant,operator") faults.push(`${transaction} is in the books of ${books}`);
    if (sumOf(both) !== 0) faults.push(`${transaction} sums to ${sumOf(both)}`);
  }

  const path = `/admin/v1/ledger/balance?account=${account.id}`;
  const { items: balance } = await operator<{ items: LedgerEntry[] }>("GET", path);
  if (sumOf(balance) !== 0) faults.push(`the balance sums to ${sumOf(balance)}`);
  const books = [...Map.groupBy(entries, ({ book }) => book)].map(([book, its]) => `${book} ${sumOf(its)}`);
  const balanced = balance.map(({ book, amount }) => `${book} ${amount}`);
  faults.push(...differences(books, balanced, "in the ledger", "in its balance"));

  const own = `txn_${String(account.number).padStart(6, "0")}`;
  const billed = (await allCharges(operator)).filter(({ transaction }) => transaction.startsWith(own)).map(inShort);
  const ours = entries.filter(({ book }) => book === "operator:simulator").map(inShort);
  faults.push(...differences(billed, ours, "billed by the operator", "in our ledger"));

  const called: string[] = [];
  for (const state of ["billed", "reversed"]) {
    const list = await allOf<AdminTransaction>(operator, `transactions?account=${account.id}&state=${state}`);
    called.push(...list.map(({ id, amount }) => inShort({ transaction: id, amount })));
  }
  faults.push(...differences(called, ours, "called billed", "in our ledger"));
  return faults;
}

/** What is in one and not in the other; what is there twice is missing if the other has it once. */
function differences(these: readonly string[], those: readonly string[], called: string, calledThose: string) {
  return [...missing(these, those, called, calledThose), ...missing(those, these, calledThose, called)];
}

function missing(these: readonly string[], those: readonly string[], called: string, calledThose: string): string[] {
  const left = new Map<string, number>();
  for (const one of those) left.set(one, (left.get(one) ?? 0) + 1);
  return these.flatMap((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count > 0 ? [] : `${one} is ${called}, and not ${calledThose}`;
  });
}

function sumOf(entries: readonly { amount: number }[]): number {
  return entries.reduce((sum, { amount }) => sum + amount, 0);
}

function inShort({ transaction, amount }: { transaction: string; amount: number }): string {
  return `${transaction} ${amount}`;
}
