/** Ends the runtime when this process is gone, however it ended: a runtime that is left alone goes on holding the port. */

import { spawn } from "node:child_process";

/**
 * Reads the runtime's process id, a line each time it changes. Its input ends when the process that writes it does, by
 * whatever means; then it kills the last one it was told of. An empty line stands for none.
 */
const SCRIPT = `trap '' INT TERM HUP; while read -r pid; do last=$pid; done; [ -z "$last" ] || kill -KILL "$last"`;

export type RuntimeGuard = {
  /** Tells it the runtime's process id; undefined when there is none to end. */
  watch(pid: number | undefined): void;
};

/** Starts it. Where it cannot run, the next start on the same state folder ends what was left. */
export function guardRuntime(): RuntimeGuard {
  if (process.platform === "win32") return { watch() {} };
  const guard = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  return { watch: (pid) => guard.stdin.write(`${pid ?? ""}\n`) };
}
