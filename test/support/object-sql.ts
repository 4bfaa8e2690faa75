/** The SQLite of a Durable Object, as far as our stores use it. */

import { DatabaseSync } from "node:sqlite";

export function objectSql(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  const exec = (query: string, ...bindings: (string | number)[]) => {
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows, one: () => rows[0] };
  };
  return { exec } as unknown as SqlStorage;
}
