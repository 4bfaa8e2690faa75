/** `npm run sim`: many worlds, each by its seed; or one of them again; or worlds with a bug planted in them. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { FAULT_NAMES, type Fault } from "./faults.ts";
import { bundle } from "./ground/bundle.ts";
import { CAST, type Plan, planOf } from "./plan.ts";
import { mutantOf, plantAll, planWith } from "./plant.ts";
import { replayCommand, tellBreach, tellOutcome, tellPlan } from "./report.ts";
import { shrink } from "./shrink.ts";
import { runAll } from "./workforce.ts";
import { run } from "./world.ts";

const HELP = `npm run sim -- [options]

  --seeds N        runs N worlds (100 unless said), each by a seed of its own
  --seconds N      begins no further world after so many seconds of one processor's time
  --from S         the first seed of them (1 unless said)
  --jobs N         how many at once (as many as there are processors)
  --seed S         runs one world again, exactly as it was, and tells its last events
    --verbose      tells all of its events, and what the gateway logged
    --shrink       looks for a shorter history in which the same promise is broken
    --planted A    with this bug of sim/mutants.ts in it
  of one world or of many:
    --without F,G  the same without these faults
    --actors A,B   with these actors only: operator-1,operator-2
    --deeds N      each does so much
    --until N      nobody begins anything after so many events
    --luck N       what chance decides beside the plan, drawn anew
  --mutants [A,B]  plants each bug of sim/mutants.ts, or these, and tells how many seeds it took to see it
                   (with --seeds, so many at most; 150 unless said)
`;

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: "string" },
    seconds: { type: "string" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    seed: { type: "string" },
    verbose: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
    without: { type: "string" },
    actors: { type: "string" },
    deeds: { type: "string" },
    until: { type: "string" },
    luck: { type: "string" },
    planted: { type: "string" },
    mutants: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
  args: process.argv.slice(2),
});

if (values.help) console.log(HELP);
else if (values.mutants) process.exitCode = await plant();
else if (values.seed !== undefined) process.exitCode = await one(planFor(count("seed", values.seed)));
else process.exitCode = await many();

async function many(): Promise<number> {
  const from = count("from", values.from);
  const seeds = count("seeds", values.seeds ?? "100");
  const most = values.seconds === undefined ? Number.POSITIVE_INFINITY : count("seconds", values.seconds);
  const begun = performance.now();
  let worlds = 0;
  let events = 0;
  let years = 0;
  const faults: Record<string, number> = {};
  const broken = await runAll({
    seeds: Array.from({ length: seeds }, (_, n) => from + n),
    jobs: count("jobs", values.jobs),
    plan: planFor,
    isOver: () => processorSeconds() >= most,
    heard(outcome) {
      worlds++;
      events += outcome.events;
      years += outcome.lasted / (365 * 86_400_000);
      for (const [fault, times] of Object.entries(outcome.faults)) faults[fault] = (faults[fault] ?? 0) + times;
    },
  });
  const seconds = (performance.now() - begun) / 1_000;
  for (const outcome of broken) console.log(tellBreach(outcome));
  const hit = Object.values(faults).reduce((sum, times) => sum + times, 0);
  console.log(
    `${worlds} seeds from ${from}: ${events.toLocaleString("en")} events in ${years.toFixed(1)} years of virtual time, ` +
      `with ${hit.toLocaleString("en")} faults of ${Object.keys(faults).length} kinds; ` +
      `${seconds.toFixed(0)} s, ${(worlds / seconds).toFixed(1)} seeds a second.`,
  );
  console.log(
    broken.length === 0
      ? "Every promise was kept."
      : `A promise was broken in ${broken.length} of them: seeds ${broken.map(({ plan }) => plan.seed).join(", ")}.`,
  );
  return broken.length === 0 ? 0 : 1;
}

/** What this process has used of processors, all its threads together. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function one(plan: Plan): Promise<number> {
  const code = await bundle(values.planted === undefined ? [] : [mutantOf(values.planted)]);
  if (values.shrink) {
    const shorter = await shrink(plan, code, (text) => console.log(text));
    if (!shorter) {
      console.log(`${replayCommand(plan)} breaks no promise: there is nothing to shrink.`);
      return 0;
    }
    console.log(tellBreach(shorter, values.planted));
    return 1;
  }
  console.log(tellPlan(plan));
  const tell = (text: string) => console.log(text);
  const outcome = await run(plan, code, values.verbose ? { log: tell, story: tell } : {});
  console.log(outcome.breach ? tellBreach(outcome, values.planted) : tellOutcome(outcome));
  return outcome.breach ? 1 : 0;
}

async function plant(): Promise<number> {
  return plantAll({
    names: positionals[0]?.split(","),
    seeds: count("seeds", values.seeds ?? "150"),
    jobs: count("jobs", values.jobs),
    tell: (text) => console.log(text),
  });
}

function planFor(seed: number): Plan {
  const planted = values.planted === undefined ? undefined : mutantOf(values.planted);
  const plan = planted ? planWith(planted, planOf(seed)) : planOf(seed);
  const { without, actors, deeds, until, luck } = values;
  const left = without?.split(",") ?? [];
  for (const fault of left) {
    if (!FAULT_NAMES.includes(fault as Fault)) fail(`there is no fault ${fault}; there are ${FAULT_NAMES.join(", ")}`);
  }
  for (const actor of actors?.split(",") ?? []) {
    const [, role] = /^([a-z0-9]+)-\d+$/.exec(actor) ?? [];
    if (!role || !(role in CAST)) fail(`there is no actor ${actor}; there are ${Object.keys(CAST).join("-1, ")}-1`);
  }
  return {
    ...plan,
    faults: Object.fromEntries(Object.entries(plan.faults).filter(([fault]) => !left.includes(fault))),
    ...(actors === undefined ? {} : { actors: actors.split(",") }),
    ...(deeds === undefined ? {} : { deeds: count("deeds", deeds) }),
    ...(until === undefined ? {} : { until: count("until", until) }),
    ...(luck === undefined ? {} : { luck: count("luck", luck) }),
  };
}

function count(name: string, text: string): number {
  return /^\d+$/.test(text) ? Number(text) : fail(`--${name} must be a whole number, not ${text}`);
}

function fail(why: string): never {
  console.error(`npm run sim: ${why}`);
  process.exit(2);
}
