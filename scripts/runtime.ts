/** The production bundle in Miniflare: what `npm start`, the tests and the bench run, with D1, queues and objects on disk. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";
import { buildAssets, publicDir } from "./assets.ts";
import { publicOnly } from "./public-only.ts";

// Nothing here asks the Internet for anything.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_SEND_METRICS = "false";

export const root = fileURLToPath(new URL("..", import.meta.url));

export type Runtime = {
  url: string;
  miniflare: Miniflare;
  /** Rings the minute, as Cloudflare's cron would; or tells, with `@reboot`, that this process has just started. */
  tick(cron?: "@reboot"): Promise<void>;
  stop(): Promise<void>;
};

export type RuntimeOptions = {
  /** Absent: the state lives in memory only. */
  stateDir?: string;
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  settings: Record<string, string>;
  /** Where the Worker's log lines go; absent: standard output. */
  onLog?: (line: string) => void;
};

let bundled: Promise<string> | undefined;

/** The Worker as one module. The same entry and the same platform as wrangler's own bundle. */
export function bundle(): Promise<string> {
  bundled ??= build({
    entryPoints: [join(root, "src/index.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    minifySyntax: true,
    keepNames: true,
    write: false,
    logLevel: "warning",
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  return bundled;
}

/** Starts the Worker, with its database up to date. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
  const { modulesRules: _, assets, ...bindings } = workerOptions;
  await buildAssets();
  const host = options.host ?? "127.0.0.1";
  const { onLog } = options;
  const isOpen = options.settings.ALLOW_PRIVATE_WEBHOOKS === "on";
  const name = "stafett";
  const worker = {
    ...bindings,
    name,
    modules: true,
    script: await bundle(),
    bindings: options.settings,
    unsafeDirectSockets: [{ host, port: options.port ?? 0 }],
    // A name may resolve to a private address, whatever the Worker thinks of the name.
    ...(isOpen ? {} : { outboundService: publicOnly }),
  };
  // A Worker of their own, bound as Cloudflare binds them: with the assets' router before the gateway, every request would
  // cost three times as much here.
  const assetsWorker = {
    name: `${name}-assets`,
    compatibilityDate: bindings.compatibilityDate,
    modules: true,
    script: "export default { fetch: () => new Response(null, { status: 404 }) }",
    assets: { ...(assets as object), directory: publicDir, routerConfig: { has_user_worker: false } },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [{ ...worker, serviceBindings: { ASSETS: assetsWorker.name } }, assetsWorker],
      log: new Log(LogLevel.WARN),
      ...(onLog
        ? { handleStructuredLogs: ({ message }: { message: string }) => message.split("\n").forEach(onLog) }
        : {}),
      ...(options.stateDir ? { resourcePersistencePath: join(options.stateDir, "data") } : {}),
    } as unknown as V4MiniflareOptions),
  );
  await miniflare.ready;
  await migrate(miniflare);
  const url = (await miniflare.unsafeGetDirectURL(name)).href.replace(/\/$/, "");
  return {
    url,
    miniflare,
    async tick(cron) {
      const worker = await miniflare.getWorker(name);
      const { outcome } = await worker.scheduled({ cron: cron ?? "* * * * *" });
      if (outcome !== "ok") throw new Error(`the minute's round ended with: ${outcome}`);
    },
    stop: () => miniflare.dispose(),
  };
}

/** Applies the steps that this database has not seen; each as one transaction. The record of them is wrangler's own. */
async function migrate(miniflare: Miniflare): Promise<void> {
  const db = await miniflare.getD1Database("DB");
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  for (const { name, statements } of migrations()) {
    if (applied.has(name)) continue;
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
}

/** The numbered steps, in order. */
export function migrations(): { name: string; statements: string[] }[] {
  const folder = join(root, "migrations");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, statements: unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8")) }));
}
