/** The credential of this dialect: a campaign, whose name is `campaign_name` or `cc`, with its key, `api_key` or `ekey`. */

import { type CredentialForms, NEW_OR_KEPT } from "../../core/accounts/credential-form.ts";
import { toHex } from "../../core/kernel/bytes.ts";
import { checkSecret, sha256 } from "../read.ts";

export const credentials: CredentialForms = {
  campaign: {
    foundBy: "name",
    keeps: "digest",
    async make({ secret, random }) {
      checkSecret(secret);
      const made = secret ?? toHex(random(16));
      return { secret: made, secretHash: await sha256(made) };
    },
    title: "txtNation campaign",
    nameHint: "campaign_name of one-click, cc of the gateway. No other account may have it.",
    secret: { label: "API key", hint: `api_key of one-click, ekey of the gateway. ${NEW_OR_KEPT}` },
    use: "The client sends the name as campaign_name or cc, and the key as api_key or ekey.",
    demoName: "demo",
  },
};
