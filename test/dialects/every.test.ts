/** What every dialect brings along, found by its folder: nobody writes a list of them. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { apis } from "../../src/doors/openapi.ts";
import { dialects } from "../../src/registry.ts";
import { membersOf } from "../support/members.ts";
import { pigeon } from "./pigeon/index.ts";

const here = new URL("./", import.meta.url);
const source = new URL("../../src/dialects/", here);

/** Of Stafett itself: the words in which it tells what no provider has a form for. It is called by nobody. */
const OURS = "stafett";

const foldersOf = (url: URL) =>
  readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== OURS)
    .map(({ name }) => name);

describe("every folder of a dialect", () => {
  it("is a dialect that is spoken, under the folder's name", () => {
    expect(foldersOf(source).sort()).toEqual(dialects.map(({ name }) => name).sort());
  });

  it.each(foldersOf(here))("%s passes the conformance suite", (name) => {
    const tests = readFileSync(new URL(`${name}/conformance.test.ts`, here), "utf8");
    expect(tests).toMatch(/\bconforms[<(]/);
  });

  it("has a folder of tests", () => {
    expect(foldersOf(source).filter((name) => !foldersOf(here).includes(name))).toEqual([]);
  });

  it.each(foldersOf(source))("%s says which endpoints of its provider it speaks", (name) => {
    expect(existsSync(new URL(`${name}/README.md`, source))).toBe(true);
  });
});

describe.each([...dialects, pigeon].map((dialect): [string, Dialect] => [dialect.name, dialect]))(
  "%s",
  (_, dialect) => {
    const others = [...dialects, pigeon].filter(({ name }) => name !== dialect.name);

    it("shares no name, title, scheme or address with another", () => {
      const namesOf = ({ name, title, securitySchemes, paths }: Dialect) => [
        `name ${name}`,
        `title ${title}`,
        ...Object.keys(securitySchemes).map((scheme) => `scheme ${scheme}`),
        ...paths.map(({ method, path }) => `${method} ${path.toLowerCase()}`),
      ];
      const theirs = new Set(others.flatMap(namesOf));
      expect(namesOf(dialect).filter((name) => theirs.has(name))).toEqual([]);
    });

    it("describes an address for sending, and a scheme for calling it", () => {
      expect(dialect.paths.some(({ example, body, parameters }) => example ?? body ?? parameters)).toBe(true);
      expect(Object.keys(dialect.securitySchemes)).not.toEqual([]);
    });

    it("says of every member of a body or an answer what it is, and has words for no other", () => {
      const [api] = apis([dialect]);
      const members = membersOf(api?.document.paths);
      expect(members.filter(({ schema }) => !schema.description).map(({ name }) => name)).toEqual([]);
      const known = new Set(members.map(({ name }) => name));
      expect(Object.keys(dialect.fieldWords ?? {}).filter((name) => !known.has(name))).toEqual([]);
    });

    it("asks an operator for at least one kind of credential, and for an address to call", () => {
      expect(Object.keys(dialect.credentials)).not.toEqual([]);
      expect(dialect.callbackForm.fields).not.toEqual([]);
    });
  },
);
