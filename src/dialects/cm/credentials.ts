/** The credentials of this dialect: a product token, a GUID in either case; and the password of an SMPP session. */

import { type CredentialForms, NEW_OR_KEPT } from "../../core/accounts/credential-form.ts";
import { toHex } from "../../core/kernel/bytes.ts";
import { checkSecret, sha256 } from "../read.ts";
import { smppCredential } from "./smpp/password.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The three of the XML gateway's first years, as CM gave them: `id:login:password`. They are as long as they are. */
const OF_OLD = /^\d+:[^:]+:.{5,}$/s;

export const credentials: CredentialForms = {
  "product-token": {
    foundBy: "secret",
    keeps: "digest",
    async make({ secret, random }) {
      if (!OF_OLD.test(secret ?? "")) checkSecret(secret);
      const made = secret ?? toGuid(random(16));
      return { secret: made, secretHash: await hashOf(made) };
    },
    title: "CM.com product token",
    nameHint: "For people to tell tokens apart.",
    secret: { label: "Product token", hint: `A GUID; of the first years, id:login:password. ${NEW_OR_KEPT}` },
    use: "The client sends it as productToken in the body, or as X-CM-PRODUCTTOKEN.",
    demoName: "demo",
  },
  smpp: smppCredential,
};

export function isGuid(token: string): boolean {
  return GUID.test(token);
}

/** As it is kept: clients write the same GUID in capitals or not. An operator may have kept a token of another form. */
export function hashOf(token: string): Promise<string> {
  return sha256(isGuid(token) ? token.toLowerCase() : token);
}

/** A random GUID (version 4) of 16 random bytes. */
function toGuid(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
