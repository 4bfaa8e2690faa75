/** The database as one process has it: real SQL, and a wire on which calls are slow, refused, or never answered. */

import type { DatabaseSync } from "node:sqlite";
import { toD1 } from "../../test/support/database.ts";
import type { Faults } from "../faults.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

const SECOND = 1_000;
/** How long a call of the database may stall, from and to. No claim holds as long as most of that. */
const STALL = [5 * SECOND, 90 * SECOND] as const;
/** What the database says when it does nothing, and when nobody knows whether it did. Cloudflare, "Debug D1". */
const REFUSALS = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
];
const LOSSES = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: internal error; reference = 0123456789",
];

type Given = {
  sqlite: DatabaseSync;
  timeline: Timeline;
  random: Random;
  faults: Faults;
  /** Whether it dies with whoever asks it; otherwise what is on its way arrives. */
  diesWithProcess: boolean;
  /** A call is under way, and takes so long: milliseconds. */
  underWay: (takes: number) => void;
};

export function databaseOf(process: Process, given: Given): D1Database {
  const { sqlite, timeline, random, faults, diesWithProcess, underWay } = given;
  const travel = async (sql: string) => {
    const slow = faults.hits("database-slow") ? random.wait(12 * SECOND) : 0;
    const stalls = faults.hits("database-stalls") ? random.int(...STALL) : 0;
    const takes = random.wait(4) + slow + stalls;
    underWay(takes);
    await timeline.wait(takes, `${process.name}: ${sql}`);
  };
  const database = toD1(sqlite, () => ({
    before: async ({ sql }) => {
      const what = sql.map(shortened).join("; ");
      await travel(what);
      if (diesWithProcess && !process.isAlive) await new Promise(() => {});
      if (faults.hits("database-refuses")) {
        await travel(`refused: ${what}`);
        throw new Error(random.pick(REFUSALS));
      }
    },
    after: async ({ sql }) => {
      await travel(`answered: ${shortened(sql[0] ?? "")}`);
      if (faults.hits("database-answer-lost")) throw new Error(random.pick(LOSSES));
    },
  }));
  return heardBy(process, database);
}

/** A database whose answers only the living hear. */
function heardBy(process: Process, database: D1Database): D1Database {
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    Object.assign(Object.create(statement), {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      run: () => process.heard(statement.run()),
      all: () => process.heard(statement.all()),
      first: (column: string) => process.heard(statement.first(column)),
    });
  return {
    prepare: (sql: string) => wrap(database.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) => process.heard(database.batch(statements)),
    exec: (sql: string) => process.heard(database.exec(sql)),
  } as unknown as D1Database;
}

/** The first words of a statement: enough to know it by. */
function shortened(sql: string): string {
  return sql.replace(/\s+/g, " ").trim().slice(0, 60);
}
