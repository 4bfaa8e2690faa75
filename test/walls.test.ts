/** The walls between the rooms: who may know whom, read off the sources. */

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { dialects } from "../src/registry.ts";
import { pigeon } from "./dialects/pigeon/index.ts";

type Source = { path: string; text: string };

/**
 * Who may know what, by the beginning of a path under src; the longest that fits counts. A room may always know itself.
 * `libraries` is there where even those are counted; `but` names what it may not know of a place that it knows.
 */
const ROOMS: Record<string, { knows: readonly string[]; but?: readonly string[]; libraries?: readonly string[] }> = {
  "core/": { knows: [], libraries: ["libphonenumber-js", "re2js", "temporal-polyfill"] },
  // The floor of the core: ids, errors, money, time. It knows nothing of ours.
  "core/kernel/": { knows: [], libraries: ["temporal-polyfill"] },
  "store/": { knows: ["core/"], libraries: [] },
  // A protocol as octets and values, for whoever speaks it: no socket, no state, and of the core only how texts are measured.
  "smpp/": { knows: ["core/messages/text.ts", "core/messages/binary.ts"], libraries: [] },
  // A room of its own for each dialect and each carrier: none knows another.
  "dialects/*/": {
    knows: [
      ...["core/", "dialects/dialect.ts", "dialects/methods.ts", "dialects/read.ts", "dialects/settings.ts"],
      ...["dialects/own-signature.ts", "dialects/smpp.ts"],
      ...["dialects/write.ts", "smpp/"],
    ],
  },
  "dialects/dialect.ts": { knows: ["core/", "dialects/settings.ts", "dialects/smpp.ts"] },
  "dialects/smpp.ts": { knows: ["core/", "smpp/"] },
  "dialects/own-signature.ts": { knows: ["core/"] },
  "dialects/settings.ts": { knows: ["core/"] },
  "dialects/methods.ts": { knows: ["dialects/dialect.ts"] },
  "dialects/read.ts": { knows: ["core/", "dialects/dialect.ts", "doors/body.ts"] },
  "dialects/write.ts": { knows: ["core/"] },
  "carriers/*/": { knows: ["core/", "carriers/calls.ts", "carriers/carrier.ts", "carriers/read.ts", "smpp/"] },
  "carriers/carrier.ts": { knows: ["core/"] },
  "carriers/calls.ts": { knows: ["core/"] },
  "carriers/read.ts": { knows: ["core/", "doors/body.ts"] },
  // The operator's API calls the operator's verbs. It is handed no port, so no store is changed round a verb.
  "admin/": { knows: ["core/", "doors/body.ts"], but: ["core/ports.ts", "core/gateway.ts"] },
  // The sandbox speaks as the operator's API does, and to the same operator.
  "sandbox/": { knows: ["core/", "admin/"] },
  // Sets up an account as an operator would, by the ports it is given.
  "sandbox/demo.ts": { knows: ["core/", "env.ts"] },
  // The wiring of the sandbox's levers: its clock, its network, and what a reset forgets.
  "sandbox/control.ts": {
    knows: [
      ...["adapters/", "carriers/simulator/", "core/", "env.ts", "sandbox/", "wire.ts"],
      ...["store/operator/callers.ts", "store/operator/senders.ts"],
    ],
  },
  // What is saved of the simulated network.
  "sandbox/saved.ts": { knows: ["core/", "sandbox/", "carriers/simulator/snapshot.ts"] },
  "web/": { knows: ["core/", "doors/body.ts"] },
  // The console is a program that calls the operator's API: it knows that API's types, and nothing that runs.
  "web/console/": {
    knows: ["core/", "web/", "doors/body.ts", "admin/answers.ts", "sandbox/answers.ts"],
  },
  // The one way in for the bodies of requests.
  "doors/body.ts": { knows: ["core/"], libraries: [] },
  // Each fulfils a port of the core and knows nothing else.
  "adapters/*": { knows: ["core/"] },
};

/** The doors and the wiring: they alone may know every room. */
const DOORS = ["index.ts", "wire.ts", "registry.ts", "env.ts", "doors/"];

/** Core is handed its ports: it takes nothing from the platform it happens to run on. */
const PLATFORM =
  /\b(D1\w+|DurableObject\w*|KVNamespace|R2Bucket|Queue|MessageBatch|ExecutionContext|Request|Response|Headers|fetch|caches|Date\.now|new Date\(\)|Math\.random|crypto|performance|process|console|Buffer)(?![\w-])/g;

/** Providers, by the titles of their dialects: `Target365 / Strex` is two names. */
const PROVIDERS = new RegExp(
  [...dialects, pigeon]
    .flatMap(({ title }) => title.split(" / "))
    .map((name) => `\\b${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`)
    .join("|"),
  "gi",
);

const SQL =
  /\.prepare\(|\.sql\s*\.exec|\.batch\(|["'`]\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|WITH)\s/g;
const SQL_MAY_STAND = [
  ...["store/", "carriers/simulator/", "adapters/clock.ts", "sandbox/control.ts", "sandbox/whole-tables.ts"],
  "doors/http.ts",
];

/** What the operator's API may not ask for: ports, stores, and the verbs of customers. It asks for `operator`. */
const AROUND_VERBS = /\bget\(\s*["'](?:ports|gateway)["']/g;

/** What there is in place of the operator's API, in the console: its types alone. */
const BEYOND_TYPES = /^import (?!type\b).*\/(?:admin|sandbox)\/answers\.ts"/gm;

const isDoor = (path: string) => DOORS.some((door) => (door.endsWith("/") ? path.startsWith(door) : path === door));

/**
 * Every body is read by doors/body.ts, which cuts it while it comes in and counts its pieces before it takes them apart. What is
 * kept for people to look at is the beginning of a copy; what islands and the console read are answers of our own.
 */
const BODY =
  /\b(?:req|raw|request)\s*\.\s*(?:parseBody|json|text|arrayBuffer|bytes|formData|blob|body)\b(?!\s*===? null)/g;
const BODY_MAY_BE_READ = ["doors/body.ts", "adapters/request-log.ts"];

function crossings(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [
    ...importCrossings(source),
    ...(source.path.startsWith("core/") ? named(source, withoutTexts(source.text), PLATFORM, "takes") : []),
    ...(/^(core|store)\//.test(source.path) ? named(source, source.text, PROVIDERS, "names") : []),
    ...(BODY_MAY_BE_READ.includes(source.path)
      ? []
      : named(source, withoutTexts(source.text), BODY, "reads a body around body.ts:")),
    ...(source.path.startsWith("admin/")
      ? named(source, withoutComments(source.text), AROUND_VERBS, "goes round the operator's verbs:")
      : []),
    ...named(source, withoutComments(source.text), BEYOND_TYPES, "knows more than types:"),
    ...(SQL_MAY_STAND.some((place) => source.path.startsWith(place))
      ? []
      : named(source, withoutComments(source.text), SQL, "holds SQL:")),
  ]);
}

function importCrossings({ path, text }: Source): string[] {
  if (isDoor(path)) return [];
  const room = roomOf(path);
  if (!room) return [`${path} is in no room: say in this test what it may know`];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) {
      const libraries = room.libraries;
      const known = libraries?.some((library) => specifier === library || specifier.startsWith(`${library}/`)) ?? true;
      return known ? [] : [`${path} uses ${specifier}`];
    }
    const target = posix.join(posix.dirname(path), specifier);
    const mayNot = room.but?.some((place) => target.startsWith(place)) ?? false;
    const known = !mayNot && [room.place, ...room.knows].some((place) => target.startsWith(place));
    return known ? [] : [`${path} reaches into ${target}`];
  });
}

function roomOf(path: string) {
  const found = Object.entries(ROOMS)
    .map(([pattern, room]) => ({ place: placeIn(path, pattern), ...room }))
    .filter((room) => room.place !== undefined)
    .sort((a, b) => (b.place as string).length - (a.place as string).length)[0];
  return found && { ...found, place: found.place as string };
}

/** The beginning of the path that fits the pattern, `*` standing for any one folder. */
function placeIn(path: string, pattern: string): string | undefined {
  const parts = pattern.split("/");
  const own = path.split("/").slice(0, parts.length);
  const fits = parts.every((part, index) => part === "" || part === "*" || part === own[index]);
  return fits && own.length === parts.length ? parts.map((part, i) => part && own[i]).join("/") : undefined;
}

function importsOf(text: string): string[] {
  const found = withoutComments(text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\s]+)["']/g);
  return [...found].map(([, specifier]) => specifier as string);
}

function named({ path }: Source, text: string, pattern: RegExp, verb: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([found]) => `${path} ${verb} ${found.trim()}`))];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{(,])\/\/.*$/gm, "$1");
}

function withoutTexts(text: string): string {
  return withoutComments(text).replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

function sources(): Source[] {
  return [...sourcesIn("../src/"), ...sourcesOfTests()];
}

function sourcesIn(place: string): Source[] {
  const folder = new URL(place, import.meta.url);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") }));
}

/** The files of tests that may import the registry, or are none of the source. */
const BESIDE_A_DIALECT = /\.test\.ts$|\/(registry|support)\.ts$/;

/**
 * A dialect or a carrier that lives with the tests, as it would be under src: every folder there with an `index.ts` or a file
 * of its own name.
 */
function sourcesOfTests(): Source[] {
  return ["dialects", "carriers"].flatMap((room) => {
    const sources = sourcesIn(`./${room}/`);
    const folders = new Set(sources.flatMap(({ path }) => /^([^/]+)\/(?:index|\1)\.ts$/.exec(path)?.[1] ?? []));
    return sources
      .filter(({ path }) => folders.has(path.split("/")[0] ?? "") && !BESIDE_A_DIALECT.test(path))
      .map(({ path, text }) => ({ path: `${room}/${path}`, text: text.replaceAll('"../../../src/', '"../../') }));
  });
}

describe("the walls", () => {
  it("keep every room to what it may know", () => {
    expect(crossings(sources())).toEqual([]);
  });

  it("stand in the sources that are there", () => {
    const paths = sources().map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths).toContain("dialects/pigeon/messages.ts");
    expect(DOORS.filter((door) => !paths.some((path) => path.startsWith(door)))).toEqual([]);
  });

  const crossed = [
    ["core/a.ts", 'import { x } from "../store/messages.ts";', "core/a.ts reaches into store/messages.ts"],
    ["core/a.ts", 'import type { X } from "../store/messages.ts";', "core/a.ts reaches into store/messages.ts"],
    ["core/a.ts", 'let x: import("../env.ts").Env;', "core/a.ts reaches into env.ts"],
    ["core/a.ts", 'export * from "../adapters/log.ts";', "core/a.ts reaches into adapters/log.ts"],
    [
      "core/kernel/a.ts",
      'import { x } from "../messages/message.ts";',
      "core/kernel/a.ts reaches into core/messages/message.ts",
    ],
    ["core/a.ts", 'import { z } from "zod";', "core/a.ts uses zod"],
    ["core/a.ts", 'import { Hono } from "hono";', "core/a.ts uses hono"],
    ["core/a.ts", "const now = Date.now();", "core/a.ts takes Date.now"],
    ["core/a.ts", "const now = new Date();", "core/a.ts takes new Date()"],
    ["core/a.ts", "const dice = Math.random();", "core/a.ts takes Math.random"],
    ["core/a.ts", "const id = crypto.randomUUID();", "core/a.ts takes crypto"],
    ["core/a.ts", "await fetch(url);", "core/a.ts takes fetch"],
    ["core/a.ts", "function f(db: D1Database) {}", "core/a.ts takes D1Database"],
    ["core/a.ts", "function f(request: Request) {}", "core/a.ts takes Request"],
    ["core/a.ts", "const known = 'target365';", "core/a.ts names target365"],
    ["core/a.ts", "// as Flowroute has it", "core/a.ts names Flowroute"],
    ["store/a.ts", "// CM.com wants it so", "store/a.ts names CM.com"],
    ["store/a.ts", 'import { x } from "../admin/api.ts";', "store/a.ts reaches into admin/api.ts"],
    ["store/a.ts", 'import { z } from "zod";', "store/a.ts uses zod"],
    ["dialects/a/b.ts", 'import { x } from "../c/d.ts";', "dialects/a/b.ts reaches into dialects/c/d.ts"],
    ["dialects/a/b.ts", 'import { x } from "../../store/d.ts";', "dialects/a/b.ts reaches into store/d.ts"],
    ["dialects/read.ts", 'import { x } from "./a/b.ts";', "dialects/read.ts reaches into dialects/a/b.ts"],
    ["carriers/a/b.ts", 'import { x } from "../c/d.ts";', "carriers/a/b.ts reaches into carriers/c/d.ts"],
    ["carriers/a/b.ts", 'import { x } from "../../dialects/read.ts";', "carriers/a/b.ts reaches into dialects/read.ts"],
    ["admin/a.ts", 'import { x } from "../store/messages.ts";', "admin/a.ts reaches into store/messages.ts"],
    ["admin/a.ts", 'import type { Ports } from "../core/ports.ts";', "admin/a.ts reaches into core/ports.ts"],
    ["admin/a.ts", 'c.get("ports").accounts', 'admin/a.ts goes round the operator\'s verbs: get("ports"'],
    ["sandbox/a.ts", 'import { x } from "../wire.ts";', "sandbox/a.ts reaches into wire.ts"],
    ["web/a.tsx", 'import { x } from "../wire.ts";', "web/a.tsx reaches into wire.ts"],
    [
      "web/console/a.ts",
      'import { x } from "../../admin/messages.ts";',
      "web/console/a.ts reaches into admin/messages.ts",
    ],
    [
      "web/console/a.ts",
      'import { x } from "../../admin/answers.ts"',
      'web/console/a.ts knows more than types: import { x } from "../../admin/answers.ts"',
    ],
    ["adapters/a.ts", 'import { x } from "../env.ts";', "adapters/a.ts reaches into env.ts"],
    ["adapters/a.ts", 'import { x } from "./b.ts";', "adapters/a.ts reaches into adapters/b.ts"],
    ["admin/a.ts", "db.prepare(text)", "admin/a.ts holds SQL: .prepare("],
    ["web/a.tsx", "await c.req.parseBody()", "web/a.tsx reads a body around body.ts: req.parseBody"],
    ["admin/a.ts", "await c.req.json()", "admin/a.ts reads a body around body.ts: req.json"],
    ["dialects/a/b.ts", "c.req.raw.text()", "dialects/a/b.ts reads a body around body.ts: raw.text"],
    ["doors/http.ts", "for await (const x of request.body)", "doors/http.ts reads a body around body.ts: request.body"],
    ["doors/queue.ts", "const q = `SELECT 1`;", "doors/queue.ts holds SQL: `SELECT"],
    ["carriers/smpp/a.ts", "this.ctx.storage.sql.exec(q)", "carriers/smpp/a.ts holds SQL: .sql.exec"],
    ["helpers/a.ts", "", "helpers/a.ts is in no room: say in this test what it may know"],
    ["extra.ts", "", "extra.ts is in no room: say in this test what it may know"],
  ] as const;
  it.each(crossed)("are seen to be crossed where %s has: %s", (path, text, crossing) => {
    expect(crossings([{ path, text }])).toEqual([crossing]);
  });

  const uncrossed = [
    ["core/a.ts", 'import { parse } from "libphonenumber-js/min";'],
    ["core/a.ts", "// Date.now() would be the real time\ntype HttpRequest = { at: Date };"],
    ["core/messages/a.ts", 'import { x } from "../webhooks/b.ts";'],
    ["dialects/a/b.ts", 'import { x } from "../read.ts";\nimport { y } from "./c.ts";\nconst found = /x/.exec(text);'],
    ["wire.ts", 'import { x } from "./store/messages.ts";'],
  ] as const;
  it.each(uncrossed)("are not crossed where %s has: %s", (path, text) => {
    expect(crossings([{ path, text }])).toEqual([]);
  });
});
