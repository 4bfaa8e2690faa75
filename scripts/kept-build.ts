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

let begun: Promise<{ build: Promise<Build> }> | undefined;

/** The build of this checkout as it is: the kept one, or a new one, which is kept. */
export async function builtOrKept(folder?: string): Promise<Build> {
  return (await (folder === undefined ? beginBuild() : begin(folder))).build;
}

/**
 * Reads the kept build, or begins a new one; once in a process. The browsers' assets are in their place when `build` is there. It comes
 * as a member since esbuild makes it beside this process, which has other things to load meanwhile.
 */
export function beginBuild(): Promise<{ build: Promise<Build> }> {
  begun ??= begin(join(root, ".wrangler", "built"));
  return begun;
}

async function begin(folder: string): Promise<{ build: Promise<Build> }> {
  // Of this folder, too: wrangler's options name files by their whole paths.
  const name = `${digestOf(SOURCES, root)}.json`;
  const kept = read(join(folder, name));
  if (kept) return { build: Promise.resolve(inPlace(kept)) };
  const { buildWithAssets } = await import("./build.ts");
  const made = buildWithAssets().then((built) => {
    keepAlone(folder, name, JSON.stringify(built));
    return inPlace(built);
  });
  made.catch(() => {}); // Told to whoever waits for it.
  return { build: made };
}

function inPlace({ build, assets }: Kept): Build {
  for (const asset of assets) putAsset(asset);
  return build;
}

function read(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return undefined; // It is not there yet.
  }
}
