/** The two credentials of this dialect: an API key, and a public key whose private half signs requests. */

import { SIGN_ALGOS } from "../../core/accounts/account.ts";
import { type CredentialForms, NEW_OR_KEPT } from "../../core/accounts/credential-form.ts";
import { toBase64 } from "../../core/kernel/base64.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { checkSecret, sha256 } from "../read.ts";
import { readPublicKey } from "./keys.ts";
import { settingsOf } from "./settings.ts";

export const credentials: CredentialForms = {
  "api-key": {
    foundBy: "secret",
    keeps: "digest",
    async make({ secret, random }) {
      checkSecret(secret);
      // As the vendor's own look: 64 random bytes in base64.
      const made = secret ?? toBase64(random(64));
      return { secret: made, secretHash: await sha256(made) };
    },
    title: "Target365 API key",
    nameHint: "For people to tell keys apart.",
    secret: { label: "API key", hint: NEW_OR_KEPT },
    use: "The client sends it with every request, as X-ApiKey.",
    demoName: "demo",
  },

  "public-key": {
    foundBy: "name",
    keeps: "public-key",
    async make({ publicKey, signAlgo, settings }) {
      if (!publicKey) throw new GatewayError("bad-request", "publicKey: is missing", "publicKey");
      return readPublicKey(publicKey, { signAlgo, shortRsaKeys: settingsOf(settings).shortRsaKeys === "on" });
    },
    title: "Target365 public key",
    nameHint: "The key name that the client signs under.",
    fields: [
      {
        name: "publicKey",
        label: "Public key",
        kind: "area",
        required: true,
        hint: "As PEM, or in base64 alone. The private half stays with the client.",
      },
      {
        name: "signAlgo",
        label: "Signs by",
        kind: "choice",
        options: [["", "as the key says"], ...SIGN_ALGOS.map((algo) => [algo, algo] as const)],
      },
    ],
    use: "The client signs every request with the private half.",
  },
};
