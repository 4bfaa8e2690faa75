/** `npm start`: the whole gateway on this machine, and what to do with it next. */

import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Env, settingsOf } from "../src/env.ts";
import { docsOrKept } from "./docs.ts";
import { beginBuild } from "./kept-build.ts";
import { localSettings } from "./local-settings.ts";
import { whenNpmEnds } from "./parent.ts";
import { home, startCommand } from "./root.ts";
import type { Runtime } from "./runtime.ts";
import { guardRuntime, type RuntimeGuard } from "./runtime-guard.ts";
import { type Bridge, startBridge } from "./smpp/bridge.ts";
import { runtimesOn, takeStateDir } from "./state-owner.ts";

let stopping = false;
let runtime: Runtime | undefined;
let guard: RuntimeGuard | undefined;
let bridge: Bridge | undefined;
let ticking = new AbortController();

// Before anything else: it may be ended at any time, and whoever ended it waits for the port.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
whenNpmEnds(stop);

const say = (line: string) => console.log(`Stafett: ${line}`);
say("starting …");
const stateDir = resolve(home, process.env.STATE_DIR ?? ".stafett");
const host = process.env.HOST ?? "127.0.0.1";
const port = portOf(process.env.PORT ?? "8787");
const smppPort = smppPortOf(process.env.SMPP_PORT);
const url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;

await takeStateDir(stateDir, url).catch(giveUp);
const settings = givenSettings();
await portFree().catch(giveUp);
guard = guardRuntime();
runtime = await start().catch((error) =>
  giveUp(new Error(`Stafett could not start on ${host}:${port}: ${error instanceof Error ? error.message : error}`)),
);
bridge = await startSmpp().catch(giveUp);
guardThis();
// Miniflare's own would end the process in the middle of things.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  for (const other of process.listeners(signal)) if (other !== stop) process.off(signal, other);
}

// At once: whatever the last run left behind, a clean end or not, is taken up again.
await runtime.tick("@reboot").catch((error) => stopping || giveUp(error));
console.log(welcome());
void keepTicking(runtime, ticking.signal);

function portOf(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65_535) return number;
  return giveUp(
    new Error(`Stafett cannot run with these settings: PORT must be a number from 1 to 65535, not ${text}.`),
  );
}

/** Where customers bind: a port that was asked for, 2775 where it is free, or none. */
function smppPortOf(text: string | undefined): { port: number; isAskedFor: boolean } | undefined {
  if (text === "off") return undefined;
  const number = Number(text || "2775");
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return { port: number, isAskedFor: !!text };
  return giveUp(
    new Error(
      `Stafett cannot run with these settings: SMPP_PORT must be a number from 1 to 65535, or off, not ${text}.`,
    ),
  );
}

/** @throws Error where the port that was asked for cannot be had */
async function startSmpp(): Promise<Bridge | undefined> {
  if (!smppPort) return undefined;
  const { port, isAskedFor } = smppPort;
  const token = settings.SMPP_BRIDGE_TOKEN ?? "";
  try {
    return await startBridge({ host, port, gateways: [url], token, say: (line) => console.error(`SMPP: ${line}`) });
  } catch (error) {
    const why = `Stafett cannot listen for SMPP on ${host}:${port}: ${(error as Error).message}`;
    if (isAskedFor) throw new Error(why);
    console.error(`${why}. Nobody can bind; to give it another port: SMPP_PORT=… ${startCommand}`);
    return undefined;
  }
}

function givenSettings(): Record<string, string> {
  try {
    const all = { ...localSettings(stateDir, host), LOCAL_URL: url };
    settingsOf(all as unknown as Env); // The Worker's own check: there its sentence would reach only whoever calls first.
    return all;
  } catch (error) {
    return giveUp(error as Error);
  }
}

/** What the runtime needs takes a second or two to load: long after the first line is read, and a wrong setting is found. */
async function start(): Promise<Runtime> {
  // Both are made beside what follows; startRuntime says what went wrong.
  await beginBuild().catch(() => {});
  docsOrKept().catch(() => {});
  say("loading the runtime …");
  const { startRuntime } = await import("./runtime.ts");
  const told = { onRestart: takeUp, onDown: giveUp, onProgress: say };
  return startRuntime({ stateDir, port, host, settings, docsMayBeLate: true, ...told });
}

function guardThis(): void {
  if (process.platform !== "win32") guard?.watch(runtimesOn(stateDir)[0]);
}

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
    throw new Error(`Another program has ${host}:${port}. To give Stafett another port: PORT=… ${startCommand}`);
  }
  await wait(250);
  await portFree(tries - 1);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await bridge?.drain();
  await runtime?.stop();
  guard?.watch(undefined);
  process.exit(0);
}

function giveUp(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

/** The runtime died and was started again: what it had in hand is taken up, as it is when all is started again. */
async function takeUp(): Promise<void> {
  console.error("The runtime ended unexpectedly, and is running again.");
  guardThis();
  ticking.abort();
  ticking = new AbortController();
  if (!runtime) return; // Still starting: that goes on by itself.
  void keepTicking(runtime, ticking.signal);
  await runtime.tick("@reboot");
}

/**
 * Cron never fires by itself locally. For a while after a start it comes sooner, for claims that a killed process still
 * holds.
 */
async function keepTicking(runtime: Runtime, signal: AbortSignal): Promise<void> {
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
  docs          ${url}/docs
  admin token   ${settings.ADMIN_TOKEN}, also in ${join(stateDir, "admin-token")}
  demo API key  ${settings.DEMO_API_KEY}
  SMPP          ${bridge ? `${host}:${bridge.port}, system_id demo, password ${settings.DEMO_API_KEY?.slice(0, 8)}` : "off"}
  state         ${stateDir}

For the commands of the README and the documents:

  export ADMIN_TOKEN=${quoted(settings.ADMIN_TOKEN ?? "")}

Send a text:

  curl -i ${url}/api/out-messages \\
    -H 'X-ApiKey: ${settings.DEMO_API_KEY}' -H 'Content-Type: application/json' \\
    -d '{"sender": "Stafett", "recipient": "+4798079008", "content": "Hello from Stafett"}'

See it on the handset:

  curl -s '${url}/sandbox/v1/handsets/+4798079008/messages?wait=5' \\
    -H "Authorization: Bearer $ADMIN_TOKEN"
`;
}

/** As a shell reads it back. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
