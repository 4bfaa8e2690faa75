/** The operator's API, which takes what the dialects say of their settings and credentials. */

import { makeAdmin } from "../admin/admin.ts";
import { dialects } from "../registry.ts";

export const admin = makeAdmin({
  settings: dialects.flatMap(({ settingsForm }) => settingsForm ?? []),
  credentialKinds: dialects.flatMap(({ credentials }) => Object.keys(credentials)),
});
