/** Where things are in the published package, in place of scripts/root.ts. All code of the package is in its folder `dist`. */

import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
/** A package lies in node_modules, where nobody looks for a database: the state is kept where the person is. */
export const home = process.cwd();
export const startCommand = "npx stafett";
export const program = "npx stafett";
export const gettingReady = "loading the Worker …";
