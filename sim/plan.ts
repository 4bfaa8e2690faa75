/** What one run is made of. All of it follows from the seed; a part of it can be left out, to see whether it mattered. */

import { ALONE, type ExchangeName, SIGNERS, TOGETHER } from "./exchanges.ts";
import { type FaultShares, someFaults } from "./faults.ts";
import type { Shape } from "./ground/cloud.ts";
import { makeRandom, type Random } from "./ground/random.ts";
import type { SmscManner } from "./smpp/smsc.ts";

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
  /** Which of its keys the operator exchanges, one after another. */
  keys: readonly ExchangeName[];
  /** What kind of SMSC there is, if any: a carrier that is bound to. */
  smsc?: SmscManner;
  /** Whether there is a second carrier; what it carries and bills is the operator's to say. */
  hasRelay: boolean;
  /** The customers whose numbers and texts are sealed in the database. */
  sealed: readonly string[];
  /** Whether what one of the two could not deliver goes to the other; and how many parts the second takes in a second. */
  reroutes: boolean;
  perSecond?: number;
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
  // Comes beside the others, in some worlds.
  limited: 0,
  guarded: 0,
  marketer: 0,
  campaigner: 0,
  // Chosen apart from the others, with the carrier or the sessions that they need.
  esme: 0,
  texter: 0,
  keyed: 0,
  hooked: 0,
  keeper: 0,
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
  ["american", "american"],
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

function keysOf(random: Random): Plan["keys"] {
  if (!random.chance(0.5)) return [];
  if (random.chance(0.15)) return [random.pick(ALONE)];
  const first = random.pick(TOGETHER);
  const others = TOGETHER.filter((name) => name !== first && random.chance(0.15));
  return random.pick([[first, ...others], [...others, first, random.pick(SIGNERS)], [random.pick(SIGNERS)]]);
}

function mannerOf(random: Random): SmscManner {
  return {
    bindType: random.pick(["transceiver", "transceiver", "pair"]),
    binds: random.int(1, 2),
    longTexts: random.pick(["udh", "sar"]),
    echoes: random.chance(0.5),
  };
}

function sealedOf(random: Random, keys: Plan["keys"]): Plan["sealed"] {
  return random.chance(0.3) || keys.includes("data") ? random.pick([["alfa"], ["beta"], ["alfa", "beta"]]) : [];
}

export function planOf(seed: number): Plan {
  const random = makeRandom(`stafett ${seed}`);
  const day = random.chance(0.5)
    ? Date.parse(random.pick(DAYS))
    : Date.UTC(2026, 10, 22) + random.int(0, 730) * 86_400_000;
  const everybody = Object.entries(CAST).flatMap(([role, often]) => Array.from({ length: often }, () => role));
  const roles = random.chance(0.4) ? random.pick(COMPANIES) : everybody;
  // A few at a time: what goes wrong between two is seen as well, and a small world is gone through sooner.
  const actors = Array.from({ length: random.int(1, MOST_ACTORS) }, (_, n) => `${random.pick(roles)}-${n + 1}`);
  const smpp = random.fork("smpp");
  const smsc = smpp.chance(0.2) ? mannerOf(smpp.fork("smsc")) : undefined;
  if (smpp.chance(0.2)) actors.push(...["esme-1", "esme-2"].slice(0, smpp.int(1, 2)));
  if (smsc && smpp.chance(0.5)) actors.push("texter-1");
  if (random.fork("keyed").chance(0.3)) actors.push("keyed-1");
  // First, so that much of what happens is told to its endpoints.
  if (random.fork("hooked").chance(0.4)) actors.unshift("hooked-1");
  const keys = keysOf(random.fork("keys"));
  const shape = random.chance(0.7) ? "edge" : "laptop";
  return {
    seed,
    shape,
    startsAt: day + random.int(0, 3_600_000),
    faults: someFaults(random.fork("faults")),
    kept: random.pick(KEPT),
    actors: [
      ...actors,
      ...(random.fork("limited").chance(0.25) ? ["limited-1", "limited-2"] : []),
      ...(random.fork("guarded").chance(0.25) ? ["guarded-1", "guarded-2"] : []),
      ...(random.fork("marketer").chance(0.2) ? ["marketer-1"] : []),
      ...(keys.length > 0 ? ["keeper-1"] : []),
      ...(random.fork("campaigner").chance(0.2) ? ["campaigner-1"] : []),
    ],
    deeds: random.int(2, 8),
    until: 100_000,
    keys,
    ...(smsc ? { smsc } : {}),
    hasRelay: random.fork("relay").chance(0.5),
    sealed: sealedOf(random.fork("sealed"), keys),
    reroutes: random.fork("reroutes").chance(0.5),
    ...(random.fork("paced").chance(0.5) ? { perSecond: 1 } : {}),
    luck: 0,
  };
}
