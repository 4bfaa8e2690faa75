/**
 * One gateway to a state folder. Two that wrote the same files would know nothing of one another; and one that was
 * killed alone leaves its runtime behind, which goes on holding the port and the files.
 */

import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeStateDir } from "./local-settings.ts";
import { startCommand } from "./root.ts";

/** One that is just ending still has the folder for a moment. Milliseconds. */
const PATIENCE = 2_000;
/** How long a process may take to be gone once it is killed. Milliseconds. */
const GONE_WITHIN = 10_000;

/**
 * Takes the state folder for as long as this process lives, and ends what a gateway that was killed left running on it.
 * @throws Error in words for a person, if another gateway has it
 */
export async function takeStateDir(stateDir: string, url: string): Promise<void> {
  makeStateDir(stateDir);
  const owner = join(stateDir, "owner.json");
  if (!isWritable(stateDir)) {
    throw new Error(
      `Stafett cannot write in its state folder ${stateDir}. Name one where it can: STATE_DIR=… ${startCommand}`,
    );
  }
  makePrivate(stateDir);
  if (!lock(join(stateDir, "lock"))) {
    throw new Error(
      `Stafett is already running on the state folder ${stateDir}${whoHas(owner)}. End that one first, or give this ` +
        `one a folder and a port of its own: STATE_DIR=… PORT=… ${startCommand}`,
    );
  }
  writeFileSync(owner, `${JSON.stringify({ pid: process.pid, url })}\n`);
  if (process.platform === "win32") return;

  for (const pid of runtimesOn(stateDir)) await endOrphan(pid, stateDir);
  nameRuntime(runtimeOf(stateDir));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The ids of the runtimes that are running on this state folder, whoever started them. */
export function runtimesOn(stateDir: string): number[] {
  return runningAs(runtimeOf(stateDir));
}

function runtimeOf(stateDir: string): string {
  return join(realpathSync(stateDir), "workerd");
}

/**
 * The lock is SQLite's on a file of its own, since the system itself lifts it however a process ends: none is ever stale,
 * and no two can take it at once. It is held until this process ends.
 */
function lock(file: string): boolean {
  const database = new (sqlite().DatabaseSync)(file, { timeout: PATIENCE });
  try {
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
  held.push(database);
  return true;
}

const SQLITE_BUSY = 5;

/** What is held is not to be collected: its lock would go with it. */
const held: unknown[] = [];

/** Without the notice that this module is new: whoever starts a gateway can do nothing about it. */
function sqlite() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

function whoHas(file: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(file, "utf8"));
    return ` (process ${pid}, ${url})`;
  } catch {
    return "";
  }
}

/**
 * Has the runtime started under a name in the state folder. So each is known by its command line as the one of this
 * folder, whatever process id it has and whoever its parent was; nothing else on the machine is called that.
 */
function nameRuntime(workerd: string): void {
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  const program = process.env.MINIFLARE_WORKERD_PATH ?? fromMiniflare("workerd").default;
  rmSync(workerd, { force: true });
  symlinkSync(program, workerd);
  process.env.MINIFLARE_WORKERD_PATH = workerd;
}

/**
 * Makes the state folder, and its data, readable by their owner only: they hold texts, codes and numbers. A folder that holds
 * other things than a gateway's state keeps its own mode.
 */
function makePrivate(stateDir: string): void {
  const held = readdirSync(stateDir);
  const data = join(stateDir, "data");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const isOurs = held.length === 0 || held.includes("settings.json");
  const ours = isOurs ? [stateDir, data] : [data];
  // It may lie in somebody's own repository, and holds secrets.
  if (isOurs) writeFileSync(join(stateDir, ".gitignore"), "*\n");
  for (const folder of ours) {
    try {
      chmodSync(folder, 0o700);
    } catch (error) {
      // Another user's, lent to us.
      console.error(
        `Others may be able to read ${folder}: its mode could not be changed (${(error as Error).message})`,
      );
    }
  }
}

/** The ids of all processes that were started under this name. */
function runningAs(program: string): number[] {
  return running((command) => command === program || command.startsWith(`${program} `));
}

/** The ids of all runtimes on this machine, whoever started them. */
export function runtimes(): number[] {
  return running((command) => /(^|\/)workerd(\.exe)?( |$)/.test(command));
}

/** @param fits is given the program of a process, or on some systems its whole command line */
function running(fits: (command: string) => boolean): number[] {
  if (existsSync("/proc/self/cmdline")) {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && fits(commandOf(pid)));
  }
  return execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => fits(line.trim().replace(/^\d+ +/, "")))
    .map((line) => Number.parseInt(line, 10));
}

/** Empty for one that is gone, or that has ended and waits for its parent to look. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0", 1)[0] ?? "";
  } catch {
    return "";
  }
}

async function endOrphan(pid: number, stateDir: string): Promise<void> {
  console.log(`Ending process ${pid}, which a gateway that was killed left running on this state folder.`);
  process.kill(pid, "SIGKILL");
  for (const latest = Date.now() + GONE_WITHIN; runtimesOn(stateDir).includes(pid); await wait(20)) {
    if (Date.now() > latest) throw new Error(`Process ${pid}, left running on this state folder, does not end.`);
  }
}
