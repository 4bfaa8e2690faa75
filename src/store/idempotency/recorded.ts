/**
 * The database as a request with an Idempotency-Key has it. Each write carries the request's mark in its own batch, with what was
 * read before it and how many rows it changed. A request that is taken up again after its process died finds its own reads as they
 * were, makes none of those writes again, and goes on where it stopped.
 */

import { begunBefore, inProgress } from "../../core/idempotency/key.ts";
import type { Begun } from "../../core/idempotency/store.ts";
import { bytesOf, toHex } from "../../core/kernel/bytes.ts";
import type { Recall, Sealer } from "../../core/kernel/ports.ts";
import { changedRows, isClaimLost, step } from "./marks.ts";
import { readBackOf } from "./read-back.ts";

/** More than this is not written down: it is read again where it is needed. Characters of JSON. */
const LONGEST_READS = 200_000;
/** In place of what was read before messages went: it was too much, and what they were judged by is not known any more. */
const TOO_LONG = "too long";

const WRITES =
  /\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+(?:OR\s+\w+\s+)?\w+\s+(?:AS\s+\w+\s+)?SET|DELETE\s+FROM)\b/i;

/** Writes that do not belong to the request's effect: the audit entry, and limit counters with their events. */
const OF_ASKING = /^\s*(?:INSERT INTO|UPDATE) audit\b/i;
const OF_LIMITS = /^\s*(?:INSERT INTO|UPDATE) allowance\b/i;

type Read = { read: string; rows: readonly unknown[] };
type Written = { wrote: string; changed: number[] };
type Result = D1Result<Record<string, unknown>>;

export type Recorded = {
  db: D1Database;
  /** Whether it wrote anything but aside, now or in an attempt before; or may have. */
  hasWritten(): boolean;
  /** What was found by other means than this database, as the attempt before found it. */
  recall: Recall;
  /** What was read since the last write, for the mark of messages, which others write. */
  carry(): Promise<string>;
};

/** @param sealer seals what was read, wherever there is a key to seal with: it may be of a person */
export function recorded(db: D1Database, begun: Begun, sealer: Sealer): Recorded {
  const owner = `idempotency ${begun.id} reads`;
  const opened = pastOf(begun, (sealed) => sealer.open(sealed, owner));
  // It is heard of where it is awaited.
  opened.catch(() => {});
  let reads: Read[] = [];
  let hasEffect = begun.steps > 0;

  async function perform(statements: readonly Statement[]): Promise<Result[]> {
    const asked = await digest(statements);
    return statements.some(({ writes }) => writes) ? write(asked, statements) : read(asked, statements);
  }

  async function read(asked: string, statements: readonly Statement[]): Promise<Result[]> {
    const past = await opened;
    const known = take(past.reads, (one) => one.read === asked);
    if (known) return known.rows.map((rows) => toResult(rows as Result["results"], 0));
    const results = await db.batch<Record<string, unknown>>(statements.map(({ real }) => real));
    reads.push({ read: asked, rows: results.map((result) => result.results) });
    return results;
  }

  const recall: Recall = async (what, make) => {
    const past = await opened;
    const known = take(past.reads, ({ read }) => read === what);
    const found = known ? (known.rows[0] as Awaited<ReturnType<typeof make>>) : await make();
    if (!known) reads.push({ read: what, rows: [found] });
    return found;
  };

  /** @param otherwise in place of what is too long */
  async function readsSince(otherwise: string): Promise<string> {
    const text = JSON.stringify(reads);
    reads = [];
    const seen = text.length > LONGEST_READS ? otherwise : text;
    return sealer.key === undefined || seen === TOO_LONG ? seen : await sealer.seal(seen, owner);
  }

  async function write(asked: string, statements: readonly Statement[]): Promise<Result[]> {
    const past = await opened;
    const known = take(past.writes, ({ wrote }) => wrote === asked);
    const before = known && (await recalled(db, statements, known.changed));
    if (before) return before;
    const read = await readsSince("[]");
    const isAside =
      statements.every(({ sql, writes }) => !writes || OF_ASKING.test(sql)) ||
      statements.some(({ sql }) => OF_LIMITS.test(sql));
    // Also where the answer is lost: it may have been written.
    hasEffect ||= !isAside;
    const marks = step(db, begun, { wrote: asked, read }, isAside);
    const batch = statements.flatMap(({ real, writes }) => (writes ? [real, changedRows(db, begun)] : [real]));
    try {
      const results = await db.batch<Record<string, unknown>>([...marks, ...batch]);
      const own = results.slice(marks.length);
      return statements.map(({ writes }) => own.splice(0, writes ? 2 : 1)[0] as Result);
    } catch (error) {
      if (isClaimLost(error)) throw inProgress();
      throw error;
    }
  }

  const prepare = (sql: string) => new Statement(db.prepare(sql), sql, [], perform) as unknown as D1PreparedStatement;
  const batch = (statements: D1PreparedStatement[]) => perform(statements as unknown as Statement[]);
  return {
    db: { prepare, batch } as unknown as D1Database,
    hasWritten: () => hasEffect,
    recall,
    carry: () => readsSince(TOO_LONG),
  };
}

/** A prepared statement that is carried out by the record. */
class Statement {
  readonly writes: boolean;

  readonly real: D1PreparedStatement;
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly perform: (statements: readonly Statement[]) => Promise<Result[]>;

  constructor(
    real: D1PreparedStatement,
    sql: string,
    values: readonly unknown[],
    perform: (statements: readonly Statement[]) => Promise<Result[]>,
  ) {
    this.real = real;
    this.sql = sql;
    this.values = values;
    this.perform = perform;
    this.writes = WRITES.test(sql);
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.real.bind(...values), this.sql, values, this.perform);
  }

  async all(): Promise<Result> {
    return (await this.perform([this]))[0] as Result;
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(column?: string): Promise<unknown> {
    const row = (await this.all()).results[0];
    if (!row) return null;
    return column === undefined ? row : row[column];
  }
}

/** The answers of a write that was made before; undefined where its rows cannot be read again. */
async function recalled(
  db: D1Database,
  statements: readonly Statement[],
  changed: readonly number[],
): Promise<Result[] | undefined> {
  const counts = [...changed];
  const again = statements.map((statement) => {
    if (!statement.writes) return statement.real;
    const count = counts.shift() ?? 0;
    if (count === 0 || !/\bRETURNING\b/i.test(statement.sql)) return toResult([], count);
    return (readBackOf(statement)?.(count) as unknown as Statement | undefined)?.real;
  });
  if (again.includes(undefined)) return undefined;
  const queries = again.filter((one): one is D1PreparedStatement => one !== undefined && !("success" in one));
  const rows = queries.length > 0 ? await db.batch<Record<string, unknown>>(queries) : [];
  return again.map((one) => (one && "success" in one ? (one as Result) : (rows.shift() as Result)));
}

/**
 * What an attempt before has read and written.
 * @throws GatewayError too-late where messages went by reads that were not kept: judged anew, some might go again
 */
async function pastOf(
  { record }: Begun,
  open: (sealed: string) => Promise<string>,
): Promise<{ reads: Read[]; writes: Written[] }> {
  const reads: Read[] = [];
  const writes: Written[] = [];
  for (const entry of record) {
    const read = "wrote" in entry || "arrival" in entry ? entry.read : undefined;
    if (read === TOO_LONG) throw begunBefore();
    if (read !== undefined) reads.push(...(JSON.parse(read.startsWith("[") ? read : await open(read)) as Read[]));
    if ("wrote" in entry) {
      writes.push({ wrote: entry.wrote, changed: [] });
    }
    if ("changed" in entry) writes.at(-1)?.changed.push(entry.changed);
  }
  return { reads, writes };
}

function take<T>(from: T[], is: (one: T) => boolean): T | undefined {
  const index = from.findIndex(is);
  return index === -1 ? undefined : from.splice(index, 1)[0];
}

function toResult(results: Result["results"], changes: number): Result {
  return { success: true, results, meta: { changes } } as Result;
}

/** A kept request's id, as histories name it: it is another for each attempt. */
const REQUEST_ID = /\breq_[0-9a-z]{10,}/g;

/** Tells statements apart, with all that they were given. */
async function digest(statements: readonly Statement[]): Promise<string> {
  const text = JSON.stringify(statements.map(({ sql, values }) => [sql, values])).replace(REQUEST_ID, "req_");
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text)));
  return toHex(bytes.subarray(0, 16));
}
