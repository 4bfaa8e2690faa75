/** Programs as a person starts them, for tests that do the same. */

import { type ChildProcess, execFile, type SpawnOptions, spawn } from "node:child_process";
import { promisify } from "node:util";
import { afterAll } from "vitest";

/** As a person types it: nothing of the npm that runs these tests reaches it. */
export function environment(settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|INIT_CWD$)/.test(name));
  return { ...Object.fromEntries(own), ...settings };
}

/** Starts programs; what still runs after the last test is killed, with all that it started. */
export function useProcesses(): (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess {
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const { pid } of started) {
      try {
        if (pid) process.kill(-pid, "SIGKILL");
      } catch {
        // It ended, as it should.
      }
    }
  });
  return (program, args, options) => {
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], ...options });
    started.push(child);
    return child;
  };
}

/** Resolves when it has said this, with all it has said; rejects if it ends before that. */
export function saying(child: ChildProcess, what: string): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (said.includes(what)) resolve(said);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => reject(new Error(`it ended, and said: ${said}`)));
  });
}

export type Ended = { code: number; stdout: string; stderr: string };

/** Runs a program to its end, however it ends. */
export async function ending(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return promisify(execFile)(program, [...args], { encoding: "utf8", ...options }).then(
    (said) => ({ code: 0, ...said }),
    (error: Ended) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}
