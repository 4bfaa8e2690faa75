/**
 * `npm run audit-check`: whether an audit log that was taken out is what was written. Reads JSON lines from a file, or from
 * standard input: `curl …/admin/v1/audit/export | npm run --silent audit-check`.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Anchor, brokenAt, type ChainedEntry } from "../src/core/operator/audit.ts";

const text = readFileSync(process.argv[2] ?? 0, "utf8");
type Line = ChainedEntry | { anchor: Anchor };
const lines = text
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => JSON.parse(line) as Line);
const entries = lines.flatMap((line) => ("anchor" in line ? [] : line));
const anchor = lines.flatMap((line) => ("anchor" in line ? line.anchor : []))[0];
const broken = await brokenAt(entries, async (one) => createHash("sha256").update(one).digest("hex"), anchor);
if (broken === undefined) {
  const since = anchor ? `, after the anchor at ${anchor.seq}, ${anchor.hash}` : "";
  console.log(`${entries.length} entries${since}, unbroken; the last hash is ${entries.at(-1)?.hash ?? "none"}`);
} else {
  console.error(`the chain is broken at entry ${broken}: it was changed, or one before it was changed or taken out`);
  process.exitCode = 1;
}
