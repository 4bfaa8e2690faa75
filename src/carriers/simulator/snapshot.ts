/** The simulated network's memory as a whole, out of its storage and into it again. */

import type { Sql } from "./storage.ts";

/** Rows as lists of values, in the order of the columns. `rowid` is a column where other tables may go by it. */
export type Kept = Record<string, { columns: string[]; rows: (string | number | null)[][] }>;

/** All of it. */
export function keep(sql: Sql): Kept {
  return Object.fromEntries(
    tablesOf(sql).map(({ name, columns }) => {
      const rows = sql
        .exec<Record<string, string | number | null>>(`SELECT ${columns.join(", ")} FROM ${name}`)
        .toArray();
      return [name, { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) }];
    }),
  );
}

/** Which table of what is given is not as it is here; undefined if all are. */
export function misfit(sql: Sql, kept: Kept): string | undefined {
  const known = new Map(tablesOf(sql).map(({ name, columns }) => [name, JSON.stringify(columns)]));
  return Object.keys(kept).find((name) => known.get(name) !== JSON.stringify(kept[name]?.columns));
}

/** In place of all that is there. What `misfit` finds fault with must not be given. */
export function restore(sql: Sql, kept: Kept): void {
  for (const { name, columns } of tablesOf(sql)) {
    sql.exec(`DELETE FROM ${name}`);
    const places = columns.map(() => "?").join(", ");
    for (const row of kept[name]?.rows ?? []) {
      sql.exec(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${places})`, ...row);
    }
  }
}

/** Its tables, with their columns; the platform's own are none of them. */
function tablesOf(sql: Sql): { name: string; columns: string[] }[] {
  const tables = sql
    .exec<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
    )
    .toArray();
  return tables.map(({ name, sql: text }) => {
    const columns = sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${name}')`).toArray();
    const isNumbered = !/WITHOUT ROWID|INTEGER PRIMARY KEY/i.test(text);
    return { name, columns: [...(isNumbered ? ["rowid"] : []), ...columns.map((one) => one.name)] };
  });
}
