/**
 * A build takes seconds, most of them to load what builds. So it is kept beside the checkout, under a name that is made of
 * all that went into it: another line in any of those files is another name.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Asset, putAsset } from "./asset-files.ts";
import type { Build } from "./build.ts";
import { digestOf, keepAlone } from "./kept.ts";
import { root } from "./root.ts";

/** Files and folders that a build is made of. */
const SOURCES = [
  "migrations",
  "package-lock.json",
  "scripts/asset-files.ts",
  "scripts/assets.ts",
  "scripts/build.ts",
  "scripts/migrate.ts",
  "scripts/worker-options.ts",
  "src",
  "tsconfig.json",
  "wrangler.toml",
];

type Kept = { build: Build; assets: Asset[] };

/**
 * The build of this checkout as it is: the kept one, or a new one, which is kept.
 * The browsers' assets are in their place afterwards.
 */
export async function builtOrKept(folder = join(root, ".wrangler", "built")): Promise<Build> {
  // Of this folder, too: wrangler's options name files by their whole paths.
  const name = `${digestOf(SOURCES, root)}.json`;
  const kept = read(join(folder, name)) ?? (await make(folder, name));
  for (const asset of kept.assets) putAsset(asset);
  return kept.build;
}

async function make(folder: string, name: string): Promise<Kept> {
  const { build, assets } = await (await import("./build.ts")).buildWithAssets();
  keepAlone(folder, name, JSON.stringify({ build, assets }));
  return { build, assets };
}

function read(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return undefined; // It is not there yet.
  }
}
