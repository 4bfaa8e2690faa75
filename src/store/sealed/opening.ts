/**
 * The database as stores read it that have sealed rows: each row that says that it is sealed is opened as it is read. Only such a row is:
 * what a customer wrote into a row that is not sealed is never taken for something sealed.
 */

import { given } from "../../core/kernel/given.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { readBack, readBackOf } from "../idempotency/read-back.ts";
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
  const opens: Opens = { seals, ...given({ unreadable }) };
  const prepare = (sql: string) => new Opening(db.prepare(sql), opens);
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await db.batch<Row>(statements.map(realOf));
    return Promise.all(results.map((result) => openResult(result, opens)));
  };
  // The two that stores use.
  return { prepare, batch } as unknown as D1Database;
}

type Opens = { seals: Seals; unreadable?: Unreadable };

/** A statement whose answers are opened. */
class Opening {
  readonly #statement: D1PreparedStatement;
  readonly #opens: Opens;

  constructor(statement: D1PreparedStatement, opens: Opens) {
    this.#statement = statement;
    this.#opens = opens;
  }

  /** The statement itself, whose rows can be read again as those of this one can. */
  get real(): D1PreparedStatement {
    const again = readBackOf(this);
    return again ? readBack(this.#statement, (count) => realOf(again(count))) : this.#statement;
  }

  bind(...values: unknown[]): Opening {
    return new Opening(this.#statement.bind(...values), this.#opens);
  }

  async all(): Promise<D1Result<Row>> {
    return openResult(await this.real.all<Row>(), this.#opens);
  }

  async run(): Promise<D1Result<Row>> {
    return openResult(await this.real.run<Row>(), this.#opens);
  }

  async first(column?: string): Promise<unknown> {
    if (column !== undefined) return this.real.first(column);
    const row = await this.real.first<Row>();
    return row && isSealed(row) ? openRow(row, this.#opens.seals) : row;
  }
}

function realOf(statement: D1PreparedStatement): D1PreparedStatement {
  return statement instanceof Opening ? statement.real : statement;
}

/** All rows of an answer have the same columns. */
async function openResult(result: D1Result<Row>, { seals, unreadable }: Opens): Promise<D1Result<Row>> {
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
