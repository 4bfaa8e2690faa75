/** `npm run supply-check`: no secret among the files that git knows, and every package pinned by its hash. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";
import { faultsIn } from "./supply.ts";

const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const faults = faultsIn(root, files);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${files.length} files: no secret among them, and every package is pinned.`);
