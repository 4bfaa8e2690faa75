/** X-Twilio-Signature. Docs, "Validating requests": HMAC-SHA1 by the auth token over the address and the form's fields. */

import { bytesOf } from "../../core/kernel/bytes.ts";

/** @param pairs the form's fields, in any order; @param url the whole address with its query, as it was configured */
export async function signatureOf(
  authToken: string,
  url: string,
  pairs: readonly (readonly [string, string])[],
): Promise<string> {
  const key = await crypto.subtle.importKey("raw", bytesOf(authToken), { name: "HMAC", hash: "SHA-1" }, false, [
    "sign",
  ]);
  const signed = await crypto.subtle.sign("HMAC", key, bytesOf(url + joined(pairs)));
  return btoa(String.fromCharCode(...new Uint8Array(signed)));
}

/** Names and values run together, by name; of a name that is there more than once each value once, in order. */
function joined(pairs: readonly (readonly [string, string])[]): string {
  const byName = Map.groupBy(pairs, ([name]) => name);
  return [...byName.keys()]
    .toSorted()
    .map((name) => {
      const values = new Set((byName.get(name) ?? []).map(([, value]) => value));
      return [...values]
        .toSorted()
        .map((value) => name + value)
        .join("");
    })
    .join("");
}

/** The address with and without the port that goes without saying: their libraries differ in which they sign. */
export function withAndWithoutPort(url: string): string[] {
  const known = URL.parse(url);
  if (!known) return [url];
  const port = known.protocol === "https:" ? "443" : "80";
  if (known.port === "") return [url, url.replace(/^(https?:\/\/[^/?#]+)/i, `$1:${port}`)];
  return [url, url.replace(/^(https?:\/\/[^/?#]+):\d+/i, "$1")];
}
