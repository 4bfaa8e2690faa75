/** The rehearsal of an upgrade: from every older version, with something in each of its tables, to the version of today. */

import type { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { migrations } from "../../scripts/build.ts";
import { openDatabase } from "../support/database.ts";

type Row = Record<string, unknown>;
type Column = { name: string; type: string; notnull: number; dflt_value: unknown; pk: number };

type Reference = { from: string; table: string; to: string };

const steps = migrations();
const empty = () => openDatabase({ sql: "" }).sqlite;

function apply(sqlite: DatabaseSync, some: typeof steps): void {
  for (const { statements } of some) for (const statement of statements) sqlite.exec(statement);
}

function tablesOf(sqlite: DatabaseSync): { name: string; sql: string }[] {
  return sqlite
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all() as { name: string; sql: string }[];
}

const rowsOf = (sqlite: DatabaseSync, table: string) => sqlite.prepare(`SELECT * FROM ${table}`).all() as Row[];

/**
 * A row in each table, of what it must have: a value that its CHECK allows, or else a number or text of its own; where it refers to
 * another table, the value that is there.
 */
function fill(sqlite: DatabaseSync): void {
  sqlite.exec("PRAGMA foreign_keys = OFF");
  for (const { name, sql } of tablesOf(sqlite)) {
    const columns = (sqlite.prepare(`PRAGMA table_info(${name})`).all() as Column[]).filter(
      ({ pk, notnull, dflt_value }) => pk > 0 || (notnull && dflt_value === null),
    );
    const references = sqlite.prepare(`PRAGMA foreign_key_list(${name})`).all() as Reference[];
    const values = columns.map((column) => {
      const reference = references.find(({ from }) => from === column.name);
      const [, allowed] = new RegExp(`\\b${column.name}\\b[^,]*?IN \\(\\s*('[^']*'|\\d+)`).exec(sql) ?? [];
      if (allowed) return allowed.startsWith("'") ? allowed.slice(1, -1) : Number(allowed);
      if (/^(history|carriers|transports)$/.test(column.name)) return "[]";
      if (/^(settings|echo|event)$/.test(column.name)) return "{}";
      if (column.type === "INTEGER") return 7;
      return reference ? `${reference.table}.${reference.to}` : `${name}.${column.name}`;
    });
    const names = columns.map((column) => column.name).join(", ");
    const places = columns.map(() => "?").join(", ");
    sqlite.prepare(`INSERT INTO ${name} (${names}) VALUES (${places})`).run(...values);
  }
  sqlite.exec("PRAGMA foreign_keys = ON");
  expect(sqlite.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
}

describe.each(steps.map(({ name }, index) => ({ name, index })))("a database of $name", ({ index }) => {
  it("keeps every row of every table, and is sound", () => {
    const sqlite = empty();
    apply(sqlite, steps.slice(0, index + 1));
    fill(sqlite);
    const were = new Map(tablesOf(sqlite).map(({ name }) => [name, rowsOf(sqlite, name)]));
    apply(sqlite, steps.slice(index + 1));

    const today = new Set(tablesOf(sqlite).map(({ name }) => name));
    for (const [table, rows] of were) {
      expect(today, table).toContain(table);
      const are = rowsOf(sqlite, table);
      expect(are.length, table).toBeGreaterThanOrEqual(rows.length);
      for (const [place, row] of rows.entries()) {
        const kept = Object.entries(row).filter(([column]) => column in (are[place] ?? {}));
        expect(are[place], table).toMatchObject(Object.fromEntries(kept));
      }
    }
    expect(sqlite.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  });
});

it("ends at the same tables from wherever it begins", () => {
  const ends = [1, 12, 20, steps.length].map((version) => {
    const sqlite = empty();
    apply(sqlite, steps.slice(0, version));
    apply(sqlite, steps.slice(version));
    return tablesOf(sqlite).map(({ sql }) => sql);
  });
  for (const end of ends) expect(end).toEqual(ends[0]);
});
