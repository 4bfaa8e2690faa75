/** What one run is made of. All of it follows from the seed; a part of it can be left out, to see whether it mattered. */

import { type FaultShares, someFaults } from "./faults.ts";
import type { Shape } from "./ground/cloud.ts";
import { makeRandom } from "./ground/random.ts";

export type Plan = {
  seed: number;
  shape: Shape;
  /** Epoch milliseconds of the virtual time. */
  startsAt: number;
  faults: FaultShares;
  /** Who takes part, each by a name that its chance is made of: "target365-3". */
  actors: readonly string[];
  /** How much each of them does. */
  deeds: number;
  /** After so many events nobody begins anything new. */
  until: number;
  /** What chance decides beside the plan, drawn anew. */
  luck: number;
};

/** The kinds of actors there are, and how many of each a run has at most. */
export const CAST = { target365: 3, merchant: 2, dob: 1, paid: 1, buyer: 2, person: 1, subscriber: 1, american: 1 } as const;
export type Role = keyof typeof CAST;

/** Days on which clocks, months or years do something; others are drawn. */
const DAYS = [
  "2026-10-25T00:30:00Z", // summer time ends
  "2027-03-28T00:30:00Z", // summer time begins
  "2027-01-31T10:00:00Z", // the months after are shorter
  "2027-12-31T22:30:00Z", // the year ends in Oslo
  "2028-02-29T09:00:00Z", // a day that most years have not
];

export function planOf(seed: number): Plan {
  const random = makeRandom(`stafett ${seed}`);
  const day = random.chance(0.5)
    ? Date.parse(random.pick(DAYS))
    : Date.UTC(2026, 10, 22) + random.int(0, 730) * 86_400_000;
  const actors = Object.entries(CAST).flatMap(([role, most]) =>
    Array.from({ length: random.int(0, most) }, (_, n) => `${role}-${n + 1}`),
  );
  return {
    seed,
    shape: random.chance(0.7) ? "edge" : "laptop",
    startsAt: day + random.int(0, 3_600_000),
    faults: someFaults(random.fork("faults")),
    actors: actors.length > 0 ? actors : ["target365-1"],
    deeds: random.int(3, 12),
    until: 100_000,
    luck: 0,
  };
}
