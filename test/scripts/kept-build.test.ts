/** A start takes the build that is kept, and never one of other files. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../scripts/kept.ts";
import { builtOrKept } from "../../scripts/kept-build.ts";
import { root } from "../../scripts/root.ts";

describe("the name of what is kept", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stafett-sources-"));
    mkdirSync(join(folder, "deep"));
    writeFileSync(join(folder, "deep/a.ts"), "one");
    writeFileSync(join(folder, "b.ts"), "two");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const move = (from: string, to: string) => renameSync(join(folder, from), join(folder, to));

  it.each<[string, () => void]>([
    ["another byte", () => put("deep/a.ts", "onE")],
    ["a byte less", () => put("deep/a.ts", "on")],
    ["a file's other name", () => move("deep/a.ts", "deep/c.ts")],
    ["a file's other folder", () => move("deep/a.ts", "a.ts")],
    ["one more file", () => put("deep/c.ts", "")],
    ["a file less", () => rmSync(join(folder, "deep/a.ts"))],
  ])("is another with %s", (_, change) => {
    const before = digestOf([folder]);
    change();
    expect(digestOf([folder])).not.toBe(before);
  });

  it("is the same for the same files, and another where it depends on something else", () => {
    const before = digestOf([folder]);
    put("deep/a.ts", "one");
    expect(digestOf([join(folder, "b.ts"), join(folder, "deep")])).toBe(before);
    expect(digestOf([folder], "salt")).not.toBe(before);
    expect(digestOf([join(folder, "b.ts")])).not.toBe(before);
  });

  it("is refused for a file that does not exist", () => {
    expect(() => digestOf([folder, join(folder, "gone.ts")])).toThrow("gone.ts is not there");
  });
});

describe("a kept build", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stafett-kept-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is taken as it is, in place of a new one", async () => {
    const first = await builtOrKept(folder);
    expect(first.script).toContain("fetch");
    const [name = ""] = readdirSync(folder);
    const kept = JSON.parse(readFileSync(join(folder, name), "utf8"));
    writeFileSync(join(folder, name), JSON.stringify({ ...kept, build: { ...kept.build, script: "kept" } }));
    expect((await builtOrKept(folder)).script).toBe("kept");
  });

  it("of other files goes, and nothing else does", async () => {
    writeFileSync(join(folder, "other.json"), JSON.stringify({ build: { script: "other" }, assets: [] }));
    writeFileSync(join(folder, "note.txt"), "not ours");
    await builtOrKept(folder);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.json$/), "note.txt"]);
  });

  it("that was cut short is made anew", async () => {
    await builtOrKept(folder);
    const [name = ""] = readdirSync(folder);
    writeFileSync(join(folder, name), '{"build":');
    expect((await builtOrKept(folder)).script).toContain("fetch");
  });

  it("puts its browsers' files in their place", async () => {
    await builtOrKept(folder);
    const [name = ""] = readdirSync(folder);
    const kept = JSON.parse(readFileSync(join(folder, name), "utf8"));
    const asset = { path: `kept-${process.pid}.txt`, text: "for browsers" };
    writeFileSync(join(folder, name), JSON.stringify({ ...kept, assets: [asset] }));
    await builtOrKept(folder);
    const file = join(root, "public", asset.path);
    expect(readFileSync(file, "utf8")).toBe("for browsers");
    rmSync(file);
  });
});
