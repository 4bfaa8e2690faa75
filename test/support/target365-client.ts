/** A client that signs its requests as the vendor's SDKs do, written from the wire and sharing no code with the gateway. */

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import type { TestAccount, TestGateway } from "./gateway.ts";

export type KeyPair = { privateKey: KeyObject; publicKey: string; algorithm: "ec" | "rsa" };

export function newKeyPair(algorithm: "ec" | "rsa" = "ec", bits = 2048): KeyPair {
  const { privateKey, publicKey } =
    algorithm === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: bits });
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"), algorithm };
}

export type Signing = {
  /** What is signed for the URL, to the letter, where it is not the lower-cased URL that is called. */
  signedUrl?: string;
  scheme?: string;
  timestamp?: number;
  nonce?: string;
  der?: boolean;
};

/** The Authorization header of a request. `timestamp` is in Unix seconds. */
export function authorization(
  keyName: string,
  pair: KeyPair,
  request: { method: string; url: string; body?: string | Uint8Array },
  { signedUrl, scheme = "HMAC", timestamp = Math.floor(Date.now() / 1000), nonce = randomUUID(), der }: Signing = {},
): string {
  const body = request.body ?? "";
  const hash = body.length === 0 ? "" : createHash("sha256").update(body).digest("base64");
  const url = signedUrl ?? request.url.toLowerCase();
  const text = request.method.toLowerCase() + url + timestamp + nonce + hash;
  const signature =
    pair.algorithm === "rsa"
      ? createSign("RSA-SHA256").update(text).sign(pair.privateKey)
      : sign("sha256", Buffer.from(text), { key: pair.privateKey, dsaEncoding: der ? "der" : "ieee-p1363" });
  return `${scheme} ${keyName}:${timestamp}:${nonce}:${signature.toString("base64")}`;
}

/** Calls an address as an SDK would. */
export function signedFetch(
  keyName: string,
  pair: KeyPair,
  method: string,
  url: string,
  body?: string,
  signing: Signing = {},
): Promise<Response> {
  const header = authorization(keyName, pair, { method, url, ...(body === undefined ? {} : { body }) }, signing);
  return fetch(url, { method, headers: { authorization: header }, redirect: "manual", ...(body ? { body } : {}) });
}

let registered = 0;

/** Registers the public half of a key pair for an account, under a name that is new each time. Answers the name. */
export async function registerKey(
  gateway: TestGateway,
  account: { id: string },
  pair: { publicKey: string },
  more: Record<string, unknown> = {},
): Promise<string> {
  const name = `${account.id}-key-${++registered}`;
  await gateway.operator("POST", `/admin/v1/accounts/${account.id}/credentials`, {
    dialect: "target365",
    kind: "public-key",
    name,
    publicKey: pair.publicKey,
    ...more,
  });
  return name;
}

export type OutMessageBody = Record<string, unknown>;

/** The out-message calls of an SDK, with an API key. An id stands in the path as SDKs write it: escaped. */
export function outMessageClient(gateway: TestGateway, { apiKey }: Pick<TestAccount, "apiKey">) {
  const call = (method: string, path: string, json?: unknown) =>
    gateway.fetch(`/api/out-messages${path}`, {
      method,
      headers: { "x-apikey": apiKey },
      ...(json === undefined ? {} : { json }),
    });
  return {
    call,
    post: (message: OutMessageBody) => call("POST", "", message),
    batch: (messages: readonly OutMessageBody[]) => call("POST", "/batch", messages),
    get: (id: string) => call("GET", `/${encodeURIComponent(id)}`),
    put: (id: string, message: OutMessageBody) => call("PUT", `/${encodeURIComponent(id)}`, message),
    delete: (id: string) => call("DELETE", `/${encodeURIComponent(id)}`),
    /** The message as GET answers it. */
    async shown(id: string): Promise<Record<string, unknown>> {
      const answer = await call("GET", `/${encodeURIComponent(id)}`);
      if (answer.status !== 200) throw new Error(`GET ${id} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    },
  };
}

/** A Norwegian number that no other test of this file uses. */
export function newNumber(): string {
  return `+4791${String(++numbers).padStart(6, "0")}`;
}
let numbers = 0;
