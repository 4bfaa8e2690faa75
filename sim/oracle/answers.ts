/** P11: the same request again is answered alike; a used id with other content is refused, and a signed request runs once. */

import type { Faults } from "../faults.ts";
import type { Answer } from "../ground/cloud.ts";
import type { Oracle } from "./oracle.ts";
import type { Deed, Verdict } from "./texts.ts";

export class Answers {
  readonly #oracle: Oracle;
  readonly #faults: Faults;

  constructor(oracle: Oracle, faults: Faults) {
    this.#oracle = oracle;
    this.#faults = faults;
  }

  /** What was asked for was answered: might it be answered like that? @param now epoch ms */
  said(deed: Deed, verdict: Verdict, answer: Answer, now: number): void {
    const what = `${answer.status} ${answer.body}`;
    if (verdict === "yes" && deed.kind === "post") this.#taken(deed, what);
    if (verdict === "no" && deed.kind === "post") this.#refused(deed, what);
    if (verdict === "no" && deed.kind !== "post") this.#unchanged(deed, answer, now);
  }

  /** The same request was answered again, and nothing had happened in between that could make a difference. */
  again(name: string, first: string, again: string): void {
    if (first !== again)
      this.#oracle.report("P11", `${name} was asked for again, and answered ${again} instead of ${first}`);
  }

  /** The answer must be this. */
  must(name: string, is: boolean, answer: Answer, what: string): void {
    if (!is) this.#oracle.report("P11", `${name} ${what}: ${answer.status} ${answer.body.slice(0, 200)}`);
  }

  /** How often something went wrong with the database; what may end a process counts more, so that one alone is known. */
  get troubles(): number {
    const { counts } = this.#faults;
    const ends = (counts.crash ?? 0) + (counts["intake-reset"] ?? 0);
    return (counts["database-refuses"] ?? 0) + (counts["database-answer-lost"] ?? 0) + 2 * ends;
  }

  /** A used id was taken for another text, unless that text still waited for its time and could be replaced. */
  #taken(deed: Deed, what: string): void {
    const { thing, begunAt = 0 } = deed;
    const others = thing.deeds.filter(({ kind, yesAt }) => kind === "post" && yesAt !== undefined);
    for (const other of others) {
      if (other === deed) continue;
      const isLater = (other.yesAt as number) < begunAt;
      const mayReplace = thing.dialect === "target365" && !deed.isListed && thing.mayWait(deed);
      if (mayReplace || (!isLater && thing.dialect === "target365" && deed.isForLater)) continue;
      this.#oracle.report("P11", `${thing.name} is used, and was taken for another text: ${what}`);
    }
  }

  #refused(deed: Deed, what: string): void {
    const { thing } = deed;
    const isUsed = thing.deeds.some(
      (other) => other !== deed && other.begunAt !== undefined && (other.isPossible || other.kind === "cancel"),
    );
    if (!isUsed && !deed.text?.isBad && !deed.text?.mayBeRefused)
      this.#oracle.report("P11", `${thing.name} was refused: ${what}`);
  }

  /** What is there, and waits for its time, can be changed. */
  #unchanged(deed: Deed, answer: Answer, now: number): void {
    const { thing, begunAt = 0 } = deed;
    const isUnfound = answer.status === 404;
    const mayBeGone = thing.isForgotten || thing.mayBeCancelled() || !thing.isThere(begunAt);
    if (isUnfound ? mayBeGone : !thing.mustWaitAt(now)) return;
    const what = isUnfound ? "is there" : "waits for its time";
    this.#oracle.report("P12", `${thing.name} ${what}, and cannot be changed: ${answer.status} ${answer.body}`);
  }
}
