/** Where things are in this repository. In the published package cli/package/root.ts stands in for it. */

import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The folder that a relative STATE_DIR is in. */
export const home = root;

/** What a person types to start a gateway. */
export const startCommand = "npm start";

/** What a person types before the name of another command. */
export const program = "npm run stafett --";

/** What is said while the Worker is got ready. */
export const gettingReady = "building the Worker …";
