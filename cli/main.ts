/** The `stafett` program: a gateway with its sandbox, and what one does with it from a shell. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { program, root } from "../scripts/root.ts";
import { type Command, helpOf, inColumns, readGiven, seeHelp, Trouble } from "./command.ts";
import { advance } from "./commands/advance.ts";
import { campaign } from "./commands/campaign.ts";
import { completion } from "./commands/completion.ts";
import { handset } from "./commands/handset.ts";
import { listen } from "./commands/listen.ts";
import { logs } from "./commands/logs.ts";
import { mcp } from "./commands/mcp.ts";
import { replay } from "./commands/replay.ts";
import { seed } from "./commands/seed.ts";
import { send } from "./commands/send.ts";
import { snapshot } from "./commands/snapshot.ts";
import { start } from "./commands/start.ts";
import { trigger } from "./commands/trigger.ts";
import { worlds } from "./commands/worlds.ts";
import { nearest } from "./nearest.ts";

/** Every command, in the order of the help. The first is the one that runs without a name. */
export const commands: readonly Command[] = [
  start,
  send,
  campaign,
  handset,
  trigger,
  advance,
  listen,
  logs,
  seed,
  replay,
  snapshot,
  worlds,
  mcp,
  completion(() => commands),
];

/** Runs what the arguments ask for. Ends the process, with 1, where it cannot. */
export async function main(args: readonly string[]): Promise<void> {
  // Whoever reads it has enough, as `head` has.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  try {
    await run(args);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

async function run(args: readonly string[]): Promise<void> {
  const [first = "", ...rest] = args;
  if (first === "--version" || first === "-v") return console.log(version());
  if (first === "--help" || first === "-h" || (first === "help" && rest.length === 0)) return console.log(help());
  if (first === "help") return console.log(helpOf(named(rest[0] ?? ""), program));
  const isNamed = first !== "" && !first.startsWith("-");
  const command = isNamed ? named(first) : start;
  const read = readGiven(command, isNamed ? rest : args, program);
  if (read.has("help")) return console.log(helpOf(command, program));
  await command.run(read);
}

/** @throws Trouble if there is none of this name */
function named(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  const close = nearest(
    name,
    commands.map((one) => one.name),
  );
  throw new Trouble(
    `There is no command ${name}.${close ? ` Did you mean ${program} ${close}?` : ""}${seeHelp(program)}`,
  );
}

/** The version of this program. */
export function version(): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
}

function help(): string {
  return [
    "Stafett: an SMS and carrier-billing gateway, and its sandbox with virtual handsets.",
    "",
    `  ${program} [command] [options]`,
    "",
    ...inColumns(commands.map(({ name, summary }) => [name, summary] as const)),
    "",
    `Without a command it starts. What a command takes: ${program} help COMMAND`,
  ].join("\n");
}
