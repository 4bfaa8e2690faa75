/** Finding things by an id, in D1: each question is answered by an index that is there for something else. */

import { present } from "../../core/kernel/present.ts";
import type { Found, SearchStore } from "../../core/operator/search.ts";

/** Where the ids of ours are kept, by how they begin. */
const OURS = {
  msg: { kind: "message", table: "message", person: "recipient", seal: "seal" },
  txn: { kind: "transaction", table: "txn", person: "recipient", seal: "NULL" },
  sub: { kind: "subscription", table: "subscription", person: "recipient", seal: "NULL" },
  whk: { kind: "webhook", table: "webhook", person: "NULL", seal: "NULL" },
  inb: { kind: "inbound", table: "inbound", person: "sender", seal: "NULL" },
} as const;

/** @param dialects all in which a customer may have given an id */
export function searchStore(db: D1Database, dialects: readonly string[]): SearchStore {
  return {
    async byAnyId(id, limit) {
      const ours = OURS[id.slice(0, 3) as keyof typeof OURS];
      if (ours && id[3] === "_") {
        const { results } = await db
          .prepare(
            `SELECT '${ours.kind}' AS kind, id, ${ours.person} AS person, ${ours.seal} AS seal FROM ${ours.table} WHERE id = ?1`,
          )
          .bind(id)
          .all<FoundRow>();
        // Else it may be an id of theirs that looks like one of ours.
        if (results.length > 0) return results.map(toFound);
      }
      const { results } = await db.prepare(BY_THEIR_ID).bind(id, JSON.stringify(dialects), limit).all<FoundRow>();
      return results.map(toFound);
    },
  };
}

type FoundRow = { kind: Found["kind"]; id: string; person: string | null };

function toFound({ kind, id, person }: FoundRow): Found {
  return { kind, id, ...present({ person }) };
}

/** An id of theirs is looked for in each account, and in each of its dialects: as often as there are such pairs. */
const BY_THEIR_ID = `
  SELECT kind, id, person, seal FROM (
    SELECT 'message' AS kind, message.id, message.recipient AS person, message.seal FROM account CROSS JOIN json_each(?2) AS spoken CROSS JOIN message
    WHERE message.account_id = account.id AND message.dialect = spoken.value AND message.their_id = ?1
    UNION ALL
    SELECT 'transaction', txn.id, txn.recipient, NULL FROM account CROSS JOIN txn
    WHERE txn.account_id = account.id AND txn.their_id = ?1
    UNION ALL
    SELECT 'inbound', inbound.id, inbound.sender, NULL FROM inbound WHERE inbound.their_id = ?1)
  LIMIT ?3`;
