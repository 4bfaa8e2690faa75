/** A client that signs its requests as the vendor's SDKs do, written from the wire and sharing no code with the gateway. */

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

export type KeyPair = { privateKey: KeyObject; publicKey: string; algorithm: "ec" | "rsa" };

export function newKeyPair(algorithm: "ec" | "rsa" = "ec", bits = 2048): KeyPair {
  const { privateKey, publicKey } =
    algorithm === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: bits });
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"), algorithm };
}

export type Signing = {
  /** The URL that is signed, where it is not the one that is called. */
  signedUrl?: string;
  scheme?: "HMAC" | "ECDSA";
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
  const text = request.method.toLowerCase() + (signedUrl ?? request.url).toLowerCase() + timestamp + nonce + hash;
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
