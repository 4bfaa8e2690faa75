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
  /** Called when workerd died by itself, or was killed, and is running again at the same address. */
  onRestart?: () => Promise<void>;
  /** Called when it died and could not be started again: nobody answers any more. */
  onDown?: (why: Error) => void;
};

/** Miniflare starts a workerd again that died. That it could not, it tells its log alone. */
class Watch extends Log {
  #onDown: (why: Error) => void;

  constructor(onDown: (why: Error) => void) {
    super(LogLevel.WARN);
    this.#onDown = onDown;
  }

  override error(error: Error): void {
    super.error(error);
    if ((error as { code?: string }).code === "ERR_RUNTIME_FAILURE") this.#onDown(error);
  }
}

const bundles = new Map<string, Promise<string>>();

/** A Worker as one module: the gateway's entry and platform are those of wrangler's own bundle. */
export function bundle(entry = "src/index.ts"): Promise<string> {
  const known = bundles.get(entry);
  if (known) return known;
  const made = build({
    entryPoints: [join(root, entry)],
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
  bundles.set(entry, made);
  return made;
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
  const migrationsWorker = {
    name: `${name}-migrations`,
    compatibilityDate: bindings.compatibilityDate,
    modules: true,
    script: await bundle("scripts/migrate.ts"),
    d1Databases: bindings.d1Databases,
    bindings: { STEPS: migrations() },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [{ ...worker, serviceBindings: { ASSETS: assetsWorker.name } }, assetsWorker, migrationsWorker],
      unsafeTriggerHandlers: true,
      log: options.onDown ? new Watch(options.onDown) : new Log(LogLevel.WARN),
      ...(options.onRestart ? { unsafeHandleRuntimeRestart: options.onRestart } : {}),
      ...(onLog
        ? { handleStructuredLogs: ({ message }: { message: string }) => message.split("\n").forEach(onLog) }
        : {}),
      ...(options.stateDir ? { resourcePersistencePath: join(options.stateDir, "data") } : {}),
    } as unknown as V4MiniflareOptions),
  );
  await miniflare.ready;
  await call(miniflare, "/", { "MF-Route-Override": migrationsWorker.name });
  const url = (await miniflare.unsafeGetDirectURL(name)).href.replace(/\/$/, "");
  return {
    url,
    miniflare,
    async tick(cron) {
      const query = new URLSearchParams({ cron: cron ?? "* * * * *" });
      await call(miniflare, `/cdn-cgi/local/scheduled?${query}`);
    },
    stop: () => miniflare.dispose(),
  };
}

/**
 * Calls a Worker by a request, and throws unless it is of the 200s. Never by the stubs that Miniflare gives out
 * (`getWorker`, `getD1Database`): a look at one of their members blocks this process until workerd has answered, and
 * workerd, once it has logged more than a pipe holds, waits for this process to read it. Then both wait for ever.
 */
async function call(miniflare: Miniflare, path: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await miniflare.dispatchFetch(`http://localhost${path}`, { headers });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${path} ended with: ${said}`);
}

/** The numbered steps, in order. */
export function migrations(): { name: string; statements: string[] }[] {
  const folder = join(root, "migrations");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, statements: unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8")) }));
}
