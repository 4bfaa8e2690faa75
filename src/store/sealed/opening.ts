/**
 * The database as stores read it that have sealed rows: each row that says that it is sealed is opened as it is read. Only such a row is:
 * what a customer wrote into a row that is not sealed is never taken for something sealed.
 */

import type { Seals } from "../../core/kernel/ports.ts";
import { isSealedInbound, openInbound } from "./inbounds.ts";
import { openMessage, type Sealable } from "./message.ts";

type Row = Record<string, unknown>;

/** What is done about a row that cannot be opened. */
export type Unreadable = (id: string, error: unknown) => void;

/**
 * The same database, whose statements answer opened rows. What is written is written as it is given.
 * @param unreadable is told of each row that cannot be opened, which is left out of its answer; absent: such an answer is refused
 */
export function opening(db: D1Database, seals: Seals, unreadable?: Unreadable): D1Database {
  const prepare = (sql: string) => openingStatement(db.prepare(sql), seals, unreadable);
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await db.batch<Row>(statements);
    return Promise.all(results.map((result) => openResult(result, seals, unreadable)));
  };
  // The two that stores use.
  return { prepare, batch } as unknown as D1Database;
}

/** Statements whose answers are opened. */
const OPENED = new WeakSet<D1PreparedStatement>();

/** The very statement, as batches and records know it, with answers that are opened. */
function openingStatement(statement: D1PreparedStatement, seals: Seals, unreadable?: Unreadable): D1PreparedStatement {
  if (OPENED.has(statement)) return statement;
  OPENED.add(statement);
  const bind = statement.bind.bind(statement);
  const all = statement.all.bind(statement);
  const run = statement.run.bind(statement);
  const first = statement.first.bind(statement);
  return Object.assign(statement, {
    bind: (...values: unknown[]) => openingStatement(bind(...values), seals, unreadable),
    all: async () => openResult(await all<Row>(), seals, unreadable),
    run: async () => openResult(await run<Row>(), seals, unreadable),
    first: async (column?: string) => {
      if (column !== undefined) return first(column);
      const row = await first<Row>();
      return row && isSealed(row) ? openRow(row, seals) : row;
    },
  });
}

/** All rows of an answer have the same columns. */
async function openResult(result: D1Result<Row>, seals: Seals, unreadable?: Unreadable): Promise<D1Result<Row>> {
  const [row] = result.results ?? [];
  if (!row || !("seal" in row || "sender" in row || "person" in row)) return result;
  const open = async (one: Row) => (isSealed(one) ? openRow(one, seals) : one);
  if (!unreadable) return { ...result, results: await Promise.all(result.results.map(open)) };
  const lost = new Set<string>();
  const results = await eachReadable(result.results, open, ({ id }, error) => {
    lost.add(String(id));
    unreadable(String(id), error);
  });
  const opened = { ...result, results };
  LOST.set(opened, lost);
  return opened;
}

const LOST = new WeakMap<object, ReadonlySet<string>>();

/** The ids of the rows that were left out of an answer, as they could not be opened. */
export function leftOutOf(result: object | undefined): ReadonlySet<string> {
  return (result && LOST.get(result)) ?? new Set();
}

/** What came of those that can be opened: one that cannot be keeps no other one back. */
export async function eachReadable<T, Opened>(
  all: readonly T[],
  open: (one: T) => Promise<Opened>,
  unreadable: (one: T, error: unknown) => void,
): Promise<Opened[]> {
  const opened = await Promise.all(
    all.map((one) =>
      open(one).then(
        (value) => [value],
        (error) => {
          unreadable(one, error);
          return [];
        },
      ),
    ),
  );
  return opened.flat(1) as Opened[];
}

function isSealed(row: Row): boolean {
  return typeof row.seal === "string" || isSealedInbound(row);
}

/** The one place where a row is taken for what its table says. */
function openRow(row: Row, seals: Seals): Promise<Row> {
  return isSealedInbound(row) ? openInbound(row, seals) : openMessage(row as Row & Sealable, seals);
}
