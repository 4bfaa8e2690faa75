/**
 * Miniflare and wrangler, loaded as the CommonJS they are. An `import` of them takes a second longer at each start: Node reads
 * their 21 MB twice more, to find out what they are and what they export.
 */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export function miniflare(): typeof import("miniflare") {
  return require("miniflare");
}

/** Not in the published package, which has the Worker built into it. */
export function wrangler(): typeof import("wrangler") {
  return require("wrangler");
}
