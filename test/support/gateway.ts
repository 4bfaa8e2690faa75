/** A whole gateway for a test: the production bundle in workerd, with its state in memory, and its doors. */

import { afterAll, beforeAll } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { DEMO_API_KEY, newKey, newSigningKey } from "../../scripts/local-settings.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../../scripts/runtime.ts";
import { ADMIN_TOKEN, type AdminMessage, type HandsetMessage, operatorAt } from "../../torture/outside.ts";
import { builtOnce } from "./built.ts";

export type { AdminMessage, HandsetMessage };
export { ADMIN_TOKEN };
export const SMPP_BRIDGE_TOKEN = "a-token-of-the-bridge";

export type TestGateway = {
  url: string;
  runtime: Runtime;
  /** The log so far, a line an event. */
  log: string[];
  /** Calls any address; `json` becomes the body. */
  fetch(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** Calls an address of the operator's; answers the parsed body, and throws unless it is of the 200s. */
  operator<T = Record<string, unknown>>(method: string, path: string, json?: unknown): Promise<T>;
  /** Calls an address of the operator's that refuses; answers the status and the problem details. */
  refusal(method: string, path: string, json?: unknown): Promise<Problem>;
  /** Opens an account with an API key and a sender "Shop"; the id is new each time. */
  account(name?: string): Promise<TestAccount>;
  /** Sends a text from "Shop" by the Target365 dialect; answers its transactionId, which is new each time. */
  send(account: TestAccount, outMessage?: Record<string, unknown>): Promise<string>;
  /** The message as its customer sees it. */
  outMessage(account: TestAccount, transactionId: string): Promise<Record<string, unknown>>;
  /** The message as the operator sees it. */
  message(account: TestAccount, transactionId: string): Promise<AdminMessage>;
  /** What happened to the message, in order. */
  timeline(account: TestAccount, transactionId: string): Promise<TimelineEntry[]>;
  /** The account's webhooks, oldest first. */
  webhooks(account: TestAccount, query?: Record<string, string>): Promise<AdminWebhook[]>;
  /** Ends the process and starts another one on what it kept, at the same address. The gateway must have been given a `stateDir`. */
  restart(): Promise<void>;
  /** What a handset has received. With `wait` seconds it waits for the first. */
  handset(number: string, query?: { wait?: number; match?: string }): Promise<HandsetMessage[]>;
  /** The time by the sandbox's clock, epoch ms. */
  now(): Promise<number>;
  /** Lets time pass; everything due happens before this returns. */
  advance(seconds: number): Promise<void>;
  /** Sets the simulated network's faults. */
  faults(faults: Record<string, unknown>): Promise<void>;
};

export type TestAccount = { id: string; number: number; apiKey: string };
export type Problem = { status: number; type: string; title: string; detail: string; field?: string };
export type TimelineEntry = { at: string; event: string } & Record<string, unknown>;
export type AdminWebhook = {
  id: string;
  subject: string;
  state: string;
  reason?: string;
  attempts: number;
  history: TimelineEntry[];
} & Record<string, unknown>;
let opened = 0;
let sent = 0;
let numbers = 0;

/** A Norwegian number that no other test has, of the operator that takes texts of any length. */
export function newNumber(): string {
  return `+47910${String(++numbers % 10_000).padStart(4, "0")}0`;
}

/**
 * When each file begins by the sandbox's clock, epoch ms: whatever the day and the hour, its tests see the same calendar. It is long past,
 * so that what takes real time for the sandbox's is seen.
 */
export const BEGINS_AT = Date.parse(process.env.TESTS_BEGIN_AT ?? "2026-01-13T09:00:00Z");

/** The header in which the platform names the client's address. */
const ADDRESS = "cf-connecting-ip";
let addresses = 0;

/** An address that no other request comes from: of those that are set apart for tests (RFC 2544). */
export function newAddress(): string {
  addresses++;
  return `198.${18 + ((addresses >> 16) & 1)}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

/**
 * A gateway takes longer to start than most files to run: the files of a process take turns with those that have the settings of many.
 * Each takes memory, too: of those with more than the usual settings, one kind is kept.
 */
type Shared = {
  key: string;
  runtime: Promise<Runtime>;
  /** As it was at its start, where a reset leaves something behind: what others took from the demo account is theirs for ever. */
  fresh?: Promise<unknown>;
  log: string[];
  isTaken: boolean;
};
let shared: Shared[] = [];

type Given = Pick<RuntimeOptions, "replace" | "port" | "stateDir"> & {
  /** It knows its own address, so that others can call it. */
  isReachable?: true;
  /** It is left in a state that no other file could go on with. */
  isBroken?: true;
};

const keyOf = (settings: Record<string, string>, options: Given = {}) => JSON.stringify([settings, options]);
const USUAL = keyOf({});
/** A file that asks for this may get a gateway that another file has used. */
const OF_MANY = [USUAL, keyOf({ DEMO_API_KEY }), keyOf({ SMPP_BRIDGE_TOKEN }), keyOf({}, { isReachable: true })];

const newKeys = () => ({ SIGNING_KEY: newSigningKey(), SECRETS_KEY: newKey() });

/** The settings of a laptop, with what a test needs, and what this one needs. */
function settingsWith(settings: Record<string, string>): Record<string, string> {
  return {
    SANDBOX: "on",
    ALLOW_PRIVATE_WEBHOOKS: "on",
    ADMIN_TOKEN,
    ...(settings.SANDBOX === "off" ? { PUBLIC_URL: "http://sms.example.com" } : {}),
    ...settings,
  };
}

async function start(onLog: (line: string) => void, given: Record<string, string>, options: Given): Promise<Runtime> {
  const port = options.port ?? (options.isReachable ? await freePort() : 0);
  const settings = options.isReachable ? { ...given, PUBLIC_URL: `http://127.0.0.1:${port}` } : given;
  return startRuntime({ ...(options.replace ? {} : { built: await builtOnce() }), settings, onLog, ...options, port });
}

/** One that files share who ask for this; undefined where few ask for it. */
async function takeShared(
  settings: Record<string, string>,
  options: Given,
  log: string[],
): Promise<Shared | undefined> {
  const key = keyOf(settings, options);
  if (!OF_MANY.includes(key)) return undefined;
  const known = shared.find((one) => one.key === key && !one.isTaken);
  if (known) {
    Object.assign(known, { log, isTaken: true });
    await known.runtime;
    return known;
  }
  const others = shared.filter((one) => one.key !== USUAL && !one.isTaken);
  if (key !== USUAL) {
    shared = shared.filter((one) => !others.includes(one));
    for (const { runtime } of others) await (await runtime).stop();
  }
  const runtime = start((line) => one.log.push(line), settingsWith({ ...newKeys(), ...settings }), options);
  const one: Shared = { key, runtime, log, isTaken: true };
  shared.push(one);
  const { url } = await runtime;
  if ("DEMO_API_KEY" in settings) one.fresh = operatorAt(url)("GET", "/sandbox/v1/snapshot");
  await one.fresh;
  return one;
}

/** The next file finds it as if it had just been started. */
async function giveBack(one: Shared): Promise<void> {
  const operator = operatorAt((await one.runtime).url);
  if (one.fresh) await operator("PUT", "/sandbox/v1/snapshot", await one.fresh);
  await operator("DELETE", "/sandbox/v1/forwarding");
  await operator("POST", "/sandbox/v1/reset");
  one.isTaken = false;
}

/** One gateway for a test file. Use inside `describe` or at the top; it is there when the first test begins. */
export function useGateway(settings: Record<string, string> = {}, options: Given = {}): TestGateway {
  const log: string[] = [];
  const keys = newKeys(); // the same when it starts again
  // Settings are read as it starts: its address may be found just before.
  const startOwn = (more: Given = {}) =>
    start((line) => log.push(line), settingsWith({ ...keys, ...settings }), { ...options, ...more });
  let runtime: Runtime | undefined;
  let taken: Shared | undefined;
  const started = () => {
    if (!runtime) throw new Error("the gateway is started before the first test, not before that");
    return runtime;
  };

  // One that keeps its state is started twice.
  beforeAll(
    async () => {
      taken = await takeShared(settings, options, log);
      runtime = await (taken?.runtime ?? startOwn());
      if (settings.SANDBOX === "off" || settings.ADMIN_TOKEN === "" || options.isBroken) return;
      await gateway.operator("PUT", "/sandbox/v1/clock", { now: new Date(BEGINS_AT).toISOString() });
    },
    options.stateDir ? 180_000 : undefined,
  );
  afterAll(async () => {
    await (taken ? giveBack(taken) : runtime?.stop());
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
      const headers = new Headers(init.headers);
      // Wrong credentials from one address are answered later each time.
      if (!headers.has(ADDRESS)) headers.set(ADDRESS, newAddress());
      return fetch(started().url + path, {
        redirect: "manual",
        ...init,
        headers,
        ...(json === undefined ? {} : { body: JSON.stringify(json), method: init.method ?? "POST" }),
      });
    },

    operator: (method, path, json) => operatorAt(started().url)(method, path, json),

    async refusal(method, path, json) {
      const answer = await gateway.fetch(path, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
        ...(json === undefined ? {} : { json }),
      });
      return problemOf(answer);
    },

    async restart() {
      const port = Number(new URL(started().url).port);
      await started().stop();
      runtime = await startOwn({ port });
      await started().tick("@reboot");
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

    async send({ apiKey }, outMessage = {}) {
      const transactionId = String(outMessage.transactionId ?? `text-${++sent}`);
      const answer = await gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": apiKey },
        json: { transactionId, sender: "Shop", recipient: newNumber(), content: "Your parcel is here", ...outMessage },
      });
      if (answer.status !== 201) throw new Error(`the text was refused: ${answer.status} ${await answer.text()}`);
      return transactionId;
    },

    async outMessage({ apiKey }, transactionId) {
      const answer = await gateway.fetch(`/api/out-messages/${transactionId}`, { headers: { "x-apikey": apiKey } });
      return (await answer.json()) as Record<string, unknown>;
    },

    async message({ id }, transactionId) {
      const { items } = await gateway.operator<{ items: AdminMessage[] }>(
        "GET",
        `/admin/v1/messages?account=${id}&limit=500`,
      );
      const found = items.find(({ theirId }) => theirId === transactionId);
      if (!found) throw new Error(`account ${id} has no message ${transactionId}`);
      return found;
    },

    async timeline(account, transactionId) {
      const { id } = await gateway.message(account, transactionId);
      return (await gateway.operator<{ items: TimelineEntry[] }>("GET", `/admin/v1/messages/${id}/timeline`)).items;
    },

    async webhooks({ id }, query = {}) {
      const search = new URLSearchParams({ account: id, limit: "500", ...query });
      return (await gateway.operator<{ items: AdminWebhook[] }>("GET", `/admin/v1/webhooks?${search}`)).items.reverse();
    },

    async handset(number, query = {}) {
      const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
      const path = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages?${search}`;
      return (await gateway.operator<{ items: HandsetMessage[] }>("GET", path)).items;
    },

    async now() {
      return Date.parse((await gateway.operator<{ now: string }>("GET", "/sandbox/v1/clock")).now);
    },

    async advance(seconds) {
      await gateway.operator("POST", "/sandbox/v1/clock/advance", { seconds });
    },

    async faults(faults) {
      await gateway.operator("PUT", "/sandbox/v1/faults/simulator", faults);
    },
  };
  return gateway;
}

/** The problem details of a refusal, without the id of its request. Throws if it was none, or of another form. */
export async function problemOf(answer: Response): Promise<Problem> {
  const type = answer.headers.get("content-type");
  const text = await answer.text();
  if (type !== "application/problem+json")
    throw new Error(`${answer.url} answered ${answer.status} (${type}): ${text}`);
  const { requestId, ...problem } = JSON.parse(text) as Problem & { requestId?: string };
  if (requestId !== answer.headers.get("x-request-id")) throw new Error(`the problem is of request ${requestId}`);
  if (problem.status !== answer.status) throw new Error(`a problem of ${problem.status} came with ${answer.status}`);
  return problem;
}
