/** Signs webhooks with the gateway's own key, and publishes its public half under a name that is never used again. */

import type { ServerKey, Signer } from "../core/kernel/ports.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** Where the public halves are kept. */
export interface ServerKeys {
  byName(name: string): Promise<ServerKey | undefined>;
  /** The published key with this material, published now if it never was. */
  publish(publicKey: string, at: number): Promise<ServerKey>;
}

type Own = { privateKey: CryptoKey; published: ServerKey };

/**
 * Once for each isolate: importing a key and looking up its name cost more than signing. The value is kept, not the
 * promise: a promise belongs to the request that made it, and never settles if that request ends first.
 */
let own: { of: string; key: Own } | undefined;

/** @param signingKey base64 of a P-256 private key in PKCS#8 */
export function makeSigner(signingKey: string, keys: ServerKeys, wall: () => number): Signer {
  return {
    async sign(text) {
      const { privateKey, published } = await ownKey(signingKey, keys, wall());
      const signature = await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        privateKey,
        new TextEncoder().encode(text),
      );
      return { keyName: published.name, signature: toBase64(new Uint8Array(signature)) };
    },
    async published(name) {
      await ownKey(signingKey, keys, wall());
      return await keys.byName(name);
    },
  };
}

/** Forgets the key, for instance because the world it was published in was reset. */
export function forgetKey(): void {
  own = undefined;
}

async function ownKey(signingKey: string, keys: ServerKeys, at: number): Promise<Own> {
  if (own?.of !== signingKey) own = { of: signingKey, key: await load(signingKey, keys, at) };
  return own.key;
}

async function load(signingKey: string, keys: ServerKeys, at: number): Promise<Own> {
  const der = Uint8Array.from(atob(signingKey), (char) => char.charCodeAt(0));
  const privateKey = await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
  const { kty, crv, x, y } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  const publicJwk = { kty: kty as string, crv: crv as string, x: x as string, y: y as string };
  const publicKey = await crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, true, ["verify"]);
  const spki = (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer;
  return { privateKey, published: await keys.publish(toBase64(new Uint8Array(spki)), at) };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
