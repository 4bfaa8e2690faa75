/** What the stores prepare: each statement with the line that prepared it, whether or not it is ever made. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const STORES = fileURLToPath(new URL("../../src/store", import.meta.url));

/** Statements by where they were prepared: "billing/windows.ts:23". */
export type Prepared = Map<string, Set<string>>;

/** Notes whatever is prepared on this binding from now on. */
export function noting(d1: D1Database, prepared: Prepared): D1Database {
  const prepare = d1.prepare.bind(d1);
  d1.prepare = (sql) => {
    const site = siteOf(new Error().stack ?? "");
    if (site) prepared.set(site, (prepared.get(site) ?? new Set()).add(sql));
    return prepare(sql);
  };
  return d1;
}

function siteOf(stack: string): string | undefined {
  const [, file, line] = /src\/store\/(?!sealed\/opening|breathing)([\w/-]+\.ts):(\d+)/.exec(stack) ?? [];
  return file && `${file}:${line}`;
}

/** These pass on what the others prepare. */
const PASSING_ON = [join("sealed", "opening.ts"), "breathing.ts"];

/** Every place in the stores that prepares a statement. */
export function allSites(): string[] {
  const files = readdirSync(STORES, { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith(".ts") && !PASSING_ON.includes(file))
    .flatMap((file) => {
      const lines = readFileSync(join(STORES, file), "utf8").split("\n");
      return lines.flatMap((line, index) => (/\.prepare\(/.test(line) ? `${file}:${index + 1}` : []));
    })
    .sort();
}

/** A binding that makes nothing, and finds nothing. */
export function idle(): D1Database {
  const result = { success: true, results: [], meta: { changes: 0 } };
  const statement = {
    bind: () => statement,
    run: async () => result,
    all: async () => result,
    first: async () => null,
  };
  const d1 = { prepare: () => statement, batch: async (list: unknown[]) => list.map(() => result) };
  return d1 as unknown as D1Database;
}

/**
 * Stands for any argument: whatever is read of it is there, and is such a thing again; as a list it has one element, and
 * as a text or a number it is one. Not for what is looked at, only for statements to be made of.
 */
export function anything(): unknown {
  const it: unknown = new Proxy(() => it, {
    get(_, name) {
      if (name === "then") return undefined;
      if (name === Symbol.toPrimitive) return (hint: string) => (hint === "number" ? 1 : "1");
      if (name === Symbol.iterator) return () => [it][Symbol.iterator]();
      if (name === "toJSON") return () => "1";
      if (name === "length" || name === "size") return 1;
      const own = Reflect.get([it], name);
      return typeof own === "function" ? own.bind([it]) : it;
    },
    apply: () => it,
    ownKeys: () => ["prototype"],
  });
  return it;
}
