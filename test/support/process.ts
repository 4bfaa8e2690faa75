/** The gateway as a person starts it: a process of its own, with its state on disk, that can be ended and killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { ADMIN_TOKEN } from "./gateway.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A gateway that answers nobody for so long hangs, and the test is told where. Milliseconds. */
const ANSWERS_WITHIN = 90_000;

export type GatewayProcess = {
  url: string;
  /** Calls an address of the operator's; answers the parsed body, and throws unless it is of the 200s. */
  operator<T>(method: string, path: string, json?: unknown): Promise<T>;
  /** Ends it as the system would; answers its exit code. */
  end(): Promise<number | null>;
  /** Takes the power away from it and all it has started. */
  kill(): Promise<void>;
};

/** A state folder and the processes started on it. Whatever still runs after the last test is killed, by its id. */
export function useStateDir(): { start(): Promise<GatewayProcess> } {
  let stateDir: string | undefined;
  const running = new Set<ChildProcess>();
  afterAll(async () => {
    for (const child of running) await killGroup(child);
    if (stateDir) rmSync(stateDir, { recursive: true, force: true });
  });

  return {
    async start() {
      stateDir ??= mkdtempSync(join(tmpdir(), "stafett-"));
      const port = await freePort();
      const child = spawn(join(root, "node_modules/.bin/node"), ["scripts/start.ts"], {
        cwd: root,
        env: { ...process.env, PORT: String(port), STATE_DIR: stateDir, ADMIN_TOKEN },
        detached: true, // a process group of its own, with everything that it starts
        stdio: ["ignore", "pipe", "pipe"],
      });
      running.add(child);
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const url = `http://127.0.0.1:${port}`;
      await listening(child);
      return {
        url,

        async operator<T>(method: string, path: string, json?: unknown): Promise<T> {
          const answer = await fetch(url + path, {
            method,
            headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
            signal: AbortSignal.timeout(ANSWERS_WITHIN),
            ...(json === undefined ? {} : { body: JSON.stringify(json) }),
          });
          const text = await answer.text();
          if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
          return (text ? JSON.parse(text) : undefined) as T;
        },

        async end() {
          child.kill("SIGTERM");
          const code = await ended;
          await groupGone(child);
          running.delete(child);
          return code;
        },

        async kill() {
          await killGroup(child);
          running.delete(child);
        },
      };
    },
  };
}

/** Resolves when it says that it listens; rejects, with what it said, if it ends before that. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: Buffer) => {
      said = (said + chunk).slice(-20_000);
      if (said.includes("is listening on")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code} before it listened, and said: ${said}`)));
  });
}

async function killGroup(child: ChildProcess): Promise<void> {
  const exited =
    child.exitCode === null && child.signalCode === null ? new Promise((r) => child.once("exit", r)) : null;
  signalGroup(child, "SIGKILL");
  await exited;
  await groupGone(child);
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Resolves when all these lists of the operator's are empty; gives up after so many milliseconds, and says what is left. */
export async function untilEmpty(gateway: GatewayProcess, lists: readonly string[], patience: number): Promise<void> {
  const latest = Date.now() + patience;
  for (;;) {
    const left: string[] = [];
    for (const list of lists) {
      const { items } = await gateway.operator<{ items: unknown[] }>("GET", `/admin/v1/${list}&limit=500`);
      if (items.length > 0) left.push(`${items.length} ${list}`);
    }
    if (left.length === 0) return;
    if (Date.now() > latest) throw new Error(`not settled: ${left.join(", ")}`);
    await wait(500);
  }
}
