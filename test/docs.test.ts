/** Every command in the README and the documents does what it says, and so do the programs beside them. */

import { execFile, spawn, spawnSync } from "node:child_process";
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
  "npm run sim -- --seeds 3": "test/sim, with more seeds",
  "npm run sim -- --seed 7": "test/sim",
  "node examples/receive-reports.mjs": "runs until it is ended; below",
};

const pages = ["docs", "docs/recipes"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `${folder}/${file}`),
);

/** What a machine may lack. CI installs them. */
const INTERPRETED: readonly [language: string, command: readonly [program: string, option: string]][] = [
  ["py", ["python3", "-c"]],
  ["php", ["php", "-r"]],
];

/** What is run, by its language: commands, and whole programs, which are handed to their interpreter. */
const RUN: Record<string, readonly string[] | undefined> = {
  sh: ["bash", "-euc"],
  mjs: [process.execPath, "--input-type=module", "-e"],
  ...Object.fromEntries(INTERPRETED.filter(([, [program]]) => isThere(program))),
};

function isThere(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

const documents = ["README.md", ...pages].map((file) => {
  const found = readFileSync(join(root, file), "utf8").matchAll(/^```(\w+)\n(.*?)^```/gms);
  const blocks = [...found].map(([, language = "", block = ""]) => ({ language, text: block.trim() }));
  return { file, blocks, run: blocks.filter(({ language, text }) => RUN[language] && !(text in ELSEWHERE)) };
});
const withCommands = documents.filter(({ run }) => run.length > 0);

/** As `npm start` writes it. */
const tokenFile = join(mkdtempSync(join(tmpdir(), "stafett-docs-")), "admin-token");
writeFileSync(tokenFile, `${ADMIN_TOKEN}\n`);
afterAll(() => rmSync(dirname(tokenFile), { recursive: true, force: true }));

describe("a page", () => {
  const gateway = useGateway({ DEMO_API_KEY });

  it.each(withCommands)("has commands that work as they stand: $file", { timeout: 600_000 }, async ({ run: toRun }) => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    await gateway.runtime.tick("@reboot");
    const { ADMIN_TOKEN: _, ...own } = process.env;
    // The program finds a gateway by its state folder; here that has a token, and no address.
    const env = { ...own, STAFETT_URL: gateway.url, STATE_DIR: dirname(tokenFile) };
    // A reader has one shell for the whole page: what it exports once is there from then on.
    let exported = "";
    for (const { language, text } of toRun) {
      const [program = "", ...options] = RUN[language] ?? [];
      const here = text
        .replaceAll("http://127.0.0.1:8787", gateway.url)
        .replaceAll(".stafett/admin-token", tokenFile)
        .replaceAll("npx stafett", `node ${join(root, "scripts/launch.mjs")}`)
        .replace(/(node examples\/\S+)/, `$1 ${gateway.url}`)
        .replace(/^<\?php\n/, ""); // `php -r` begins in PHP
      const isShell = language === "sh";
      const ran = await run(program, [...options, isShell ? `${exported}${here}` : here], {
        cwd: root,
        env: isShell ? env : { ...env, ADMIN_TOKEN },
      });
      if (isShell) exported += [...here.matchAll(/^export .*\n?/gm)].map(([line]) => `${line.trim()}\n`).join("");
      expect(ran.stdout, text).not.toMatch(/"(Message|detail)":|^[45]\d\d$|\bIR-\d/m);
    }
  });
});

describe("a sample", () => {
  for (const [language, [program]] of INTERPRETED) {
    // Where the program is missing this is skipped, and says so: in CI nothing may be.
    it.skipIf(!isThere(program))(`in ${language} is run as its page is`, () => {
      const samples = documents.flatMap(({ run }) => run.filter((block) => block.language === language));
      expect(samples.length).toBeGreaterThan(3);
    });
  }
});

/** Pages that explain, and have nothing for a shell. The program of testing.md is run by test/process/package.test.ts. */
const WITHOUT_COMMANDS = ["docs/testing.md", "docs/words.md"];

it("leaves no page without commands but those that only explain", () => {
  const without = documents.filter(({ run }) => run.length === 0).map(({ file }) => file);
  expect(without).toEqual(WITHOUT_COMMANDS);
});

/** Programs in these speak to the demo account of `npm start`, whether or not this machine can run them. */
const SAMPLES = ["mjs", "py", "php", "csharp"];

it("has samples in every language speak to the demo account", () => {
  const samples = documents.flatMap(({ file, blocks }) =>
    blocks.filter(({ language }) => SAMPLES.includes(language)).map(({ text }) => ({ file, text })),
  );
  expect(samples.length).toBeGreaterThan(0);
  for (const { file, text } of samples) {
    const addresses = [...text.matchAll(/https?:\/\/[\w.:-]+/g)].map(([address]) => address);
    expect(addresses, file).toContain("http://127.0.0.1:8787");
    expect(text, file).toMatch(/stafett-demo-key|ADMIN_TOKEN/);
  }
});

it("has one request on a page in every language that it is shown in", () => {
  const asked = (text: string) =>
    text.match(/\b(?:api\/out-messages|v1\.0\/message|gateway\.php|v2\.1\/messages)\b/)?.[0];
  const shown = documents.map(({ file, blocks }) => ({
    file,
    samples: blocks.filter(({ language }) => SAMPLES.includes(language)),
  }));
  const inAll = shown.filter(({ samples }) => new Set(samples.map(({ language }) => language)).size === SAMPLES.length);
  expect(inAll.map(({ file }) => file)).toEqual(
    ["cm", "flowroute", "target365", "txtnation"].map((d) => `docs/${d}.md`),
  );
  for (const { file, samples } of inAll) {
    const requests = new Set(samples.map(({ text }) => asked(text)));
    expect([...requests], file).toEqual([expect.any(String)]);
  }
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
