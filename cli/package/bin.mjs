#!/usr/bin/env node
/** The program of the published package. In plain JavaScript, so that a Node which is too old can say so. */

/** The first Node with the SQLite that keeps one gateway to a state folder. */
const NEEDED = "22.13";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [neededMajor = 0, neededMinor = 0] = NEEDED.split(".").map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  console.error(
    `Stafett needs Node ${NEEDED} or later, and this is ${process.versions.node} (${process.execPath}). ` +
      "Run it with a newer one: npx --package node@22 --package stafett -- stafett",
  );
  process.exit(1);
}
const { main } = await import("./main.js");
await main(process.argv.slice(2));
