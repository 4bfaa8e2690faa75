/** How many connections an address may have that are not bound, and how long it is kept out after wrong passwords. */

const MINUTE = 60_000;
const MOST_GUESSES = 5;
const KEPT_OUT_MS = 10 * MINUTE;
const MOST_UNBOUND_OF_ONE = 20;
const MOST_UNBOUND = 200;
/** A program that keeps trying a wrong password is told of once in so long. */
const TOLD_EACH_MS = 60 * MINUTE;
const MOST_REMEMBERED = 10_000;

type Known = { unbound: number; guesses: number[]; outUntil: number; toldAt: number };

export class Addresses {
  readonly #known = new Map<string, Known>();
  #unbound = 0;

  /** Why no connection from there is taken now; undefined if one is. It then counts as unbound. @param now epoch ms */
  enter(address: string, now: number): string | undefined {
    const known = this.#of(address);
    if (known.outUntil > now) return "too many wrong passwords came from there";
    if (known.unbound >= MOST_UNBOUND_OF_ONE || this.#unbound >= MOST_UNBOUND)
      return "too many connections are not bound";
    known.unbound += 1;
    this.#unbound += 1;
    return undefined;
  }

  /** One of its connections is bound, or gone. */
  settle(address: string): void {
    const known = this.#of(address);
    known.unbound = Math.max(0, known.unbound - 1);
    this.#unbound = Math.max(0, this.#unbound - 1);
  }

  /** A wrong password came from there. */
  guess(address: string, now: number): void {
    const known = this.#of(address);
    known.guesses = [...known.guesses.filter((at) => now - at < MINUTE), now];
    if (known.guesses.length >= MOST_GUESSES) known.outUntil = now + KEPT_OUT_MS;
  }

  /** Whether a refusal of this address should stand in the log. */
  isWorthTelling(address: string, now: number): boolean {
    const known = this.#of(address);
    if (now - known.toldAt < TOLD_EACH_MS) return false;
    known.toldAt = now;
    return true;
  }

  #of(address: string): Known {
    let known = this.#known.get(address);
    if (!known) {
      if (this.#known.size >= MOST_REMEMBERED) this.#forget();
      known = { unbound: 0, guesses: [], outUntil: 0, toldAt: 0 };
      this.#known.set(address, known);
    }
    return known;
  }

  #forget(): void {
    for (const [address, { unbound }] of this.#known) if (unbound === 0) this.#known.delete(address);
  }
}
