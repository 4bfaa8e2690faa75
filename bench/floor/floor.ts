/** Starts the floor, and makes its requests: the same text as the gateway is sent, with nothing around it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../scripts/build.ts";
import { startRuntime } from "../../scripts/runtime.ts";
import { request } from "../load.ts";
import { toBody } from "../sends.ts";

export type Floor = {
  url: string;
  /** Bytes of a request that sends one text; with an address, its receiver is told. */
  single(url?: string): Buffer;
  /** Bytes of one request that sends so many; with addresses, their receivers are told. */
  batch(count: number, urls?: readonly string[]): Buffer;
  stop(): Promise<void>;
};

const TABLE =
  "CREATE TABLE text (id TEXT PRIMARY KEY, recipient TEXT NOT NULL, content TEXT NOT NULL, url TEXT, state TEXT NOT NULL) WITHOUT ROWID";

export async function startFloor(): Promise<Floor> {
  const stateDir = mkdtempSync(join(tmpdir(), "stafett-floor-"));
  process.on("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const built = {
    options: {
      compatibilityDate: "2026-11-01",
      d1Databases: { DB: "floor" },
      durableObjects: { GATHER: { className: "Gather", useSQLite: true } },
      queueProducers: { JOBS: { queueName: "floor" } },
      queueConsumers: { floor: { maxBatchSize: 100, maxBatchTimeout: 0 } },
      assets: {},
    },
    script: await bundle("bench/floor/worker.ts"),
    migrationsScript: await bundle("scripts/migrate.ts"),
    steps: [{ name: "text", statements: [TABLE] }],
  };
  // Receivers of the bench are on this machine.
  const settings = { ALLOW_PRIVATE_WEBHOOKS: "on" };
  const { url, stop } = await startRuntime({ stateDir, port: 0, settings, built, onLog: () => {} });
  let count = 0;
  const text = (reports: string | null) => {
    const { recipient, content } = toBody();
    return { id: `floor-${count++}`, recipient, content, url: reports };
  };
  const post = (body: unknown) => request("POST", `${url}/texts`, {}, JSON.stringify(body));
  return {
    url,
    single: (reports) => post(text(reports ?? null)),
    batch: (many, urls = []) => post(Array.from({ length: many }, (_, n) => text(urls[n % urls.length] ?? null))),
    stop,
  };
}
