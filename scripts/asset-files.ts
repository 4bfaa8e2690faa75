/** Where the files lie that browsers are given beside the pages, and how they are put there. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./root.ts";

/** A file that is served at `/`, and its text. */
export type Asset = { path: string; text: string };

const PLAIN = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
};
const PAGE = {
  ...PLAIN,
  "Content-Security-Policy":
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

/**
 * The headers that browsers get with each, by its address. As in src/doors/http.ts, whose pages keep browsers to https; Cloudflare
 * serves these without waking the Worker, by http and https alike.
 */
export const HEADERS: readonly (readonly [address: string, headers: Readonly<Record<string, string>>])[] = [
  ["/assets/*", PLAIN],
  ["/docs.md", PLAIN],
  ["/llms.txt", PLAIN],
  ["/docs", PAGE],
  ["/docs/*", PAGE],
  ["/docs/_/*", { "Cache-Control": "public, max-age=31536000, immutable" }],
];

/** The directory that is served at `/`. */
export const publicDir = join(root, "public");

/** Writes an asset, unless it is there as it is. */
export function putAsset({ path, text }: Asset): void {
  const file = join(publicDir, path);
  try {
    if (readFileSync(file, "utf8") === text) return;
  } catch {
    // It is not there yet.
  }
  mkdirSync(dirname(file), { recursive: true });
  putWhole(file, text);
}

/** Writes a file whole or not at all: several processes may be making the same. */
export function putWhole(file: string, text: string): void {
  const half = `${file}.${process.pid}`;
  writeFileSync(half, text);
  renameSync(half, file);
}
