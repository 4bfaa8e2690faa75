/** `npm run dev`: wrangler's hot-reloading server, with the same settings as `npm start` and a ticking cron. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { localSettings, makeStateDir } from "./local-settings.ts";
import { root } from "./root.ts";

const port = process.env.PORT ?? "8787";
const stateDir = resolve(root, process.env.STATE_DIR ?? ".stafett");
makeStateDir(stateDir);
const settings = localSettings(stateDir);
// Not .dev.vars: wrangler would read that for `npm start` and the tests too.
const settingsFile = join(root, ".wrangler/dev.env");
mkdirSync(dirname(settingsFile), { recursive: true });
writeFileSync(
  settingsFile,
  `${Object.entries(settings)
    .map(([name, value]) => `${name}="${value}"`)
    .join("\n")}\n`,
  { mode: 0o600 },
);

const quiet = {
  ...process.env,
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

const migrated = spawnSync("wrangler", ["d1", "migrations", "apply", "DB", "--local"], {
  cwd: root,
  env: quiet,
  stdio: "inherit",
});
if (migrated.status !== 0) process.exit(migrated.status ?? 1);

const server = spawn(
  "wrangler",
  [
    "dev",
    "--env-file",
    settingsFile,
    "--ip",
    "127.0.0.1",
    "--port",
    port,
    "--inspector-port",
    "0",
    "--show-interactive-dev-session=false",
  ],
  { cwd: root, env: quiet, stdio: ["ignore", "inherit", "inherit"] },
);
server.on("exit", (code) => process.exit(code ?? 0));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => server.kill(signal));

console.log(`admin token: ${settings.ADMIN_TOKEN}   demo API key: ${settings.DEMO_API_KEY}`);
// The first fires as soon as the server is up: it makes the demo account.
const tick = (cron: string) =>
  fetch(`http://127.0.0.1:${port}/cdn-cgi/local/scheduled?cron=${cron}`).catch(() => undefined);
for (const seconds of [3, 6, 12]) setTimeout(() => tick("@reboot"), seconds * 1_000);
setInterval(() => tick("*+*+*+*+*"), 60_000);
