/** A connection between two programs: what is sent on it arrives in its order, late or not at all; and it may break at any moment. */

import type { Faults } from "../faults.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** One end of a connection: what it hears, and that it is over. */
export type End = { hear(octets: Uint8Array): void; ended(why: string): void };

type Side = "near" | "far";

/** How long what is on its way may be stuck. Milliseconds. */
const STUCK = 20_000;
/** Whoever is cut off without a word notices after so long at the latest. Milliseconds. */
const NOTICED = 5_000;

export class Line {
  isOver = false;
  readonly #given: { timeline: Timeline; random: Random; faults: Faults; what: string };
  readonly #ends: Record<Side, End | undefined> = { near: undefined, far: undefined };
  readonly #freeAt: Record<Side, number> = { near: 0, far: 0 };

  constructor(given: { timeline: Timeline; random: Random; faults: Faults; what: string }) {
    this.#given = given;
  }

  attach(side: Side, end: End): void {
    this.#ends[side] = end;
  }

  /** Sends octets to the other side. @param arrived called when they are there */
  send(from: Side, octets: Uint8Array, arrived: () => void = () => {}): void {
    if (this.isOver) return;
    const { timeline, random, faults, what } = this.#given;
    const to = from === "near" ? "far" : "near";
    const takes = random.wait(10) + (faults.hits("line-sticks") ? random.int(0, STUCK) : 0);
    const at = Math.max(timeline.now + takes, this.#freeAt[to]);
    this.#freeAt[to] = at;
    const copy = octets.slice();
    timeline.after(at - timeline.now, `${what}: ${copy.length} octets arrive ${to}`, () => {
      if (this.isOver) return;
      this.#ends[to]?.hear(copy);
      arrived();
    });
    if (faults.hits("line-cut")) timeline.after(random.wait(20), `${what}: it is cut`, () => this.cut("it was cut"));
  }

  /** One side closes it, after what it has sent. */
  close(from: Side, why: string): void {
    if (this.isOver) return;
    const to = from === "near" ? "far" : "near";
    const { timeline, random, what } = this.#given;
    const at = Math.max(timeline.now + random.wait(10), this.#freeAt[to]);
    timeline.after(at - timeline.now, `${what}: it is closed`, () => this.cut(why));
  }

  /** It breaks: what is on its way is lost. */
  cut(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    const { timeline, random, what } = this.#given;
    for (const side of ["near", "far"] as const) {
      const end = this.#ends[side];
      if (end)
        timeline.after(random.wait(NOTICED / 10), `${what}: ${side} hears that it is over`, () => end.ended(why));
    }
  }
}
