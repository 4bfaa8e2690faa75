/** How Target365 knows us: by an API key, or by a key whose private half signs each call. Guides, "Authentication". */

import { p256 } from "@noble/curves/nist.js";
import { z } from "zod";
import { readBase64, toBase64 } from "../../core/kernel/base64.ts";
import type { Credential } from "./api.ts";
import { bodyHash, canonicalText } from "./signature.ts";

export const Secrets = z.strictObject({
  apiKey: z.string().min(1).max(200).optional().describe("sent as X-ApiKey; or, in its place, a key that signs:"),
  keyName: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, "must be the name of a key, of letters, digits, _ . and -")
    .optional()
    .describe("the name under which Target365 has the public half of the key"),
  privateKey: z
    .string()
    .max(4_000)
    .optional()
    .describe("the private half: a P-256 key, as PEM or in base64 alone (PKCS #8, or SEC 1)"),
});
type Secrets = z.output<typeof Secrets>;

/** What is wrong with them together; never with a secret in it. */
export function faultInSecrets({ apiKey, keyName, privateKey }: Secrets): { field: string; why: string } | undefined {
  const isKeyed = keyName !== undefined || privateKey !== undefined;
  if (apiKey !== undefined && isKeyed) return { field: "secrets.apiKey", why: ONE_WAY };
  if (apiKey !== undefined) return undefined;
  if (keyName === undefined) return { field: isKeyed ? "secrets.keyName" : "secrets.apiKey", why: ONE_WAY };
  if (privateKey === undefined) return { field: "secrets.privateKey", why: ONE_WAY };
  return scalarIn(privateKey)
    ? undefined
    : { field: "secrets.privateKey", why: "is no private P-256 key: give it as PEM or in base64, unencrypted" };
}

const ONE_WAY = "give apiKey, or keyName and privateKey, and not both";

/** @param wall epoch ms of real time */
export function credentialOf({ apiKey, keyName = "", privateKey = "" }: Secrets, wall: () => number): Credential {
  if (apiKey !== undefined) return async () => ({ "x-apikey": apiKey });
  let imported: Promise<CryptoKey> | undefined;
  return async ({ method, url, body }) => {
    imported ??= importKey(privateKey);
    const timestamp = String(Math.floor(wall() / 1000));
    const nonce = crypto.randomUUID();
    const hash = await bodyHash(new TextEncoder().encode(body));
    const text = new TextEncoder().encode(canonicalText({ method, address: url, timestamp, nonce, hash }));
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, await imported, text);
    return { authorization: `ECDSA ${keyName}:${timestamp}:${nonce}:${toBase64(new Uint8Array(signature))}` };
  };
}

/** @throws Error where it is no such key, which was found out when the carrier was set up */
async function importKey(privateKey: string): Promise<CryptoKey> {
  const scalar = scalarIn(privateKey);
  if (!scalar) throw new Error("the private key is no P-256 key");
  const pkcs8 = Uint8Array.from([...PKCS8_BEFORE_SCALAR, ...scalar]);
  return crypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

/** The object identifier of the curve, and what stands before the number that is the key: RFC 5915, RFC 5480. */
const CURVE = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const EC_PUBLIC_KEY = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const BEFORE_SCALAR = [0x02, 0x01, 0x01, 0x04, 0x20];
/** PKCS #8 of a key on this curve without its public half: RFC 5208. */
const PKCS8_BEFORE_SCALAR = [
  ...[0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13],
  ...[...EC_PUBLIC_KEY, ...CURVE],
  ...[0x04, 0x27, 0x30, 0x25, ...BEFORE_SCALAR],
];

/** The number that is the key; undefined where this is no private P-256 key in PKCS #8 or SEC 1. */
function scalarIn(privateKey: string): Uint8Array<ArrayBuffer> | undefined {
  // OpenSSL writes the curve's name before a SEC 1 key.
  const pem = privateKey.replace(/-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/, "");
  const der = readBase64(pem.replace(/-----[A-Z ]+-----|\s/g, ""));
  if (!der || indexOf(der, CURVE) < 0) return undefined;
  const at = indexOf(der, BEFORE_SCALAR);
  const scalar = at < 0 ? undefined : der.slice(at + BEFORE_SCALAR.length, at + BEFORE_SCALAR.length + 32);
  return scalar?.length === 32 && p256.utils.isValidSecretKey(scalar) ? scalar : undefined;
}

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  return bytes.findIndex((_, at) => wanted.every((byte, offset) => bytes[at + offset] === byte));
}
