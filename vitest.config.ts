import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { filesOfTests } from "./test/support/quick.ts";

const { quick, starting } = filesOfTests();

export default defineConfig({
  test: {
    // Each file that needs a gateway starts its own; two cores carry two of them.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "starting", include: starting, globalSetup: "test/support/built.ts" } },
      // What starts nothing leaves nothing behind: these share their processes.
      { extends: true, test: { name: "quick", include: quick, isolate: false } },
    ],
  },
});
