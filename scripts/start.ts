/** `npm start`: the whole gateway on this machine, and what to do with it next. */

import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { localSettings } from "./local-settings.ts";
import { root, startRuntime } from "./runtime.ts";
import { takeStateDir } from "./state-owner.ts";

const stateDir = resolve(root, process.env.STATE_DIR ?? ".stafett");
const port = Number(process.env.PORT ?? 8787);
const host = process.env.HOST ?? "127.0.0.1";

const url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
let stopping = false;
let ticking = new AbortController();

await takeStateDir(stateDir, url).catch(giveUp);
const settings: Record<string, string> = { ...localSettings(stateDir, host), LOCAL_URL: url };
await portFree().catch(giveUp);
const runtime = await startRuntime({ stateDir, port, host, settings, onRestart: takeUp, onDown: giveUp }).catch(
  (error) =>
    giveUp(new Error(`Stafett could not start on ${host}:${port}: ${error instanceof Error ? error.message : error}`)),
);

// Before anybody is told that it listens: whoever starts it may end it at once.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  const others = process.listeners(signal);
  process.on(signal, stop);
  // Miniflare's own would end the process in the middle of things. Ours is there first: while nobody listens, a signal is lost.
  for (const other of others) process.off(signal, other);
}

// At once: whatever the last run left behind, a clean end or not, is taken up again.
await runtime.tick("@reboot").catch((error) => stopping || giveUp(error));
console.log(welcome());
void keepTicking(ticking.signal);

/** A process that was just killed may hold the port for a moment longer. */
async function portFree(tries = 12): Promise<void> {
  const server = createServer();
  const fault = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (!fault) return;
  if (fault.code !== "EADDRINUSE") throw new Error(`Stafett cannot listen on ${host}:${port}: ${fault.message}`);
  if (tries === 0) {
    throw new Error(`Another program has ${host}:${port}. To give Stafett another port: PORT=… npm start`);
  }
  await wait(250);
  await portFree(tries - 1);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await runtime.stop();
  process.exit(0);
}

function giveUp(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

/** The runtime died and was started again: what it had in hand is taken up, as it is when all is started again. */
async function takeUp(): Promise<void> {
  console.error("The runtime ended unexpectedly, and is running again.");
  ticking.abort();
  ticking = new AbortController();
  void keepTicking(ticking.signal);
  await runtime.tick("@reboot");
}

/**
 * Cron never fires by itself locally. For a while after a start it comes sooner, for claims that a killed process still
 * holds.
 */
async function keepTicking(signal: AbortSignal): Promise<void> {
  for (let round = 0; !stopping; round++) {
    await wait(round < 20 ? 2_000 : 60_000 - (Date.now() % 60_000));
    if (signal.aborted) return;
    await runtime.tick().catch((error) => console.error(`cron: ${error}`));
  }
}

function welcome(): string {
  return `
Stafett is listening on ${url}

  console       ${url}/console
  reference     ${url}/docs
  admin token   ${settings.ADMIN_TOKEN}
  demo API key  ${settings.DEMO_API_KEY}
  state         ${stateDir}

Send a text:

  curl -i ${url}/api/out-messages \\
    -H 'X-ApiKey: ${settings.DEMO_API_KEY}' -H 'Content-Type: application/json' \\
    -d '{"sender": "Stafett", "recipient": "+4798079008", "content": "Hello from Stafett"}'

See it on the handset:

  curl -s '${url}/sandbox/v1/handsets/+4798079008/messages?wait=5' \\
    -H 'Authorization: Bearer ${settings.ADMIN_TOKEN}'
`;
}
