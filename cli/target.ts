/** Which gateway a command speaks to, and with which token: as given, as the environment says, or as the last start has written it. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import { home, program, startCommand } from "../scripts/root.ts";
import { type Ask, asking, type Target } from "./ask.ts";
import { type Given, type Option, Trouble } from "./command.ts";
import { lastUrl, WORLD_OPTION, worldFolder } from "./world.ts";

/** Options of each command that speaks to a gateway. */
export const TARGET_OPTIONS: Record<string, Option> = {
  url: { value: "URL", says: "which gateway (STAFETT_URL; or the one of the state folder)" },
  "state-dir": { value: "FOLDER", says: "where its token is (.stafett, or STATE_DIR)" },
  ...WORLD_OPTION,
};

/** @throws Trouble if what is given is no URL, or names a world that was never started */
export function targetOf(given: Given, environment: NodeJS.ProcessEnv = process.env): Target {
  const world = worldFolder(given);
  if (world !== undefined && given.text("url") === undefined && lastUrl(world) === undefined) {
    throw new Trouble(
      `There is no world ${given.text("world")} yet. To start it: ${program} start --world ${given.text("world")}`,
    );
  }
  // Whoever names a world means it, whichever gateway the shell's settings are of.
  return world === undefined ? inFolder(given, environment) : inFolder(given, {}, world);
}

function inFolder({ text }: Given, environment: NodeJS.ProcessEnv, world?: string): Target {
  const stateDir = resolve(home, text("state-dir") ?? world ?? (environment.STATE_DIR || ".stafett"));
  const given = text("url") ?? (environment.STAFETT_URL || undefined);
  const port = environment.PORT;
  const url = given ?? (port ? `http://127.0.0.1:${port}` : (lastUrl(stateDir) ?? "http://127.0.0.1:8787"));
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new Trouble(`The URL of a gateway is like http://127.0.0.1:8787, not ${url}`);
  }
  const tokenFile = join(stateDir, "admin-token");
  const token = environment.ADMIN_TOKEN || read(tokenFile)?.trim() || "";
  return { url: url.replace(/\/+$/, ""), token, startedBy: startCommand, tokenIn: tokenFile };
}

/** The operator's API of the gateway that a command is for. */
export function operatorOf(given: Given): Ask {
  return asking(targetOf(given));
}

/** The demo account's key, unless another one is given. */
export function demoKeyOf({ text }: Given, environment: NodeJS.ProcessEnv = process.env): string {
  return text("api-key") ?? (environment.DEMO_API_KEY || DEMO_API_KEY);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
