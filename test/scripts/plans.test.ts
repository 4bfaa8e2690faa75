/** `npm run plans`, on a database small enough for a test: that it builds one, asks everything, and finds nothing wrong. */

import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { root } from "../../scripts/runtime.ts";

it("asks a database everything, and ends well where no question reads what grows", () => {
  const told = execFileSync("npm", ["run", "-s", "plans", "--", "--scale", "0.0005"], { cwd: root, encoding: "utf8" });
  expect(told).toContain("100 charges, billed");
  expect(told).not.toContain("reads what grows");
}, 120_000);
