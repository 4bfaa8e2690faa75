/** The planted bugs must go on being what they are meant as, however the sources change. */

import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { mutants } from "../../sim/mutants.ts";

const PROMISES = Array.from({ length: 13 }, (_, index) => `P${index + 1}`);

function read(file: string): string {
  return readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
}

describe("the planted bugs", () => {
  it("have a name each", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.filter(({ name }) => !/^[a-z']+(-[a-z']+)*$/.test(name))).toEqual([]);
  });

  it.each(PROMISES)("break %s in more than one way", (promise) => {
    expect(mutants.filter(({ breaks }) => breaks === promise).length).toBeGreaterThan(1);
  });

  it("stand in the order of the promises", () => {
    const places = mutants.map(({ breaks }) => PROMISES.indexOf(breaks));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("are the table in docs/reliability.md, which says how many there are", () => {
    const page = readFileSync(new URL("../../docs/reliability.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| ([a-z'-]+) \| (P\d+) \| [^|]* \| [^|]*\|$/gm)].map(([, ...row]) => row);
    const names = rows.map(([name]) => name);
    expect(mutants.filter(({ name }) => !names.includes(name)).map(({ name }) => name)).toEqual([]);
    expect(rows).toEqual(mutants.map(({ name, breaks }) => [name, breaks]));
    expect(page).toContain(`There are ${mutants.length}, all of them in the table`);
    const notRun = page.match(/ \| not run yet \|/g)?.length ?? 0;
    expect(page).toContain(`${notRun} of the ${mutants.length} have not been run on their own yet`);
  });

  it.each(mutants)("$name has one place, and can be run", async ({ file, from, to }) => {
    const pieces = read(file).split(from);
    expect(pieces.length - 1).toBe(1);
    expect(to).not.toBe(from);
    await transform(pieces.join(to), { loader: file.endsWith("x") ? "tsx" : "ts" });
  });
});
