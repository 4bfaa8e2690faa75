/** What happened how often, in D1. */

import type { Count, Counted, CountStore } from "../../core/operator/counts.ts";
import { ported, type Query } from "../query.ts";

export function countStore(db: D1Database): CountStore {
  return ported<CountStore>(db, { add, all });
}

const add: Query<CountStore, "add"> = async (db, counts) => {
  const rows = counts.map(({ labels, ...count }) => ({ ...count, labels: JSON.stringify(labels) }));
  await db
    .prepare(
      `INSERT INTO event_count (name, labels, count)
       SELECT value->>'name', value->>'labels', value->>'count' FROM json_each(?1) WHERE true
       ON CONFLICT (name, labels) DO UPDATE SET count = count + excluded.count`,
    )
    .bind(JSON.stringify(rows))
    .run();
};

const all: Query<CountStore, "all"> = async (db) => {
  const { results } = await db
    .prepare("SELECT name, labels, count FROM event_count ORDER BY name, labels")
    .all<{ name: Counted; labels: string; count: number }>();
  return results.map(({ labels, ...count }): Count => ({ ...count, labels: JSON.parse(labels) }));
};
