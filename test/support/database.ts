/**
 * D1 over SQLite in memory: the real SQL, without a Worker around it. Each call is one round trip; what stands between
 * its two ends (a crash, a lost answer, another job that goes first) is the test's to say.
 */

import { readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** One round trip: a statement alone, or the statements of a batch, which are one transaction. */
export type Call = { sql: readonly string[] };

/** A statement that was made: how many rows it answered, and what it took. Milliseconds of CPU time. */
export type Ran = { sql: string; rows: number; milliseconds: number };

/** What happens around a call. Throwing before it means that it was never made; throwing after it, that its answer was lost. */
export type Around = {
  /** A statement was made. */
  ran?: (statement: Ran) => void;
  before?: (call: Call) => void | Promise<void>;
  after?: (call: Call) => void | Promise<void>;
};

/**
 * A binding for the stores, another to the same rows that nothing ever happens to, and what lies under both for the test
 * to look at. `around` may be changed at any time.
 */
export type TestDatabase = { d1: D1Database; quiet: D1Database; sqlite: DatabaseSync; around: Around };

export function openDatabase({ sql = schema(), around = {} }: { sql?: string; around?: Around } = {}): TestDatabase {
  const sqlite = new DatabaseSync(":memory:");
  sqlite.exec(sql);
  return over(sqlite, around);
}

/** @param check throws where nobody may ask it any more */
function over(sqlite: DatabaseSync, around: Around, check = () => {}): TestDatabase {
  const database: TestDatabase = {
    sqlite,
    around,
    d1: toD1(sqlite, () => {
      check();
      return database.around;
    }),
    quiet: toD1(sqlite, () => {
      check();
      return {};
    }),
  };
  return database;
}

export type LentDatabase = TestDatabase & { giveBack(): void };

/** Databases that were given back. They are as they were when they were new, and their statements are prepared. */
const spare: DatabaseSync[] = [];

/**
 * A database for a test that needs many, one after the other: to make the tables and prepare the statements takes longer
 * than most of what is done there. All that happens in it is one transaction, which is rolled back when it is given back;
 * whoever asks it later, as may a process that should have died, is refused.
 */
export function lendDatabase(): LentDatabase {
  const sqlite = spare.pop() ?? openDatabase().sqlite;
  sqlite.exec("BEGIN");
  let isBack = false;
  const database = over(sqlite, {}, () => {
    if (isBack) throw new Error("the database was given back: what this belongs to is over");
  });
  return Object.assign(database, {
    giveBack() {
      if (isBack) return;
      isBack = true;
      sqlite.exec("ROLLBACK");
      spare.push(sqlite);
    },
  });
}

export function schema(): string {
  return readFileSync(new URL("../../schema.sql", import.meta.url), "utf8");
}

/** How SQLite goes about a statement: one line a step, as `EXPLAIN QUERY PLAN` tells it. */
export function planOf(sqlite: DatabaseSync, sql: string): string[] {
  const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number)));
  const steps = sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: parameters }, () => null));
  return steps.map((step) => String(step.detail));
}

type Statement = D1PreparedStatement & { sql: string; run_: () => D1Result };

/**
 * A binding to this database, with its own things that happen around each call. Only what the stores use is there; the
 * rest of the binding is not, hence the one cast.
 */
export function toD1(sqlite: DatabaseSync, around: () => Around): D1Database {
  const call = async <T>(sql: readonly string[], make: () => T): Promise<T> => {
    await around().before?.({ sql });
    const result = make();
    await around().after?.({ sql });
    return result;
  };

  const prepare = (sql: string, bound: readonly SQLInputValue[] = []): Statement => {
    const run_ = () => {
      const { ran } = around();
      const from = ran && process.cpuUsage();
      const result = execute(sqlite, sql, bound);
      if (ran && from) {
        const { user, system } = process.cpuUsage(from);
        ran({ sql, rows: result.results.length, milliseconds: (user + system) / 1000 });
      }
      return result;
    };
    const statement = {
      sql,
      run_,
      bind: (...values: unknown[]) => prepare(sql, values.map(toSqlite)),
      run: () => call([sql], run_),
      all: () => call([sql], run_),
      async first(column?: string) {
        const [row] = (await call([sql], run_)).results as Record<string, unknown>[];
        if (row === undefined) return null;
        return column === undefined ? row : row[column];
      },
    };
    return statement as unknown as Statement;
  };

  const d1 = {
    prepare: (sql: string) => prepare(sql),
    batch: (statements: Statement[]) =>
      call(
        statements.map(({ sql }) => sql),
        () => {
          sqlite.exec("SAVEPOINT batch");
          try {
            const results = statements.map((statement) => statement.run_());
            sqlite.exec("RELEASE batch");
            return results;
          } catch (error) {
            sqlite.exec("ROLLBACK TO batch; RELEASE batch");
            throw error;
          }
        },
      ),
    exec: (sql: string) => call([sql], () => sqlite.exec(sql)),
  };
  return d1 as unknown as D1Database;
}

function execute(sqlite: DatabaseSync, sql: string, bound: readonly SQLInputValue[]): D1Result {
  const before = changesOf(sqlite);
  let results: Record<string, unknown>[];
  try {
    results = prepared(sqlite, sql)
      .all(...bound)
      .map((row) => ({ ...row }));
  } catch (error) {
    throw new Error(`D1_ERROR: ${error instanceof Error ? error.message : error}`);
  }
  const changes = changesOf(sqlite) - before;
  return { success: true, results, meta: { changes, rows_written: changes } } as unknown as D1Result;
}

function changesOf(sqlite: DatabaseSync): number {
  return Number(prepared(sqlite, "SELECT total_changes() AS n").get()?.n);
}

const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** A limit that is bound. */
const LIMIT = /\bLIMIT (?=\?)/g;

/**
 * A statement is prepared once for each database, however often it is made. SQLite plans by the value of a bound limit, so
 * it would prepare such a statement again for each value that it is given, be it the same: as long as all the rest takes.
 * By a limit that is an expression it does not plan.
 */
function prepared(sqlite: DatabaseSync, sql: string): StatementSync {
  let known = statements.get(sqlite);
  if (!known) {
    known = new Map();
    statements.set(sqlite, known);
  }
  let statement = known.get(sql);
  if (!statement) {
    statement = sqlite.prepare(sql.replace(LIMIT, "LIMIT +"));
    known.set(sql, statement);
  }
  return statement;
}

/** As D1 binds: every number as REAL, a boolean as a number, and nothing that is not a value. */
function toSqlite(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${value}'`);
}
