/**
 * The platform in one Node process: the bundle that is deployed, D1 and the objects' storage on SQLite files, queues in
 * memory. Nothing crosses a process, so what is measured is our own work. Each statement and the stage that made it are
 * counted.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { bundle, migrations } from "../../scripts/build.ts";
import { readQueues } from "./queues.ts";

/** `milliseconds` of CPU: what else the machine does, and the disk, is not counted. */
export type Statement = { stage: string; sql: string; calls: number; rows: number; milliseconds: number };

/** Everything that the Worker does is of a stage: the door that woke it. */
const stageNow = new AsyncLocalStorage<string>();

export type Platform = {
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Waits until no job is left and no alarm is due. */
  idle(): Promise<void>;
  statements(): Statement[];
  /** How often each stage was entered. */
  calls(): ReadonlyMap<string, number>;
  forget(): void;
  /** The script, as it was run: where a function's line lies. */
  script: string;
  scriptUrl: string;
  stop(): void;
};

/** @param onWebhook hears each call to a customer; the answer is always 200 */
export async function startPlatform(settings: Record<string, string>, onWebhook: () => void): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), "stafett-profile-"));
  const script = await bundle();
  const file = join(folder, "worker.mjs");
  writeFileSync(file, script.replace(/from\s*"cloudflare:(?:workers|sockets)"/g, `from "./workers.mjs"`));
  writeFileSync(
    join(folder, "workers.mjs"),
    "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }\nexport const waitUntil = () => {};\nexport const connect = () => {};",
  );
  const doors = await import(pathToFileURL(file).href);

  const counted = new Map<string, Statement>();
  const calls = new Map<string, number>();
  const count = (sql: string, rows: number, milliseconds: number) => {
    const stage = stageNow.getStore() ?? "other";
    const key = `${stage}\n${sql}`;
    const known = counted.get(key) ?? { stage, sql, calls: 0, rows: 0, milliseconds: 0 };
    counted.set(key, known);
    known.calls += 1;
    known.rows += rows;
    known.milliseconds += milliseconds;
  };

  let underWay = 0;
  const enter = <T>(stage: string, run: () => Promise<T>): Promise<T> => {
    calls.set(stage, (calls.get(stage) ?? 0) + 1);
    underWay++;
    return stageNow.run(stage, run).finally(() => underWay--);
  };
  const context = (stage: string) => ({
    waitUntil: (promise: Promise<unknown>) => void enter(stage, () => promise).catch(() => {}),
    passThroughOnException() {},
  });

  const database = openSqlite(join(folder, "d1.sqlite"), count);
  for (const { statements } of migrations()) for (const sql of statements) database.sqlite.exec(sql);

  const env: Record<string, unknown> = { ...settings, DB: toD1(database) };
  for (const { binding, maxBatch } of readQueues()) {
    const stage = binding.toLowerCase().replace("_", " ");
    env[binding] = makeQueue(maxBatch, (bodies) =>
      enter(stage, () => doors.default.queue(batchOf(binding, bodies), env, context(stage))),
    );
  }
  const alarms: (() => number | undefined)[] = [];
  for (const [binding, name, stage] of [
    ["INTAKE", "Intake", "intake"],
    ["SIMULATOR", "SimulatedNetwork", "carrier"],
  ] as const) {
    const storage = openSqlite(join(folder, `${name}.sqlite`), count);
    env[binding] = namespaceOf(doors[name], storage, env, (run) => enter(stage, run), context(stage), alarms);
  }

  globalThis.fetch = (async () => {
    onWebhook();
    return new Response("ok");
  }) as typeof fetch;

  await doors.default.scheduled({ cron: "@prepare" }, env);
  return {
    call: (path, init) =>
      enter("request", async () =>
        doors.default.fetch(new Request(`http://127.0.0.1${path}`, init), env, context("request")),
      ),
    async idle() {
      for (let quiet = 0; quiet < 3; ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const due = alarms.some((alarm) => (alarm() ?? Number.POSITIVE_INFINITY) < Date.now() + 1_000);
        quiet = underWay === 0 && !due ? quiet + 1 : 0;
      }
    },
    statements: () => [...counted.values()],
    calls: () => calls,
    forget() {
      counted.clear();
      calls.clear();
    },
    script: script,
    scriptUrl: pathToFileURL(file).href,
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

type Count = (sql: string, rows: number, milliseconds: number) => void;
type Sqlite = { sqlite: DatabaseSync; run: (sql: string, bound: readonly unknown[]) => Row[]; changes: () => number };
type Row = Record<string, unknown>;

function openSqlite(file: string, count: Count): Sqlite {
  const sqlite = new DatabaseSync(file);
  sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const known = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    const statement = known.get(sql) ?? sqlite.prepare(sql);
    known.set(sql, statement);
    return statement;
  };
  return {
    sqlite,
    run(sql, bound) {
      const before = process.cpuUsage();
      const rows = prepared(sql).all(...(bound as SQLInputValue[])) as Row[];
      const { user, system } = process.cpuUsage(before);
      count(sql, rows.length, (user + system) / 1_000);
      return rows;
    },
    changes: () => Number(prepared("SELECT total_changes() AS n").get()?.n),
  };
}

function toD1({ sqlite, run, changes }: Sqlite): unknown {
  const result = (sql: string, bound: readonly unknown[]) => {
    const before = changes();
    const results = run(sql, bound);
    return { success: true, results, meta: { changes: changes() - before } };
  };
  const prepare = (sql: string, bound: readonly unknown[] = []) => ({
    made: () => result(sql, bound),
    bind: (...values: unknown[]) =>
      prepare(
        sql,
        values.map((value) => (typeof value === "boolean" ? Number(value) : value)),
      ),
    run: async () => result(sql, bound),
    all: async () => result(sql, bound),
    first: async (column?: string) => {
      const [row] = result(sql, bound).results;
      return row === undefined ? null : column === undefined ? row : row[column];
    },
  });
  return {
    prepare,
    async batch(statements: ReturnType<typeof prepare>[]) {
      sqlite.exec("BEGIN");
      try {
        const results = statements.map((statement) => statement.made());
        run("COMMIT", []);
        return results;
      } catch (error) {
        sqlite.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

/** One consumer at a time takes what has gathered, as one batch; what is delayed comes when it is due. */
function makeQueue(maxBatch: number, consume: (bodies: unknown[]) => Promise<void>): unknown {
  const waiting: unknown[] = [];
  let isBusy = false;
  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await consume(waiting.splice(0, maxBatch));
    isBusy = false;
  };
  return {
    async sendBatch(jobs: { body: unknown; delaySeconds?: number }[]) {
      for (const { body, delaySeconds = 0 } of jobs) {
        const put = () => {
          waiting.push(body);
          void stageNow.exit(work);
        };
        if (delaySeconds === 0) put();
        else setTimeout(put, delaySeconds * 1_000).unref();
      }
    },
  };
}

function batchOf(queue: string, bodies: unknown[]): unknown {
  const nothing = () => {};
  return { queue, messages: bodies.map((body) => ({ body })), ackAll: nothing, retryAll: nothing };
}

/** A namespace with one object in it, made when it is first asked. Calls go as structured clones, as they do between isolates. */
function namespaceOf(
  Made: new (ctx: unknown, env: unknown) => Record<string, (...given: unknown[]) => Promise<unknown>>,
  { sqlite, run }: Sqlite,
  env: unknown,
  enter: <T>(run: () => Promise<T>) => Promise<T>,
  context: { waitUntil: (promise: Promise<unknown>) => void },
  alarms: (() => number | undefined)[],
): unknown {
  let alarm: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  alarms.push(() => alarm);
  const storage = {
    sql: {
      // The first statement of several, as they make their tables.
      exec: (sql: string, ...bound: unknown[]) => {
        const isMany = sql.trim().replace(/;$/, "").includes(";");
        if (isMany) sqlite.exec(sql);
        const rows = isMany ? [] : run(sql, bound);
        return { toArray: () => rows };
      },
    },
    getAlarm: async () => alarm ?? null,
    async setAlarm(at: number) {
      alarm = at;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          alarm = undefined;
          void enter(() => transaction(() => object().alarm?.() ?? Promise.resolve()));
        },
        Math.max(0, at - Date.now()),
      );
      timer.unref();
    },
    async deleteAlarm() {
      clearTimeout(timer);
      alarm = undefined;
    },
  };
  let made: InstanceType<typeof Made> | undefined;
  const object = () => {
    made ??= new Made({ storage, waitUntil: context.waitUntil }, env);
    return made;
  };
  // What an object writes before it answers is one commit.
  let open = 0;
  const transaction = async <T>(work: () => Promise<T>): Promise<T> => {
    if (open++ === 0) sqlite.exec("BEGIN");
    try {
      return await work();
    } finally {
      if (--open === 0) run("COMMIT", []);
    }
  };
  const stub = new Proxy(
    {},
    {
      get: (_, name: string) =>
        name === "then"
          ? undefined
          : (...given: unknown[]) =>
              enter(() =>
                transaction(async () =>
                  structuredClone(await object()[name]?.(...(structuredClone(given) as unknown[]))),
                ),
              ),
    },
  );
  return { idFromName: (name: string) => name, get: () => stub };
}
