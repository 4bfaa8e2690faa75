/** The credential of this dialect: a product token, a GUID in either case. */

import { type CredentialForms, NEW_OR_KEPT } from "../../core/accounts/credential-form.ts";
import { sha256 } from "../read.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const credentials: CredentialForms = {
  "product-token": {
    async make({ secret }) {
      const made = secret ?? crypto.randomUUID();
      return { secret: made, secretHash: await hashOf(made) };
    },
    title: "CM.com product token",
    nameHint: "For people to tell tokens apart.",
    secret: { label: "Product token", hint: `A GUID; of the first years, id:login:password. ${NEW_OR_KEPT}` },
    use: "The client sends it as productToken in the body, or as X-CM-PRODUCTTOKEN.",
    demoName: "demo",
  },
};

export function isGuid(token: string): boolean {
  return GUID.test(token);
}

/** As it is kept: clients write the same GUID in capitals or not. An operator may have kept a token of another form. */
export function hashOf(token: string): Promise<string> {
  return sha256(isGuid(token) ? token.toLowerCase() : token);
}
