/** What comes in: no secret is committed, every package is pinned, and what stands in the security pages is there. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/root.ts";
import { type Lockfile, lockFaults, OF_NO_WORTH, secretsIn } from "../../scripts/supply.ts";

it("no secret is among the files, and every package is pinned by its hash", () => {
  const said = execFileSync(process.execPath, ["scripts/supply-check.ts"], { cwd: root, encoding: "utf8" });
  expect(said).toMatch(/^\d+ files: no secret among them, and every package is pinned\.\n$/);
});

const letters = (count: number) => "aB3".repeat(count).slice(0, count);
it.each([
  ["a private key", `-----BEGIN PRIVATE KEY-----${letters(60)}`],
  ["a private key on the curve P-256", `"MIGHAgEAMBMGByqGSM49${letters(60)}"`],
  ["a token of the operator's API", `stafett_${letters(43)}`],
  ["a secret of webhooks", `whsec_${letters(32)}`],
  ["a token of GitHub", `ghp_${letters(36)}`],
])("%s is found", (what, text) => {
  expect(secretsIn(`one\n${text}\n`)).toEqual([`line 2: ${what}`]);
});

it("keys of no worth are in files that are there, and hold some", () => {
  for (const file of OF_NO_WORTH)
    expect(secretsIn(readFileSync(join(root, file), "utf8")).length, file).toBeGreaterThan(0);
});

describe("a lockfile", () => {
  const hash = `sha512-${letters(86)}==`;
  const wanted = { dependencies: { hono: "4.13.19" } };
  const lock = (given: object = {}, more: object = {}): Lockfile => ({
    lockfileVersion: 3,
    packages: { "": wanted, "node_modules/hono": { version: "4.13.19", integrity: hash, ...given }, ...more },
  });

  it.each([
    ["as it should be", wanted, lock(), []],
    [
      "a version that floats",
      { dependencies: { hono: "^4.13.19" } },
      lock(),
      [/not pinned/, /in the lockfile/, /not locked/],
    ],
    ["no hash", wanted, lock({ integrity: "sha1-abc" }), [/no SHA-512/]],
    ["another registry", wanted, lock({ resolved: "https://evil.example/hono.tgz" }), [/comes from https:\/\/evil/]],
    ["a repository", wanted, lock({ resolved: "git+ssh://git@github.com/a/b.git" }), [/comes from git/]],
    ["a package that nobody asked for", { dependencies: {} }, lock(), [/lockfile alone/]],
  ] as const)("with %s", (_, given, locked, faults) => {
    const found = lockFaults(given, locked);
    expect(found).toHaveLength(faults.length);
    for (const [index, fault] of faults.entries()) expect(found[index]).toMatch(fault);
  });
});

describe("docs/security.md", () => {
  const page = readFileSync(join(root, "docs/security.md"), "utf8");
  const rows = page.split("\n").filter((line) => /^\| (?!---|what |requirement )/.test(line));

  it("has a file or a reason for each line", () => {
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) expect(row, row).toMatch(/\]\((?!https?:)|not here: |left to the operator: |open: /);
  });

  it("links to files that are there", () => {
    const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(root, "docs", path)))).toEqual([]);
  });

  it("has every chapter of the standard", () => {
    for (let chapter = 1; chapter <= 17; chapter++) expect(page).toMatch(new RegExp(`^## V${chapter} `, "m"));
  });
});
