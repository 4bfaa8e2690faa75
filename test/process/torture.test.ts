/** The promises against the real process: killed in the middle of the work, again and again, it owes nobody anything. */

import { expect, it } from "vitest";
import { torture } from "../../torture/torture.ts";

/** Recovery takes a lease or two of real time; this only says when to stop hoping. Milliseconds. */
const PATIENCE = 600_000;

it(
  "loses nothing that it took, does nothing twice, and charges nobody after STOP, however it is killed",
  async () => {
    const { breaches, acknowledged, rounds, counts } = await torture({
      rounds: 6,
      seed: "5978",
      callers: 12,
      longest: 1_000,
    });
    expect(breaches).toEqual([]);
    expect(acknowledged).toBeGreaterThan(0);
    expect(counts["texts acknowledged over SMPP"]).toBeGreaterThan(0);
    expect(counts["texts sent by the SMSC"]).toBeGreaterThan(0);
    // Each way to die, once.
    expect(new Set(rounds.map(({ death }) => death)).size).toBe(rounds.length);
  },
  PATIENCE,
);
