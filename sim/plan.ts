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
  /** For how many days what is over is kept. */
  kept: number;
  /** Who takes part, each by a name that its chance is made of: "target365-3". */
  actors: readonly string[];
  /** How much each of them does. */
  deeds: number;
  /** After so many events nobody begins anything new. */
  until: number;
  /** Whether there is a second carrier; what it carries and bills is the operator's to say. */
  hasRelay: boolean;
  /** What chance decides beside the plan, drawn anew. */
  luck: number;
};

/** The kinds of actors there are, each with how often it is chosen beside the others. */
export const CAST = {
  target365: 3,
  txtnation: 2,
  cm: 2,
  flowroute: 2,
  snoop: 1,
  merchant: 3,
  dob: 3,
  paid: 2,
  agreed: 2,
  asked: 1,
  pincodes: 2,
  buyer: 3,
  person: 2,
  stranger: 2,
  subscriber: 3,
  american: 2,
  keywords: 2,
  operator: 1,
} as const;
export type Role = keyof typeof CAST;

const MOST_ACTORS = 5;

/** Who gets in each other's way; some worlds have nobody else. */
const COMPANIES: readonly (readonly Role[])[] = [
  ["person", "subscriber"],
  ["person", "subscriber", "person", "buyer"],
  ["person", "buyer", "person"],
  ["buyer", "buyer"],
  ["stranger", "stranger", "buyer"],
  ["merchant", "dob", "paid", "agreed"],
  ["target365", "target365", "snoop"],
  ["target365", "target365", "txtnation", "cm"],
  ["agreed", "agreed", "pincodes"],
  ["american", "operator", "keywords", "person"],
];

/** For how many days what is over is kept: as it is where nobody says otherwise, or so short that what is pending is older. */
const KEPT = [90, 90, 3];

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
  const everybody = Object.entries(CAST).flatMap(([role, often]) => Array.from({ length: often }, () => role));
  const roles = random.chance(0.4) ? random.pick(COMPANIES) : everybody;
  // A few at a time: what goes wrong between two is seen as well, and a small world is gone through sooner.
  const actors = Array.from({ length: random.int(1, MOST_ACTORS) }, (_, n) => `${random.pick(roles)}-${n + 1}`);
  return {
    seed,
    shape: random.chance(0.7) ? "edge" : "laptop",
    startsAt: day + random.int(0, 3_600_000),
    faults: someFaults(random.fork("faults")),
    kept: random.pick(KEPT),
    actors,
    deeds: random.int(2, 8),
    until: 100_000,
    hasRelay: random.fork("relay").chance(0.5),
    luck: 0,
  };
}
