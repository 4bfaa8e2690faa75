/** `npm start` itself: it ends when its npm does, and says in a sentence what keeps it from starting. */

import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.ts";
import { root } from "../../scripts/root.ts";
import { runtimesOn } from "../../scripts/state-owner.ts";
import { type Ended, ending, environment, saying, useProcesses } from "../support/npm.ts";

/** Longer than any start takes. Milliseconds. */
const PATIENCE = 180_000;

const scratch = mkdtempSync(join(tmpdir(), "stafett-npm-"));
const start = useProcesses();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
const newFolder = () => join(scratch, String(++folders));

describe("npm start", () => {
  it.each([
    { name: "npm is asked to end", signal: "SIGTERM", shell: [] },
    { name: "npm is killed", signal: "SIGKILL", shell: [] },
    { name: "npm is killed, with a shell that stays between the two", signal: "SIGKILL", shell: ["--script-shell"] },
  ] as const)(
    "ends when $name",
    async ({ signal, shell }) => {
      const stateDir = newFolder();
      const port = await freePort();
      const options = ["--", "--port", String(port), "--smpp-port", "off"];
      const npm = start("npm", ["start", ...shell.flatMap((option) => [option, staying()]), ...options], {
        cwd: root,
        env: environment({ STATE_DIR: stateDir, PORT: "1", SMPP_PORT: "1" }),
      });
      await saying(npm, "is listening on");
      expect(runtimesOn(stateDir)).toHaveLength(1);
      npm.kill(signal);
      while (runtimesOn(stateDir).length > 0) await wait(20);
      await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    },
    PATIENCE,
  );

  it(
    "ends when npm is killed before anything listens",
    async () => {
      const stateDir = newFolder();
      const npm = start("npm", ["start"], {
        cwd: root,
        env: environment({ STATE_DIR: stateDir, PORT: String(await freePort()), SMPP_PORT: "off" }),
      });
      await saying(npm, "starting …");
      npm.kill("SIGKILL");
      // The pipe is shared by all that it started, and closes when the last of them has ended.
      await new Promise((resolve) => npm.once("close", resolve));
    },
    PATIENCE,
  );
});

/** A shell that waits for what it runs, where most let it take their place. */
function staying(): string {
  return join(root, "test/support/staying-shell.sh");
}

describe("a gateway that cannot start", () => {
  it.each([
    ["SANDBOX", "true", "SANDBOX must be on or off"],
    ["ADMIN_TOKEN", "abc", "ADMIN_TOKEN must have at least 16 characters"],
    ["RETENTION_DAYS", "x", "RETENTION_DAYS must be a whole number from 1 to 3650"],
    ["RETENTION_DAYS", "0", "RETENTION_DAYS must be a whole number from 1 to 3650"],
    ["PUBLIC_URL", "foo", "PUBLIC_URL must be http(s) URLs, separated by commas"],
    ["PORT", "abc", "PORT must be a number from 1 to 65535, not abc"],
    ["PORT", "70000", "PORT must be a number from 1 to 65535, not 70000"],
    ["SMPP_PORT", "plain", "SMPP_PORT must be a number from 1 to 65535, or off, not plain"],
    ["HOST", "nowhere.invalid", "Stafett cannot listen on nowhere.invalid"],
    ["STATE_DIR", "/proc/nope", "Stafett cannot make its state folder /proc/nope"],
    ["STATE_DIR", join(root, "package.json"), `Stafett cannot make its state folder ${join(root, "package.json")}`],
  ])("says what is wrong with %s=%s, and ends", { timeout: PATIENCE }, async (name, value, sentence) => {
    const port = String(await freePort());
    const failure = await failing(["scripts/launch.mjs"], { STATE_DIR: newFolder(), PORT: port, [name]: value });
    expect(failure.stderr).toContain(sentence);
    expect(failure.stderr.trim().split("\n")).toHaveLength(1);
    expect(failure.code).toBe(1);
  });

  it("says that its packages are not there", async () => {
    const folder = newFolder();
    cpSync(join(root, "scripts/launch.mjs"), join(folder, "scripts/launch.mjs"));
    expect((await failing([join(folder, "scripts/launch.mjs")], {})).stderr).toContain("Run this first: npm ci");
  });

  it("says that this Node is too old, and where a newer one comes from", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" })';
    const { stderr } = await failing(["--import", `data:text/javascript,${old}`, "scripts/launch.mjs"], {});
    expect(stderr).toContain("Stafett needs Node 22.18 or later, and this is 20.20.2");
    expect(stderr).toContain("npm rebuild node --ignore-scripts=false");
  });
});

describe("the operator's token", () => {
  it("is in a file that its owner alone can read", { timeout: PATIENCE }, async () => {
    const { localSettings, makeStateDir } = await import("../../scripts/local-settings.ts");
    const stateDir = newFolder();
    makeStateDir(stateDir);
    const { ADMIN_TOKEN } = localSettings(stateDir, "127.0.0.1", {});
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(join(stateDir, "admin-token"), "utf8")).toBe(`${ADMIN_TOKEN}\n`);
    expect(statSync(join(stateDir, "admin-token")).mode & 0o777).toBe(0o600);
  });
});

/** Runs Node; answers how it failed. */
async function failing(args: string[], settings: Record<string, string>): Promise<Ended> {
  const ended = await ending(process.execPath, args, { cwd: root, env: environment(settings) });
  if (ended.code === 0) throw new Error("it did not fail");
  return ended;
}
