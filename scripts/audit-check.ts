/**
 * `npm run audit-check`: whether an audit log that was taken out is what was written. Reads JSON lines from a file, or from
 * standard input: `curl …/admin/v1/audit/export | npm run --silent audit-check`.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brokenAt, type ChainedEntry } from "../src/core/operator/audit.ts";

const text = readFileSync(process.argv[2] ?? 0, "utf8");
const entries = text
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => JSON.parse(line) as ChainedEntry);
const broken = await brokenAt(entries, async (one) => createHash("sha256").update(one).digest("hex"));
if (broken === undefined) {
  console.log(`${entries.length} entries, unbroken; the last hash is ${entries.at(-1)?.hash ?? "none"}`);
} else {
  console.error(`the chain is broken at entry ${broken}: it was changed, or one before it was changed or taken out`);
  process.exitCode = 1;
}
