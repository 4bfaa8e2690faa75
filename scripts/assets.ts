/**
 * What browsers are given beside the pages: the islands' scripts and the styles, made into `public/assets`. Run by itself
 * it is wrangler's build step, and makes the documentation, too.
 */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Asset, HEADERS, publicDir, putAsset } from "./asset-files.ts";
import { docsOrKept } from "./docs.ts";
import { root } from "./root.ts";

const SOURCES = join(root, "src/web/islands");

/** Makes the assets. Some tenths of a second. */
export async function makeAssets(): Promise<Asset[]> {
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
  return [
    { path: "_headers", text: headersFile() },
    ...outputFiles.map(({ path, text }) => ({ path: join("assets", basename(path)), text })),
  ];
}

/** The headers as Cloudflare reads them. */
function headersFile(): string {
  const lines = ([address, headers]: (typeof HEADERS)[number]) =>
    [address, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join("\n");
  return `${HEADERS.map(lines).join("\n\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const asset of await makeAssets()) putAsset(asset);
  await docsOrKept();
}
