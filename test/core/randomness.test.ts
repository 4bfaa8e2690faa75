/** Random bytes: each is given once, however many are asked for. */

import { describe, expect, it } from "vitest";
import { drawnAhead } from "../../src/adapters/randomness.ts";

/** A source that counts, and the same drawn ahead. */
function counting() {
  let next = 0;
  let draws = 0;
  const fill = drawnAhead((bytes) => {
    draws++;
    for (let at = 0; at < bytes.length; at++) bytes[at] = next++ % 251;
  });
  const take = (count: number) => {
    const bytes = new Uint8Array(count);
    fill(bytes);
    return [...bytes];
  };
  return { take, draws: () => draws };
}

describe("random bytes", () => {
  it.each([1, 7, 16, 2_048, 5_000])("are given once each, %i at a time", (count) => {
    const { take } = counting();
    const given = Array.from({ length: 20 }, () => take(count)).flat();
    expect(given).toEqual(given.map((_, at) => at % 251));
  });

  it("are drawn some hundred ids at once", () => {
    const { take, draws } = counting();
    for (let id = 0; id < 1_000; id++) take(7);
    expect(draws()).toBeLessThan(10);
  });
});
