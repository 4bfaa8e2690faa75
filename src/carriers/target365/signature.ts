/** What is signed, by either side: lower(method) + lower(address) + timestamp + nonce + base64(SHA-256(body)). */

import { toBase64 } from "../../core/kernel/base64.ts";

export type Signed = {
  method: string;
  /** Absolute, as the receiver of the call is addressed. */
  address: string;
  /** Unix seconds. */
  timestamp: string;
  nonce: string;
  /** As `bodyHash` makes it. */
  hash: string;
};

export function canonicalText({ method, address, timestamp, nonce, hash }: Signed): string {
  return method.toLowerCase() + address.toLowerCase() + timestamp + nonce + hash;
}

/** Nothing for no body. */
export async function bodyHash(body: Uint8Array): Promise<string> {
  return body.length === 0
    ? ""
    : toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>)));
}
