/** `npm run test:quick`: the tests that start nothing, no gateway, browser, process or simulated world. Under a minute. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** What takes long: a test whose imports reach one of these is left to `npm test`. */
const STARTS =
  /(^|\/)(scripts\/(runtime|start)\.ts|sim\/(run|world|workforce)\.ts|node:child_process|playwright-core)$/;

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

const tests = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name));

export default defineConfig({
  test: { ...base.test, globalSetup: [], isolate: false, include: tests.filter((file) => !starts(file)) },
});
