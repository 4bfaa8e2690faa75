/** What `npm run deploy` would do, held against what the Worker is bound to. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/runtime.ts";
import { SETTING_NAMES } from "../../src/env.ts";

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

  it("takes the database that is named in wrangler.toml, as Cloudflare's button writes it there", () => {
    const own = mkdtempSync(join(tmpdir(), "stafett-button-"));
    try {
      for (const name of ["scripts", "src", "node_modules", "package.json"])
        symlinkSync(join(root, name), join(own, name));
      const named = config.replace(/^database_id = ".*"$/m, 'database_id = "22222222-2222-4333-8444-555555555555"');
      writeFileSync(join(own, "wrangler.toml"), named);
      const args = ["--preserve-symlinks", "--preserve-symlinks-main", join(own, "scripts/deploy.ts"), "--plan"];
      const env = { ...process.env, PUBLIC_URL: "", SANDBOX: "", WORKERS_CI: "1" };
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: own, env, encoding: "utf8" });
      expect(stderr).toBe("");
      expect(stdout).not.toContain("wrangler d1 create");
      expect(stdout).toContain("wrangler deploy");
    } finally {
      rmSync(own, { recursive: true });
    }
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

describe("npm run deploy, walked through on an account that is empty", () => {
  const scratch = mkdtempSync(join(tmpdir(), "stafett-deploy-"));
  // Whoever runs this may have deployed from here.
  const written = join(root, "wrangler.deploy.toml");
  const before = existsSync(written) ? readFileSync(written) : undefined;
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    if (before) writeFileSync(written, before);
    else rmSync(written, { force: true });
  });
  symlinkSync(join(root, "test/support/wrangler.mjs"), join(scratch, "wrangler"));
  const file = join(scratch, "account.json");

  type Account = {
    databases: object[];
    queues: string[];
    secrets: Record<string, string>;
    calls: string[];
    deployed: string;
  };
  const deploy = () => {
    const env = {
      ...process.env,
      PATH: `${scratch}:${join(root, "node_modules/.bin")}:${process.env.PATH}`,
      FAKE_ACCOUNT: file,
      REAL_WRANGLER: join(root, "node_modules/.bin/wrangler"),
      PUBLIC_URL: "https://sms.example.com",
      RETENTION_DAYS: "30",
      TRACES_URL: "https://collector.example.com/v1/traces",
      SMPP_BRIDGE_TOKEN: "",
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/deploy.ts")], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    return { said: stdout, account: JSON.parse(readFileSync(file, "utf8")) as Account };
  };

  it("makes all there must be, then keeps it as it is", { timeout: 180_000 }, () => {
    const first = deploy();
    expect(first.account.databases).toHaveLength(1);
    expect(first.account.queues).toHaveLength(5);
    expect(Object.keys(first.account.secrets).sort()).toEqual([
      "ADMIN_TOKEN",
      "ROOT_KEY",
      "SECRETS_KEY",
      "SIGNING_KEY",
      "SMPP_BRIDGE_TOKEN",
    ]);
    for (const secret of Object.values(first.account.secrets)) expect(secret.length).toBeGreaterThanOrEqual(16);
    expect(first.said).toContain(`The operator's token, shown this once: ${first.account.secrets.ADMIN_TOKEN}`);

    // Wrangler itself has read the configuration that was written, and bundled the Worker by it.
    expect(first.account.deployed).toContain("--dry-run: exiting now");
    const [, kibibytes] = /gzip: ([\d.]+) KiB/.exec(first.account.deployed ?? "") ?? [];
    expect(Number(kibibytes)).toBeGreaterThan(100);
    expect(Number(kibibytes)).toBeLessThan(1000);
    const config = readFileSync(written, "utf8");
    expect(config).toContain('database_id = "11111111-2222-4333-8444-555555555555"');
    expect(first.account.deployed).toMatch(/PUBLIC_URL.*https:\/\/sms\.example\.com/);
    expect(first.account.deployed).toMatch(/RETENTION_DAYS.*30/);
    expect(config).toContain('TRACES_URL = "https://collector.example.com/v1/traces"');

    const again = deploy();
    expect(again.account.secrets).toEqual(first.account.secrets);
    expect(again.account.databases).toEqual(first.account.databases);
    expect(again.said).not.toContain("shown this once");
    const later = again.account.calls.slice(first.account.calls.length).join("\n");
    expect(later).toContain("d1 migrations apply DB --remote");
    expect(later).not.toContain("secret put");
  });

  it("asks its button for settings that it knows, and says what each is", () => {
    const { cloudflare } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      cloudflare: { bindings: Record<string, { description: string }> };
    };
    const asked = [...readFileSync(join(root, ".dev.vars.example"), "utf8").matchAll(/^([A-Z_]+)=/gm)].map(
      ([, name = ""]) => name,
    );
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(asked));
    const bindings = Object.keys(cloudflare.bindings);
    expect(bindings).toEqual(expect.arrayContaining(asked));
    for (const { description } of Object.values(cloudflare.bindings)) expect(description).not.toBe("");
    const config = readFileSync(join(root, "wrangler.toml"), "utf8");
    expect(bindings.filter((name) => !asked.includes(name) && !config.includes(`binding = "${name}"`))).toEqual([]);
  });
});
