/**
 * The database as stores read it that have sealed rows: each row that says that it is sealed is opened as it is read. Only such a row is:
 * what a customer wrote into a row that is not sealed is never taken for something sealed.
 */

import type { Seals } from "../../core/kernel/ports.ts";
import { openMessage, type Sealable } from "./message.ts";

type Row = Record<string, unknown>;

/** The same database, whose statements answer opened rows. What is written is written as it is given. */
export function opening(db: D1Database, seals: Seals): D1Database {
  const prepare = (sql: string) => openingStatement(db.prepare(sql), seals);
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await db.batch<Row>(statements);
    return Promise.all(results.map((result) => openResult(result, seals)));
  };
  // The two that stores use.
  return { prepare, batch } as unknown as D1Database;
}

/** Statements whose answers are opened. */
const OPENED = new WeakSet<D1PreparedStatement>();

/** The very statement, as batches and records know it, with answers that are opened. */
function openingStatement(statement: D1PreparedStatement, seals: Seals): D1PreparedStatement {
  if (OPENED.has(statement)) return statement;
  OPENED.add(statement);
  const bind = statement.bind.bind(statement);
  const all = statement.all.bind(statement);
  const run = statement.run.bind(statement);
  const first = statement.first.bind(statement);
  return Object.assign(statement, {
    bind: (...values: unknown[]) => openingStatement(bind(...values), seals),
    all: async () => openResult(await all<Row>(), seals),
    run: async () => openResult(await run<Row>(), seals),
    first: async (column?: string) => {
      if (column !== undefined) return first(column);
      const row = await first<Row>();
      return row && isSealed(row) ? openRow(row, seals) : row;
    },
  });
}

/** All rows of an answer have the same columns. */
async function openResult(result: D1Result<Row>, seals: Seals): Promise<D1Result<Row>> {
  const [row] = result.results ?? [];
  if (!row || !("seal" in row)) return result;
  return {
    ...result,
    results: await Promise.all(result.results.map((one) => (isSealed(one) ? openRow(one, seals) : one))),
  };
}

function isSealed(row: Row): boolean {
  return typeof row.seal === "string";
}

/** The one place where a row is taken for what its table says. */
function openRow(row: Row, seals: Seals): Promise<Row> {
  return openMessage(row as Row & Sealable, seals);
}
