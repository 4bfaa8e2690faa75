/** Our own signatures, checked as a receiver would: with the half of the key that is published. */

import { readBase64 } from "../core/kernel/base64.ts";
import { bytesOf } from "../core/kernel/bytes.ts";
import type { Signer } from "../core/kernel/ports.ts";
import type { SignatureOutcome } from "../core/webhooks/signature.ts";

/** @param signature raw r‖s in base64 @param signedAt epoch ms @param text what it must have signed */
export async function checkOwnSignature(
  signer: Signer,
  { keyName, signature, signedAt, text }: { keyName: string; signature: string; signedAt: number; text: string },
): Promise<SignatureOutcome> {
  const raw = readBase64(signature);
  if (!raw || !Number.isFinite(signedAt)) return { is: "malformed" };
  const key = await signer.published(keyName);
  const spki = key && readBase64(key.publicKey);
  if (!spki) return { is: "unknown-key", keyName };
  const publicKey = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, [
    "verify",
  ]);
  const bytes = bytesOf(text);
  const isValid = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, publicKey, raw, bytes);
  return { is: isValid ? "valid" : "wrong", keyName, signedAt, text };
}
