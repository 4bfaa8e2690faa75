/** Public keys of clients: how they may be written, and the form of a signature by one. */

import { p256 } from "@noble/curves/nist.js";
import type { SignAlgo } from "../../core/accounts/account.ts";
import { bytesOf } from "../../core/kernel/bytes.ts";
import { GatewayError } from "../../core/kernel/errors.ts";

/** Imported keys, by their text: importing costs as much as verifying. */
const imported = new Map<string, Promise<CryptoKey>>();
const MOST = 1_000;

/** Whether the signature (base64) of the text is this key's. The algorithm is the key's, whatever the header claims. */
export async function isSignedBy(
  key: { publicKey: string; signAlgo: SignAlgo },
  text: string,
  signature: string,
): Promise<boolean> {
  const bytes = fromBase64(signature);
  if (!bytes) return false;
  const data = bytesOf(text);
  const cryptoKey = await keyOf(key);
  if (key.signAlgo === "RSA") return crypto.subtle.verify("RSASSA-PKCS1-v1_5", cryptoKey, bytes, data);
  const raw = toRaw(bytes);
  return raw ? crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, cryptoKey, raw, data) : false;
}

/** EC signatures are r‖s, 32 bytes each. No SDK sends DER; it is recognised all the same, by its first byte and length. */
function toRaw(signature: Uint8Array): Uint8Array | undefined {
  if (signature.length === 64) return signature;
  if (signature[0] !== 0x30) return undefined;
  try {
    return p256.Signature.fromBytes(signature, "der").toBytes("compact");
  } catch {
    return undefined;
  }
}

/**
 * A client's public key as we keep it: base64 of the DER SubjectPublicKeyInfo on one line, and its algorithm.
 * PEM armour and white space are taken off.
 * @throws GatewayError bad-request when it is no P-256 or RSA public key, not of the algorithm that was named, or too short
 */
export async function readPublicKey(
  given: string,
  { signAlgo: named, shortRsaKeys }: { signAlgo?: SignAlgo | undefined; shortRsaKeys: boolean },
): Promise<{ publicKey: string; signAlgo: SignAlgo }> {
  const publicKey = given.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  for (const signAlgo of named ? [named] : (["ECDsaP256", "RSA"] as const)) {
    const key = await keyOf({ publicKey, signAlgo }).catch(() => undefined);
    if (key) {
      if (!shortRsaKeys) checkBits(key);
      return { publicKey, signAlgo };
    }
    imported.delete(`${signAlgo} ${publicKey}`);
  }
  throw new GatewayError(
    "bad-request",
    `publicKey is not ${named ?? "a P-256 or RSA"} public key: give the SubjectPublicKeyInfo, in base64 or PEM`,
    "publicKey",
  );
}

/** Shorter RSA keys can be broken. NIST SP 800-131A. */
const LEAST_BITS = 2_048;

function checkBits({ algorithm }: CryptoKey): void {
  const bits = "modulusLength" in algorithm ? algorithm.modulusLength : LEAST_BITS;
  if (bits >= LEAST_BITS) return;
  throw new GatewayError(
    "bad-request",
    `publicKey is an RSA key of ${bits} bits; ${LEAST_BITS} are the least. Where a client cannot have another, the ` +
      "operator sets shortRsaKeys to on for the account",
    "publicKey",
  );
}

function keyOf({ publicKey, signAlgo }: { publicKey: string; signAlgo: SignAlgo }): Promise<CryptoKey> {
  const name = `${signAlgo} ${publicKey}`;
  const known = imported.get(name);
  if (known) return known;
  const der = fromBase64(publicKey);
  if (!der) return Promise.reject(new Error("not base64"));
  const algorithm =
    signAlgo === "RSA" ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve: "P-256" };
  if (imported.size >= MOST) imported.clear();
  const key = crypto.subtle.importKey("spki", der, algorithm, false, ["verify"]);
  imported.set(name, key);
  return key;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
