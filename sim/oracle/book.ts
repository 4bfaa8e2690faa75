/** What customers and the operator have set, as far as who set it can know: while an answer is awaited, old and new may hold. */

import type { Timeline } from "../ground/timeline.ts";

/** A request whose answer never came may still be carried out, and what a process remembers may be out of date. */
export const GRACE = 180_000;

type Said<Value> = { value: Value | undefined; until: number };

export class Book<Value> {
  readonly #timeline: Timeline;
  readonly #said = new Map<string, Said<Value>[]>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Somebody is about to set this; undefined takes away what was set. */
  asked(key: string, value: Value | undefined): void {
    const said = this.#said.get(key) ?? [{ value: undefined, until: Number.POSITIVE_INFINITY }];
    said.push({ value, until: Number.POSITIVE_INFINITY });
    this.#said.set(key, said);
  }

  /** It holds: whatever was set before does so for a moment at most. */
  told(key: string, value: Value | undefined): void {
    const until = this.#timeline.now + GRACE;
    const before = (this.#said.get(key) ?? []).map((one) => ({ ...one, until: Math.min(one.until, until) }));
    this.#said.set(key, [...before, { value, until: Number.POSITIVE_INFINITY }]);
  }

  /** What may hold now; undefined among it if there may be nothing. */
  possible(key: string): readonly (Value | undefined)[] {
    const holding = (this.#said.get(key) ?? []).filter(({ until }) => until >= this.#timeline.now);
    return holding.length > 0 ? holding.map(({ value }) => value) : [undefined];
  }
}
