/**
 * What is promised of pincodes: an id stands for one code (P11); a code is right while it is young, as often as was asked
 * for, and has few tries (P8); and nobody is sent too many of them.
 */

import type { Answer } from "../ground/cloud.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import { SKEW } from "./texts.ts";

const MINUTE = 60_000;
/** How long a code is right. Guides, "Pincodes". Milliseconds. */
const LIFE = 5 * MINUTE;
/** How many a person is sent by an account in an hour. */
const MOST_IN_AN_HOUR = 30;

/** A code that a client wants sent. */
export type WantedCode = {
  account: string;
  theirId: string;
  recipient: string;
  /** What stands before the code, found in no other text. */
  prefix: string;
  tries: number;
  /** It is right only once. */
  once: boolean;
};

/** A code that was brought, and tried. */
type Try = { code: string; begunAt: number; heardAt?: number; isRight?: boolean };
type Known = {
  wanted: WantedCode[];
  taken?: WantedCode;
  code?: string;
  /** When it was made: its life counts from then, however long it took to be written down. */
  madeAt?: number;
  tried: Try[];
};

export class Pincodes implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #known = new Map<string, Known>();
  readonly #byPrefix = new Map<string, Known>();
  /** When codes were made, by account and person. Epoch milliseconds. */
  readonly #made = new Map<string, number[]>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** A client is about to ask for this. */
  wanted(wanted: WantedCode): void {
    const key = keyOf(wanted.account, wanted.theirId);
    const known = this.#known.get(key) ?? { wanted: [], tried: [] };
    this.#known.set(key, known);
    if (!known.wanted.includes(wanted)) known.wanted.push(wanted);
    this.#byPrefix.set(wanted.prefix, known);
  }

  /** The client was told whether it was sent. */
  told(wanted: WantedCode, answer: Answer): void {
    const known = this.#of(wanted);
    const what = `${nameOf(wanted)}: ${answer.status} ${answer.body}`;
    if (answer.status === 429) {
      const made = this.#made.get(keyOf(wanted.account, wanted.recipient)) ?? [];
      const lately = made.filter((at) => at > this.#timeline.now - 60 * MINUTE - 10 * MINUTE).length;
      if (lately < MOST_IN_AN_HOUR) this.#oracle.report("P8", `${what}, and only ${lately} codes were sent lately`);
    } else if (answer.status < 300) {
      if (known.taken && known.taken !== wanted)
        this.#oracle.report("P11", `${what}, and its id stands for another code`);
      known.taken = wanted;
    } else if (known.taken === wanted || known.wanted.length === 1) {
      this.#oracle.report("P11", `${what}, and nothing else has its id`);
    }
  }

  /** The code as the person's phone shows it, once it does. */
  codeOf(wanted: WantedCode): string | undefined {
    return this.#of(wanted).code;
  }

  /** A code is about to be tried. @returns what is to be told of the answer, if there is one */
  tries({ account, theirId }: WantedCode, code: string): (isRight: boolean) => void {
    const known = this.#known.get(keyOf(account, theirId)) as Known;
    const one: Try = { code, begunAt: this.#timeline.now };
    known.tried.push(one);
    return (isRight) => {
      one.heardAt = this.#timeline.now;
      one.isRight = isRight;
      this.#judge(known, one);
    };
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    if (before || !after) return;
    if (table === "pin" && after.purpose === "pincode") this.#came(after);
    if (table !== "message" || after.dialect !== "target365") return;
    const [, prefix, code = ""] = /^(.*: )(\d{4})$/.exec(String(after.text)) ?? [];
    const known = prefix === undefined ? undefined : this.#byPrefix.get(prefix);
    const wanted = known?.wanted.find((one) => one.prefix === prefix);
    if (!known || !wanted) return;
    if (known.code !== undefined) this.#oracle.report("P11", `${nameOf(wanted)} is sent twice`);
    if (after.recipient !== wanted.recipient)
      this.#oracle.report("P11", `${nameOf(wanted)} is sent to ${after.recipient}`);
    known.code = code;
  }

  #came({ account_id, their_id, recipient, created_at }: Row): void {
    const known = this.#known.get(keyOf(String(account_id), String(their_id)));
    if (known) known.madeAt = Number(created_at);
    const key = keyOf(String(account_id), String(recipient));
    const made = [...(this.#made.get(key) ?? []), Number(created_at)].sort((a, b) => a - b);
    this.#made.set(key, made);
    for (let n = MOST_IN_AN_HOUR; n < made.length; n++) {
      const within = (made[n] as number) - (made[n - MOST_IN_AN_HOUR] as number);
      if (within >= 60 * MINUTE - SKEW) continue;
      this.#oracle.report("P8", `${recipient} is sent ${MOST_IN_AN_HOUR + 1} codes within ${within / MINUTE} minutes`);
    }
  }

  #judge({ taken, code, madeAt = 0, tried }: Known, one: Try): void {
    if (!taken) return;
    const { begunAt, heardAt = 0, isRight } = one;
    const others = tried.filter((other) => other !== one);
    const before = others.filter((other) => (other.heardAt ?? Number.POSITIVE_INFINITY) < begunAt);
    const during = others.filter((other) => other.begunAt <= heardAt);
    const wrong = (list: readonly Try[]) => list.filter((other) => other.code !== code).length;
    const name = `${nameOf(taken)}, code ${one.code}`;
    if (isRight) {
      if (one.code !== code) this.#oracle.report("P8", `${name} is called right, and ${code} was sent`);
      if (wrong(before) >= taken.tries) this.#oracle.report("P8", `${name} is right after ${wrong(before)} wrong ones`);
      if (taken.once && before.some((other) => other.isRight)) this.#oracle.report("P8", `${name} is right twice`);
      if (begunAt > madeAt + LIFE + SKEW) this.#oracle.report("P8", `${name} is right, and too old`);
    } else if (
      one.code === code &&
      wrong(during) < taken.tries &&
      !(taken.once && during.some((other) => other.code === code)) &&
      heardAt < madeAt + LIFE - SKEW
    ) {
      this.#oracle.report("P8", `${name} is called wrong, and is right`);
    }
  }

  #of({ account, theirId }: WantedCode): Known {
    return this.#known.get(keyOf(account, theirId)) as Known;
  }
}

function nameOf({ account, theirId, recipient }: WantedCode): string {
  return `${account} ${theirId} to ${recipient}`;
}

function keyOf(...names: string[]): string {
  return names.join(" ");
}
