/** What people who write a keyword are asked (P12): nothing before they were told what it is about. */

import type { Shown } from "../network.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

type Person = { word: string; isTold: boolean; isAsked: boolean };

export class Questions implements Watch {
  readonly #oracle: Oracle;
  readonly #people = new Map<string, Person>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** A person is about to write this keyword, and never did before. */
  writes(person: string, word: string): void {
    this.#people.set(person, { word, isTold: false, isAsked: false });
  }

  isAsked(person: string): boolean {
    return this.#people.get(person)?.isAsked ?? false;
  }

  shown({ to, text }: Shown): void {
    const person = this.#people.get(to);
    if (!person) return;
    if (text === `About ${person.word}`) person.isTold = true;
    if (!/^(Svar|Reply) OK /.test(text)) return;
    person.isAsked = true;
    if (!person.isTold && !this.#mayHaveBeenTold(to, person.word))
      this.#oracle.report("P12", `${to} is asked about ${person.word}, and was told nothing of it`);
    if (!text.includes(`STOP ${person.word.toUpperCase()}`))
      this.#oracle.report("P12", `${to} is asked without being told how to end it: ${text}`);
  }

  changed(table: Watched, _before: Row | undefined, after: Row | undefined): void {
    if (table !== "consent" || after?.state !== "active") return;
    const person = this.#people.get(String(after.recipient));
    if (!person || person.isAsked || this.#mayHaveBeenAsked(String(after.recipient))) return;
    this.#oracle.report("P12", `${after.recipient} agreed to what they were not asked`);
  }

  /** Whether a carrier took what is said first, and never told what became of it: then nobody can know. */
  #mayHaveBeenTold(recipient: string, word: string): boolean {
    return this.#oracle
      .rows("message")
      .some((row) => row.recipient === recipient && row.text === `About ${word}` && row.reason === "no-receipt");
  }

  /** Whether the question was handed to a carrier: it may be on its way, or have arrived though its receipt was lost. */
  #mayHaveBeenAsked(recipient: string): boolean {
    return this.#oracle
      .rows("message")
      .some(
        ({ their_id, state, ...row }) =>
          row.recipient === recipient &&
          String(their_id).endsWith("-question") &&
          !["held", "scheduled", "accepted", "cancelled"].includes(String(state)),
      );
  }

  atRest(): void {
    for (const { id, their_id, state, recipient } of this.#oracle.rows("message")) {
      if (state === "held" && String(their_id).endsWith("-question"))
        this.#oracle.report("P1", `${id}, what ${recipient} is to be asked, waits for ever`);
    }
  }
}
