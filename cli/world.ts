/** Sandboxes by name, side by side: each has a state folder of its own, and a port that it keeps. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { home } from "../scripts/root.ts";
import { type Given, type Option, Trouble } from "./command.ts";

/** Of each command that starts a gateway or speaks to one. */
export const WORLD_OPTION: Record<string, Option> = {
  world: { value: "NAME", says: "the sandbox of this name, beside others (.stafett/worlds/NAME)" },
};

const FOLDER = resolve(home, ".stafett", "worlds");

/**
 * The state folder of the world that is named; undefined where none is.
 * @throws Trouble if its name can be none of a folder
 */
export function worldFolder({ text }: Pick<Given, "text">): string | undefined {
  const name = text("world");
  if (name === undefined) return undefined;
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) return join(FOLDER, name);
  throw new Trouble(`The name of a world is of small letters, digits and hyphens, like checkout-test, not ${name}`);
}

/** The names of all that were ever started and not deleted, in order. */
export function worlds(): { name: string; folder: string }[] {
  try {
    const names = readdirSync(FOLDER).sort();
    return names.map((name) => ({ name, folder: join(FOLDER, name) }));
  } catch {
    return []; // None was started yet.
  }
}

/** Where the gateway that last had this state folder was told to listen. */
export function lastUrl(stateDir: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(stateDir, "owner.json"), "utf8")) as { url?: string }).url;
  } catch {
    return undefined;
  }
}
