/** The two credentials of this dialect: an API key, and a public key whose private half signs requests. */

import type { CredentialForms } from "../../core/accounts/credential-form.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { sha256 } from "../read.ts";
import { readPublicKey } from "./keys.ts";

export const credentials: CredentialForms = {
  async "api-key"({ secret }) {
    // As the vendor's own look: 64 random bytes in base64.
    const made = secret ?? btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(64))));
    return { secret: made, secretHash: await sha256(made) };
  },

  async "public-key"({ publicKey, signAlgo }) {
    if (!publicKey) throw new GatewayError("bad-request", "publicKey: is missing", "publicKey");
    return readPublicKey(publicKey, signAlgo);
  },
};
