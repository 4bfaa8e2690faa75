/**
 * The npm that runs `npm start`, or `npx stafett`. npm ends on a signal without passing it on, and often a shell stands between the two:
 * so the gateway itself looks whether its npm is still there.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";

/** How often it looks. Milliseconds. */
const EVERY = 500;
/** What npm calls its running of this program: a script of the repository, or npx. */
const SCRIPTS = ["start", "stafett", "npx"];
/** So many shells may stand between npm and this process, at most. */
const MOST_BETWEEN = 6;

/**
 * Calls back, once, when the npm that started this process is gone. Does nothing for a process that npm did not start,
 * and on Windows, where a process does not learn that its parent ended.
 */
export function whenNpmEnds(onGone: () => void, environment: NodeJS.ProcessEnv = process.env): void {
  if (!SCRIPTS.includes(environment.npm_lifecycle_event ?? "") || process.platform === "win32") return;
  const chain = chainToNpm(environment.npm_node_execpath);
  if (chain.length === 0) {
    // An orphan is given to process 1: then its npm ended before this line was reached.
    if (process.ppid === 1) onGone();
    return;
  }
  const timer = setInterval(() => {
    if (isUnbroken(chain)) return;
    clearInterval(timer);
    onGone();
  }, EVERY);
  timer.unref();
}

/** The parents from this process up to npm, which runs a script in a shell; empty if npm is not among them. */
function chainToNpm(npmsNode: string | undefined): number[] {
  const chain: number[] = [];
  for (let pid: number | undefined = process.ppid; pid && chain.length < MOST_BETWEEN; pid = parentOf(pid)) {
    chain.push(pid);
    if (isNpm(pid, npmsNode)) return chain;
  }
  return [];
}

/** Asked for parents, not for whether a process exists: one that ended, but that nobody has waited for, still exists. */
function isUnbroken(chain: readonly number[]): boolean {
  return chain.every((pid, index) => {
    const child = chain[index - 1];
    return (child === undefined ? process.ppid : parentOf(child)) === pid;
  });
}

function isNpm(pid: number, npmsNode: string | undefined): boolean {
  try {
    if (process.platform === "linux")
      return npmsNode !== undefined && realpathSync(`/proc/${pid}/exe`) === realpathSync(npmsNode);
    return /(^|\/)(npm|node)\b/.test(ps("command", pid));
  } catch {
    return false;
  }
}

/** The process that started this one; undefined for a process that is gone. */
export function parentOf(pid: number): number | undefined {
  try {
    // The name, in parentheses, may hold anything; what follows the last one is the state and then the parent.
    if (process.platform === "linux") {
      return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)?.trim().split(" ")[1]);
    }
    return Number(ps("ppid", pid)) || undefined;
  } catch {
    return undefined;
  }
}

function ps(column: "command" | "ppid", pid: number): string {
  return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).trim();
}
