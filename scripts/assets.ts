/**
 * What browsers are given beside the pages: the islands' scripts and the styles, made into `public/assets`. Run by itself
 * it is wrangler's build step.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(root, "src/web/islands");

/** The directory that is served at `/`. */
export const publicDir = join(root, "public");

/**
 * What Cloudflare, which serves them without waking the Worker, tells browsers of them, by http and https alike. As in
 * src/doors/http.ts, whose pages keep browsers to https.
 */
const HEADERS = `/assets/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
`;

let built: Promise<void> | undefined;

/** Makes the assets; once in a process. */
export function buildAssets(): Promise<void> {
  built ??= make();
  return built;
}

async function make(): Promise<void> {
  const entryPoints = readdirSync(SOURCES)
    .filter((file) => /\.(ts|css)$/.test(file) && !file.endsWith(".d.ts"))
    .map((file) => join(SOURCES, file));
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    outdir: join(publicDir, "assets"),
    logLevel: "warning",
  });
  mkdirSync(join(publicDir, "assets"), { recursive: true });
  put(join(publicDir, "_headers"), HEADERS);
  for (const { path, text } of outputFiles) put(join(publicDir, "assets", basename(path)), text);
}

/** Whole or not at all, and only if it is another: several processes may be making the same. */
function put(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    // It is not there yet.
  }
  const half = `${path}.${process.pid}`;
  writeFileSync(half, text);
  renameSync(half, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssets();
