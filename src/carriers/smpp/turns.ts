/** Who goes next: no more at once than the window, none during a pause, in the order they came; those that may go now, together. */

import { Earliest, earliestOf } from "./earliest.ts";

export type TurnPorts<Item> = {
  wall(): number;
  after(milliseconds: number, run: () => void): () => void;
  /** These have their turns, and give them back. */
  go(items: readonly Item[]): void;
  /** These had none in their time. */
  missed(items: readonly Item[]): void;
};

/** So many answers without an error widen a window by one that was made smaller. */
const GROWS_AFTER = 50;

export class Turns<Item extends { until: number }> {
  readonly #ports: TurnPorts<Item>;
  #waiting: Item[] = [];
  #most = 1;
  #window = 1;
  #underWay = 0;
  #good = 0;
  #pausedUntil = 0;
  #isOpen = false;
  #isPumping = false;
  /** Until when the next of those that wait does so. */
  readonly #patience: Earliest;

  constructor(ports: TurnPorts<Item>) {
    this.#ports = ports;
    this.#patience = new Earliest(ports, () => this.#missLate());
  }

  /** Submits that wait for their answers. */
  get underWay(): number {
    return this.#underWay;
  }

  get window(): number {
    return this.#window;
  }

  /** From now on there is a connection to send by. */
  open(window: number): void {
    this.#most = window;
    this.#window = window;
    this.#good = 0;
    this.#isOpen = true;
    this.#pump();
  }

  /** There is none: what waits goes on waiting, until its time is over. */
  close(): void {
    this.#isOpen = false;
  }

  /** Each goes when its turn comes, or is missed where none comes until its time (`until`, epoch ms). */
  wait(items: readonly Item[]): void {
    for (const item of items) this.#waiting.push(item);
    this.#pump();
    if (this.#waiting.length > 0) this.#patience.by(earliestOf(items));
  }

  giveBack(count: number): void {
    this.#underWay -= count;
    this.#pump();
  }

  /** Nothing is sent for so long. Milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#ports.wall() + milliseconds);
    this.#ports.after(milliseconds, () => this.#pump());
  }

  shrink(): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#good = 0;
  }

  /** An answer without an error. */
  good(): void {
    if (this.#window >= this.#most) return;
    this.#good += 1;
    if (this.#good < GROWS_AFTER) return;
    this.#good = 0;
    this.#window += 1;
  }

  get #isFree(): boolean {
    return this.#isOpen && this.#underWay < this.#window && this.#ports.wall() >= this.#pausedUntil;
  }

  /** A turn that is given back while others get theirs is found by the same loop: its depth does not grow with what waits. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0 && this.#isFree) {
        const next = this.#waiting.splice(0, this.#window - this.#underWay);
        const now = this.#ports.wall();
        const inTime = next.filter(({ until }) => until > now);
        this.#underWay += inTime.length;
        if (inTime.length < next.length) this.#ports.missed(next.filter(({ until }) => until <= now));
        if (inTime.length > 0) this.#ports.go(inTime);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Those whose time is over have had no turn. Answers when that of the next is over. */
  #missLate(): number {
    const now = this.#ports.wall();
    const late = this.#waiting.filter(({ until }) => until <= now);
    this.#waiting = this.#waiting.filter(({ until }) => until > now);
    if (late.length > 0) this.#ports.missed(late);
    return earliestOf(this.#waiting);
  }
}
