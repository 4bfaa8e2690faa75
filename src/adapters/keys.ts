/**
 * The keys of the gateway, one for each purpose. Each has a name, which whatever is made with it carries; of several the first
 * makes and all read, so that a key can be exchanged while the gateway runs. docs/decisions/30-keys.md
 */

import { createHash, hkdfSync } from "node:crypto";
import { bytesOf } from "../core/kernel/bytes.ts";
import type { DigestKeys, NamedKey } from "../core/kernel/keys.ts";
import type { DigestPurpose } from "../core/kernel/ports.ts";

/** What a setting lists: keys, and a word for others that it takes in at that place. */
export type KeyList = readonly (NamedKey | "root" | "signing")[];

export type KeySettings = {
  /** base64 of P-256 private keys in PKCS#8, the one that signs first. */
  signing: readonly string[];
  root: KeyList;
  /** Absent: derived from the root. */
  own: Partial<Record<DigestPurpose | "secrets" | "data", KeyList>>;
};

export type Keys = {
  digests: Record<DigestPurpose, DigestKeys>;
  secrets: readonly NamedKey[];
  data: readonly NamedKey[];
};

/**
 * `1:base64`, several separated by commas. The name of a key that stands alone may be left out: it is 1. Undefined where it is not that.
 * @param word stands for other keys, at its place in the list
 */
export function readKeys(text: string, word?: "root" | "signing"): KeyList | undefined {
  const keys: (NamedKey | "root" | "signing")[] = [];
  const parts = text.split(",");
  for (const part of parts) {
    if (word !== undefined && part.trim() === word) {
      if (keys.includes(word)) return undefined;
      keys.push(word);
      continue;
    }
    // By its place another key than before would be meant as soon as one is set before it.
    const [, name = parts.length === 1 ? "1" : "", base64 = ""] =
      /^\s*(?:([A-Za-z0-9_-]{1,30}):)?([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
    if (base64 === "" || name === "" || keys.some((key) => typeof key === "object" && key.name === name))
      return undefined;
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    if (bytes.length !== 32) return undefined;
    keys.push({ name, bytes });
  }
  return keys;
}

/**
 * The keys of every purpose.
 * @throws Error that names the purpose and the name that two of its keys have
 */
export function keysOf({ signing, root, own }: KeySettings): Keys {
  const digestKeys = (purpose: DigestPurpose): DigestKeys => {
    const list = own[purpose] ?? ["root"];
    const named = list.flatMap((key) => (typeof key === "object" ? key : derived(root, signing, purpose)));
    const isLegacy = list.includes("root") && root.includes("signing");
    return { named: distinct(named, purpose), nameless: isLegacy ? signing.map(legacy) : [] };
  };
  const secrets = (own.secrets ?? ["root"]).flatMap((key) =>
    typeof key === "object" ? key : derived(root, [], "secrets"),
  );
  const data = (own.data ?? ["root"]).flatMap((key) =>
    typeof key === "object" ? key : derived(root, signing, "data"),
  );
  return {
    digests: {
      codes: digestKeys("codes"),
      requests: digestKeys("requests"),
      browsers: digestKeys("browsers"),
      people: digestKeys("people"),
    },
    secrets: distinct(secrets, "secrets"),
    data: distinct(data, "data"),
  };
}

/** By HKDF-SHA256 (RFC 5869): a key of one purpose tells nothing of the root, nor of another purpose's. */
function derived(root: KeyList, signing: readonly string[], purpose: string): NamedKey[] {
  const roots = root.flatMap((key) => {
    if (typeof key === "object") return key;
    return signing.map((one) => ({ name: nameOfSigning(one), bytes: bytesOf(one) }));
  });
  return roots.map(({ name, bytes }) => {
    const made = hkdfSync("sha256", bytes, new Uint8Array(), `stafett ${purpose}`, 32);
    return { name, bytes: new Uint8Array(made) };
  });
}

/** A signing key has no name in the settings, so what is derived from it is named by the key itself. */
function nameOfSigning(key: string): string {
  return `s${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
}

/** The key of digests that name none: what all of them were made with once. */
function legacy(signingKey: string): Uint8Array<ArrayBuffer> {
  return bytesOf(`stafett codes ${signingKey}`);
}

function distinct(keys: readonly NamedKey[], purpose: string): readonly NamedKey[] {
  const twice = keys.find(({ name }, index) => keys.findIndex((other) => other.name === name) < index);
  if (twice) throw new Error(`two keys for ${purpose} are named ${twice.name}: give each a name of its own`);
  return keys;
}
