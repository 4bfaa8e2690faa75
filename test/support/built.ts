/** What every gateway of a run is started with, built once for all of them: by the first that needs it. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import type { Build } from "../../scripts/build.ts";
import { docsOrKept } from "../../scripts/docs.ts";
import { builtOrKept } from "../../scripts/kept-build.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of a run. */
    built: string;
  }
}

/** Before a run. @returns what is done after it */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "stafett-built-"));
  project.provide("built", folder);
  return () => rmSync(folder, { recursive: true });
}

/** What was built: by the first that needs it, and others wait for that. In each process it takes ten seconds of CPU. */
export async function builtOnce(): Promise<Build> {
  const file = join(inject("built"), "build.json");
  while (!existsSync(file)) {
    if (isFirst()) await buildTo(file);
    else await wait(LOOKED_EVERY_MS);
  }
  return JSON.parse(readFileSync(file, "utf8")) as Build;
}

const LOOKED_EVERY_MS = 50;

const claim = () => join(inject("built"), "is-being-built");

function isFirst(): boolean {
  try {
    mkdirSync(claim());
    return true;
  } catch {
    return false; // it is there already
  }
}

async function buildTo(file: string): Promise<void> {
  try {
    // Whoever is started with what was built does not look for the documents again. That they are whole, test/web/docs-site says.
    const [built] = await Promise.all([builtOrKept(), docsOrKept().catch(() => [])]);
    const half = `${file}.half`;
    writeFileSync(half, JSON.stringify(built));
    renameSync(half, file);
  } catch (error) {
    rmdirSync(claim()); // the next one tries, and says the same
    throw error;
  }
}
