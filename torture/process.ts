/** The gateway as a person starts it: a process of its own, with its state on disk, that can be ended and killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { root } from "../scripts/root.ts";
import { runtimesOn } from "../scripts/state-owner.ts";

/** Of what it says, so much is kept. */
const KEPT = 20_000;

export type GatewayProcess = {
  url: string;
  /** Resolves when it says that it listens; rejects, with what it said, if it ends before that. */
  listening: Promise<void>;
  /** Its exit code, when it has one; null if it was killed. */
  ended: Promise<number | null>;
  hasEnded(): boolean;
  /** The last of what it said. */
  said(): string;
  /** Ends it as the system would; answers its exit code. */
  end(): Promise<number | null>;
  /** Takes the power away from it and all it has started. */
  kill(): Promise<void>;
  /** Kills the process that was started, and not the runtime that it started in turn: that one ends by itself. */
  killAlone(): Promise<void>;
  /** The same, with what would end the runtime taken away too: it goes on answering, and is no longer looked after. */
  killUnguarded(): Promise<void>;
  /** Kills the runtime, and not the process that started it. Answers how many there were. */
  killRuntime(): number;
};

export function startGateway(stateDir: string, port: number, settings: Record<string, string>): GatewayProcess {
  const child = spawn(join(root, "node_modules/.bin/node"), ["scripts/launch.mjs"], {
    cwd: root,
    env: { SMPP_PORT: "off", ...process.env, ...settings, PORT: String(port), STATE_DIR: stateDir },
    detached: true, // a process group of its own, with everything that it starts
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const listening = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said = (said + chunk).slice(-KEPT);
      if (said.includes("is listening on")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    void ended.then((code) => reject(new Error(`it ended with ${code} before it listened, and said: ${said}`)));
  });
  listening.catch(() => {}); // for whoever waits for it
  return {
    url: `http://127.0.0.1:${port}`,
    listening,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    said: () => said,

    async end() {
      child.kill("SIGTERM");
      const code = await ended;
      await groupGone(child);
      return code;
    },
    async kill() {
      signalGroup(child, "SIGKILL");
      await ended;
      await groupGone(child);
    },
    async killAlone() {
      child.kill("SIGKILL");
      await ended;
    },
    async killUnguarded() {
      signalGroup(child, "SIGSTOP");
      child.kill("SIGKILL");
      await ended;
      for (const pid of runtimesOn(stateDir)) process.kill(pid, "SIGCONT");
    },
    killRuntime() {
      const pids = runtimesOn(stateDir);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      return pids.length;
    },
  };
}

async function groupGone(child: ChildProcess): Promise<void> {
  while (signalGroup(child, 0)) await wait(20);
}

/** Whether there was anybody to hear it. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
