/** What `npm run deploy` would do, held against what the Worker is bound to. */

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/runtime.ts";

describe("npm run deploy", () => {
  const plan = execFileSync(process.execPath, [join(root, "scripts/deploy.ts"), "--plan"], { cwd: root }).toString();
  const config = readFileSync(join(root, "wrangler.toml"), "utf8");

  it("makes every queue that the Worker puts jobs into", () => {
    const queues = [...config.matchAll(/queues\.producers\]\]\nqueue = "(.*)"/g)].map(([, queue]) => queue);
    expect(queues.length).toBeGreaterThan(2);
    for (const queue of queues) expect(plan).toContain(`wrangler queues create ${queue}\n`);
  });

  it("brings the database up to date before the Worker that needs it so", () => {
    expect(plan.indexOf("d1 migrations apply")).toBeGreaterThan(-1);
    expect(plan.indexOf("d1 migrations apply")).toBeLessThan(plan.indexOf("wrangler deploy"));
  });

  it("deploys nothing without PUBLIC_URL, unless it is a sandbox", () => {
    const env = { ...process.env, PUBLIC_URL: "", SANDBOX: "" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/deploy.ts")], {
      cwd: root,
      env,
    });
    expect(status).toBe(1);
    expect(String(stderr)).toMatch(/^PUBLIC_URL is not set: give the base URL/);
    expect(String(stdout)).toBe("");
  });
});
