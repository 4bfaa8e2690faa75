/** The promises about carriers, where there is more than one: whose word counts, who is believed, and who is used again. */

import type { Receipt } from "../../src/core/messages/carrier.ts";
import type { Faults } from "../faults.ts";
import type { ChargeAsked, Submission } from "../network.ts";
import type { Knock } from "../relay.ts";
import type { Oracle, Row, Watch } from "./oracle.ts";

const FINAL: readonly unknown[] = ["delivered", "failed", "expired", "cancelled"];

export class Carriers implements Watch {
  readonly #oracle: Oracle;
  readonly #faults: Faults;
  /** Who was handed each text, and asked to bill each charge. */
  readonly #had = new Map<string, Set<string>>();

  constructor(oracle: Oracle, faults: Faults) {
    this.#oracle = oracle;
    this.#faults = faults;
  }

  handed({ id }: Submission, isTaken: boolean, _: boolean, carrier: string): void {
    if (isTaken) this.#note(id, carrier);
  }

  /** A charge is one carrier's, and stays so. */
  askedToBill({ id }: ChargeAsked, isTaken: boolean, _: boolean, carrier: string): void {
    if (!isTaken) return;
    const others = [...(this.#had.get(id) ?? [])].filter((name) => name !== carrier);
    if (others.length > 0)
      this.#oracle.report("P2", `${id} was ${others[0]}'s to bill, and ${carrier} is asked as well`);
    this.#note(id, carrier);
  }

  /** What a carrier tells of its own, and is acknowledged, is written down: it is asked for no more. */
  toldOfText({ message, carrier, outcome }: Receipt): void {
    this.#oracle.look();
    const row = this.#row("message", message);
    if (!row || FINAL.includes(row.state)) return;
    if (row.carrier !== null && row.carrier !== carrier) return;
    this.#oracle.report("P1", `${carrier} told that ${message} was ${outcome}, was heard, and it is ${row.state}`);
  }

  /** Who has no business at a carrier's address was there. */
  knocked({ what, answer }: Knock): void {
    if (answer && answer.status < 400) this.#oracle.report("P10", `${what} is answered ${answer.status}`);
  }

  changed(table: string, before: Row | undefined, after: Row | undefined): void {
    if (table !== "message" && table !== "txn") return;
    if (!after || before?.history === after.history || after.kind === "reversal") return;
    const last = JSON.parse(String(after.history)).at(-1) as { event: string; carrier?: string } | undefined;
    if (last?.event !== "carrier.receipt" || last.carrier === undefined) return;
    if (this.#had.get(String(after.id))?.has(last.carrier)) return;
    this.#oracle.report("P4", `${after.id} is ${after.state} by the word of ${last.carrier}, who never had it`);
  }

  /** A carrier that is well again is used again. @param tries texts that were sent for that, minutes apart */
  cameBack(isUsed: boolean, tries: number): void {
    if (isUsed || this.#faults.has("database-stalls")) return;
    this.#oracle.report("P1", `a carrier is well again, and gets none of ${tries} texts`);
  }

  /** Whether it was handed this text. */
  has(carrier: string, id: string): boolean {
    return this.#had.get(id)?.has(carrier) ?? false;
  }

  #row(table: "message" | "txn", id: string): Row | undefined {
    return this.#oracle.rows(table).find((row) => row.id === id);
  }

  #note(id: string, carrier: string): void {
    this.#had.set(id, (this.#had.get(id) ?? new Set()).add(carrier));
  }
}
