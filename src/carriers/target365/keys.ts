/** Whether a call was signed by Target365, with ECDSA on P-256, by one of the keys that they publish. */

import { z } from "zod";
import { readBase64 } from "../../core/kernel/base64.ts";
import { jsonOf } from "../calls.ts";
import type { Api } from "./api.ts";
import { bodyHash, canonicalText } from "./signature.ts";

/** `keyName:timestamp:nonce:signature`. */
const HEADER = /^([A-Za-z0-9_.-]{1,100}):(\d{1,12}):([^:\s]{1,128}):([A-Za-z0-9+/]{1,200}={0,2})$/;
/** A name that they have no key for is not asked for again before this. Milliseconds. */
const ASK_AGAIN = 60_000;
const MOST_KEYS = 20;

const Published = z.object({ publicKeyString: z.string() });

export type Keys = { byName(name: string): Promise<CryptoKey | undefined> };

/** Their public keys, by name: read once each from where the account lies. */
export function keysOf(api: Api): Keys {
  const known = new Map<string, CryptoKey>();
  let missedAt = Number.NEGATIVE_INFINITY;
  return {
    async byName(name) {
      const key = known.get(name);
      // Whoever makes names up makes us ask once a minute, and no more.
      if (key || api.wall() - missedAt < ASK_AGAIN) return key;
      const found = await read(api, name);
      if (!found) missedAt = api.wall();
      else {
        if (known.size >= MOST_KEYS) known.clear();
        known.set(name, found);
      }
      return found;
    },
  };
}

async function read(api: Api, name: string): Promise<CryptoKey | undefined> {
  const answer = await api.send({ method: "GET", path: `/api/server/public-keys/${encodeURIComponent(name)}` });
  const text = Published.safeParse(jsonOf(answer)).data?.publicKeyString;
  if (text === undefined) return undefined;
  try {
    const bytes = readBase64(text.replace(/-----[A-Z ]+-----|\s/g, "")) ?? new Uint8Array();
    return await crypto.subtle.importKey("spki", bytes, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  } catch {
    return undefined;
  }
}

export type Call = { method: string; body: Uint8Array /** X-ECDSA-Signature */; header: string };

/** Whether it is signed by one of their keys, at one of these addresses of ours. */
export async function isSigned(
  keys: Keys,
  { method, body, header }: Call,
  addresses: readonly string[],
): Promise<boolean> {
  const [, name = "", timestamp = "", nonce = "", signature = ""] = HEADER.exec(header) ?? [];
  const key = name === "" ? undefined : await keys.byName(name);
  const bytes = readBase64(signature);
  if (!key || !bytes) return false;
  const hash = await bodyHash(body);
  for (const address of addresses) {
    const data = new TextEncoder().encode(canonicalText({ method, address, timestamp, nonce, hash }));
    if (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes, data)) return true;
  }
  return false;
}
