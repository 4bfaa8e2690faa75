/** Rows of many tables that no other row needs: forgotten in one round trip, since in most minutes there are few or none of any. */

import type { ShortLivedStore } from "../core/tidy.ts";
import { ported, type Query } from "./query.ts";

const forget: Query<ShortLivedStore, "forget"> = async (db, before) => {
  const once = (sql: string, at: number | string) => db.prepare(sql).bind(at);
  await db.batch([
    once("DELETE FROM session WHERE expires_at <= ?1", before.sessions),
    once("UPDATE approval SET state = 'expired' WHERE state = 'waiting' AND expires_at <= ?1", before.approvals),
    once("DELETE FROM approval WHERE state <> 'waiting' AND expires_at < ?1", before.decided),
    // As long as its message is known, a request for the same code has the same answer.
    once(
      "DELETE FROM pin WHERE created_at < ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = pin.message_id)",
      before.pins,
    ),
    once("DELETE FROM pin_budget WHERE hour < ?1", before.pinBudgets),
    once("DELETE FROM inbound_part WHERE is_joined = 1 AND received_at < ?1", before.joinedParts),
    once("DELETE FROM allowance WHERE day < ?1", before.allowances),
    once("DELETE FROM code_count WHERE at < ?1", before.codes),
    once("DELETE FROM code_text WHERE at < ?1", before.codes),
    once("DELETE FROM code_area WHERE changed_at < ?1 AND coalesce(blocked_until, 0) < ?1", before.codes),
    once("DELETE FROM carrier_answer WHERE minute < ?1", before.carrierAnswers),
  ]);
};

export const shortLivedStore = (db: D1Database): ShortLivedStore => ported<ShortLivedStore>(db, { forget });
