/** The SQLite of a Durable Object, as far as our stores use it. */

import { DatabaseSync, type StatementSync } from "node:sqlite";

export function objectSql(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  /** Each is prepared once: that takes longer than to run it. */
  const prepared = new Map<string, StatementSync>();
  const exec = (query: string, ...bindings: (string | number)[]) => {
    const statement = prepared.get(query) ?? database.prepare(query);
    prepared.set(query, statement);
    const rows = statement.all(...bindings);
    return { toArray: () => rows, one: () => rows[0] };
  };
  return { exec } as unknown as SqlStorage;
}
