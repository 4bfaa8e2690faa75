/** What the reference on the site is made of: bundled with the Worker's sources, and run where the site is made. */

import { apis } from "../src/doors/openapi.ts";
import { dialects } from "../src/registry.ts";

export const documents = apis(dialects);
