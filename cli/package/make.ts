/**
 * `npm run package`: makes what is published, in `dist/package`, and its tarball beside it. The Worker is built into it, so
 * whoever installs it needs Miniflare alone. The repository's own package is private: nobody publishes it by accident.
 */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build as esbuild } from "esbuild";
import { buildWithAssets, replacing } from "../../scripts/build.ts";
import { docsOrKept } from "../../scripts/docs.ts";
import { root } from "../../scripts/root.ts";

const out = join(root, "dist/package");
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, never> & {
  devDependencies: Record<string, string>;
};

/** What the published package needs when it runs; everything else is in its bundle. */
const NEEDED = ["miniflare"];

/** Makes the folder anew. @returns where it is */
export async function makePackage(): Promise<string> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "dist"), { recursive: true });
  const { build: worker, assets: files } = await buildWithAssets();
  const { rootPath: _, assets, ...options } = worker.options as { rootPath: string; assets: object };
  const kept = { ...worker, options: { ...options, assets: { ...assets, directory: "public" } } };
  writeFileSync(join(out, "dist/worker.json"), JSON.stringify(kept));
  for (const { path, text } of [...files, ...(await docsOrKept())]) {
    mkdirSync(dirname(join(out, "public", path)), { recursive: true });
    writeFileSync(join(out, "public", path), text);
  }
  const bundled = await bundlePrograms();
  copyFileSync(join(root, "cli/package/bin.mjs"), join(out, "dist/bin.mjs"));
  copyFileSync(join(root, "cli/testing/types.ts"), join(out, "dist/testing.d.ts"));
  chmodSync(join(out, "dist/bin.mjs"), 0o755);
  copyFileSync(join(root, "LICENSE"), join(out, "LICENSE"));
  copyFileSync(join(root, "cli/package/README.md"), join(out, "README.md"));
  writeFileSync(join(out, "THIRD-PARTY.txt"), licences(bundled));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  return out;
}

/** @returns the paths of the packages whose code is in it */
async function bundlePrograms(): Promise<string[]> {
  const { metafile } = await esbuild({
    entryPoints: { main: join(root, "cli/main.ts"), testing: join(root, "cli/testing/index.ts") },
    outdir: join(out, "dist"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: NEEDED,
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
    preserveSymlinks: true, // else comments in what is built would name the folder where packages really lie
    plugins: [
      replacing({
        "scripts/root.ts": "cli/package/root.ts",
        "scripts/build.ts": "cli/package/build.ts",
        "scripts/kept-build.ts": "cli/package/build.ts",
        "scripts/docs.ts": "cli/package/build.ts",
      }),
    ],
  });
  const inputs = Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(inputs)];
}

function manifest(): object {
  const { name, version, description, license } = own;
  return {
    name,
    version,
    description,
    license,
    keywords: ["sms", "sandbox", "testing", "gateway", "carrier-billing", "smpp", "cloudflare-workers"],
    type: "module",
    engines: { node: ">=22.13" },
    bin: { stafett: "dist/bin.mjs" },
    exports: {
      "./testing": { types: "./dist/testing.d.ts", default: "./dist/testing.js" },
      "./package.json": "./package.json",
    },
    files: ["dist", "public", "THIRD-PARTY.txt"],
    dependencies: Object.fromEntries(NEEDED.map((needed) => [needed, own.devDependencies[needed]])),
  };
}

type Locked = { packages: Record<string, { version?: string; license?: string; dev?: boolean }> };
/** What pages in a browser are made with, which the lockfile counts as development. */
const IN_BROWSERS = ["node_modules/idiomorph", "node_modules/minisearch", "node_modules/uplot"];

/** The licences of all code of others in it: that of the Worker is what a deployment installs. */
function licences(bundled: readonly string[]): string {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Locked;
  const deployed = Object.keys(packages).filter((path) => path !== "" && !packages[path]?.dev);
  const paths = [...new Set([...deployed, ...IN_BROWSERS, ...bundled])].sort();
  return paths
    .filter((path) => existsSync(join(root, path)))
    .map((path) => {
      const file = readdirSync(join(root, path)).find((name) => /^licen[cs]e/i.test(name));
      const { version, license } = packages[path] ?? {};
      const text = file ? readFileSync(join(root, path, file), "utf8").trim() : `Licence: ${license}`;
      return `${path.replace(/^.*node_modules\//, "")} ${version}\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === import.meta.filename) {
  const folder = await makePackage();
  const [{ filename, size }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", join(root, "dist")], {
      cwd: folder,
      encoding: "utf8",
    }),
  ) as [{ filename: string; size: number }];
  console.log(`dist/${filename}, ${Math.round(size / 1000)} kB`);
  process.exit(0); // esbuild, having built several, keeps the process
}
