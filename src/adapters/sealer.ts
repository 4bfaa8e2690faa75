/**
 * Secrets that must be read again are sealed with AES-256-GCM, under a key that has a name. Several keys may be there: the
 * first seals, all open, so that a key can be exchanged while the gateway runs.
 */

import { fromBase64, toBase64 } from "../core/kernel/base64.ts";
import { bytesOf } from "../core/kernel/bytes.ts";
import type { NamedKey } from "../core/kernel/keys.ts";
import type { Sealer } from "../core/kernel/ports.ts";

/** Of GCM; one is never used twice under a key, as each is drawn at random. Bytes. */
const NONCE = 12;

/** `{key}.{nonce}.{sealed}`, the last two in base64. @param keys the first seals */
export function makeSealer(keys: readonly NamedKey[]): Sealer {
  const [first] = keys;
  return {
    key: first?.name,
    keyOf,

    async seal(text, owner) {
      if (!first) throw new Error("no SECRETS_KEY is set");
      const iv = crypto.getRandomValues(new Uint8Array(NONCE));
      const sealed = await crypto.subtle.encrypt(parameters(iv, owner), await imported(first), bytesOf(text));
      return `${first.name}.${toBase64(iv)}.${toBase64(new Uint8Array(sealed))}`;
    },

    async open(sealed, owner) {
      const [name = "", iv = "", bytes = ""] = sealed.split(".");
      const key = keys.find((one) => one.name === name);
      if (!key) throw new Error(`SECRETS_KEY has no key ${name}, with which this was sealed`);
      try {
        const opened = await crypto.subtle.decrypt(
          parameters(fromBase64(iv), owner),
          await imported(key),
          fromBase64(bytes),
        );
        return new TextDecoder().decode(opened);
      } catch {
        throw new Error(
          `key ${name} of SECRETS_KEY does not open this: it is another key, or was sealed for another owner`,
        );
      }
    },
  };
}

function keyOf(sealed: string): string {
  return sealed.split(".", 1)[0] ?? "";
}

function parameters(iv: Uint8Array<ArrayBuffer>, owner: string) {
  return { name: "AES-GCM", iv, additionalData: bytesOf(owner) };
}

function imported({ bytes }: NamedKey): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
