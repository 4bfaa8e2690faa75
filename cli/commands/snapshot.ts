/** `stafett snapshot`: the whole sandbox as a file, and back. */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Command, Trouble } from "../command.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

export const snapshot: Command = {
  name: "snapshot",
  summary: "Save the whole sandbox as a file, or put one back",
  takes: "save|restore FILE",
  words: [2, 2],
  choices: ["save", "restore"],
  options: TARGET_OPTIONS,
  examples: ["snapshot save before.json", "snapshot restore before.json", "snapshot save bug-report.json.gz"],

  async run(given) {
    const [what = "", name = ""] = given.words;
    // npm runs a script in the folder of its package, whoever called it from where.
    const file = resolve(process.env.INIT_CWD ?? ".", name);
    const ask = operatorOf(given);
    if (what === "save") {
      const saved = JSON.stringify(await ask<object>("GET", "/sandbox/v1/snapshot"));
      write(file, name.endsWith(".gz") ? gzipSync(saved) : Buffer.from(saved));
      return console.log(`Saved to ${file}. It holds the sandbox's texts and numbers.`);
    }
    if (what !== "restore") throw new Trouble(`snapshot saves or restores: it does not ${what}`);
    await ask("PUT", "/sandbox/v1/snapshot", read(file));
    console.log(`The sandbox is as it was when ${file} was saved.`);
  },
};

/** Readable by its owner alone. @throws Trouble */
function write(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes, { mode: 0o600 });
  } catch (error) {
    throw new Trouble(`${file} cannot be written: ${(error as Error).message}`);
  }
}

/** A file begins with what it is: packed ones are told by that. @throws Trouble */
function read(file: string): unknown {
  try {
    const bytes = readFileSync(file);
    return JSON.parse((bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8"));
  } catch (error) {
    throw new Trouble(`${file} is no snapshot that can be read: ${(error as Error).message}`);
  }
}
