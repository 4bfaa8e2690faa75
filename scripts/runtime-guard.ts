/** Ends the runtime when this process is gone, however it ended: a runtime that is left alone goes on holding the port. */

import { spawn } from "node:child_process";
import { parentOf } from "./parent.ts";
import { runtimes } from "./state-owner.ts";

/**
 * Reads the runtimes' process ids, a line each time they change. Its input ends when the process that writes it does, by
 * whatever means; then it kills the last ones it was told of. An empty line stands for none.
 */
const SCRIPT = `trap '' INT TERM HUP; while read -r pids; do last=$pids; done; [ -z "$last" ] || kill -KILL $last`;

let shared: RuntimeGuard | undefined;

/** Has all runtimes that this process has started, at this moment, end with it: call it again when they change. */
export function guardOwnRuntimes(): void {
  shared ??= guardRuntime();
  shared.watch(...ownRuntimes());
}

export type RuntimeGuard = {
  /** Tells it the process ids of all that it is to end; none when there is none. */
  watch(...pids: (number | undefined)[]): void;
};

/** Starts it. Where it cannot run, the next start on the same state folder ends what was left. */
export function guardRuntime(): RuntimeGuard {
  if (process.platform === "win32") return { watch() {} };
  const guard = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  // What is written is for the guard alone: nothing that waits to be written keeps this process.
  (guard.stdin as unknown as { unref?(): void }).unref?.();
  return { watch: (...pids) => guard.stdin.write(`${pids.filter((pid) => pid !== undefined).join(" ")}\n`) };
}

/** The ids of the runtimes that this process itself has started. */
function ownRuntimes(): number[] {
  if (process.platform === "win32") return [];
  return runtimes().filter((pid) => parentOf(pid) === process.pid);
}
