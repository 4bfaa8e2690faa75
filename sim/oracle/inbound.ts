/**
 * What people write: a text that a carrier told of and was heard is there, once; it is its keyword's customer's, or else
 * the one's who has the number; and it is forwarded as the keyword said when it came.
 */

import type { Timeline } from "../ground/timeline.ts";
import { Book } from "./book.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import type { Webhooks } from "./webhooks.ts";

/** Clocks of processes differ by so much at most. Milliseconds. */
const SKEW = 1_500;

/** A keyword as its customer set it. */
export type KeywordSet = { account: string; number: string; url: string; isEnabled: boolean };

/** A text that a person is about to write. Its words are found in no other. */
export type Writing = {
  from: string;
  to: string;
  text: string;
  /** The keyword that it begins with, if any, and whether it asks to end it. */
  word?: string;
  isStop?: boolean;
  /** Whose the number is; undefined where several have it. */
  owner?: string;
};

type Known = { writing: Writing; rows: Row[]; isHeard: boolean };

export class Inbounds implements Watch {
  /** By word: it is the same at all numbers, and nobody else's. */
  readonly keywords: Book<KeywordSet>;
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  readonly #webhooks: Webhooks;
  readonly #retention: number;
  readonly #byText = new Map<string, Known>();
  readonly #theirIds = new Set<string>();

  /** @param retention how long texts are kept, milliseconds */
  constructor(oracle: Oracle, timeline: Timeline, webhooks: Webhooks, retention: number) {
    this.#oracle = oracle;
    this.#timeline = timeline;
    this.#retention = retention;
    this.#webhooks = webhooks;
    this.keywords = new Book(timeline);
  }

  /** A person is about to write. */
  writes(writing: Writing): void {
    this.#byText.set(writing.text, { writing, rows: [], isHeard: false });
  }

  /** Whether a person wrote, or is writing, just this. */
  knows(text: string): boolean {
    return this.#byText.has(text);
  }

  /** The gateway has told the carrier that it has the text. */
  heard({ text }: Writing): void {
    const known = this.#byText.get(text) as Known;
    known.isHeard = true;
    this.#oracle.look();
    if (known.rows.length === 0)
      this.#oracle.report("P1", `the carrier was told that ${text} was taken, and it is not there`);
  }

  changed(table: Watched, before: Row | undefined, row: Row | undefined): void {
    if (table !== "inbound") return;
    if (before && !row && this.#timeline.now - Number(before.received_at) < this.#retention - SKEW)
      this.#oracle.report("P1", `${before.id} (${before.text}) was taken, and is gone before its time`);
    if (before || !row) return;
    const theirId = `${row.carrier} ${row.their_id}`;
    if (this.#theirIds.has(theirId)) this.#oracle.report("P6", `${theirId} is there twice`);
    this.#theirIds.add(theirId);
    const known = this.#byText.get(String(row.text));
    if (!known) return;
    known.rows.push(row);
    if (known.rows.length > 1)
      this.#oracle.report("P6", `${row.text} was written once, and is there ${known.rows.length} times`);
    this.#judge(known.writing, row);
  }

  atRest(): void {
    for (const { writing, rows, isHeard } of this.#byText.values()) {
      if (isHeard && rows.length !== 1)
        this.#oracle.report("P1", `${writing.text} was heard, and is there ${rows.length} times`);
    }
  }

  #judge({ from, to, word, isStop = false, owner }: Writing, row: Row): void {
    const what = `${row.id} (${row.text})`;
    if (row.sender !== from || row.recipient !== to)
      this.#oracle.report("P6", `${what} is from ${row.sender} to ${row.recipient}`);
    if (Boolean(row.is_stop) !== isStop)
      this.#oracle.report("P6", `${what} ${isStop ? "asks to end something" : "ends nothing"}, and is not so`);
    const possible = (word === undefined ? [undefined] : this.keywords.possible(word)).map((keyword) =>
      keyword?.isEnabled && keyword.number === to ? keyword : undefined,
    );
    const accounts = possible.map((keyword) => keyword?.account ?? owner ?? null);
    if (!accounts.includes(row.account_id as string | null)) {
      this.#oracle.report("P10", `${what} is ${row.account_id}'s, and not ${accounts.join(" or ")}'s`);
    }
    const url = row.forward === null ? undefined : JSON.parse(String(row.forward)).url;
    const urls = possible.map((keyword) => keyword?.url);
    if (!urls.includes(url))
      this.#oracle.report("P6", `${what} is forwarded to ${url}, and not to ${urls.join(" or ")}`);
    if (!urls.includes(undefined))
      this.#webhooks.owing.expect(`${row.id} inbound received target365`, urls.join(" or "));
  }
}
