/** The gateways under test: the production Worker, and the same without group commit. State on disk, ports on 127.0.0.1. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSigningKey } from "../scripts/local-settings.ts";
import { startRuntime } from "../scripts/runtime.ts";
import { request } from "./load.ts";
import { signer } from "./signer.ts";

export type BenchGateway = {
  url: string;
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
  stop(): Promise<void>;
};

export type Other = "txtNation" | "CM.com" | "Flowroute";

type Message = { deliveryReportUrl?: string; sendTime?: string };

const API_KEY = "the-bench-has-a-key-of-its-own";
/** What the bench calls by in all dialects but the first: a key that is long enough for each. */
const SECRET = "6f1c2d8e-0b57-4a39-9c64-2f5d7e8a1b30";
const NUMBER = "12065550100";
const ADMIN_TOKEN = "an-operators-token-for-the-bench";

export function startGateway(): Promise<BenchGateway> {
  return start();
}

/** The production Worker but for `intake.ts`: each request is a D1 write and a queue message of its own. */
export function startUngrouped(): Promise<BenchGateway> {
  return start({ "src/doors/intake.ts": "bench/ungrouped.ts" });
}

/** @param replace files of the Worker, and what stands in for each */
async function start(replace: Readonly<Record<string, string>> = {}): Promise<BenchGateway> {
  const { stateDir, settings } = newState();
  const { url, stop } = await startRuntime({ stateDir, port: 0, settings, replace, onLog: () => {} });
  return await toBenchGateway(url, stop);
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
      BENCH: "on",
    },
  };
}

async function toBenchGateway(url: string, stop: () => Promise<void>): Promise<BenchGateway> {
  const { publicKey, authorization } = signer("bench");
  const operator = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  };
  const account = "/admin/v1/accounts";
  const credential = { dialect: "target365", name: "bench" };
  await operator("POST", account, { id: "bench", name: "The bench" });
  const credentials = [
    { ...credential, kind: "api-key", secret: API_KEY },
    { ...credential, kind: "public-key", publicKey },
    { dialect: "txtnation", kind: "campaign", name: "bench", secret: SECRET },
    { dialect: "cm", kind: "product-token", name: "bench", secret: SECRET },
    { dialect: "flowroute", kind: "access-key", name: "12345678", secret: SECRET },
  ];
  for (const one of credentials) await operator("POST", `${account}/bench/credentials`, one);
  await operator("PUT", `${account}/bench/senders/Shop`, { kind: "alphanumeric", country: "NO" });
  await operator("PUT", `${account}/bench/senders/${NUMBER}`, { kind: "long-number", country: "US" });

  const address = `${url}/api/out-messages`;
  let count = 0;
  const content = "Your parcel is at the shop by the station until Friday. Bring this code: 4711.";
  const somebody = () => `47980${String(10_000 + (count++ % 50_000))}`;
  const toBody = (message: Message) => ({
    transactionId: `bench-${count}`,
    sender: "Shop",
    recipient: `+${somebody()}`,
    content,
    ...message,
  });
  const json = (path: string, headers: Record<string, string>, body: unknown) =>
    request("POST", url + path, { "content-type": "application/json", ...headers }, JSON.stringify(body));
  const basic = `Basic ${Buffer.from(`12345678:${SECRET}`).toString("base64")}`;
  return {
    url,
    single: (message = {}) => request("POST", address, { "x-apikey": API_KEY }, JSON.stringify(toBody(message))),
    signed(message = {}) {
      const body = JSON.stringify(toBody(message));
      return request("POST", address, { authorization: authorization("post", address, body) }, body);
    },
    others: {
      txtNation() {
        const query = { cc: "bench", ekey: SECRET, number: somebody(), id: `bench-${count}`, title: "Shop" };
        return request("GET", `${url}/gateway.php?${new URLSearchParams({ ...query, message: content })}`);
      },
      "CM.com": () =>
        json(
          "/v1.0/message",
          {},
          {
            messages: {
              authentication: { productToken: SECRET },
              msg: [{ from: "Shop", to: [{ number: `00${somebody()}` }], body: { type: "AUTO", content } }],
            },
          },
        ),
      Flowroute: () =>
        json(
          "/v2.1/messages",
          { authorization: basic },
          { from: NUMBER, to: `1206${2_000_000 + (count++ % 900_000)}`, body: content },
        ),
    },
    carrier: (takes) =>
      operator("PUT", "/sandbox/v1/faults/simulator", takes === "nothing" ? { busySeconds: 3_600 } : {}),
    batch: (messages) =>
      request("POST", `${address}/batch`, { "x-apikey": API_KEY }, JSON.stringify(messages.map(toBody))),
    stop,
  };
}
