/** Plants bugs, one at a time, and sees how many worlds it takes until a promise is seen to be broken. */

import { type Mutant, mutants } from "./mutants.ts";
import { type Plan, planOf } from "./plan.ts";
import { Thread } from "./workforce.ts";

type Given = {
  /** Which; all of them unless said. */
  names: readonly string[] | undefined;
  /** The most seeds that each is given. */
  seeds: number;
  jobs: number;
  tell: (text: string) => void;
};

/** @returns 0 if each was caught, 1 if one survived */
export async function plantAll({ names, seeds, jobs, tell }: Given): Promise<number> {
  const chosen = names ? names.map(mutantOf) : mutants;
  const waiting = [...chosen];
  const caught = new Map<string, { after: number; broke: string }>();
  tell("| planted bug | should break | seeds it took | broke |\n| --- | --- | ---: | --- |");
  const one = async () => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const found = await seedsToCatch(mutant, seeds);
      if (found) caught.set(mutant.name, found);
      const { name, breaks } = mutant;
      tell(
        found
          ? `| ${name} | ${breaks} | ${found.after} | ${found.broke} |`
          : `| ${name} | ${breaks} | **none of ${seeds}** | |`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, one));
  const survivors = chosen.filter(({ name }) => !caught.has(name));
  tell(
    `\n${caught.size} of ${chosen.length} planted bugs were caught.${
      survivors.length > 0 ? ` Not caught: ${survivors.map(({ name }) => name).join(", ")}.` : ""
    }`,
  );
  return survivors.length === 0 ? 0 : 1;
}

/** How many worlds it takes, from seed 1 on, until one breaks a promise with this bug in it; those that never come to it do not count. */
async function seedsToCatch(mutant: Mutant, most: number): Promise<{ after: number; broke: string } | undefined> {
  const thread = new Thread([mutant]);
  try {
    for (let seed = 1, worlds = 0; worlds < most; seed++) {
      const plan = planWith(mutant, planOf(seed));
      if (!comesTo(mutant, plan)) continue;
      worlds += 1;
      const broke = await thread.run(seed, plan).then(
        ({ breach }) => breach?.promise,
        (error) => {
          if (String(error).includes("exactly once")) throw error;
          return "the world stood still";
        },
      );
      if (broke) return { after: worlds, broke };
    }
    return undefined;
  } finally {
    await thread.end();
  }
}

/** The world of that seed, as this bug is looked for in it. */
export function planWith({ cast, deeds = 2, exchanges }: Mutant, plan: Plan): Plan {
  return {
    ...plan,
    ...(cast ? { actors: cast, deeds } : {}),
    ...(exchanges ? { keys: exchanges } : {}),
    ...(exchanges?.includes("data") ? { sealed: ["alfa", "beta"] } : {}),
  };
}

/** Whether anybody in that world may come to the planted place: few worlds have an SMSC, customers who bind, or campaigns. */
function comesTo({ file, needs, by }: Mutant, plan: Plan): boolean {
  const { smsc, actors } = plan;
  const has = (role: string) => actors.some((actor) => actor.startsWith(`${role}-`));
  if (by && !has(by)) return false;
  if (needs && !(plan.hasRelay && RELAY_IS[needs](plan))) return false;
  // Texts of people come in over an SMSC, and by another bind than the first where there are two.
  if (file === "carriers/smpp/texts.ts") return smsc !== undefined && has("texter");
  if (file === "doors/smpp/binds.ts") return smsc !== undefined && smsc.binds > 1 && has("texter");
  if (/^(?:core|store\/messaging)\/campaigns\//.test(file)) return has("campaigner");
  if (file.startsWith("carriers/smpp/")) return smsc !== undefined;
  return !/^(?:doors|dialects\/\w+)\/smpp\//.test(file) || has("esme");
}

const RELAY_IS: Record<NonNullable<Mutant["needs"]>, (plan: Plan) => boolean> = {
  relay: () => true,
  pace: ({ perSecond }) => perSecond !== undefined,
  reroutes: ({ reroutes }) => reroutes,
  "relay-lies": ({ faults }) => faults["relay-lies"] !== undefined,
  "relay-lies-of-lost": ({ faults }) =>
    faults["relay-lies"] !== undefined && (faults["carrier-answer-lost"] ?? faults["carrier-hangs"]) !== undefined,
  "relay-down": ({ faults }) => faults["relay-down"] !== undefined,
};

/** @throws Error if there is none of that name */
export function mutantOf(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name);
  if (!mutant) throw new Error(`there is no mutant ${name} in sim/mutants.ts`);
  return mutant;
}
