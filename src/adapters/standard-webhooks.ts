/** Signatures of webhooks by the Standard Webhooks specification, version 1.0.0: HMAC-SHA256, `v1`. */

import { fromBase64, toBase64 } from "../core/kernel/base64.ts";

/** A secret as its operator has it: `whsec_` and 24 to 64 bytes in base64. */
export const STANDARD_SECRET =
  /^whsec_(?=[A-Za-z0-9+/]{32,88}={0,2}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The headers of a signed call.
 * @param secret of the form of `STANDARD_SECRET`; absent: it is not signed
 * @param at epoch seconds
 */
export async function standardHeaders(
  secret: string | undefined,
  { id, at, body }: { id: string; at: number; body: string },
): Promise<Record<string, string>> {
  const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(at) };
  if (secret === undefined) return headers;
  const bytes = fromBase64(secret.slice("whsec_".length));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${at}.${body}`));
  return { ...headers, "webhook-signature": `v1,${toBase64(new Uint8Array(signature))}` };
}
