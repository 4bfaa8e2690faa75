/** The production bundle in Miniflare: what `npm start`, the tests and the bench run, with D1, queues and objects on disk. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare, V4MiniflareOptions } from "miniflare";
import { type Asset, publicDir } from "./asset-files.ts";
import type { Build } from "./build.ts";
import { docsOrKept } from "./docs.ts";
import { builtOrKept } from "./kept-build.ts";
import { lateDocs } from "./late-docs.ts";
import { miniflare as load } from "./packages.ts";
import { preparedIn } from "./prepared.ts";
import { publicOnly } from "./public-only.ts";
import { gettingReady, root } from "./root.ts";

const packaged = load();

// Nothing here asks the Internet for anything.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_SEND_METRICS = "false";

export { root };

/** Wrangler and esbuild take seconds to load: only a build needs them. */
async function build(replace: RuntimeOptions["replace"]): Promise<Build> {
  return replace ? (await import("./build.ts")).build(replace) : builtOrKept();
}

export type Runtime = {
  url: string;
  miniflare: Miniflare;
  /**
   * Rings the minute, as Cloudflare's cron would; or tells, with `@reboot`, that this process has just started.
   * @throws Error if the Worker threw
   */
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
  /** What `build` of build.ts made, where it was made before: it takes seconds. The documentation is in its place then. */
  built?: Build;
  /** Whether it may start before the documentation is made, which takes seconds, where there is none yet: its pages are served when they are there. */
  docsMayBeLate?: boolean;
  /** Files that stand in for others in the bundle, by their paths from the root. Each may import the one it stands in for. */
  replace?: Readonly<Record<string, string>>;
  /** Where the Worker's log lines go; absent: standard output. */
  onLog?: (line: string) => void;
  /** Whether V8's inspector of each isolate is to be reached: its address is that of `miniflare.getInspectorURL()`. */
  canBeInspected?: boolean;
  /** Called when workerd died by itself, or was killed, and is running again at the same address. */
  onRestart?: () => Promise<void>;
  /** Called when it died and could not be started again: nobody answers any more. */
  onDown?: (why: Error) => void;
  /** Hears what is being done, a line each: the first start takes some seconds. */
  onProgress?: (line: string) => void;
};

/** Miniflare starts a workerd again that died. That it could not, it tells its log alone. */
class Watch extends packaged.Log {
  #onDown: (why: Error) => void;

  constructor(onDown: (why: Error) => void) {
    super(packaged.LogLevel.WARN);
    this.#onDown = onDown;
  }

  override error(error: Error): void {
    super.error(error);
    if ((error as { code?: string }).code === "ERR_RUNTIME_FAILURE") this.#onDown(error);
  }
}

/**
 * Starts the Worker. Whoever finds its port open finds the tables, and the demo account, there: workerd opens its ports as
 * it starts, so where the state is kept, it is started once without that port, and again with it; unless that was done before.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { onProgress = () => {} } = options;
  // Old ones are served by the runtime, which must not miss those of them that are no more.
  const areLate = options.docsMayBeLate && !existsSync(join(publicDir, "docs"));
  onProgress(gettingReady);
  // Who works on the documents may break them: that stops a deploy and the tests, but no gateway.
  const docs = options.built ? Promise.resolve([]) : docsOrKept().catch(tellAndGoOn);
  const built = options.built ?? (await build(options.replace));
  const workers = workersOf(options, built, docs);
  const isFirst = options.stateDir !== undefined && (await prepareOnce(options.stateDir, options, built, workers));
  if (!areLate) await docs;
  onProgress("starting the runtime …");
  const gateway = { ...workers.gateway, unsafeDirectSockets: [{ host: addressOf(options), port: options.port ?? 0 }] };
  const miniflare = new packaged.Miniflare(
    miniflareOptions(options, [gateway, workers.assets, ...(isFirst ? [] : [workers.migrations])]),
  );
  await miniflare.ready;
  // Where all is there already, as far as is known: a database may have been put back from a backup.
  if (!isFirst) await call(miniflare, "/", toMigrations);
  const url = (await miniflare.unsafeGetDirectURL(NAME)).href.replace(/\/$/, "");
  return {
    url,
    miniflare,
    tick: (cron) => tick(miniflare, cron ?? "* * * * *"),
    stop: () => miniflare.dispose(),
  };
}

function tellAndGoOn(error: unknown): [] {
  console.error(String(error));
  return [];
}

const NAME = "stafett";
const toMigrations = { "MF-Route-Override": `${NAME}-migrations` };

function addressOf({ host = "127.0.0.1" }: RuntimeOptions): string {
  return host;
}

type WorkerOptions = Record<string, unknown>;

/** The gateway, and the two Workers beside it. */
function workersOf(
  { settings }: RuntimeOptions,
  { options, script, migrationsScript, steps }: Build,
  docs: Promise<readonly Asset[]>,
): { gateway: WorkerOptions; assets: WorkerOptions; migrations: WorkerOptions } {
  const { modulesRules: _, assets, ...bindings } = options;
  return {
    gateway: {
      ...bindings,
      name: NAME,
      modules: true,
      script,
      bindings: { ...settings, ONE_THREAD: "on" },
      serviceBindings: { ASSETS: `${NAME}-assets` },
      // A name may resolve to a private address, whatever the Worker thinks of the name.
      ...(settings.ALLOW_PRIVATE_WEBHOOKS === "on" ? {} : { outboundService: publicOnly }),
    },
    // A Worker of their own, bound as Cloudflare binds them: with the assets' router before the gateway, every request would
    // cost three times as much here.
    assets: {
      name: `${NAME}-assets`,
      compatibilityDate: bindings.compatibilityDate,
      modules: true,
      // It is asked for what is not among the files.
      script: "export default { fetch: (request, { LATE }) => LATE.fetch(request) }",
      serviceBindings: { LATE: lateDocs(docs) },
      assets: { ...(assets as object), directory: publicDir, routerConfig: { has_user_worker: true } },
    },
    migrations: {
      name: `${NAME}-migrations`,
      compatibilityDate: bindings.compatibilityDate,
      modules: true,
      script: migrationsScript,
      d1Databases: bindings.d1Databases,
      bindings: { STEPS: steps },
    },
  };
}

function miniflareOptions(
  { stateDir, onLog, onRestart, onDown, canBeInspected }: RuntimeOptions,
  workers: WorkerOptions[],
) {
  return packaged.convertV4MiniflareOptions({
    workers,
    unsafeTriggerHandlers: true,
    log: onDown ? new Watch(onDown) : new packaged.Log(packaged.LogLevel.WARN),
    ...(onRestart ? { unsafeHandleRuntimeRestart: onRestart } : {}),
    ...(onLog
      ? { handleStructuredLogs: ({ message }: { message: string }) => message.split("\n").forEach(onLog) }
      : {}),
    ...(canBeInspected ? { inspectorPort: 0 } : {}),
    ...(stateDir ? { resourcePersistencePath: join(stateDir, "data") } : {}),
  } as unknown as V4MiniflareOptions);
}

/** @returns whether it had to be done */
async function prepareOnce(
  stateDir: string,
  options: RuntimeOptions,
  built: Build,
  workers: ReturnType<typeof workersOf>,
): Promise<boolean> {
  const prepared = preparedIn(stateDir, built, options.settings);
  if (prepared.isDone) return false;
  options.onProgress?.(`bringing the database in ${stateDir} up to date …`);
  await prepare(options, workers);
  prepared.note();
  return true;
}

/** Makes the tables and the demo account, with no port open. */
async function prepare(options: RuntimeOptions, workers: ReturnType<typeof workersOf>): Promise<void> {
  const { onRestart: _, ...rest } = options;
  const miniflare = new packaged.Miniflare(
    miniflareOptions(rest, [workers.gateway, workers.assets, workers.migrations]),
  );
  try {
    await miniflare.ready;
    await call(miniflare, "/", toMigrations);
    await tick(miniflare, "@prepare");
  } finally {
    await miniflare.dispose();
  }
}

async function tick(miniflare: Miniflare, cron: string): Promise<void> {
  await call(miniflare, `/cdn-cgi/local/scheduled?${new URLSearchParams({ cron })}`);
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
