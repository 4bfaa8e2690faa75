/** A whole gateway for a test: the production bundle in workerd, with its state in memory, and its doors. */

import { afterAll, beforeAll } from "vitest";
import { newSigningKey } from "../../scripts/local-settings.ts";
import { type Runtime, startRuntime } from "../../scripts/runtime.ts";

export const ADMIN_TOKEN = "an-operators-token-for-tests";

export type TestGateway = {
  url: string;
  runtime: Runtime;
  /** The log so far, a line an event. */
  log: string[];
  /** Calls any address; `json` becomes the body. */
  fetch(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** Calls an address of the operator's; answers the parsed body, and throws unless it is of the 200s. */
  operator<T = Record<string, unknown>>(method: string, path: string, json?: unknown): Promise<T>;
  /** Opens an account with an API key and a sender "Shop"; the id is new each time. */
  account(name?: string): Promise<TestAccount>;
  /** What a handset has received. With `wait` seconds it waits for the first. */
  handset(number: string, query?: { wait?: number; match?: string }): Promise<HandsetMessage[]>;
  /** Lets time pass; everything due happens before this returns. */
  advance(seconds: number): Promise<void>;
};

export type TestAccount = { id: string; number: number; apiKey: string };
export type HandsetMessage = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: string;
  receivedAt: string;
};

let opened = 0;

/** One gateway for a test file. Use inside `describe` or at the top; it is there when the first test begins. */
export function useGateway(settings: Record<string, string> = {}): TestGateway {
  const log: string[] = [];
  let runtime: Runtime | undefined;
  const started = () => {
    if (!runtime) throw new Error("the gateway is started before the first test, not before that");
    return runtime;
  };

  beforeAll(async () => {
    runtime = await startRuntime({
      settings: { SANDBOX: "on", ALLOW_PRIVATE_WEBHOOKS: "on", ADMIN_TOKEN, SIGNING_KEY: newSigningKey(), ...settings },
      onLog: (line) => log.push(line),
    });
  });
  afterAll(async () => {
    await runtime?.stop();
  });

  const gateway: TestGateway = {
    get url() {
      return started().url;
    },
    get runtime() {
      return started();
    },
    log,

    fetch(path, { json, ...init } = {}) {
      return fetch(started().url + path, {
        redirect: "manual",
        ...init,
        ...(json === undefined ? {} : { body: JSON.stringify(json), method: init.method ?? "POST" }),
      });
    },

    async operator<T>(method: string, path: string, json?: unknown): Promise<T> {
      const answer = await gateway.fetch(path, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
        ...(json === undefined ? {} : { json }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return (text ? JSON.parse(text) : undefined) as T;
    },

    async account(name = "An account") {
      const id = `acme-${++opened}`;
      const { number } = await gateway.operator<{ number: number }>("POST", "/admin/v1/accounts", { id, name });
      const { secret } = await gateway.operator<{ secret: string }>("POST", `/admin/v1/accounts/${id}/credentials`, {
        dialect: "target365",
        kind: "api-key",
        name: "test",
      });
      await gateway.operator("PUT", `/admin/v1/accounts/${id}/senders/Shop`, { kind: "alphanumeric", country: "NO" });
      return { id, number, apiKey: secret };
    },

    async handset(number, query = {}) {
      const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
      const path = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages?${search}`;
      return (await gateway.operator<{ items: HandsetMessage[] }>("GET", path)).items;
    },

    async advance(seconds) {
      await gateway.operator("POST", "/sandbox/v1/clock/advance", { seconds });
    },
  };
  return gateway;
}
