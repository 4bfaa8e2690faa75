/** Whole tables out of a database and into it again. */

import { expect, it } from "vitest";
import { columnsOf, readTables, replaceTables } from "../../src/sandbox/whole-tables.ts";
import { openDatabase } from "../support/database.ts";

const NAMES = ["sender", "account"];
const INSERT = "INSERT INTO account (id, number, name, settings, created_at, changed_at)";

function filled() {
  const database = openDatabase();
  database.sqlite.exec(`${INSERT} VALUES ('acme', 1, 'Acme "quoted" æ', '{"a":[1]}', 1, 2), ('bolt', 2, 'null', '{}', 1, 2);
    INSERT INTO sender (account_id, sender, kind, country) VALUES ('acme', '2002', 'short-number', 'NO');`);
  return database;
}

it("reads a table only if it has no more rows than that", async () => {
  const { d1 } = filled();
  expect(await readTables(d1, NAMES, 1)).toBeUndefined();
  expect((await readTables(d1, NAMES, 2))?.account?.rows).toHaveLength(2);
});

it("puts each value back as it was, rows that refer to others among them", async () => {
  const { d1, sqlite } = filled();
  const before = await readTables(d1, NAMES, 10);
  sqlite.exec("DELETE FROM sender; DELETE FROM account");
  sqlite.exec(`${INSERT} VALUES ('other', 3, 'Other', '{}', 1, 2)`);
  await replaceTables(d1, NAMES, before ?? {});
  expect(await readTables(d1, NAMES, 10)).toEqual(before);
  expect((await columnsOf(d1, NAMES)).sender).toEqual(before?.sender?.columns);
});

it("goes in several statements where it is long", async () => {
  const { d1 } = filled();
  const before = await readTables(d1, NAMES, 10);
  const columns = before?.account?.columns ?? [];
  const [first = []] = before?.account?.rows ?? [];
  const long = Array.from({ length: 30 }, (_, n) =>
    first.map(
      (value, index) => ({ id: `a${n}`, number: n + 1, name: "x".repeat(40_000) })[columns[index] ?? ""] ?? value,
    ),
  );
  await replaceTables(d1, NAMES, { account: { columns, rows: long } });
  expect((await readTables(d1, NAMES, 100))?.account?.rows).toHaveLength(30);
});

it("changes nothing if a row cannot be put", async () => {
  const { d1 } = filled();
  const before = await readTables(d1, NAMES, 10);
  const account = { columns: before?.account?.columns ?? [], rows: [...(before?.account?.rows ?? []), [null]] };
  await expect(replaceTables(d1, NAMES, { ...before, account })).rejects.toThrow();
  expect(await readTables(d1, NAMES, 10)).toEqual(before);
});
