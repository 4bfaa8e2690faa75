/**
 * Whether a state folder has been brought up to date by this very build with these settings. To do it again takes a second and a half,
 * at each start, to find that all is there.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { putWhole } from "./asset-files.ts";
import type { Build } from "./build.ts";

/** Beside the database, so that removing the data removes this as well. */
const fileIn = (stateDir: string) => join(stateDir, "data", "prepared");

export type Prepared = { isDone: boolean; note(): void };

/** `note` remembers that it has been done. */
export function preparedIn(
  stateDir: string,
  { script, migrationsScript, steps }: Build,
  settings: Record<string, string>,
): Prepared {
  const all = JSON.stringify([script, migrationsScript, steps, Object.entries(settings).toSorted()]);
  const digest = createHash("sha256").update(all).digest("hex");
  return {
    isDone: read(fileIn(stateDir)) === digest,
    note() {
      mkdirSync(join(stateDir, "data"), { recursive: true });
      putWhole(fileIn(stateDir), digest);
    },
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // This is the first start.
  }
}
