/** Inbound texts in D1. */

import { timePart } from "../core/ids.ts";
import type { Inbound, InboundId, InboundStore } from "../core/messages/inbound.ts";
import { pageOf, present } from "./rows.ts";

export function inboundStore(db: D1Database): InboundStore {
  return {
    async add(inbounds) {
      const { results } = await db
        .prepare(
          `INSERT INTO inbound (id, carrier, their_id, account_id, sender, recipient, text, received_at)
           SELECT value->>'id', value->>'carrier', value->>'theirId',
             (SELECT iif(count(*) = 1, min(account_id), NULL) FROM sender WHERE sender.sender = value->>'recipient'),
             value->>'sender', value->>'recipient', value->>'text', value->>'receivedAt'
           FROM json_each(?1) WHERE true
           ON CONFLICT DO NOTHING
           RETURNING *`,
        )
        .bind(JSON.stringify(inbounds))
        .all<Row>();
      return results.map(toInbound);
    },

    async forget(before, limit) {
      const { meta } = await db
        .prepare("DELETE FROM inbound WHERE id IN (SELECT id FROM inbound WHERE id < 'inb_' || ?1 LIMIT ?2)")
        .bind(timePart(before), limit)
        .run();
      return meta.changes;
    },

    async list(filter, page) {
      const { results } = await db
        .prepare(
          `SELECT * FROM inbound
           WHERE id >= 'inb_' || ?2 AND id < 'inb_' || ?3
             AND (?4 IS NULL OR account_id = ?4) AND (?5 IS NULL OR sender = ?5)
           ORDER BY id DESC LIMIT ?1`,
        )
        .bind(
          page.limit + 1,
          filter.since === undefined ? "" : timePart(filter.since),
          page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
          filter.account ?? null,
          filter.sender ?? null,
        )
        .all<Row>();
      return pageOf(results, page.limit, toInbound, (row) => row.id.slice("inb_".length));
    },
  };
}

type Row = {
  id: InboundId;
  carrier: string;
  their_id: string;
  account_id: string | null;
  sender: string;
  recipient: string;
  text: string;
  received_at: number;
};

function toInbound(row: Row): Inbound {
  return {
    id: row.id,
    carrier: row.carrier,
    theirId: row.their_id,
    sender: row.sender,
    recipient: row.recipient,
    text: row.text,
    receivedAt: row.received_at,
    ...present({ account: row.account_id }),
  };
}
