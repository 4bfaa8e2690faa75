/**
 * P8 for limits: what an account may send and spend in a day. Each text and each charge that is stored counts, whatever becomes of it. The
 * account is told when a limit is nearly used up, and when it is, once a day each.
 */

import { dayOf } from "../../src/core/billing/subscriptions/calendar.ts";
import type { Answer } from "../ground/cloud.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** The account that is limited, and how. Minor units. */
export const LIMITED = { id: "gamma", messages: 4, spend: 2_500 } as const;
/** By whose days it is counted. */
const TIME_ZONE = "Europe/Oslo";
/** What is accepted so near to midnight may be counted on the other day. Milliseconds. */
const NEAR_MIDNIGHT = 60_000;
/** So many refusals of a day do not all fail to tell of it. */
const SURELY_TOLD = 4;

export class Limited implements Watch {
  readonly #oracle: Oracle;
  readonly #used = new Map<string, number>();
  /** By limit, and when its day ends: how many were refused; and which steps were told. */
  readonly #refused = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** A request was refused for what is used up of a day. */
  refused({ body }: Answer): void {
    const what = /\d minor units of /.test(body) ? "spend" : "messages";
    const until = / a new day begins at (\S+Z)/.exec(body)?.[1];
    if (until !== undefined) this.#refused.set(`${what} ${until}`, (this.#refused.get(`${what} ${until}`) ?? 0) + 1);
  }

  /** Where so many were refused, one of them has told of it, though the database failed some. */
  atRest(): void {
    for (const [of, times] of this.#refused) {
      if (times < SURELY_TOLD || this.#told.has(`limit.reached ${of}`)) continue;
      this.#oracle.report(
        "P8",
        `${LIMITED.id} was refused ${times} times, and never told that its limit is reached: ${of}`,
      );
    }
  }

  /** Each step once a day. */
  #tell({ type, data }: Row): void {
    const { limit, untilAt } = JSON.parse(String(data)) as { limit: string; untilAt: number };
    const what = limit === "spendPerDay" ? "spend" : "messages";
    const of = `${type} ${what} ${new Date(untilAt).toISOString()}`;
    if (this.#told.has(of)) this.#oracle.report("P8", `${LIMITED.id} is told once more of ${of}`);
    this.#told.add(of);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table === "event" && !before && after?.account_id === LIMITED.id) {
      if (String(after.type).startsWith("limit.")) this.#tell(after);
      return;
    }
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
