/** The operator's API, with the dialects' declarations of their settings and credentials. */

import { makeAdmin } from "../admin/admin.ts";
import { dialects } from "../registry.ts";

export const admin = makeAdmin({
  settings: dialects.flatMap(({ settingsForm }) => settingsForm ?? []),
  credentialKinds: dialects.flatMap(({ credentials }) => Object.keys(credentials)),
});
