/** The promises about our books: P4, and P5 for charges. All charges are looked at, whoever asked for them. */

import { TRANSACTION_MOVES, type TransactionState } from "../../src/core/billing/charges/transaction.ts";
import { wrongTotals } from "../../test/support/totals.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Bill } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** What never changes of a charge. */
const FIXED = [
  ...["account_id", "dialect", "their_id", "fingerprint", "kind", "merchant_id", "short_number", "invoice_text"],
  ...["amount", "currency", "message_id", "subscription_id", "period", "reverses", "accepted_at"],
] as const;

/** Clocks of processes differ by so much at most. Milliseconds. */
const SKEW = 1_500;
const BILLED: readonly unknown[] = ["billed", "reversed"];

export class Ledger implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #retention: number;
  readonly #entries = new Map<string, Row[]>();
  /** What the carrier has in its books, by our ids. */
  readonly #bills = new Map<string, Bill>();
  readonly #charges = new Map<string, Row>();
  /** Charges whose entries came with the event that was looked at last. */
  #fresh = new Set<string>();
  #step = 0;

  /** @param retention how long what is over is kept, milliseconds */
  constructor(oracle: Oracle, timeline: Timeline, retention: number) {
    this.#oracle = oracle;
    this.#timeline = timeline;
    this.#retention = retention;
  }

  billed(bill: Bill): void {
    if (this.#bills.has(bill.id)) this.#oracle.report("P2", `${bill.id} is billed twice`);
    this.#bills.set(bill.id, bill);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table !== "ledger" && table !== "txn") return;
    if (this.#timeline.step !== this.#step) this.#check();
    this.#step = this.#timeline.step;
    if (table === "txn") this.#charge(before, after);
    else this.#entry(before, after);
  }

  #entry(before: Row | undefined, after: Row | undefined): void {
    const row = after ?? before;
    const id = String(row?.txn_id);
    if (before || !after) this.#oracle.report("P4", `the entry ${row?.id} was changed`);
    else this.#entries.set(id, [...(this.#entries.get(id) ?? []), after]);
    this.#fresh.add(id);
  }

  /** What is written together is complete. */
  #check(): void {
    const fresh = this.#fresh;
    this.#fresh = new Set();
    for (const id of fresh) {
      const charge = this.#charges.get(id);
      const entries = this.#entries.get(id) ?? [];
      if (!charge) this.#oracle.report("P4", `there are entries of ${id}, which is not there`);
      else if (!BILLED.includes(charge.state)) {
        this.#oracle.report("P4", `there are entries of ${id}, which is ${charge.state}`);
      } else if (!isPair(entries, charge, this.#billOf(charge)?.carrier)) {
        this.#oracle.report("P4", `the entries of ${id} are wrong: ${JSON.stringify(entries)}`);
      }
    }
    if (fresh.size > 0) this.#checkTotals();
  }

  /** A total that is kept is what its rows add up to, at any moment. */
  #checkTotals(): void {
    for (const { table, ...wrong } of wrongTotals(this.#oracle.sqlite)) {
      this.#oracle.report("P4", `${table} is not the sum of its rows: ${JSON.stringify(wrong)}`);
    }
  }

  /** A purchase that nobody confirmed, and that ended long ago: no carrier ever heard of it. */
  #mayBeForgotten(row: Row): boolean {
    const isOver = ["failed", "expired", "cancelled"].includes(String(row.state)) && row.waits_for === "window";
    const isOld = this.#timeline.now - Number(row.changed_at) >= this.#retention - SKEW;
    return isOver && isOld && row.attempts === 0 && !this.#bills.has(String(row.id));
  }

  #charge(before: Row | undefined, after: Row | undefined): void {
    if (!after) {
      if (before && !this.#mayBeForgotten(before)) {
        this.#oracle.report("P1", `the charge ${before.id} was ${before.state}, and is gone`);
      }
      return;
    }
    this.#charges.set(String(after.id), after);
    if (after.state === "billed" && before?.state !== "billed") {
      this.#fresh.add(String(after.id));
      if (!this.#billOf(after)) {
        this.#oracle.report("P4", `${after.id} is billed in our books, and not in the carrier's`);
      }
    }
    if (before) this.#moved(before, after);
    else if (!["waiting", "ready", "failed"].includes(String(after.state))) {
      this.#oracle.report("P5", `${after.id} began as ${after.state}`);
    }
  }

  #moved(before: Row, after: Row): void {
    const changed = FIXED.find((name) => before[name] !== after[name]);
    if (changed) this.#oracle.report("P5", `${after.id}: ${changed} was ${before[changed]}, and is ${after[changed]}`);
    if (before.recipient !== null && before.recipient !== after.recipient) {
      this.#oracle.report("P5", `${after.id} is another person's now`);
    }
    if (before.disputed_at !== null && before.disputed_at !== after.disputed_at) {
      this.#oracle.report("P5", `the dispute about ${after.id} was forgotten`);
    }
    if (before.state === after.state) return;
    const allowed: readonly string[] = TRANSACTION_MOVES[before.state as TransactionState];
    if (!allowed.includes(String(after.state))) {
      const promise = after.state === "charging" || after.state === "ready" ? "P13" : "P5";
      this.#oracle.report(promise, `${after.id} went from ${before.state} to ${after.state}`);
    }
    if (after.state === "ready" && ["sent", "unknown"].includes(String(before.state)) && after.kind !== "reversal") {
      this.#oracle.report("P13", `${after.id} was ${before.state}, and is to be charged again`);
    }
  }

  /** Billed here is billed there, and the same. */
  atRest(): void {
    this.#check();
    this.#checkTotals();
    for (const row of this.#charges.values()) this.#atRest(row);
    for (const { id } of this.#bills.values()) {
      if (!this.#charges.has(id) && !this.#isReversal(id))
        this.#oracle.report("P4", `the carrier billed ${id}, which is not there`);
    }
    const open = this.#sum((row) => this.#billOf(this.#charges.get(String(row.txn_id))) === undefined);
    if (open !== 0) this.#oracle.report("P4", `${open} stands in our books that the carrier does not know of`);
  }

  #atRest(row: Row): void {
    const id = String(row.id);
    const bill = this.#billOf(row);
    const isBilled = BILLED.includes(row.state);
    if (!isBilled && !["failed", "expired", "cancelled"].includes(String(row.state))) {
      this.#oracle.report("P13", `${id} is ${row.state} for ever`);
    }
    if (isBilled !== this.#entries.has(id)) {
      this.#oracle.report("P4", `${id} is ${row.state}, and has ${this.#entries.get(id)?.length ?? 0} entries`);
    }
    if (bill && !isBilled) {
      // Only its own word against itself keeps it from our books, and then a person is to look into it.
      if (!bill.wasRefused) this.#oracle.report("P13", `${id} is ${row.state}, and the carrier billed it`);
      else if (row.disputed_at === null)
        this.#oracle.report("P4", `${id} is ${row.state} without a dispute, and billed`);
    }
    if (!isBilled) return;
    if (!bill) this.#oracle.report("P4", `${id} is ${row.state}, and the carrier never billed it`);
    else if (bill.amount !== row.amount || bill.currency !== row.currency || bill.recipient !== row.recipient) {
      this.#oracle.report("P4", `${id} is billed otherwise than it stands in our books: ${JSON.stringify(bill)}`);
    }
    if (row.kind === "reversal") this.#reversalAtRest(row);
    else this.#chargeAtRest(row, bill);
  }

  /** What the carrier has of it. Some know a reversal by what it gives back alone. */
  #billOf(row: Row | undefined): Bill | undefined {
    if (!row) return undefined;
    return this.#bills.get(String(row.id)) ?? (row.reverses ? this.#bills.get(`-${row.reverses}`) : undefined);
  }

  #isReversal(billId: string): boolean {
    return [...this.#charges.values()].some(({ reverses }) => reverses !== null && billId === `-${reverses}`);
  }

  #chargeAtRest({ id, state }: Row, bill: Bill | undefined): void {
    const back = [...this.#bills.values()].find(
      ({ original }) => original !== undefined && original === bill?.reference,
    );
    if ((back !== undefined) !== (state === "reversed")) {
      this.#oracle.report("P4", `${id} is ${state}, and ${back ? "was" : "was not"} given back`);
    }
  }

  #reversalAtRest({ id, reverses, amount }: Row): void {
    const original = this.#charges.get(String(reverses));
    if (original?.state !== "reversed" || original.amount !== -Number(amount)) {
      this.#oracle.report("P4", `${id} gives back ${reverses}, which is ${original?.state}`);
    }
  }

  #sum(which: (row: Row) => boolean): number {
    let sum = 0;
    for (const row of [...this.#entries.values()].flat()) {
      if (which(row) && String(row.book).startsWith("operator:")) sum += Number(row.amount);
    }
    return sum;
  }
}

/** Two rows, of the two who owe each other, that sum to zero. */
function isPair(
  entries: readonly Row[],
  { amount, currency, merchant_id, account_id }: Row,
  carrier: string | undefined,
): boolean {
  const of = (book: string) => entries.find((row) => String(row.book) === book);
  const operator = of(`operator:${carrier}`);
  const merchant = of(`merchant:${merchant_id}`);
  return (
    entries.length === 2 &&
    operator?.amount === amount &&
    merchant?.amount === -Number(amount) &&
    entries.every((row) => row.currency === currency && row.account_id === account_id)
  );
}
