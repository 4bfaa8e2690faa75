/**
 * The one scheduler: whatever happens is an event on it, and nothing happens beside it. Time stands still while an event
 * happens, and leaps to the next.
 */

import type { Random } from "./random.ts";

export type Event = { at: number; what: string; isOff?: boolean; run: () => void };

type Queued = Event & { order: number };

/** How many events are remembered, to be told when something is wrong. */
const MEMORY = 80;

export class Timeline {
  /** Epoch milliseconds of the virtual time. */
  now: number;
  /** How many events there were. */
  step = 0;
  /** What all events so far were, as one number: two runs that have the same went the same way. */
  fingerprint = 0;
  #random: Random;
  #heap: Queued[] = [];
  #last: string[] = [];
  #tell: ((text: string) => void) | undefined;

  /** @param tell is told of each event as it happens */
  constructor(startsAt: number, random: Random, tell?: (text: string) => void) {
    this.#tell = tell;
    this.now = startsAt;
    this.#random = random;
  }

  /** Something is to happen after so many milliseconds. Of what falls on one moment, chance says what is first. */
  after(milliseconds: number, what: string, run: () => void): Event {
    const event = { at: this.now + Math.max(0, milliseconds), what, run, order: this.#random.next() };
    this.#push(event);
    return event;
  }

  /** The same, to be waited for. */
  wait(milliseconds: number, what: string): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, what, resolve));
  }

  /**
   * Lets the next thing happen, and all that follows from it at once.
   * @returns false if there is nothing more to come
   */
  async next(): Promise<boolean> {
    let event = this.#pop();
    while (event?.isOff) event = this.#pop();
    if (!event) return false;
    this.now = Math.max(this.now, event.at);
    this.step++;
    this.note(event.what);
    event.run();
    // Whoever waited for it goes on, and whoever waited for them, until all wait for another event.
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  }

  /** When the next thing happens; undefined if nothing will. */
  get nextAt(): number | undefined {
    while (this.#heap[0]?.isOff) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Time goes by and nothing happens: what should have happened meanwhile happens late. */
  leap(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** Writes into the story of this run. */
  note(what: string): void {
    this.fingerprint = (Math.imul(this.fingerprint ^ textHash(what), 0x01000193) + this.now) >>> 0;
    const line = `${String(this.step).padStart(6)}  ${new Date(this.now).toISOString()}  ${what}`;
    this.#tell?.(line);
    this.#last.push(line);
    if (this.#last.length > 2 * MEMORY) this.#last.splice(0, MEMORY);
  }

  /** The last events, oldest first. */
  get story(): readonly string[] {
    return this.#last.slice(-MEMORY);
  }

  #push(event: Queued): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (isBefore(heap[above] as Queued, event)) break;
      heap[at] = heap[above] as Queued;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): Queued | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Queued, heap[below] as Queued)) below++;
      if (isBefore(last, heap[below] as Queued)) break;
      heap[at] = heap[below] as Queued;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Queued, other: Queued): boolean {
  return one.at < other.at || (one.at === other.at && one.order <= other.order);
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
