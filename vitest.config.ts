import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { filesOfTests } from "./test/support/quick.ts";

const { quick, starting, faking } = filesOfTests();

export default defineConfig({
  test: {
    // A third goes on while two wait for what a test waits for; a fourth gains nothing.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files share their processes, and in them a gateway and a browser: each takes longer to start than most files to run.
      {
        extends: true,
        test: {
          name: "starting",
          include: starting,
          globalSetup: "test/support/built.ts",
          isolate: false,
          // On a machine that others load, a process or a browser may be late once. What failed once is shown as "retry x1".
          retry: process.env.CI === "true" ? 1 : 0,
        },
      },
      { extends: true, test: { name: "faking", include: faking, globalSetup: "test/support/built.ts" } },
      { extends: true, test: { name: "quick", include: quick, isolate: false } },
    ],
  },
});
