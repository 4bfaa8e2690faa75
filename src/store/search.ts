/** Finding things by an id, in D1: each question is answered by an index that is there for something else. */

import type { Found, SearchStore } from "../core/search.ts";

/** Where the ids of ours are kept, by how they begin. */
const OURS = {
  msg: { kind: "message", table: "message" },
  txn: { kind: "transaction", table: "txn" },
  sub: { kind: "subscription", table: "subscription" },
  whk: { kind: "webhook", table: "webhook" },
  inb: { kind: "inbound", table: "inbound" },
} as const;

/** @param dialects all in which a customer may have given an id */
export function searchStore(db: D1Database, dialects: readonly string[]): SearchStore {
  return {
    async byAnyId(id, limit) {
      const ours = OURS[id.slice(0, 3) as keyof typeof OURS];
      if (ours && id[3] === "_") {
        const { results } = await db
          .prepare(`SELECT '${ours.kind}' AS kind, id FROM ${ours.table} WHERE id = ?1`)
          .bind(id)
          .all<Found>();
        // It may be an id of theirs that looks like one of ours.
        if (results.length > 0) return results;
      }
      const { results } = await db.prepare(BY_THEIR_ID).bind(id, JSON.stringify(dialects), limit).all<Found>();
      return results;
    },
  };
}

/** An id of theirs is looked for in each account, and in each of its dialects: as often as there are such pairs. */
const BY_THEIR_ID = `
  SELECT kind, id FROM (
    SELECT 'message' AS kind, message.id FROM account CROSS JOIN json_each(?2) AS spoken CROSS JOIN message
    WHERE message.account_id = account.id AND message.dialect = spoken.value AND message.their_id = ?1
    UNION ALL
    SELECT 'transaction', txn.id FROM account CROSS JOIN txn
    WHERE txn.account_id = account.id AND txn.their_id = ?1
    UNION ALL
    SELECT 'inbound', inbound.id FROM inbound WHERE inbound.their_id = ?1)
  LIMIT ?3`;
