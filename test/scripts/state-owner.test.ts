/** The state folder: who may read it. */

import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { takeStateDir } from "../../scripts/state-owner.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

// Whoever takes a folder starts the runtime from there; the next file of this process does not.
beforeAll(() => {
  vi.stubEnv("MINIFLARE_WORKERD_PATH", undefined);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stafett-state-"));
  made.push(folder);
  return folder;
}

const modeOf = (folder: string) => (statSync(folder).mode & 0o777).toString(8);

describe("a state folder", () => {
  it("is its owner's alone, when it is new and when others could read it until now", async () => {
    const fresh = join(newFolder(), "state");
    await takeStateDir(fresh, "http://127.0.0.1:1");
    const open = newFolder();
    writeFileSync(join(open, "settings.json"), "{}");
    chmodSync(open, 0o755);
    await takeStateDir(open, "http://127.0.0.1:2");
    for (const folder of [fresh, open]) {
      expect(modeOf(folder)).toBe("700");
      expect(modeOf(join(folder, "data"))).toBe("700");
    }
  });

  it("that holds other things keeps its mode; the data in it is the owner's alone", async () => {
    const shared = newFolder();
    writeFileSync(join(shared, "notes.txt"), "ours");
    chmodSync(shared, 0o755);
    await takeStateDir(shared, "http://127.0.0.1:3");
    expect(modeOf(shared)).toBe("755");
    expect(modeOf(join(shared, "data"))).toBe("700");
  });
});
