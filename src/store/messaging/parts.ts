/** Parts of long texts, in the SQLite of a Durable Object: each commits before anything that the object says is sent. */

import type { KeptPart, PartStore } from "../../core/messages/joining.ts";

const COLUMNS = `key TEXT NOT NULL, number INTEGER NOT NULL, total INTEGER NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (key, number)`;
const TABLES = [
  `CREATE TABLE IF NOT EXISTS part (${COLUMNS}) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS part_at ON part (at)",
  `CREATE TABLE IF NOT EXISTS finished (${COLUMNS}) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS finished_at ON finished (at)",
];

/** The tables are made where they are not there: an object's storage has no migrations of its own. */
export function partStore(storage: SqlStorage): PartStore {
  let isMade = false;
  const exec: SqlStorage["exec"] = (query, ...bindings) => {
    if (!isMade) for (const table of TABLES) storage.exec(table);
    isMade = true;
    return storage.exec(query, ...bindings);
  };
  /** How many there are: counted once, and kept up from then on. */
  let count: number | undefined;
  const remove = (key: string, { number, value }: KeptPart) => {
    const gone = exec(
      "DELETE FROM part WHERE key = ?1 AND number = ?2 AND value = ?3 RETURNING number",
      key,
      number,
      value,
    );
    const removed = gone.toArray().length;
    if (count !== undefined) count -= removed;
  };
  return {
    remove,
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
      if (count !== undefined) count += 1;
    },
    finish(key, parts, to = key) {
      for (const part of parts) {
        remove(key, part);
        const { number, total, value, at } = part;
        const remembered =
          "INSERT OR REPLACE INTO finished (key, number, total, value, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        exec(remembered, to, number, total, value, at);
      }
    },
    finished: (key, number) =>
      exec<KeptPart>("SELECT number, total, value, at FROM finished WHERE key = ?1 AND number = ?2", key, number)
        .toArray()
        .at(0),
    forget(before) {
      exec("DELETE FROM finished WHERE at < ?1", before);
    },
    setAside(key, to) {
      exec("UPDATE OR REPLACE part SET key = ?2 WHERE key = ?1", key, to);
      count = undefined; // it may have taken another's place
    },
    overdue: (by, limit) =>
      exec<{ key: string }>(
        "SELECT key, min(at) AS at FROM part WHERE at <= ?1 GROUP BY key ORDER BY min(at) LIMIT ?2",
        by,
        limit,
      )
        .toArray()
        .map(({ key }) => key),
    oldest: () => exec<{ at: number | null }>("SELECT min(at) AS at FROM part").one().at ?? undefined,
    oldestFinished: () => exec<{ at: number | null }>("SELECT min(at) AS at FROM finished").one().at ?? undefined,
    count() {
      count ??= exec<{ n: number }>("SELECT count(*) AS n FROM part").one().n;
      return count;
    },
  };
}
