/** The gateway as a person starts it, for a test: what still runs when the tests are over is ended. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { ADMIN_TOKEN, type Operator, operatorAt } from "../../torture/outside.ts";
import { type GatewayProcess, startGateway } from "../../torture/process.ts";

export type TestProcess = GatewayProcess & { operator: Operator };

/** A port of its own, and what its environment says besides. */
type Where = { port: number; settings?: Record<string, string> };

export type StateDir = {
  /** Where it lies. */
  path(): string;
  /** Starts one, on any free port unless one is given; resolves when it listens. */
  start(where?: Partial<Where>): Promise<TestProcess>;
  /** The same, without waiting: it may be one that cannot start. */
  begin(where: Where): TestProcess;
};

/** A state folder and the processes started on it. Whatever still runs after the last test is killed, by its id. */
export function useStateDir(): StateDir {
  let stateDir: string | undefined;
  const started: GatewayProcess[] = [];
  afterAll(async () => {
    for (const one of started) await one.kill();
    if (stateDir) rmSync(stateDir, { recursive: true, force: true });
  });

  const state: StateDir = {
    path() {
      stateDir ??= mkdtempSync(join(tmpdir(), "stafett-"));
      return stateDir;
    },
    begin({ port, settings = {} }) {
      const one = startGateway(state.path(), port, { ADMIN_TOKEN, ...settings });
      started.push(one);
      return { ...one, operator: operatorAt(one.url) };
    },
    async start(where = {}) {
      const one = state.begin({ ...where, port: where.port ?? (await freePort()) });
      await one.listening;
      return one;
    },
  };
  return state;
}
