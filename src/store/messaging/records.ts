/** Messages and inbound texts in one list, newest first. Ids begin with the time, so both are read off in their order. */

import { accountPart, timePart } from "../../core/kernel/ids.ts";
import type { RecordStore, Sent } from "../../core/messages/records.ts";
import { type InboundRow, toInbound } from "./inbound-rows.ts";
import { type MessageRow, toMessage } from "./messages/rows.ts";

export function recordStore(db: D1Database): RecordStore {
  return {
    async records({ account, accountNumber, dialect, inboundAt, from, to }, { limit, offset }) {
      const prefix = `msg_${accountPart(accountNumber)}`;
      const page = db
        .prepare(
          `SELECT id FROM (
             SELECT * FROM (
               SELECT id, substr(id, 11) AS at FROM message
               WHERE id >= ?1 AND id < ?2 AND dialect = ?3 ORDER BY id DESC LIMIT ?7 + ?8)
             UNION ALL
             SELECT * FROM (
               SELECT id, substr(id, 5) AS at FROM inbound
               WHERE account_id = ?4 AND id >= ?5 AND id < ?6${inboundAt === "long-numbers" ? " AND recipient LIKE '+%'" : ""}
               ORDER BY id DESC LIMIT ?7 + ?8))
           ORDER BY at DESC LIMIT ?7 OFFSET ?8`,
        )
        .bind(
          prefix + timePart(from),
          prefix + timePart(to),
          dialect,
          account,
          `inb_${timePart(from)}`,
          `inb_${timePart(to)}`,
          limit,
          offset,
        );
      const ids = (await page.all<{ id: string }>()).results.map(({ id }) => id);
      if (ids.length === 0) return [];
      const list = JSON.stringify(ids);
      const [messages, inbounds] = await db.batch([
        db.prepare("SELECT * FROM message WHERE id IN (SELECT value FROM json_each(?1))").bind(list),
        db.prepare("SELECT * FROM inbound WHERE id IN (SELECT value FROM json_each(?1))").bind(list),
      ]);
      const found = new Map<string, Sent>([
        ...((messages?.results ?? []) as MessageRow[]).map(
          (row) => [row.id, { direction: "out", message: toMessage(row) }] as const,
        ),
        ...((inbounds?.results ?? []) as InboundRow[]).map(
          (row) => [row.id, { direction: "in", inbound: toInbound(row) }] as const,
        ),
      ]);
      return ids.flatMap((id) => found.get(id) ?? []);
    },
  };
}
