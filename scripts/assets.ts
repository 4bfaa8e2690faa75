/**
 * What browsers are given beside the pages: the islands' scripts and the styles, made into `public/assets`. Run by itself
 * it is wrangler's build step, and makes the documentation, too.
 */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Asset, publicDir, putAsset } from "./asset-files.ts";
import { docsOrKept } from "./docs.ts";
import { root } from "./root.ts";

const SOURCES = join(root, "src/web/islands");

/**
 * What Cloudflare, which serves them without waking the Worker, tells browsers of them, by http and https alike. As in
 * src/doors/http.ts, whose pages keep browsers to https.
 */
const HEADERS = `/assets/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
${["/docs", "/docs/*"]
  .map(
    (path) => `${path}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'
`,
  )
  .join("")}/docs/_/*
  Cache-Control: public, max-age=31536000, immutable
`;

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
    { path: "_headers", text: HEADERS },
    ...outputFiles.map(({ path, text }) => ({ path: join("assets", basename(path)), text })),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const asset of await makeAssets()) putAsset(asset);
  await docsOrKept();
}
