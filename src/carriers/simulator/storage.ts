/** Where the network's memory is kept: the SQLite of a Durable Object, or of a test. */

type Row = Record<string, SqlStorageValue>;

export type Sql = {
  exec<T extends Row>(sql: string, ...bound: (string | number | null)[]): { toArray(): T[] };
};

export function one<T extends Row>(sql: Sql, text: string, ...bound: (string | number | null)[]): T | undefined {
  return sql.exec<T>(text, ...bound).toArray()[0];
}
