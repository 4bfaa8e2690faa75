/** What a start reads by itself is what wrangler would have made of it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { wrangler } from "../../scripts/packages.ts";
import { root } from "../../scripts/root.ts";
import { statementsOf, workerOptions } from "../../scripts/worker-options.ts";

/** How modules are found, and what sends e-mail: the Worker is one module here, and sends none. */
const NOT_OURS = ["modulesRules", "email"];

function isSomething(value: unknown): boolean {
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

describe("what a start reads", () => {
  it("is the bindings that wrangler finds in wrangler.toml", () => {
    const { workerOptions: theirs } = wrangler().unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
    const told = Object.entries(theirs).filter(([name, value]) => !NOT_OURS.includes(name) && isSomething(value));
    expect(workerOptions()).toEqual(Object.fromEntries(told));
  });

  it.each(readdirSync(join(root, "migrations")))("is the statements that wrangler finds in %s", (file) => {
    const sql = readFileSync(join(root, "migrations", file), "utf8");
    // Of a file with one statement it gives the whole text.
    const theirs = wrangler()
      .unstable_splitSqlQuery(sql)
      .map((one) => one.replace(/;\s*$/, ""));
    expect(statementsOf(sql)).toEqual(theirs);
  });

  it.each([
    ["none in a comment", "-- nothing; here\n/* nor; here */", []],
    ["text with a semicolon in it", "SELECT ';', 'it''s;'; SELECT 2", ["SELECT ';', 'it''s;'", "SELECT 2"]],
    ["a comment with a quote in it", "SELECT 1; -- it's\nSELECT 2;", ["SELECT 1", "-- it's\nSELECT 2"]],
    [
      "a trigger whole",
      "CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END; SELECT 4;",
      ["CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END", "SELECT 4"],
    ],
  ])("is %s", (_, sql, statements) => {
    expect(statementsOf(sql)).toEqual(statements);
  });
});
