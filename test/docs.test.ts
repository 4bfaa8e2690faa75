/** Every command in the README and the documents does what it says. */

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import { root } from "../scripts/runtime.ts";
import { SETTING_NAMES } from "../src/env.ts";
import { ADMIN_TOKEN, useGateway } from "./support/gateway.ts";

const run = promisify(execFile);

/** Commands that a test of their own runs, or that wait for ever. */
const ELSEWHERE: Record<string, string> = {
  "npm ci && npm start": "test/process",
  "npm run torture -- --rounds 1": "test/process",
  "node examples/receive-reports.mjs": "runs until it is ended; below",
};

const pages = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));

const documents = ["README.md", ...pages.map((page) => `docs/${page}`)].map((file) => {
  const blocks = [...readFileSync(join(root, file), "utf8").matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) =>
    block.trim(),
  );
  return { file, blocks: blocks.filter((block) => !(block in ELSEWHERE)) };
});
const withCommands = documents.filter(({ blocks }) => blocks.length > 0);

/** As `npm start` writes it. */
const tokenFile = join(mkdtempSync(join(tmpdir(), "stafett-docs-")), "admin-token");
writeFileSync(tokenFile, `${ADMIN_TOKEN}\n`);
afterAll(() => rmSync(dirname(tokenFile), { recursive: true, force: true }));

describe.each(withCommands)("$file", ({ blocks }) => {
  const gateway = useGateway({ DEMO_API_KEY });

  it("has commands that work as they stand", { timeout: 120_000 }, async () => {
    await gateway.runtime.tick("@reboot");
    const { ADMIN_TOKEN: _, ...env } = process.env;
    // A reader has one shell for the whole page: what it exports once is there from then on.
    let exported = "";
    for (const block of blocks) {
      const here = block
        .replaceAll("http://127.0.0.1:8787", gateway.url)
        .replaceAll(".stafett/admin-token", tokenFile)
        .replace(/(node examples\/\S+)/, `$1 ${gateway.url}`);
      const { stdout } = await run("bash", ["-euc", `${exported}${here}`], { cwd: root, env });
      exported += [...here.matchAll(/^export .*\n?/gm)].map(([line]) => `${line.trim()}\n`).join("");
      expect(stdout, block).not.toMatch(/"(Message|detail)":/);
    }
  });
});

/** Pages that explain, and have nothing to be run. */
const WITHOUT_COMMANDS = ["docs/words.md"];

it("leaves no page without commands but those that only explain", () => {
  const without = documents.filter(({ blocks }) => blocks.length === 0).map(({ file }) => file);
  expect(without).toEqual(WITHOUT_COMMANDS);
});

it("tells of every setting that is for people to set", () => {
  const page = readFileSync(join(root, "docs/operating.md"), "utf8");
  const told = [...page.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);
  const ours = ["LOCAL_ADDRESS", "LOCAL_URL"];
  expect(told.toSorted()).toEqual(SETTING_NAMES.filter((name) => !ours.includes(name)).toSorted());
});

describe("the example of a customer's server", () => {
  const gateway = useGateway({ DEMO_API_KEY });

  it("finds the signature of a report right", async () => {
    await gateway.runtime.tick("@reboot");
    const port = 20_000 + (process.pid % 20_000);
    const example = spawn(process.execPath, ["examples/receive-reports.mjs", gateway.url], {
      cwd: root,
      env: { ...process.env, PORT: String(port) },
    });
    try {
      let said = "";
      const says = (what: string) =>
        new Promise<void>((resolve) => {
          const look = () => said.includes(what) && resolve();
          example.stdout.on("data", (chunk) => {
            said += chunk;
            look();
          });
          look();
        });
      await says("waiting");
      await gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": DEMO_API_KEY },
        json: {
          sender: "Stafett",
          recipient: "+4798079008",
          content: "Hello",
          deliveryReportUrl: `http://127.0.0.1:${port}/reports`,
        },
      });
      await says("Delivered");
      expect(said).toContain("signature ok");
    } finally {
      example.kill();
    }
  });
});
