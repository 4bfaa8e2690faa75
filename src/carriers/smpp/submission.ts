/** Texts that were handed over in one call: it is answered when each part of each of them has come to something. */

import type { SubmitResult } from "../../core/messages/carrier.ts";

type Parts = { results: SubmitResult[]; otherwise: string };

export class Submission {
  readonly #texts: Parts[] = [];
  readonly #done = Promise.withResolvers<void>();
  /** Parts that have come to nothing yet, and one more while texts are added. */
  #open = 1;

  /**
   * One more text, of so many parts.
   * @param otherwise its reference, where it is not that of its first part
   * @returns by which number its parts are settled
   */
  add(parts: number, otherwise: string): number {
    this.#open += parts;
    return this.#texts.push({ results: new Array(parts), otherwise }) - 1;
  }

  /** What a part has come to: each is settled once. @param number from 1 on */
  settle(text: number, number: number, result: SubmitResult): void {
    const own = this.#texts[text];
    if (own) own.results[number - 1] = result;
    this.#close();
  }

  /** It cannot be said what became of its texts. */
  fail(error: unknown): void {
    this.#done.reject(error);
  }

  /** The answer to each text. Asked for once, when all of them are added. */
  async results(): Promise<SubmitResult[]> {
    this.#close();
    await this.#done.promise;
    return this.#texts.map(together);
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#done.resolve();
  }
}

/** The answer to a text, of those to its parts. */
function together({ results, otherwise }: Parts): SubmitResult {
  const lost = results.find(({ outcome }) => outcome === "unknown");
  if (lost) return lost;
  const isBegun = results.some(({ outcome }) => outcome === "taken");
  const refused = results.find((part) => part.outcome === "refused");
  // Of a text of which the SMSC has a part, no other carrier may have the others.
  if (refused) return isBegun ? { ...refused, own: false } : refused;
  const busy = results.find((part) => part.outcome === "busy");
  if (busy) return isBegun ? { outcome: "busy", retryAfterSeconds: busy.retryAfterSeconds, isUntried: true } : busy;
  const [first] = results;
  return first?.outcome === "taken" ? first : { outcome: "taken", reference: otherwise };
}
