/** The Worker as it was built when the package was made, in place of scripts/build.ts and scripts/kept-build.ts: building it needs wrangler and esbuild. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../../scripts/build.ts";
import { root } from "../../scripts/root.ts";

/** Reads what `npm run package` wrote. */
export async function builtOrKept(): Promise<Build> {
  const built = JSON.parse(readFileSync(join(root, "dist/worker.json"), "utf8")) as Build;
  return { ...built, options: { ...built.options, rootPath: root } };
}

/** It is there already. */
export async function beginBuild(): Promise<{ build: Promise<Build> }> {
  return { build: builtOrKept() };
}

/** The same: nothing in the package asks for a Worker with other files in it. */
export const build = builtOrKept;

/** In place of scripts/docs.ts: the documentation lies in the package's folder `public`. */
export async function docsOrKept(): Promise<[]> {
  return [];
}
