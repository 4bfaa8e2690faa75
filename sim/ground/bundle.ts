/** The Worker as it is deployed, as one script that can be run as often as there are processes. */

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** One place of the source that says something else. */
export type Patch = { file: string; from: string; to: string };

/** The script, and the packages that it asks for by name. */
export type Bundle = { script: string; packages: ReadonlyMap<string, unknown> };

/**
 * Bundles the doors of the Worker. Packages stay outside: they keep nothing, and are shared by all processes.
 * @throws Error if a patch does not fit exactly once
 */
export async function bundle(patches: readonly Patch[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `
        export { default } from "./src/index.ts";
        export { Intake } from "./src/doors/intake.ts";
        export { SmppSessions } from "./src/doors/smpp/sessions.ts";
        export { SmppBind } from "./src/doors/smpp/binds.ts";
        export { gatewayOf } from "./src/wire.ts";
      `,
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    write: false,
    metafile: true,
    format: "cjs",
    target: "es2024",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    plugins: [sharedPackages, ...(patches.length > 0 ? [patched(patches)] : [])],
    logLevel: "error",
  });
  const names = new Set(
    Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.flatMap(({ path, external }) => (external ? path : [])),
    ),
  );
  const packages = new Map<string, unknown>();
  for (const name of names) if (!name.startsWith("cloudflare:")) packages.set(name, interop(await import(name)));
  return { script: outputFiles[0]?.text ?? "", packages };
}

/** As `require` gives what `import` would. Of an older package all names are found in its default, and only there. */
function interop(namespace: { default?: unknown }): unknown {
  const names = typeof namespace.default === "object" ? namespace.default : {};
  return Object.assign(Object.create(null), names, namespace, { __esModule: true });
}

/** Packages that remember every schema they were ever shown: each process has its own, and takes it to its grave. */
const OWN = ["zod", "@hono/zod-openapi"];

/** What our own files import stays outside. */
const sharedPackages: Plugin = {
  name: "shared packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) =>
      kind === "entry-point" || importer.includes("node_modules") || OWN.includes(path)
        ? undefined
        : { path, external: true },
    );
  },
};

function patched(patches: readonly Patch[]): Plugin {
  return {
    name: "patched",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.tsx?$/ }, ({ path }) => {
        const file = relative(join(root, "src"), path);
        const some = patches.filter((patch) => patch.file === file);
        if (some.length === 0) return undefined;
        const contents = some.reduce(patch, readFileSync(path, "utf8"));
        return { contents, loader: path.endsWith("x") ? "tsx" : "ts", resolveDir: dirname(path) };
      });
    },
  };
}

/** @throws Error if the place is not there exactly once */
export function patch(source: string, { file, from, to }: Patch): string {
  const [before, after, more] = source.split(from);
  if (before === undefined || after === undefined || more !== undefined) {
    throw new Error(`src/${file} does not have this exactly once: ${from}`);
  }
  return before + to + after;
}
