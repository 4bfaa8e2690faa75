/** The credential of this dialect: a campaign, whose name is `campaign_name` or `cc`, with its key, `api_key` or `ekey`. */

import type { CredentialForms } from "../../core/accounts/credential-form.ts";
import { sha256 } from "../read.ts";

export const credentials: CredentialForms = {
  async campaign({ secret }) {
    const made = secret ?? crypto.randomUUID().replaceAll("-", "");
    return { secret: made, secretHash: await sha256(made) };
  },
};
