/** The promises about texts: P1, P5, P9, P12. */

import { type MessageState, MOVES } from "../../src/core/messages/message.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** A text that a client wants to be sent. */
export type Wanted = {
  account: string;
  dialect: string;
  theirId: string;
  recipient: string;
  /** Found in no other text. */
  text: string;
  isAtMostOnce: boolean;
  /** Epoch milliseconds: not before. */
  sendAt?: number;
  /** Where the client is told of what became of it. */
  report?: string;
};

/** Clocks of processes differ by so much at most. Milliseconds. */
const SKEW = 1_000;

type Known = { wanted: Wanted; isTaken?: boolean; handed: number; heard: number };

export class Messages implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #byId = new Map<string, Known>();
  readonly #byText = new Map<string, Known>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** A client is about to ask for this. */
  wanted(wanted: Wanted): void {
    const known = { wanted, handed: 0, heard: 0 };
    this.#byId.set(keyOf(wanted), known);
    this.#byText.set(wanted.text, known);
  }

  /** The client was told whether it was taken. */
  told(wanted: Wanted, isTaken: boolean, what: string): void {
    const known = this.#byId.get(keyOf(wanted)) as Known;
    if (known.isTaken !== undefined && known.isTaken !== isTaken) {
      this.#oracle.report("P11", `${keyOf(wanted)} was asked for again, and answered otherwise: ${what}`);
    }
    if (!isTaken) this.#oracle.report("P11", `${keyOf(wanted)} was refused: ${what}`);
    known.isTaken = isTaken;
  }

  /** The carrier was handed a text. */
  handed(message: Submission, isTaken: boolean, isHeard: boolean): void {
    const known = this.#byText.get(message.text);
    if (!known) return;
    const { wanted } = known;
    if (wanted.sendAt !== undefined && this.#timeline.now + SKEW < wanted.sendAt) {
      this.#oracle.report(
        "P12",
        `${keyOf(wanted)} was to leave at ${new Date(wanted.sendAt).toISOString()}, and left before`,
      );
    }
    if (!isTaken) return;
    if (known.heard > 0)
      this.#oracle.report("P9", `${keyOf(wanted)} was handed over again, after the carrier had said that it took it`);
    if (wanted.isAtMostOnce && known.handed > 0)
      this.#oracle.report("P9", `${keyOf(wanted)} may go once, and went again`);
    known.handed++;
    if (isHeard) known.heard++;
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table !== "message") return;
    if (before && !after && !isFinal(before.state)) {
      this.#oracle.report("P1", `message ${before.id} was ${before.state}, and is gone`);
    }
    if (!before || !after || before.state === after.state) return;
    const allowed = reachable(before.state as MessageState);
    if (!allowed.has(after.state as MessageState)) {
      this.#oracle.report("P5", `message ${after.id} went from ${before.state} to ${after.state}`);
    }
  }

  atRest(): void {
    const rows = new Map(
      this.#oracle.rows("message").map((row) => [`${row.account_id} ${row.dialect} ${row.their_id}`, row]),
    );
    for (const [key, { wanted, isTaken, handed }] of this.#byId) {
      if (!isTaken) continue;
      const row = rows.get(key);
      if (!row) this.#oracle.report("P1", `${key} was taken, and is not there`);
      else if (!isFinal(row.state)) this.#oracle.report("P1", `${key} was taken, and is ${row.state} for ever`);
      else if (row.state === "delivered" && handed === 0) {
        this.#oracle.report("P1", `${key} is told delivered, and no carrier ever had it`);
      }
      if (row && row.text !== wanted.text) this.#oracle.report("P12", `${key} has another text: ${row.text}`);
    }
  }
}

/** States that can be reached; the oracle sees a row after each event, and an event may hold several moves. */
function reachable(from: MessageState): Set<MessageState> {
  const found = new Set<MessageState>();
  const go = (state: MessageState) => {
    for (const next of MOVES[state]) {
      if (found.has(next)) continue;
      found.add(next);
      go(next);
    }
  };
  go(from);
  return found;
}

function isFinal(state: unknown): boolean {
  return ["delivered", "failed", "expired", "cancelled"].includes(String(state));
}

function keyOf({ account, dialect, theirId }: Wanted): string {
  return `${account} ${dialect} ${theirId}`;
}
