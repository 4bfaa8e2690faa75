/** Each API as it describes itself. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../scripts/root.ts";
import type { OpenApi } from "../src/doors/openapi-document.ts";

/** @property name of its addresses on the site: `/docs/api/{name}` */
export type Api = { name: string; title: string; document: OpenApi };

/** What the documents are written for, as the guides are: a script puts the gateway's own address in its place. */
const SERVERS = [{ url: "http://127.0.0.1:8787" }];

/** The Worker's sources are not such as Node reads by itself. */
export async function apis(): Promise<readonly Api[]> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "scripts/api-documents.ts")],
    ...{ bundle: true, format: "esm", platform: "node", target: "node22", write: false, logLevel: "warning" },
    ...{ conditions: ["workerd", "worker", "browser"], external: ["cloudflare:*"] },
    ...{ jsx: "automatic", jsxImportSource: "hono/jsx" },
  });
  const { documents } = await run(outputFiles[0]?.text ?? "");
  return documents.map((api) => ({ ...api, document: { ...api.document, servers: SERVERS } }));
}

/** A module of some MB: as a file, since a `data:` address of that length takes Node half a second. */
async function run(code: string): Promise<{ documents: Api[] }> {
  const folder = mkdtempSync(join(tmpdir(), "stafett-docs-"));
  try {
    const file = join(folder, "documents.mjs");
    writeFileSync(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
