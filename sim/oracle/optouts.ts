/** What people ask of a long number (P7): after STOP nothing leaves from it for them, until they write START. */

import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import { coverOf } from "../setup.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

export type Asked = { theirId: string; person: string; number: string; text: string; is: "out" | "in" | "neither" };

export class OptOuts implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #asked = new Map<string, Asked>();
  /** By what their STOP covers, and person: since which event they are out. */
  readonly #out = new Map<string, number>();
  /** Until which event they were, last. */
  readonly #wasOut = new Map<string, number>();
  readonly #claimed = new Map<string, number>();
  readonly #accepted = new Map<string, number>();
  readonly #erased = new Set<string>();
  /** What answers STOP, START and HELP: it goes to those who are out, too. */
  readonly #answers = new Set<string>();
  /** Whose STOP was answered, and who did not write START since. */
  readonly #answered = new Set<string>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** From now on, what is known of this person may be known under what stands for them. */
  mayBeErased(person: string): void {
    this.#erased.add(person);
  }

  writes(asked: Asked): void {
    this.#asked.set(asked.theirId, asked);
  }

  /** Whether they are out now; and the last event at which they were. */
  standing(number: string, person: string): { isOut: boolean; wasOutAt: number } {
    const pair = `${coverOf(number)} ${person}`;
    const isOut = this.#out.has(pair);
    return { isOut, wasOutAt: isOut ? this.#timeline.step : (this.#wasOut.get(pair) ?? -1) };
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table === "inbound" && !before && after) this.#came(after);
    if (table === "message" && after) this.#messageChanged(before, after);
  }

  handed({ id, sender, recipient }: Submission): void {
    const number = `+${sender.replace(/^\+/, "")}`;
    if (this.#answers.has(id)) return;
    const since = this.#out.get(`${coverOf(number)} ${recipient}`);
    const claimedAt = this.#claimed.get(id);
    if (since === undefined || claimedAt === undefined || claimedAt <= since) return;
    this.#oracle.report("P7", `${recipient} asked ${number} to be left alone, and is sent ${id}`);
  }

  atRest(): void {
    const rows = new Set(this.#oracle.rows("suppression").map(({ number, recipient }) => `${number} ${recipient}`));
    for (const pair of this.#out.keys()) {
      const [number = "", person = ""] = pair.split(" ");
      const isKnown =
        rows.has(pair) || (this.#erased.has(person) && [...rows].some((row) => row.startsWith(`${number} erased.`)));
      if (!isKnown) this.#oracle.report("P7", `${pair} is out, and nobody knows`);
    }
    for (const pair of this.#wasOut.keys()) {
      if (!this.#out.has(pair) && rows.has(pair)) this.#oracle.report("P7", `${pair} is in again, and nobody knows`);
    }
  }

  #came(row: Row): void {
    const asked = this.#asked.get(String(row.their_id));
    if (!asked || asked.is === "neither") return;
    const pair = `${coverOf(asked.number)} ${asked.person}`;
    if (asked.is === "in") this.#answered.delete(pair);
    if (asked.is === "out") {
      if (!this.#out.has(pair)) this.#out.set(pair, this.#timeline.step);
    } else if (this.#out.delete(pair)) this.#wasOut.set(pair, this.#timeline.step);
  }

  /** One answer to STOP at most, however often it is written or reported. Whoever was erased may be answered anew. */
  #checkAnswer({ id, dialect, their_id, sender, recipient }: Row): void {
    const [, is] = /^inb_\w+-(out|in|help)-answer$/.exec(String(their_id)) ?? [];
    if (dialect !== "stafett" || is === undefined) return;
    this.#answers.add(String(id));
    const pair = `${coverOf(String(sender))} ${recipient}`;
    if (is !== "out" || this.#erased.has(String(recipient))) return;
    if (this.#answered.has(pair)) this.#oracle.report("P11", `${recipient} is answered to STOP once more: ${id}`);
    this.#answered.add(pair);
  }

  #messageChanged(before: Row | undefined, row: Row): void {
    const id = String(row.id);
    if (!before) this.#checkAnswer(row);
    if (!before) this.#accepted.set(id, this.#timeline.step);
    if (row.state === "submitting" && before?.attempts !== row.attempts) this.#claimed.set(id, this.#timeline.step);
    if (row.state !== "failed" || row.reason !== "opted-out" || before?.state === "failed") return;
    const { wasOutAt } = this.standing(`+${String(row.sender).replace(/^\+/, "")}`, String(row.recipient));
    if (wasOutAt < (this.#accepted.get(id) ?? 0)) {
      this.#oracle.report("P1", `${id} is not sent to ${row.recipient}, who did not ask for that`);
    }
  }
}
