/** P8 for money: what one person may be charged by an account, at once, in a day, in a month; and the guard of repeats. */

import { dayOf } from "../../src/core/billing/calendar.ts";
import type { Bill } from "../network.ts";
import { CAPS, GUARD_SECONDS } from "../songs.ts";
import type { Oracle, Row, Watch } from "./oracle.ts";

/** The calendar that caps are counted by. */
const TIME_ZONE = "Europe/Oslo";
/** A charge is counted by when it was claimed: some time before the carrier bills it, on a clock that may be off. */
const BEFORE = 45_000;
const AFTER = 1_000;
/** A charge is accepted at one moment, and compared with others at another. */
const SLACK = 60_000;

/** What an account charges one person. */
type Spent = { account: string; recipient: string; bills: Bill[] };

export class Caps implements Watch {
  readonly #oracle: Oracle;
  readonly #spent = new Map<string, Spent>();
  /** Who is charged without an id: each price is asked for again and again. */
  readonly #guarded = new Set<string>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** This person is charged without ids, and may not be charged the same twice within the guard. */
  guard(recipient: string): void {
    this.#guarded.add(recipient);
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
    for (const other of bills) {
      const apart = Math.abs(acceptedAt(other) - acceptedAt(bill));
      if (other.amount === bill.amount && apart < GUARD_SECONDS * 1000 - SLACK) {
        this.#oracle.report("P8", `${bill.recipient} is charged ${bill.amount} again after ${apart} ms, without an id`);
      }
    }
  }

  /** Nobody was refused for a cap that could not have been reached. */
  atRest(): void {
    const charges = this.#oracle.rows("txn").filter(({ kind }) => kind === "charge");
    for (const row of charges) {
      const caps = CAPS[String(row.account_id)];
      if (row.state !== "failed" || row.reason !== "limit-exceeded" || row.carrier !== null) continue;
      const others = charges.filter((one) => isOfSame(one, row) && one.id !== row.id && one.charged_at !== null);
      const most = others.reduce((sum, { amount }) => sum + Number(amount), Number(row.amount));
      if (caps && (Number(row.amount) > caps.transaction || most > caps.day || most > caps.month)) continue;
      this.#oracle.report("P8", `${row.id} was refused for a cap, and all of that person's charges are ${most}`);
    }
  }
}

function isOfSame(one: Row, other: Row): boolean {
  return one.account_id === other.account_id && one.recipient === other.recipient && one.currency === other.currency;
}

/** Whether it was claimed in this day, or month, however long the carrier took. */
function isSurelyIn(at: number, span: string): boolean {
  return [at - BEFORE, at + AFTER].every((moment) => dayOf(Math.floor(moment), TIME_ZONE).startsWith(span));
}
