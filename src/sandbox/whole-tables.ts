/** Whole tables out of a database and into it again: a sandbox as a file. */

/** A table's rows, as lists of values in the order of its columns. */
export type Table = { columns: string[]; rows: Value[][] };
export type Value = string | number | null;
export type Tables = Record<string, Table>;

/** So many characters of rows go with one statement: a parameter may not be much longer. */
const CHUNK = 500_000;

/** The name of the last step that the database has seen. */
export async function versionOf(db: D1Database): Promise<string> {
  return (await db.prepare("SELECT max(name) AS name FROM d1_migrations").first<string>("name")) ?? "";
}

/**
 * Reads tables at one moment.
 * @param most the most rows that are read of each
 * @returns undefined if a table has more
 */
export async function readTables(db: D1Database, names: readonly string[], most: number): Promise<Tables | undefined> {
  const read = await db.batch<Record<string, Value>>(
    names.map((name) => db.prepare(`SELECT * FROM ${name} LIMIT ${most + 1}`)),
  );
  const tables: Tables = {};
  for (const [index, name] of names.entries()) {
    const results = read[index]?.results ?? [];
    if (results.length > most) return undefined;
    const columns = Object.keys(results[0] ?? {});
    tables[name] = { columns, rows: results.map((row) => columns.map((column) => row[column] ?? null)) };
  }
  return tables;
}

/** The names of the columns that each table has. */
export async function columnsOf(db: D1Database, names: readonly string[]): Promise<Record<string, string[]>> {
  const read = await db.batch<{ name: string }>(
    names.map((name) => db.prepare("SELECT name FROM pragma_table_info(?1)").bind(name)),
  );
  return Object.fromEntries(names.map((name, index) => [name, (read[index]?.results ?? []).map((one) => one.name)]));
}

/**
 * Empties tables and fills them, all or nothing.
 * @param names in the order in which they may be emptied; their columns must be those that `columnsOf` tells
 * @param also what is written with them
 */
export async function replaceTables(
  db: D1Database,
  names: readonly string[],
  tables: Tables,
  also: readonly D1PreparedStatement[] = [],
): Promise<void> {
  await db.batch([
    db.prepare("PRAGMA defer_foreign_keys = on"),
    ...names.map((name) => db.prepare(`DELETE FROM ${name}`)),
    ...names.toReversed().flatMap((name) => inserts(db, name, tables[name] ?? { columns: [], rows: [] })),
    ...also,
  ]);
}

function inserts(db: D1Database, name: string, { columns, rows }: Table): D1PreparedStatement[] {
  const values = columns.map((_, index) => `json_extract(value, '$[${index}]')`);
  const sql = `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?1)`;
  return chunksOf(rows).map((chunk) => db.prepare(sql).bind(`[${chunk.join(",")}]`));
}

/** The rows as JSON, some at a time. */
function chunksOf(rows: readonly Value[][]): string[][] {
  const chunks: string[][] = [];
  let size = CHUNK;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (size + text.length > CHUNK) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(text);
    size += text.length;
  }
  return chunks;
}
