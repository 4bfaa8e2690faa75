/** What a runtime is started with that hangs on no setting: the Worker as one module, its bindings, the steps of its tables. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild, type Plugin } from "esbuild";
import { type Asset, putAsset } from "./asset-files.ts";
import { makeAssets } from "./assets.ts";
import { root } from "./root.ts";
import { statementsOf, workerOptions } from "./worker-options.ts";

/** Files that stand in for others in the bundle, by their paths from the root. */
type Replace = Readonly<Record<string, string>>;

export type Step = { name: string; statements: string[] };

/** JSON can carry it. */
export type Build = {
  /** The bindings of wrangler.toml, as Miniflare takes them. */
  options: Record<string, unknown>;
  script: string;
  migrationsScript: string;
  steps: Step[];
};

/** Builds it, and puts the assets that browsers are given in their place. Some seconds. */
export async function build(replace?: Replace): Promise<Build> {
  const { build, assets } = await buildWithAssets(replace);
  for (const asset of assets) putAsset(asset);
  return build;
}

/** Builds it, with the assets that browsers are given. Some seconds. */
export async function buildWithAssets(replace?: Replace): Promise<{ build: Build; assets: Asset[] }> {
  const [script, migrationsScript, assets] = await Promise.all([
    bundle(undefined, replace),
    bundle("scripts/migrate.ts"),
    makeAssets(),
  ]);
  return { build: { options: workerOptions(), script, migrationsScript, steps: migrations() }, assets };
}

const bundles = new Map<string, Promise<string>>();

/** A Worker as one module: the gateway's entry and platform are those of wrangler's own bundle. */
export function bundle(entry = "src/index.ts", replace: Replace = {}): Promise<string> {
  const key = JSON.stringify([entry, replace]);
  const known = bundles.get(key);
  if (known) return known;
  const made = esbuild({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    minifySyntax: true,
    absWorkingDir: root,
    preserveSymlinks: true, // else comments in what is built would name the folder where packages really lie
    write: false,
    logLevel: "warning",
    plugins: [replacing(replace)],
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  bundles.set(key, made);
  return made;
}

/** Has files stand in for others in a bundle. */
export function replacing(replace: Replace): Plugin {
  const others = new Map(Object.entries(replace).map(([file, by]) => [join(root, file), join(root, by)]));
  return {
    name: "replacing",
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
        const other = others.get(join(resolveDir, path));
        return other === undefined || other === importer ? undefined : { path: other };
      });
    },
  };
}

/** The numbered steps, in order. */
export function migrations(): Step[] {
  const folder = join(root, "migrations");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, statements: statementsOf(readFileSync(join(folder, name), "utf8")) }));
}
