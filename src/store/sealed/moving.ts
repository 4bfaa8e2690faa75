/** Rows in D1, moved to the key that seals now: read in the order of their keys, some at a time; what changed meanwhile is left. */

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
      const { place, from } =
        after === undefined ? { place: 0, from: SEALED_TABLES[0].first } : await tableAt(after, seals);
      const table = SEALED_TABLES[place] ?? SEALED_TABLES[0];
      const read = await db
        .prepare(readOf(table))
        .bind(most, ...from)
        .all<StoredRow>();
      const last = read.results.at(-1);
      const done: Omit<MovedPiece, "next"> = {
        table: table.name,
        read: read.results.length,
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
          const written = await write(db, table, some);
          done.moved += written;
          done.changed += some.keys.length - written;
        }
      }
      const isMore = last && read.results.length === most;
      const goOn = isMore ? table : SEALED_TABLES[place + 1];
      if (!goOn || key === undefined) return done;
      return { ...done, next: await placeAt(seals, goOn, isMore ? table.key.map((name) => last[name]) : []) };
    },
  };
}

/** A row as it is to be, with what it `was`: JSON that has the columns of before. */
type SealedRow = { key: string; json: string };

async function sealRow(table: SealedTable, row: StoredRow, seals: Seals): Promise<SealedRow> {
  return { key: keyOf(table, row), json: JSON.stringify({ ...(await table.seal(row, seals)), was: row }) };
}

function keyOf({ key }: SealedTable, row: StoredRow): string {
  return JSON.stringify(key.map((name) => row[name]));
}

/** How many of these rows are as they are to be: written, or gone as duplicates. */
async function write(db: D1Database, table: SealedTable, { list, keys }: SealedList): Promise<number> {
  const statements = [...(table.dropDuplicates ?? []), table.write];
  const answers = await db.batch<StoredRow>(statements.map((sql) => db.prepare(sql).bind(list)));
  const dropped = new Set(answers.flatMap(({ results = [] }) => results.map((row) => keyOf(table, row))));
  const written = answers.at(-1)?.meta.changes ?? 0;
  return Math.min(keys.length, written + keys.filter((key) => dropped.has(key)).length);
}

/** ?1 is how many, then the key that they come after. */
function readOf({ name, key }: SealedTable): string {
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

type SealedList = { list: string; keys: string[] };

function* inLists(rows: readonly SealedRow[]): Generator<SealedList> {
  let some: SealedRow[] = [];
  let length = 0;
  const listed = () => ({ list: `[${some.map(({ json }) => json).join(",")}]`, keys: some.map(({ key }) => key) });
  for (const row of rows) {
    if (some.length > 0 && length + row.json.length > LONGEST_LIST) {
      yield listed();
      some = [];
      length = 0;
    }
    some.push(row);
    length += row.json.length;
  }
  if (some.length > 0) yield listed();
}

type Value = string | number | null | undefined;

/** A place may have a number of a person in it: it is handed out sealed. */
const PLACE = "place of a move";

/** A table, and the last row of it that was read; none: from its beginning. */
function placeAt(seals: Seals, { name }: SealedTable, key: readonly Value[] = []): Promise<string> {
  return seals.text(JSON.stringify([name, ...key]), PLACE);
}

/** @throws GatewayError bad-request */
async function tableAt(after: string, seals: Seals): Promise<{ place: number; from: readonly (string | number)[] }> {
  const [name, ...key] = await seals.openText(after, PLACE).then(
    (text): unknown[] => JSON.parse(text),
    () => {
      throw noPlace();
    },
  );
  const place = SEALED_TABLES.findIndex((table) => table.name === name);
  const first = SEALED_TABLES[place]?.first;
  if (!first) throw noPlace();
  const from = key.filter((value) => typeof value === "string" || typeof value === "number");
  return { place, from: from.length === first.length ? from : first };
}

function noPlace(): GatewayError {
  return new GatewayError("bad-request", "after: must be `next` from an earlier answer, unchanged, or absent", "after");
}
