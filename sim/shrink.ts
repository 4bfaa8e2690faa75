/** Looks for a shorter history: fewer actors, fewer faults, fewer deeds, and the same promise broken all the same. */

import type { Bundle } from "./ground/bundle.ts";
import type { Plan } from "./plan.ts";
import { type Outcome, run } from "./world.ts";

/** Without somebody everything falls on other moments: so often chance is drawn anew before he is taken to have mattered. */
const LUCK = 4;

/**
 * @param tell is told of each step
 * @returns the shortest that was found; undefined if the plan breaks no promise
 */
export async function shrink(plan: Plan, bundle: Bundle, tell: (text: string) => void): Promise<Outcome | undefined> {
  const first = await run(plan, bundle);
  if (!first.breach) return undefined;
  const { promise } = first.breach;
  let best = first;

  /** Whether the promise is broken by a shorter history of this plan. */
  const tried = async (shorter: Partial<Plan>, what: string): Promise<boolean> => {
    for (let luck = best.plan.luck; luck < best.plan.luck + LUCK; luck++) {
      const outcome = await run({ ...best.plan, ...shorter, luck }, bundle);
      if (outcome.breach?.promise !== promise) continue;
      best = outcome;
      tell(`${what}: ${promise} is broken at event ${outcome.breach.step}`);
      return true;
    }
    return false;
  };

  await tried({ until: first.breach.step }, "nothing begun after it");
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (const actor of best.plan.actors) {
      const actors = best.plan.actors.filter((one) => one !== actor);
      if (actors.length > 0 && (await tried({ actors }, `without ${actor}`))) isShorter = true;
    }
    for (const fault of Object.keys(best.plan.faults)) {
      const { [fault as keyof Plan["faults"]]: _, ...faults } = best.plan.faults;
      if (await tried({ faults }, `without ${fault}`)) isShorter = true;
    }
    while (best.plan.deeds > 1 && (await tried({ deeds: Math.floor(best.plan.deeds / 2) }, "half the deeds"))) {
      isShorter = true;
    }
  }
  return best;
}
