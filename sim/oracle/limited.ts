/** P8 for limits: what an account may send and spend in a day. Each text and each charge that is stored counts, whatever becomes of it. */

import { dayOf } from "../../src/core/billing/subscriptions/calendar.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** The account that is limited, and how. Minor units. */
export const LIMITED = { id: "gamma", messages: 4, spend: 2_500 } as const;
/** By whose days it is counted. */
const TIME_ZONE = "Europe/Oslo";
/** What is accepted so near to midnight may be counted on the other day. Milliseconds. */
const NEAR_MIDNIGHT = 60_000;

export class Limited implements Watch {
  readonly #oracle: Oracle;
  readonly #used = new Map<string, number>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table !== "message" && table !== "txn") return;
    if (before || !after || after.account_id !== LIMITED.id) return;
    const at = Number(after.accepted_at);
    const days = [at - NEAR_MIDNIGHT, at, at + NEAR_MIDNIGHT].map((moment) => dayOf(moment, TIME_ZONE));
    if (new Set(days).size > 1) return;
    if (table === "message" && after.dialect === "target365") this.#use("messages", days[1] ?? "", 1);
    if (table === "txn") this.#use("spend", days[1] ?? "", Number(after.amount));
  }

  #use(what: "messages" | "spend", day: string, amount: number): void {
    const used = (this.#used.get(`${what} ${day}`) ?? 0) + amount;
    this.#used.set(`${what} ${day}`, used);
    if (used > LIMITED[what])
      this.#oracle.report("P8", `${LIMITED.id} may use ${LIMITED[what]} (${what}) a day, and used ${used} on ${day}`);
  }
}
