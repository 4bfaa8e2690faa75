/** The credential of this dialect: a ring, which is a secret alone. */

import { type CredentialForms, NEW_OR_KEPT } from "../../../src/core/accounts/credential-form.ts";
import { checkSecret, sha256 } from "../../../src/dialects/read.ts";

export const credentials: CredentialForms = {
  ring: {
    foundBy: "secret",
    keeps: "digest",
    async make({ secret }) {
      checkSecret(secret);
      const made = secret ?? crypto.randomUUID();
      return { secret: made, secretHash: await sha256(made) };
    },
    title: "Pigeon Post ring",
    nameHint: "For people to tell rings apart.",
    secret: { label: "Ring", hint: NEW_OR_KEPT },
    use: "The client sends it with every request, as X-Ring.",
    demoName: "demo",
  },
};
