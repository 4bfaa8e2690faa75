/** P8 for money: what one person may be charged by an account, at once, in a day, in a month; and the guard of repeats. */

import { dayOf } from "../../src/core/billing/subscriptions/calendar.ts";
import type { Bill } from "../network.ts";
import { CAPS, GUARD_SECONDS, CAPS_TIME_ZONE as TIME_ZONE } from "../songs.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** A charge is counted by when it was claimed: some time before the carrier bills it, on a clock that may be off. */
const BEFORE = 45_000;
const AFTER = 1_000;
/** A charge is accepted at one moment, and compared with others at another. */
const SLACK = 60_000;

/** What was asked for without an id. */
type Wanted = { account: string; recipient: string; amount: number; way: "dob" | "text" };

/** What an account charges one person. */
type Spent = { account: string; recipient: string; bills: Bill[] };

export class Caps implements Watch {
  readonly #oracle: Oracle;
  readonly #spent = new Map<string, Spent>();
  /** Charges of accounts that have caps, and whether they were within them when they were claimed. */
  readonly #rows = new Map<string, Row>();
  readonly #fits = new Map<string, boolean>();
  /** Who is charged without an id: each price is asked for again and again. */
  readonly #guarded = new Set<string>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** This person is charged without ids, and may not be charged the same twice within the guard. */
  guard(recipient: string): void {
    this.#guarded.add(recipient);
  }

  /** A charge without an id was refused as a repeat: one like it must have been asked for in the same way, a moment ago. @param askedAt epoch ms */
  refusedAsRepeat({ account, recipient, amount, way }: Wanted, askedAt: number): void {
    const since = askedAt - GUARD_SECONDS * 1000 - SLACK;
    const isLike = (row: Row) =>
      row.account_id === account &&
      row.recipient === recipient &&
      UUID.test(String(row.their_id)) &&
      Number(row.accepted_at) > since;
    const charges = this.#oracle.rows("txn").filter((row) => isLike(row) && row.amount === amount);
    const texts = this.#oracle.rows("message").filter((row) => isLike(row) && priceOf(row) === amount);
    const found = way === "text" ? texts : charges.filter(({ message_id }) => message_id === null);
    if (found.length === 0)
      this.#oracle.report("P11", `${recipient} is not charged ${amount} by ${way}, for a repeat of nothing`);
  }

  billed(bill: Bill): void {
    const account = bill.merchant.replace("shop-", "");
    const key = `${account} ${bill.recipient}`;
    const spent = this.#spent.get(key) ?? { account, recipient: bill.recipient, bills: [] };
    this.#spent.set(key, spent);
    if (bill.original) {
      spent.bills = spent.bills.filter(({ reference }) => reference !== bill.original);
      return;
    }
    // What the carrier had said that it would not bill was not counted, and rightly so.
    if (bill.wasRefused) return;
    if (this.#guarded.has(bill.recipient)) this.#checkGuard(spent, bill);
    spent.bills.push(bill);
    this.#checkCaps(spent, bill);
  }

  #checkCaps({ account, recipient, bills }: Spent, { amount, at }: Bill): void {
    const caps = CAPS[account];
    if (!caps) return;
    if (amount > caps.transaction) this.#tell(account, recipient, amount, "at once", caps.transaction);
    const day = dayOf(Math.floor(at), TIME_ZONE);
    for (const [most, length, when] of [
      [caps.day, "YYYY-MM-DD".length, "in a day"],
      [caps.month, "YYYY-MM".length, "in a month"],
    ] as const) {
      const span = day.slice(0, length);
      const sum = bills.reduce((all, one) => all + (isSurelyIn(one.at, span) ? one.amount : 0), 0);
      if (sum > most) this.#tell(account, recipient, sum, when, most);
    }
  }

  #tell(account: string, recipient: string, sum: number, when: string, most: number): void {
    this.#oracle.report("P8", `${recipient} is charged ${sum} ${when} by ${account}, and ${most} is the most`);
  }

  #checkGuard({ bills }: Spent, bill: Bill): void {
    const rows = new Map(this.#oracle.rows("txn").map((row) => [row.id, row]));
    const acceptedAt = ({ id }: Bill) => Number(rows.get(id)?.accepted_at);
    const kindOf = ({ id }: Bill) => {
      const { account_id, service_id, message_id, their_id } = rows.get(id) ?? {};
      const hasId = !UUID.test(String(their_id));
      return hasId ? id : JSON.stringify([account_id, service_id, message_id === null]);
    };
    for (const other of bills) {
      if (kindOf(other) !== kindOf(bill)) continue;
      const apart = Math.abs(acceptedAt(other) - acceptedAt(bill));
      if (other.amount === bill.amount && apart < GUARD_SECONDS * 1000 - SLACK) {
        this.#oracle.report("P8", `${bill.recipient} is charged ${bill.amount} again after ${apart} ms, without an id`);
      }
    }
  }

  /** Whoever is refused for a cap would have passed it. */
  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table !== "txn" || !after || after.kind !== "charge" || !CAPS[String(after.account_id)]) return;
    const id = String(after.id);
    if (after.state === "charging" && before?.state !== "charging") this.#fits.set(id, this.#isWithin(after));
    if (after.state === "failed" && after.reason === "limit-exceeded" && after.carrier === null && this.#fits.get(id)) {
      this.#oracle.report("P8", `${id} was refused for a cap, and is within all of them`);
    }
    this.#rows.set(id, after);
  }

  #isWithin(row: Row): boolean {
    const caps = CAPS[String(row.account_id)] as NonNullable<(typeof CAPS)[string]>;
    const amount = Number(row.amount);
    const day = dayOf(Number(row.charged_at), TIME_ZONE);
    const others = [...this.#rows.values()].filter((one) => isOfSame(one, row) && IN_HAND.includes(one.state));
    const spent = (span: string) =>
      others.reduce((sum, one) => sum + (isFrom(Number(one.charged_at), span) ? Number(one.amount) : 0), 0);
    return (
      amount <= caps.transaction &&
      spent(day) + amount <= caps.day &&
      spent(day.slice(0, "YYYY-MM".length)) + amount <= caps.month
    );
  }
}

/** A charge for which a client gave no id is given one like this. */
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function priceOf({ charge }: Row): number | undefined {
  return typeof charge === "string" ? (JSON.parse(charge) as { amount: number }).amount : undefined;
}

/** What a person has spent, or may have. */
const IN_HAND: readonly unknown[] = ["charging", "sent", "unknown", "billed"];

/** Whether a moment is in this day, or month, or later. */
function isFrom(at: number, span: string): boolean {
  return dayOf(at, TIME_ZONE) >= span;
}

function isOfSame(one: Row, other: Row): boolean {
  return (
    one.id !== other.id &&
    one.account_id === other.account_id &&
    one.recipient === other.recipient &&
    one.currency === other.currency
  );
}

/** Whether it was claimed in this day, or month, however long the carrier took. */
function isSurelyIn(at: number, span: string): boolean {
  return [at - BEFORE, at + AFTER].every((moment) => dayOf(Math.floor(moment), TIME_ZONE).startsWith(span));
}
