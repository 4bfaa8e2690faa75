/** The gateways under test: the production Worker, and the same without group commit. State on disk, ports on 127.0.0.1. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { newSigningKey } from "../scripts/local-settings.ts";
import { migrations, root, startRuntime } from "../scripts/runtime.ts";
import { request } from "./load.ts";
import { signer } from "./signer.ts";

export type BenchGateway = {
  url: string;
  /** Bytes of a request that sends one text, under an id of its own. */
  single(message?: Message): Buffer;
  /** The same, signed. */
  signed(message?: Message): Buffer;
  /** Bytes of one request that sends all of these. */
  batch(messages: readonly Message[]): Buffer;
  stop(): Promise<void>;
};

type Message = { deliveryReportUrl?: string; sendTime?: string };

const API_KEY = "the-bench-has-a-key-of-its-own";
const ADMIN_TOKEN = "an-operators-token-for-the-bench";

export async function startGateway(): Promise<BenchGateway> {
  const { stateDir, settings } = newState();
  const { url, stop } = await startRuntime({ stateDir, port: 0, settings, onLog: () => {} });
  return await toBenchGateway(url, stop);
}

/** The production Worker but for `intake.ts`: each request is a D1 write and a queue message of its own. */
export async function startUngrouped(): Promise<BenchGateway> {
  const { stateDir, settings } = newState();
  const { modulesRules: _, ...bindings } = unstable_getMiniflareWorkerOptions(
    join(root, "wrangler.toml"),
  ).workerOptions;
  const name = "ungrouped";
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...bindings,
      name,
      modules: true,
      script: await bundleUngrouped(),
      bindings: settings,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: () => {},
      resourcePersistencePath: join(stateDir, "data"),
    } as unknown as V4MiniflareOptions),
  );
  await miniflare.ready;
  const db = await miniflare.getD1Database("DB");
  await db.batch(migrations().flatMap(({ statements }) => statements.map((statement) => db.prepare(statement))));
  const url = (await miniflare.unsafeGetDirectURL(name)).href.replace(/\/$/, "");
  return await toBenchGateway(url, () => miniflare.dispose());
}

async function bundleUngrouped(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "src/index.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    minifySyntax: true,
    keepNames: true,
    write: false,
    plugins: [
      {
        name: "ungrouped",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/intake\.ts$/ }, () => ({ path: join(root, "bench/ungrouped.ts") })),
      },
    ],
  });
  return outputFiles[0]?.text ?? "";
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
      // A view for people at their desks; who counts requests by the second is not looking at each.
      KEEP_REQUESTS: "off",
    },
  };
}

async function toBenchGateway(url: string, stop: () => Promise<void>): Promise<BenchGateway> {
  const { publicKey, authorization } = signer("bench");
  const operator = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${url}/admin/v1/accounts${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  };
  const credential = { dialect: "target365", name: "bench" };
  await operator("POST", "", { id: "bench", name: "The bench" });
  await operator("POST", "/bench/credentials", { ...credential, kind: "api-key", secret: API_KEY });
  await operator("POST", "/bench/credentials", { ...credential, kind: "public-key", publicKey });
  await operator("PUT", "/bench/senders/Shop", { kind: "alphanumeric", country: "NO" });

  const address = `${url}/api/out-messages`;
  let count = 0;
  const toBody = (message: Message) => ({
    transactionId: `bench-${count++}`,
    sender: "Shop",
    recipient: `+47980${String(10_000 + (count % 50_000))}`,
    content: "Your parcel is at the shop by the station until Friday. Bring this code: 4711.",
    ...message,
  });
  return {
    url,
    single: (message = {}) => request("POST", address, { "x-apikey": API_KEY }, JSON.stringify(toBody(message))),
    signed(message = {}) {
      const body = JSON.stringify(toBody(message));
      return request("POST", address, { authorization: authorization("post", address, body) }, body);
    },
    batch: (messages) =>
      request("POST", `${address}/batch`, { "x-apikey": API_KEY }, JSON.stringify(messages.map(toBody))),
    stop,
  };
}
