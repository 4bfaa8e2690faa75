/** What is told of a run, for people. */

import { FAULT_NAMES } from "./faults.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Outcome } from "./world.ts";

/** So many of the last events are told. */
const TOLD = 40;

/** How to have this very run again. */
export function replayCommand(plan: Plan): string {
  const whole = planOf(plan.seed);
  const without = FAULT_NAMES.filter((fault) => fault in whole.faults && !(fault in plan.faults));
  const said = [
    ["seed", plan.seed],
    ...(without.length > 0 ? [["without", without.join(",")]] : []),
    ...(plan.actors.join() === whole.actors.join() ? [] : [["actors", plan.actors.join(",")]]),
    ...(plan.deeds === whole.deeds ? [] : [["deeds", plan.deeds]]),
    ...(plan.until === whole.until ? [] : [["until", plan.until]]),
    ...(plan.luck === whole.luck ? [] : [["luck", plan.luck]]),
  ];
  return `npm run sim -- ${said.map(([name, value]) => `--${name} ${value}`).join(" ")}`;
}

export function tellPlan(plan: Plan): string {
  const faults = Object.entries(plan.faults).map(([fault, share]) => `${fault} ${share}`);
  return `seed ${plan.seed}: ${plan.shape}, from ${new Date(plan.startsAt).toISOString()}; what is over is kept for ${plan.kept} days
  actors: ${plan.actors.join(", ")}; ${plan.deeds} deeds each
  keys that are exchanged: ${plan.keys.join(", ") || "none"}
  faults: ${faults.join(", ") || "none"}`;
}

export function tellOutcome({ plan, events, fingerprint, lasted, faults }: Outcome): string {
  const hit = Object.entries(faults).map(([fault, times]) => `${times} ${fault}`);
  return `seed ${plan.seed}: every promise was kept in ${events} events and ${(lasted / 86_400_000).toFixed(1)} virtual days
  faults: ${hit.join(", ") || "none"}
  fingerprint: ${fingerprint.toString(16)}`;
}

/** @param planted the bug that is planted in it, if one is */
export function tellBreach({ plan, breach }: Outcome, planted?: string): string {
  if (!breach) return "";
  const { promise, what, step, at, story } = breach;
  const again = replayCommand(plan) + (planted === undefined ? "" : ` --planted ${planted}`);
  return `seed ${plan.seed} breaks ${promise} at event ${step}, ${new Date(at).toISOString()}:
  ${what}

the last events:
${story.slice(-TOLD).join("\n")}

again:   ${again}
shorter: ${again} --shrink
`;
}
