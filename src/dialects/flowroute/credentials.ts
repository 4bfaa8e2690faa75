/** The credential of this dialect: an access key, which is its name, and its secret key. */

import { type CredentialForms, NEW_OR_KEPT } from "../../core/accounts/credential-form.ts";
import { toHex } from "../../core/kernel/bytes.ts";
import { checkSecret, sha256 } from "../read.ts";

export const credentials: CredentialForms = {
  "access-key": {
    foundBy: "name",
    keeps: "digest",
    async make({ secret, random }) {
      checkSecret(secret);
      const made = secret ?? toHex(random(16));
      return { secret: made, secretHash: await sha256(made) };
    },
    title: "Flowroute access key",
    nameHint: "The access key itself. No other account may have it.",
    secret: { label: "Secret key", hint: NEW_OR_KEPT },
    use: "The client sends both by basic authentication: the name, then the secret key.",
    // The wire's account numbers are digits.
    demoName: "12345678",
  },
};
