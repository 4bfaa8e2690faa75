/** What is signed, by either side: lower(method) + lower(address) + timestamp + nonce + base64(SHA-256(body)). */

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
  return body.length === 0 ? "" : toBase64(await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>));
}

/** Undefined where it is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
