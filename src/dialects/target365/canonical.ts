/** The text that is signed: lower(method) + lower(absolute URL) + timestamp + nonce + base64(SHA-256(body)). */

import { createHash } from "node:crypto";

/**
 * @param url lower-cased already, for signers differ in which letters they take for capitals
 * @param timestamp Unix seconds
 * @param hash of the body, as `bodyHash` makes it
 */
export function canonicalText(method: string, url: string, timestamp: string, nonce: string, hash: string): string {
  return method.toLowerCase() + url + timestamp + nonce + hash;
}

/** base64 of the SHA-256 of the very bytes (a text is UTF-8); nothing for no body. */
export function bodyHash(body: Uint8Array | string): string {
  return body.length === 0 ? "" : createHash("sha256").update(body).digest("base64");
}

/**
 * The absolute URLs that a client may have signed for this request, lower-cased, likeliest first. SDKs sign the URL they
 * built, which is not always the one on the wire: Node signs `'` and sends %27; PHP and Python sign path and query before
 * they are escaped; all but .NET sign a default port that never reaches us. Seen by running them against a stub.
 * @param bases without a final slash; @param target path and query as they came
 */
export function urlCandidates(bases: readonly string[], target: string): string[] {
  const targets = [target, target.replaceAll("%27", "'"), ...decoded(target)];
  const urls = targets.flatMap((one) => bases.map((base) => base + one));
  const ported = bases
    .flatMap((base) => withDefaultPort(base) ?? [])
    .flatMap((base) => targets.map((one) => base + one));
  const all = [...urls, ...ported];
  return [...new Set([...all.map((url) => url.toLowerCase()), ...all.map(lowerAscii)])];
}

function decoded(target: string): string[] {
  try {
    return [decodeURIComponent(target)];
  } catch {
    return [];
  }
}

function withDefaultPort(base: string): string | undefined {
  const url = URL.parse(base);
  if (url?.port !== "") return undefined;
  const port = url.protocol === "https:" ? 443 : 80;
  return base.replace(/^(https?:\/\/[^/]+)/i, `$1:${port}`);
}

/** PHP lower-cases bytes, so only ASCII. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
