/** Rows in D1, moved to the key that seals now: looked at in the order of their keys, some at a time, and written only as they were read. */

import { GatewayError } from "../../core/kernel/errors.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import type { MovedPiece, SealedRows } from "../../core/operator/move-sealed.ts";
import { SEALED_TABLES, type SealedTable, type StoredRow } from "./moved-tables.ts";
import { eachReadable, type Unreadable } from "./opening.ts";

/** Of one statement's parameter, which may have 2,000,000 bytes. Characters of JSON. */
const LONGEST_LIST = 400_000;

/** @param db as it is stored: nothing of it opened */
export function sealedRows(db: D1Database, seals: Seals, unreadable: Unreadable): SealedRows {
  const [key] = seals.names;
  return {
    key,
    async move(after, most) {
      const place = after === undefined ? 0 : tableIn(after);
      const table = SEALED_TABLES[place] ?? SEALED_TABLES[0];
      const from = after === undefined ? table.first : keyIn(after, table);
      const looked = await db
        .prepare(lookOf(table))
        .bind(most, ...from)
        .all<StoredRow>();
      const last = looked.results.at(-1);
      const done: Omit<MovedPiece, "next"> = {
        table: table.name,
        looked: looked.results.length,
        moved: 0,
        changed: 0,
        unreadable: 0,
      };
      if (last && key !== undefined) {
        const until = table.key.map((name) => last[name]);
        const { results } = await db
          .prepare(findOf(table))
          .bind(key, ...from, ...until)
          .all<StoredRow>();
        const sealed = await eachReadable(
          results,
          (row) => sealRow(table, row, seals),
          (row, error) => {
            done.unreadable++;
            unreadable(table.key.map((name) => row[name]).join(" "), error);
          },
        );
        for (const some of inLists(sealed)) {
          const { meta } = await db.prepare(table.write).bind(some.list).run();
          done.moved += Math.min(meta.changes, some.count);
          done.changed += Math.max(0, some.count - meta.changes);
        }
      }
      if (last && looked.results.length === most)
        return {
          ...done,
          next: cursorOf(
            place,
            table.key.map((name) => last[name]),
          ),
        };
      return place + 1 < SEALED_TABLES.length ? { ...done, next: cursorOf(place + 1) } : done;
    },
  };
}

/** The row as it is to be, with what it was: `was` has the columns of before. */
async function sealRow(table: SealedTable, row: StoredRow, seals: Seals): Promise<string> {
  return JSON.stringify({ ...(await table.seal(row, seals)), was: row });
}

/** ?1 is how many, then the key that they come after. */
function lookOf({ name, key }: SealedTable): string {
  return `SELECT ${key.join(", ")} FROM ${name} WHERE (${key.join(", ")}) > (${numbered(key.length, 2)})
    ORDER BY ${key.join(", ")} LIMIT ?1`;
}

/** ?1 is the name of the key that seals now, then where they begin and end. */
function findOf({ name, key, columns, needs }: SealedTable): string {
  const own = key.join(", ");
  return `SELECT ${[...key, ...columns].join(", ")} FROM ${name}
    WHERE (${own}) > (${numbered(key.length, 2)}) AND (${own}) <= (${numbered(key.length, 2 + key.length)}) AND (${needs})`;
}

function numbered(count: number, from: number): string {
  return Array.from({ length: count }, (_, place) => `?${from + place}`).join(", ");
}

function* inLists(rows: readonly string[]): Generator<{ list: string; count: number }> {
  let some: string[] = [];
  let length = 0;
  for (const row of rows) {
    if (some.length > 0 && length + row.length > LONGEST_LIST) {
      yield { list: `[${some.join(",")}]`, count: some.length };
      some = [];
      length = 0;
    }
    some.push(row);
    length += row.length;
  }
  if (some.length > 0) yield { list: `[${some.join(",")}]`, count: some.length };
}

type Value = string | number | null | undefined;

/** A table, and the last row of it that was looked at; none: from its beginning. */
function cursorOf(place: number, key?: readonly Value[]): string {
  return JSON.stringify([SEALED_TABLES[place]?.name, ...(key ?? [])]);
}

function read(cursor: string): unknown[] {
  try {
    const found: unknown = JSON.parse(cursor);
    if (Array.isArray(found)) return found;
  } catch {
    // It is no JSON: refused below.
  }
  throw noPlace();
}

function tableIn(cursor: string): number {
  const [name] = read(cursor);
  const place = SEALED_TABLES.findIndex((table) => table.name === name);
  if (place === -1) throw noPlace();
  return place;
}

function keyIn(cursor: string, { first }: SealedTable): readonly (string | number)[] {
  const [, ...key] = read(cursor);
  if (key.length === 0) return first;
  const values = key.filter((value) => typeof value === "string" || typeof value === "number");
  if (values.length !== first.length || key.length !== first.length) throw noPlace();
  return values;
}

function noPlace(): GatewayError {
  return new GatewayError("bad-request", "after: give `next` of the answer before, as it is, or leave it out", "after");
}
