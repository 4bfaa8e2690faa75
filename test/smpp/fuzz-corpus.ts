/** The corpus in the repository: one input a line, in hex. A line that broke something is added, and stays. */

import { readFileSync } from "node:fs";

export function corpus(): Uint8Array[] {
  const lines = readFileSync(new URL("corpus/pdus.hex", import.meta.url), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => Uint8Array.from(Buffer.from(line, "hex")));
}
