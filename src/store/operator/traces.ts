/** Where messages and charges stand in a trace: it is in the first entry of their timeline, and nowhere where nothing is traced. */

import type { Traceparent } from "../../core/kernel/traces.ts";
import type { TraceStore } from "../../core/operator/traces.ts";
import { ported, type Query } from "../query.ts";

export function traceStore(db: D1Database): TraceStore {
  return ported<TraceStore>(db, { of });
}

const of: Query<TraceStore, "of"> = async (db, ids) => {
  const { results } = await db
    .prepare(
      `SELECT id, history->0->>'trace' AS trace FROM message
       WHERE id IN (SELECT value FROM json_each(?1)) AND history->0->>'trace' IS NOT NULL
       UNION ALL
       SELECT id, history->0->>'trace' AS trace FROM txn
       WHERE id IN (SELECT value FROM json_each(?1)) AND history->0->>'trace' IS NOT NULL`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string; trace: Traceparent }>();
  return new Map(results.map(({ id, trace }) => [id, trace]));
};
