/** Signs webhooks with the gateway's own key, and publishes its public half under a name that is no other key's, ever. */

import type { Log, ServerKey, Signer } from "../core/kernel/ports.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** Where the public halves are kept. */
export interface ServerKeys {
  byName(name: string): Promise<ServerKey | undefined>;
  /**
   * The published key with this material, published now if it never was: under the name, or else the day's. Where the
   * name is another key's it stays that one's, and the answer has another name.
   */
  publish(publicKey: string, at: number, name?: string): Promise<ServerKey>;
}

type Own = { privateKey: CryptoKey; published: ServerKey };

/**
 * Once for each isolate: importing a key and looking up its name cost more than signing. The value is kept, not the
 * promise: a promise belongs to the request that made it, and never settles if that request ends first.
 */
let own: { of: string; key: Own } | undefined;

type Given = {
  /** base64 of a P-256 private key in PKCS#8 */
  signingKey: string;
  /** What it is to be published as; absent: the day on which it was first used. */
  name: string | undefined;
  /** Keys that are published beside it: those before it, or the one that is to come. */
  others?: readonly string[];
  keys: ServerKeys;
  wall: () => number;
  log: Log;
};

export function makeSigner(given: Given): Signer {
  return {
    async sign(text) {
      const { privateKey, published } = await ownKey(given);
      const signature = await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        privateKey,
        new TextEncoder().encode(text),
      );
      return { keyName: published.name, signature: toBase64(new Uint8Array(signature)) };
    },
    async published(name) {
      await ownKey(given);
      return await given.keys.byName(name);
    },
  };
}

/** Forgets the key, for instance after a reset of the sandbox deleted its published name. */
export function forgetKey(): void {
  own = undefined;
}

async function ownKey(given: Given): Promise<Own> {
  const of = [given.signingKey, given.name ?? "", ...(given.others ?? [])].join(" ");
  if (own?.of !== of) own = { of, key: await load(given) };
  return own.key;
}

async function load({ signingKey, name, others = [], keys, wall, log }: Given): Promise<Own> {
  for (const other of others) await keys.publish((await halves(other)).publicKey, wall());
  const { privateKey, publicKey } = await halves(signingKey);
  const published = await keys.publish(publicKey, wall(), name);
  // Receivers keep a key by its name for as long as they run: another key under it would fail all of them.
  if (name && published.name !== name) log.event("signing_key.name_taken", { wanted: name, used: published.name });
  return { privateKey, published };
}

/** Of a private key (base64 of PKCS#8): to sign with, and its public half in base64. */
async function halves(signingKey: string): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  const der = Uint8Array.from(atob(signingKey), (char) => char.charCodeAt(0));
  const privateKey = await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
  const { kty, crv, x, y } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  const publicJwk = { kty: kty as string, crv: crv as string, x: x as string, y: y as string };
  const publicKey = await crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, true, ["verify"]);
  const spki = (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer;
  return { privateKey, publicKey: toBase64(new Uint8Array(spki)) };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
