/** The gateways under test: the production Worker, and the same without group commit. State on disk, ports on 127.0.0.1. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Step } from "../scripts/build.ts";
import { builtOrKept } from "../scripts/kept-build.ts";
import { newKey, newSigningKey } from "../scripts/local-settings.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../scripts/runtime.ts";
import { request } from "./load.ts";
import { type Message, openAccount, others, type Send, target365, target365Batch, toBody } from "./sends.ts";
import { signer } from "./signer.ts";

export type BenchGateway = {
  url: string;
  stateDir: string;
  /** Calls the operator's API, or the sandbox's. */
  operator(method: string, path: string, body: unknown): Promise<void>;
  /** Bytes of a request that sends one text, under an id of its own. */
  single(message?: Message): Buffer;
  /** The same, signed. */
  signed(message?: Message): Buffer;
  /** Bytes of a request that sends one text in another dialect. */
  others: Record<Other, () => Buffer>;
  /** Whether the carrier takes texts: those of the other dialects cannot be told to wait for their time. */
  carrier(takes: "texts" | "nothing"): Promise<void>;
  /** Bytes of one request that sends all of these. */
  batch(messages: readonly Message[]): Buffer;
  /** Rings the minute. */
  tick(): Promise<void>;
  /** Where V8's inspector of each isolate is reached: only of a gateway that was started to be inspected. */
  inspector(): Promise<URL>;
  stop(): Promise<void>;
};

export type Other = keyof typeof others;

export const ADMIN_TOKEN = "an-operators-token-for-the-bench";

/**
 * @param more settings beside those of every bench
 * @param steps what is done to the tables after those of the gateway
 */
export async function startGateway(
  more: Readonly<Record<string, string>> = {},
  steps: readonly Step[] = [],
  { canBeInspected = false } = {},
): Promise<BenchGateway> {
  const built = await builtOrKept();
  return start({ built: { ...built, steps: [...built.steps, ...steps] }, canBeInspected }, more);
}

/** The production Worker but for `intake.ts`: each request is a D1 write and a queue message of its own. */
export function startUngrouped(): Promise<BenchGateway> {
  return start({ replace: { "src/doors/intake.ts": "bench/ungrouped.ts" } });
}

async function start(
  worker: Pick<RuntimeOptions, "built" | "canBeInspected" | "replace">,
  more: Readonly<Record<string, string>> = {},
): Promise<BenchGateway> {
  const { stateDir, settings } = newState();
  const given = { ...settings, ...more };
  const runtime = await startRuntime({ stateDir, port: 0, settings: given, ...worker, onLog: () => {} });
  return await toBenchGateway(stateDir, runtime);
}

function newState(): { stateDir: string; settings: Record<string, string> } {
  const stateDir = mkdtempSync(join(tmpdir(), "stafett-bench-"));
  process.on("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  return {
    stateDir,
    settings: {
      SANDBOX: "on",
      ALLOW_PRIVATE_WEBHOOKS: "on",
      ADMIN_TOKEN,
      SIGNING_KEY: newSigningKey(),
      SECRETS_KEY: newKey(),
      // A view for people at their desks; who counts requests by the second is not looking at each.
      KEEP_REQUESTS: "off",
      BENCH: "on",
    },
  };
}

async function toBenchGateway(stateDir: string, { url, miniflare, tick, stop }: Runtime): Promise<BenchGateway> {
  const { publicKey, authorization } = signer("bench");
  const operator = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  };
  await openAccount(operator, publicKey);

  const address = `${url}/api/out-messages`;
  const bytes = ({ method, path, headers, body }: Send) => request(method, url + path, headers, body);
  return {
    url,
    stateDir,
    operator,
    single: (message) => bytes(target365(message)),
    signed(message) {
      const body = JSON.stringify(toBody(message));
      return request("POST", address, { authorization: authorization("post", address, body) }, body);
    },
    others: {
      txtNation: () => bytes(others.txtNation()),
      "CM.com": () => bytes(others["CM.com"]()),
      Flowroute: () => bytes(others.Flowroute()),
    },
    carrier: (takes) =>
      operator("PUT", "/sandbox/v1/faults/simulator", takes === "nothing" ? { busySeconds: 3_600 } : {}),
    batch: (messages) => bytes(target365Batch(messages)),
    tick: () => tick(),
    inspector: () => miniflare.getInspectorURL(),
    stop,
  };
}
