/**
 * Signatures of webhooks by the Standard Webhooks specification, version 1.0.0: HMAC-SHA256 (`v1`) and Ed25519 (`v1a`).
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

import { fromBase64, toBase64 } from "../core/kernel/base64.ts";
import { bytesOf } from "../core/kernel/bytes.ts";
import type { StandardKeys, StandardSigner } from "../core/webhooks/standard.ts";

/** A secret as its operator has it: `whsec_` and 24 to 64 bytes in base64. */
export const STANDARD_SECRET =
  /^whsec_(?=[A-Za-z0-9+/]{32,88}={0,2}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes before the 32 of an Ed25519 private key in PKCS#8 (RFC 8410). */
const PKCS8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/** What is signed. @param at epoch seconds */
type Call = { id: string; at: number; body: string };

export const standardSigner: StandardSigner = {
  async newKeys(bytes) {
    const seed = bytes(32);
    const privateKey = `whsk_${toBase64(seed)}`;
    // Only an exported private key tells its public half.
    const { x } = (await crypto.subtle.exportKey("jwk", await imported(privateKey, true))) as JsonWebKey;
    const publicKey = toBase64(fromBase64((x as string).replaceAll("-", "+").replaceAll("_", "/")));
    return { secret: `whsec_${toBase64(bytes(32))}`, privateKey, publicKey: `whpk_${publicKey}` };
  },

  async headers(keys, call) {
    const signatures = await Promise.all(
      keys.map(async ({ secret, privateKey }) => `${await v1(secret, call)} ${await v1a(privateKey, call)}`),
    );
    return { ...unsigned(call), "webhook-signature": signatures.join(" ") };
  },
};

/**
 * The headers of a call that is signed with one secret.
 * @param secret of the form of `STANDARD_SECRET`; absent: it is not signed
 */
export async function standardHeaders(
  secret: StandardKeys["secret"] | undefined,
  call: Call,
): Promise<Record<string, string>> {
  const headers = unsigned(call);
  return secret === undefined ? headers : { ...headers, "webhook-signature": await v1(secret, call) };
}

function unsigned({ id, at }: Call) {
  return { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(at) };
}

async function v1(secret: string, call: Call): Promise<string> {
  const bytes = fromBase64(secret.slice("whsec_".length));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signedOf(call))))}`;
}

async function v1a(privateKey: string, call: Call): Promise<string> {
  const signature = await crypto.subtle.sign("Ed25519", await imported(privateKey, false), signedOf(call));
  return `v1a,${toBase64(new Uint8Array(signature))}`;
}

function signedOf({ id, at, body }: Call): Uint8Array<ArrayBuffer> {
  return bytesOf(`${id}.${at}.${body}`);
}

function imported(privateKey: string, isToBeExported: boolean): Promise<CryptoKey> {
  const der = new Uint8Array([...PKCS8, ...fromBase64(privateKey.slice("whsk_".length))]);
  return crypto.subtle.importKey("pkcs8", der, "Ed25519", isToBeExported, ["sign"]);
}
