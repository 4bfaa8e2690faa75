/**
 * `npm run torture`: the real process under load, killed with `kill -9` at random moments, and what became of its promises.
 * `-- --rounds N`, `--seed S`, `--keep` the state folder, `--json` for the figures alone.
 */

import { parseArgs } from "node:util";
import { toLine, toSummary } from "./report.ts";
import { torture } from "./torture.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error("--rounds must be a whole number of at least 1");
  process.exit(2);
}

const say = (text: string) => (values.json ? process.stderr : process.stdout).write(`${text}\n`);
say(`seed ${values.seed}, ${rounds} rounds`);
const outcome = await torture({
  rounds,
  seed: values.seed,
  keep: values.keep,
  onRound: (round) => say(toLine(round)),
  onState: (state) => say(`${state} …`),
});
console.log(values.json ? JSON.stringify(outcome, null, 2) : toSummary(outcome));
process.exit(outcome.breaches.length > 0 ? 1 : 0);
