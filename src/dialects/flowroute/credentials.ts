/** The credential of this dialect: an access key, which is its name, and its secret key. */

import type { CredentialForms } from "../../core/accounts/credential-form.ts";
import { sha256 } from "../read.ts";

export const credentials: CredentialForms = {
  async "access-key"({ secret }) {
    const made = secret ?? crypto.randomUUID().replaceAll("-", "");
    return { secret: made, secretHash: await sha256(made) };
  },
};
