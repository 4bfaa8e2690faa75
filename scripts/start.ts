/** `npm start`: the whole gateway on this machine, and what to do with it next. */

import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { localSettings } from "./local-settings.ts";
import { type Runtime, root, startRuntime } from "./runtime.ts";

const stateDir = resolve(root, process.env.STATE_DIR ?? ".stafett");
const port = Number(process.env.PORT ?? 8787);
const host = process.env.HOST ?? "127.0.0.1";

const url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
const settings: Record<string, string> = { ...localSettings(stateDir, host), LOCAL_URL: url };
const runtime = await startPatiently();

// At once: whatever the last run left behind, a clean end or not, is taken up again.
await runtime.tick("@reboot");
console.log(welcome());

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.removeAllListeners(signal); // Miniflare's own would end the process in the middle of things
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await runtime.stop();
    process.exit(0);
  });
}
void keepTicking();

/** A process that was just killed may hold the port for a moment longer. */
async function startPatiently(tries = 20): Promise<Runtime> {
  try {
    return await startRuntime({ stateDir, port, host, settings });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/already in use/i.test(why) && tries > 0) {
      await wait(250);
      return startPatiently(tries - 1);
    }
    console.error(`Stafett could not start on ${host}:${port}: ${why}`);
    process.exit(1);
  }
}

/** Cron never fires by itself locally. For a while after a start it comes sooner, for claims that a killed process still holds. */
async function keepTicking(): Promise<void> {
  for (let round = 0; !stopping; round++) {
    await wait(round < 20 ? 2_000 : 60_000 - (Date.now() % 60_000));
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
