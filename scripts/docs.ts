/**
 * The documentation that is served at `/docs`, made from the repository's files. Like a build it is kept, under a name made of all
 * that went into it; it is made in a process of its own, beside whatever else is being done.
 */

import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join, relative } from "node:path";
import { type Asset, publicDir, putAsset } from "./asset-files.ts";
import { digestOf, filesIn } from "./kept.ts";
import { root } from "./root.ts";

/** What it is made from: the pages, the generator, what describes the API, and the versions of the packages. */
const SOURCES = [
  ...["CHANGELOG.md", "CONTRIBUTING.md", "README.md", "docs", "package-lock.json"],
  ...["scripts/api-documents.ts", "scripts/asset-files.ts", "scripts/docs.ts", "scripts/kept.ts", "scripts/root.ts"],
  ...["site", "src", "tsconfig.json"],
];

let begun: Promise<Asset[]> | undefined;

/** The documentation as it is now: the kept one, or a new one, which is kept; once in a process. It is in its place afterwards. */
export function docsOrKept(): Promise<Asset[]> {
  begun ??= docs(join(root, ".wrangler", "docs"));
  return begun;
}

async function docs(folder: string): Promise<Asset[]> {
  const file = join(folder, `${digestOf(SOURCES)}.json`);
  if (!existsSync(file)) await beside(file);
  const assets = JSON.parse(readFileSync(file, "utf8")) as Asset[];
  for (const asset of assets) putAsset(asset);
  const made = new Set(assets.map(({ path }) => path));
  for (const path of filesIn(join(publicDir, "docs"))) {
    const old = relative(publicDir, path);
    if (!made.has(old)) rmSync(path, { force: true });
  }
  return assets;
}

async function beside(file: string): Promise<void> {
  const maker = spawn(process.execPath, [join(root, "site/make.ts"), file], { stdio: ["ignore", "ignore", "pipe"] });
  if (maker.pid) setPriority(maker.pid, constants.priority.PRIORITY_LOW); // Behind what is waited for.
  let said = "";
  maker.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => maker.once("close", resolve));
  if (code !== 0) throw new Error(`the documentation could not be made:\n${said}`);
}
