/** Parts of long texts, in the SQLite of a Durable Object: each commits before anything that the object says is sent. */

import type { KeptPart, PartStore } from "../../core/messages/joining.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS part (
  key TEXT NOT NULL, number INTEGER NOT NULL, total INTEGER NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (key, number)
) WITHOUT ROWID`;

/** The table is made where it is not there: an object's storage has no migrations of its own. */
export function partStore(storage: SqlStorage): PartStore {
  let isMade = false;
  const exec: SqlStorage["exec"] = (query, ...bindings) => {
    if (!isMade) storage.exec(TABLE);
    isMade = true;
    return storage.exec(query, ...bindings);
  };
  return {
    of: (key) =>
      exec<KeptPart>("SELECT number, total, value, at FROM part WHERE key = ?1 ORDER BY number", key).toArray(),
    add(key, { number, total, value, at }) {
      exec(
        "INSERT INTO part (key, number, total, value, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        key,
        number,
        total,
        value,
        at,
      );
    },
    remove(key, parts) {
      for (const { number, value } of parts) {
        exec("DELETE FROM part WHERE key = ?1 AND number = ?2 AND value = ?3", key, number, value);
      }
    },
    setAside(key, to) {
      exec("UPDATE OR REPLACE part SET key = ?2 WHERE key = ?1", key, to);
    },
    overdue: (by, limit) =>
      exec<{ key: string }>(
        "SELECT key FROM part GROUP BY key HAVING min(at) <= ?1 ORDER BY min(at) LIMIT ?2",
        by,
        limit,
      )
        .toArray()
        .map(({ key }) => key),
    oldest: () => exec<{ at: number | null }>("SELECT min(at) AS at FROM part").one().at ?? undefined,
    count: () => exec<{ n: number }>("SELECT count(*) AS n FROM part").one().n,
  };
}
