/** Whether a state folder was brought up to date by this build, with these settings. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Build } from "../../scripts/build.ts";
import { preparedIn } from "../../scripts/prepared.ts";

const folder = mkdtempSync(join(tmpdir(), "stafett-prepared-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUILD: Build = { options: {}, script: "export {}", migrationsScript: "", steps: [] };
const SETTINGS = { SANDBOX: "on", DEMO_API_KEY: "a-key-of-the-demo" };
const isDone = (build = BUILD, settings: Record<string, string> = SETTINGS) =>
  preparedIn(folder, build, settings).isDone;

it("is known once it was noted, whatever the order of the settings, and only of just these", () => {
  expect(isDone()).toBe(false);
  preparedIn(folder, BUILD, SETTINGS).note();
  expect(isDone()).toBe(true);
  expect(isDone(BUILD, Object.fromEntries(Object.entries(SETTINGS).reverse()))).toBe(true);
  expect(isDone(BUILD, { ...SETTINGS, DEMO_API_KEY: "another-key-of-it" })).toBe(false);
  expect(isDone({ ...BUILD, script: "export default {}" })).toBe(false);
  expect(isDone({ ...BUILD, steps: [{ name: "0001_tables", statements: ["SELECT 1"] }] })).toBe(false);
});

it("goes with the data", () => {
  preparedIn(folder, BUILD, SETTINGS).note();
  rmSync(join(folder, "data"), { recursive: true });
  expect(isDone()).toBe(false);
});
