/** What every gateway of a run is started with, built once for all of them: by the first that needs it. */

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** What was built; two files that come first at the same time both build it, and the same. */
export async function builtOnce(): Promise<Build> {
  const file = join(inject("built"), "build.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Build;
  // Whoever is started with what was built does not look for the documents again. That they are whole, test/web/docs-site says.
  const [built] = await Promise.all([builtOrKept(), docsOrKept().catch(() => [])]);
  const half = `${file}.${process.pid}`;
  writeFileSync(half, JSON.stringify(built));
  renameSync(half, file);
  return built;
}
