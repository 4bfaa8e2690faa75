/** A client that signs its requests as the vendor's SDKs do, written from the wire and sharing no code with the gateway. */

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { newNumber, type TestAccount, type TestGateway } from "./gateway.ts";

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

/** An account that may charge: with a short number of its own, and the merchant "shop". */
export type Seller = TestAccount & { shortNumber: string };

let sellers = 0;

export async function openSeller(gateway: TestGateway): Promise<Seller> {
  const account = await gateway.account();
  const shortNumber = String(2000 + ++sellers);
  const path = `/admin/v1/accounts/${account.id}`;
  await gateway.operator("PUT", `${path}/senders/${shortNumber}`, { kind: "short-number", country: "NO" });
  await gateway.operator("PUT", `${path}/merchants/shop`, { shortNumberIds: [`NO-${shortNumber}`] });
  return { ...account, shortNumber };
}

/** The Strex calls of an SDK, with an API key; and what can be seen of them from outside. */
export function strexClient(gateway: TestGateway, seller: Seller) {
  const call = (method: string, path: string, json?: unknown) =>
    gateway.fetch(`/api${path}`, {
      method,
      headers: { "x-apikey": seller.apiKey },
      ...(json === undefined ? {} : { json }),
    });
  const at = (id: string) => `/strex/transactions/${encodeURIComponent(id)}`;
  const client = {
    call,
    /** A charge like any other, as a client says it. */
    charge: (more: Record<string, unknown> = {}) => ({
      transactionId: randomUUID(),
      merchantId: "shop",
      shortNumber: seller.shortNumber,
      recipient: newNumber(),
      price: 49,
      serviceCode: "14002",
      invoiceText: "Thank you",
      ...more,
    }),
    post: (transaction: unknown) => call("POST", "/strex/transactions", transaction),
    get: (id: string) => call("GET", at(id)),
    reverse: (id: string) => call("DELETE", at(id)),
    sendOtp: (otp: unknown) => call("POST", "/strex/one-time-passwords", otp),
    /** Charges, and throws if that is refused; answers the id. */
    async charged(more: Record<string, unknown> = {}): Promise<string> {
      const transaction = client.charge(more);
      const answer = await client.post(transaction);
      if (answer.status !== 201) throw new Error(`the charge was refused: ${answer.status} ${await answer.text()}`);
      return transaction.transactionId;
    },
    /** The transaction as GET answers it, which waits until it is settled. */
    async shown(id: string): Promise<Record<string, unknown>> {
      const answer = await client.get(id);
      if (answer.status !== 200) throw new Error(`GET ${id} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    },
    /** What the operator says that it billed this person, in øre. */
    async billed(msisdn: string): Promise<number[]> {
      const path = `/sandbox/v1/operator/charges?msisdn=${encodeURIComponent(msisdn)}`;
      return (await gateway.operator<{ items: { amount: number }[] }>("GET", path)).items.map(({ amount }) => amount);
    },
    /** The person writes to the seller's number. */
    write: (msisdn: string, text: string) =>
      gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages`, {
        to: seller.shortNumber,
        text,
      }),
    /** Who the person is to their operator. */
    subscriber: (msisdn: string, profile: Record<string, unknown>) =>
      gateway.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`, profile),
  };
  return client;
}

/** The reason a refusal gives, in the form that clients read. Throws if it is none, or of another status. */
export async function messageOf(answer: Response, status: number): Promise<string> {
  const text = await answer.text();
  const type = answer.headers.get("content-type");
  if (answer.status !== status || type !== "application/json; charset=utf-8") {
    throw new Error(`${answer.url} answered ${answer.status} (${type}), not ${status}: ${text}`);
  }
  return (JSON.parse(text) as { Message: string }).Message;
}
