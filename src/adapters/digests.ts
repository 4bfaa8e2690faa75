/** Keyed digests: HMAC-SHA256 in hex, after the name of the key that made it, `1.3f…`. */

import { bytesOf, toHex } from "../core/kernel/bytes.ts";
import type { DigestKeys } from "../core/kernel/keys.ts";
import type { DigestPurpose, Digests } from "../core/kernel/ports.ts";
import { isSameSecret } from "../core/kernel/same-secret.ts";

/** @param missing hears of a digest that no key reads any more */
export function makeDigests(
  keys: Record<DigestPurpose, DigestKeys>,
  missing: (purpose: DigestPurpose, key: string) => void = () => {},
): Digests {
  const imported = new Map<Uint8Array<ArrayBuffer>, CryptoKey>();
  const hmac = async (bytes: Uint8Array<ArrayBuffer>, text: string) => {
    let key = imported.get(bytes);
    if (!key) {
      key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      imported.set(bytes, key);
    }
    const signed = await crypto.subtle.sign("HMAC", key, bytesOf(text));
    return toHex(new Uint8Array(signed));
  };

  return {
    async digest(purpose, text) {
      const [first] = keys[purpose].named;
      if (!first) throw new Error(`there is no key for ${purpose}`);
      return `${first.name}.${await hmac(first.bytes, text)}`;
    },
    async digests(purpose, text) {
      const { named, nameless } = keys[purpose];
      return Promise.all([
        ...named.map(async ({ name, bytes }) => `${name}.${await hmac(bytes, text)}`),
        ...nameless.map((bytes) => hmac(bytes, text)),
      ]);
    },
    async isDigest(purpose, text, digest) {
      const { named, nameless } = keys[purpose];
      const name = digest.includes(".") ? digest.slice(0, digest.indexOf(".")) : undefined;
      if (name === undefined) {
        const right = await Promise.all(nameless.map((bytes) => hmac(bytes, text)));
        return right.some((one) => isSameSecret(one, digest));
      }
      const key = named.find((one) => one.name === name);
      if (key) return isSameSecret(`${name}.${await hmac(key.bytes, text)}`, digest);
      missing(purpose, name);
      return false;
    },
  };
}
