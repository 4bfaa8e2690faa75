/** `npm start` and `npm run stafett`. In plain JavaScript, so that a Node which cannot read the rest can still say what is missing. */

import { existsSync } from "node:fs";

/** The first Node that reads TypeScript without being asked to. */
const NEEDED = "22.18";

const missing = whatIsMissing();
if (missing) {
  console.error(missing);
  process.exit(1);
}
const { main } = await import("../cli/main.ts");
await main(process.argv.slice(2));

function whatIsMissing() {
  if (!existsSync(new URL("../node_modules/miniflare", import.meta.url))) {
    return "Stafett's packages are not installed yet. Run this first: npm ci";
  }
  if (isOlder(process.versions.node, NEEDED)) {
    return (
      `Stafett needs Node ${NEEDED} or later, and this is ${process.versions.node}. npm ci installs one beside the ` +
      "other packages, unless npm is told to run no install scripts. Either install it now " +
      "(npm rebuild node --ignore-scripts=false), or run npm start with a newer Node."
    );
  }
  return undefined;
}

/**
 * @param {string} version
 * @param {string} needed
 */
function isOlder(version, needed) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}
