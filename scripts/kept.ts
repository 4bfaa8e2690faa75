/** What takes seconds to make is kept as a file, under a name made of all that went into it: so what is kept is never stale. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { putWhole } from "./asset-files.ts";
import { root } from "./root.ts";

/** The files of a folder, and of the folders in it, in order; a file is itself. None where there is nothing. */
export function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Changes with the path and with every byte of any of these files.
 * @param paths of files and folders, in this repository
 * @param salt what else it depends on
 * @throws Error where one is not there: renamed, it would be kept in its old form for ever
 */
export function digestOf(paths: readonly string[], salt = ""): string {
  const hash = createHash("sha256").update(`${salt}\0`);
  const whole = paths.map((path) => resolve(root, path));
  const missing = whole.find((path) => !existsSync(path));
  if (missing) throw new Error(`${missing} is not there, and something is made of it`);
  for (const file of whole.flatMap(filesIn)) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

/** Puts a JSON file into a folder in place of all others there. Another process may be making the same, and a third reading it. */
export function keepAlone(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  const others = readdirSync(folder).filter((other) => other.endsWith(".json") && other !== name);
  for (const other of others) rmSync(join(folder, other), { force: true });
  putWhole(join(folder, name), text);
}
