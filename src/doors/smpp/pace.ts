/** How many a second: a bucket that fills evenly and holds one second's worth. */

export class Pace {
  #left: number | undefined;
  #at = 0;

  /** Whether one more may pass now. @param now epoch ms */
  take(perSecond: number, now: number): boolean {
    const gained = this.#left === undefined ? perSecond : this.#left + ((now - this.#at) / 1000) * perSecond;
    const left = Math.min(gained, perSecond);
    this.#at = now;
    this.#left = left < 1 ? left : left - 1;
    return left >= 1;
  }
}
