/** `stafett worlds`: the sandboxes that have a name. */

import type { Command } from "../command.ts";
import { lastUrl, worlds as named } from "../world.ts";

/** A gateway on this machine that runs answers sooner. Milliseconds. */
const ANSWERS_WITHIN_MS = 2_000;

export const worlds: Command = {
  name: "worlds",
  summary: "List the sandboxes that were started with --world",
  takes: "",
  words: [0, 0],
  options: {},
  examples: ["worlds"],

  async run() {
    const all = named();
    if (all.length === 0) return console.log("No world yet. To start one: stafett start --world NAME");
    const lines = await Promise.all(all.map(({ name, folder }) => lineOf(name, folder)));
    console.log(lines.join("\n"));
  },
};

async function lineOf(name: string, folder: string): Promise<string> {
  const url = lastUrl(folder);
  return `${name}  ${url && (await isThere(url)) ? url : "stopped"}  ${folder}`;
}

async function isThere(url: string): Promise<boolean> {
  return fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).then(
    () => true,
    () => false,
  );
}
