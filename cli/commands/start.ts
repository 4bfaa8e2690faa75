/** `stafett start`, and `npm start`: its options are settings of the environment by another name. */

import { resolve } from "node:path";
import { freePort } from "../../scripts/free-port.ts";
import type { Command } from "../command.ts";
import { lastUrl, WORLD_OPTION, worldFolder } from "../world.ts";

/** Options, and the settings that they stand for. */
const SETTINGS = {
  port: "PORT",
  host: "HOST",
  "state-dir": "STATE_DIR",
  "smpp-port": "SMPP_PORT",
} as const;

export const start: Command = {
  name: "start",
  summary: "Start the gateway and its sandbox on this machine",
  takes: "",
  words: [0, 0],
  options: {
    port: { short: "p", value: "PORT", says: "where it listens (8787, or PORT)" },
    host: { value: "ADDRESS", says: "at which address (127.0.0.1, or HOST)" },
    "state-dir": { value: "FOLDER", says: "where it keeps its state (.stafett, or STATE_DIR)" },
    "smpp-port": { value: "PORT", says: "where SMPP programs bind (2775, or SMPP_PORT); off for nowhere" },
    ...WORLD_OPTION,
  },
  examples: ["start", "start --port 9000 --state-dir /tmp/stafett", "start --world checkout-test"],

  async run(given) {
    const { text } = given;
    const world = worldFolder(given);
    if (world !== undefined) Object.assign(process.env, await settingsOfWorld(world));
    for (const [option, setting] of Object.entries(SETTINGS)) {
      const given = text(option);
      // A folder is named from where the person is.
      if (given !== undefined) {
        process.env[setting] = option === "state-dir" ? resolve(process.env.INIT_CWD ?? ".", given) : given;
      }
    }
    await import("../../scripts/start.ts");
  },
};

/** It takes the port that it had, so that programs find it again; and no port of SMPP, which another one has. */
async function settingsOfWorld(folder: string): Promise<Record<string, string>> {
  const port = URL.parse(lastUrl(folder) ?? "")?.port || String(await freePort());
  return { STATE_DIR: folder, PORT: port, SMPP_PORT: "off" };
}
