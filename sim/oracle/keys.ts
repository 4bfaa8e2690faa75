/** P11, by Idempotency-Key: one effect a key, the same bytes for ever, nothing for another body, and nobody else's answer. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

export class Keys implements Watch {
  readonly #oracle: Oracle;
  /** The text that each key is for, and its messages. */
  readonly #texts = new Map<string, { name: string; ids: Set<string>; isForbidden: boolean }>();
  readonly #answers = new Map<string, string>();
  readonly #carriedOut = new Set<string>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** A request with this key asks for this text, which is in no other request. */
  wants(name: string, text: string): void {
    this.#texts.set(text, { name, ids: new Set(), isForbidden: false });
  }

  /** The key is used: this text comes too late. */
  mustNot(name: string, text: string): void {
    this.#texts.set(text, { name, ids: this.#texts.get(text)?.ids ?? new Set(), isForbidden: true });
  }

  /** The request was answered, for good. */
  told(name: string, answer: Answer): void {
    const told = `${answer.status} ${answer.headers.get("content-type")} ${answer.headers.get("location")} ${answer.body}`;
    const first = this.#answers.get(name);
    this.#answers.set(name, first ?? told);
    if (first !== undefined && first !== told) this.#breaks(`${name} is answered ${told}, and was answered ${first}`);
    if (answer.headers.get("idempotency-replayed") === "true") return;
    if (this.#carriedOut.has(name)) this.#breaks(`${name} is answered twice as if it had been carried out just now`);
    this.#carriedOut.add(name);
  }

  /** The request was refused for good: its text is not there, whatever an attempt before had written, and never comes. */
  refusedForGood(name: string, text: string, answer: Answer): void {
    const ids = this.#texts.get(text)?.ids.size ?? 0;
    if (ids > 0) this.#breaks(`${name} is refused with ${answer.status}, and ${ids} of its texts are there`);
    this.mustNot(name, text);
  }

  /** Another body under the key was answered. */
  refused(name: string, answer: Answer): void {
    if (answer.status !== 422)
      this.#breaks(`${name} is used, and another body is answered ${answer.status} ${answer.body}`);
  }

  /** There must be one row of this name, and of this account. */
  onlyOne(table: "credential", name: string, account: string): void {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE name = ? AND account_id = ?`;
    const { n } = this.#oracle.sqlite.prepare(sql).get(name, account) as { n: number };
    if (n !== 1) this.#breaks(`${n} of ${table} ${name} of ${account} are there, by one key`);
  }

  /** A fault of ours is never the answer that is kept. */
  answered({ url }: Call, answer: Answer): void {
    if (answer.headers.get("idempotency-replayed") === null || answer.status < 500) return;
    this.#breaks(`${url} is answered ${answer.status} again, as the answer that was kept`);
  }

  changed(table: Watched, _: Row | undefined, after: Row | undefined): void {
    const known = table === "message" && after ? this.#texts.get(String(after.text)) : undefined;
    if (!known || !after) return;
    known.ids.add(String(after.id));
    if (known.isForbidden) this.#breaks(`${known.name} was used, and another text was taken under it`);
    if (known.ids.size > 1) this.#breaks(`${known.name} is for one text, and became ${[...known.ids].join(", ")}`);
  }

  #breaks(what: string): void {
    this.#oracle.report("P11", what);
  }
}
