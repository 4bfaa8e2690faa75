/** Chance by seed: the same seed gives the same numbers, and each name its own, whatever others have drawn. */

export type Random = {
  /** From 0 up to, but never, 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Waiting times: mostly about `mean`, now and then several times that. */
  wait(mean: number): number;
  fill<T extends Uint8Array>(bytes: T): T;
  /** Another source, of the same seed, for somebody else. */
  fork(name: string): Random;
};

export function makeRandom(seed: string): Random {
  let [a, b, c, d] = hash(seed);
  const word = () => {
    // sfc32, of PractRand: small, fast, and good enough that no order of events is left out.
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let n = 0; n < 12; n++) word();
  const random: Random = {
    next: () => word() / 2 ** 32,
    int: (least, most) => least + Math.floor(random.next() * (most - least + 1)),
    chance: (share) => random.next() < share,
    pick: (list) => {
      if (list.length === 0) throw new Error("there is nothing to pick from");
      return list[Math.floor(random.next() * list.length)] as never;
    },
    wait: (mean) => -Math.log(1 - random.next()) * mean,
    fill(bytes) {
      for (let index = 0; index < bytes.length; index++) bytes[index] = word();
      return bytes;
    },
    fork: (name) => makeRandom(`${seed}/${name}`),
  };
  return random;
}

/** Four words of a text (cyrb128). */
function hash(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [(a ^ b ^ c ^ d) >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}
