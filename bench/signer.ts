/** Signs requests as the vendor's clients do. */

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";

export function signer(keyName: string) {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    /** base64 of the DER SubjectPublicKeyInfo */
    publicKey: pair.publicKey.export({ format: "der", type: "spki" }).toString("base64"),

    authorization(method: string, url: string, body: string): string {
      const timestamp = Math.floor(Date.now() / 1000);
      const nonce = randomUUID();
      const hash = createHash("sha256").update(body).digest("base64");
      const text = method.toLowerCase() + url.toLowerCase() + timestamp + nonce + hash;
      const signature = sign("sha256", Buffer.from(text), { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
      return `HMAC ${keyName}:${timestamp}:${nonce}:${signature.toString("base64")}`;
    },
  };
}
