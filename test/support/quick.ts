/** Which tests start nothing: no gateway, browser, process or simulated world. `npm run test:quick` runs only these. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What takes long: a test whose imports reach one of these is left to `npm test`. */
const STARTS =
  /(^|\/)((scripts\/(runtime|start)|cli\/testing\/index)\.ts|sim\/(run|world|workforce)\.ts|node:child_process|playwright-core)$/;

/** Files share processes, where timers and modules that are not real would be those of the next file, too. */
const FAKES = /\bvi\.(useFakeTimers|mock)\(/;

const reached = new Map<string, boolean>();

/** Whether a file, or one that it imports, starts something. */
function starts(file: string): boolean {
  const known = reached.get(file);
  if (known !== undefined) return known;
  reached.set(file, false); // files that import each other
  if (!existsSync(file)) return false; // an example in a text
  const imports = [...readFileSync(file, "utf8").matchAll(/from "([^"]+)"/g)].map(([, name = ""]) => name);
  const answer = imports.some(
    (name) =>
      STARTS.test(name) ||
      (/^\.\.?\/.*\.tsx?$/.test(name) && !/\/src\//.test(name) && starts(join(dirname(file), name))),
  );
  reached.set(file, answer);
  return answer;
}

/** The files of tests, by whether they start something; those that fake a timer or a module apart. Paths from the root. */
export function filesOfTests(): { quick: string[]; starting: string[]; faking: string[] } {
  const all = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name));
  const faking = all.filter((file) => FAKES.test(readFileSync(file, "utf8")));
  const rest = all.filter((file) => !faking.includes(file));
  return { quick: rest.filter((file) => !starts(file)), starting: rest.filter((file) => starts(file)), faking };
}
