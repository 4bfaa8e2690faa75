/** What people ask of a long number (P7): after STOP nothing leaves from it for them, until they write START. */

import type { Timeline } from "../ground/timeline.ts";
import type { Submission } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

export type Asked = { theirId: string; person: string; number: string; text: string; is: "out" | "in" | "neither" };

export class OptOuts implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #asked = new Map<string, Asked>();
  /** By number and person: since which event they are out. */
  readonly #out = new Map<string, number>();
  /** Until which event they were, last. */
  readonly #wasOut = new Map<string, number>();
  readonly #claimed = new Map<string, number>();
  readonly #accepted = new Map<string, number>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  writes(asked: Asked): void {
    this.#asked.set(asked.theirId, asked);
  }

  /** Whether they are out now; and the last event at which they were. */
  standing(number: string, person: string): { isOut: boolean; wasOutAt: number } {
    const isOut = this.#out.has(`${number} ${person}`);
    return { isOut, wasOutAt: isOut ? this.#timeline.step : (this.#wasOut.get(`${number} ${person}`) ?? -1) };
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (table === "inbound" && !before && after) this.#came(after);
    if (table === "message" && after) this.#messageChanged(before, after);
  }

  handed({ id, sender, recipient }: Submission): void {
    const number = `+${sender.replace(/^\+/, "")}`;
    const since = this.#out.get(`${number} ${recipient}`);
    const claimedAt = this.#claimed.get(id);
    if (since === undefined || claimedAt === undefined || claimedAt <= since) return;
    this.#oracle.report("P7", `${recipient} asked ${number} to be left alone, and is sent ${id}`);
  }

  atRest(): void {
    const rows = new Set(this.#oracle.rows("suppression").map(({ number, recipient }) => `${number} ${recipient}`));
    for (const pair of this.#out.keys())
      if (!rows.has(pair)) this.#oracle.report("P7", `${pair} is out, and nobody knows`);
    for (const pair of this.#wasOut.keys()) {
      if (!this.#out.has(pair) && rows.has(pair)) this.#oracle.report("P7", `${pair} is in again, and nobody knows`);
    }
  }

  #came(row: Row): void {
    const asked = this.#asked.get(String(row.their_id));
    if (!asked || asked.is === "neither") return;
    const pair = `${asked.number} ${asked.person}`;
    if (asked.is === "out") {
      if (!this.#out.has(pair)) this.#out.set(pair, this.#timeline.step);
    } else if (this.#out.delete(pair)) this.#wasOut.set(pair, this.#timeline.step);
  }

  #messageChanged(before: Row | undefined, row: Row): void {
    const id = String(row.id);
    if (!before) this.#accepted.set(id, this.#timeline.step);
    if (row.state === "submitting" && before?.attempts !== row.attempts) this.#claimed.set(id, this.#timeline.step);
    if (row.state !== "failed" || row.reason !== "opted-out" || before?.state === "failed") return;
    const { wasOutAt } = this.standing(`+${String(row.sender).replace(/^\+/, "")}`, String(row.recipient));
    if (wasOutAt < (this.#accepted.get(id) ?? 0)) {
      this.#oracle.report("P1", `${id} is not sent to ${row.recipient}, who did not ask for that`);
    }
  }
}
