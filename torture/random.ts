/** Choices that a seed orders: the same seed makes the same ones, each of its streams apart from the others. */

export type Random = {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  one<T>(of: readonly T[]): T;
  /** One of the names, each as often as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  /** A stream of its own. */
  stream(name: string): Random;
};

export function seeded(seed: string): Random {
  let state = hash(seed);
  const random: Random = {
    // mulberry32
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
    between: (least, most) => least + Math.floor(random.next() * (most - least + 1)),
    chance: (share) => random.next() < share,
    one: (of) => of[random.between(0, of.length - 1)] as (typeof of)[number],
    weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
      const entries = Object.entries<number>(weights) as [T, number][];
      let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return (entries.at(-1) as [T, number])[0];
    },
    stream: (name) => seeded(`${seed} ${name}`),
  };
  return random;
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value;
}
