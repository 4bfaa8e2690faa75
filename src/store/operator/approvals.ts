/** What waits for a second operator, in D1. */

import { present } from "../../core/kernel/present.ts";
import type { Approval, ApprovalId, ApprovalState, ApprovalStore } from "../../core/operator/approvals.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

type Row = {
  id: ApprovalId;
  state: ApprovalState;
  action: string;
  method: string;
  path: string;
  sealed: string;
  shown: string | null;
  why: string;
  asked_by: string;
  asked_name: string;
  asked_at: number;
  expires_at: number;
  decided_by: string | null;
  decided_name: string | null;
  decided_at: number | null;
  status: number | null;
};

export function approvalStore(db: D1Database): ApprovalStore {
  return ported<ApprovalStore>(db, { add, byId, list, decide, note });
}

const add: Query<ApprovalStore, "add"> = async (db, approval) => {
  const { id, state, action, method, path, sealed, shown, why, askedBy, askedName, askedAt, expiresAt } = approval;
  await db
    .prepare(
      `INSERT INTO approval (id, state, action, method, path, sealed, shown, why, asked_by, asked_name, asked_at, expires_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
    )
    .bind(id, state, action, method, path, sealed, shown ?? null, why, askedBy, askedName, askedAt, expiresAt)
    .run();
};

const byId: Query<ApprovalStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM approval WHERE id = ?1").bind(id).first<Row>();
  return row ? toApproval(row) : undefined;
};

const list: Query<ApprovalStore, "list"> = async (db, state, { limit, cursor }) => {
  const [at, id] = cursor === undefined ? [null, ""] : [Number(cursor.split(" ")[0]), cursor.split(" ")[1] ?? ""];
  const { results } = await db
    .prepare(
      `SELECT * FROM approval WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR (asked_at, id) < (?2, ?3))
       ORDER BY asked_at DESC, id DESC LIMIT ?4`,
    )
    .bind(state ?? null, at, id, limit + 1)
    .all<Row>();
  return pageOf(results, limit, toApproval, (row) => `${row.asked_at} ${row.id}`);
};

/** What holds of the tokens is checked in the same statement as the state: one may be withdrawn at the same moment. */
const OF_TWO_HANDS = `
  (asked_by = 'setting' OR EXISTS (
    SELECT 1 FROM token WHERE token.id = asked_by AND (token.expires_at IS NULL OR token.expires_at > ?5) AND token.made_by IS NOT ?3))
  AND NOT EXISTS (SELECT 1 FROM token WHERE token.id = ?3 AND token.made_by = asked_by)`;

/** One statement: of two who decide at once, the second finds it decided. */
const decide: Query<ApprovalStore, "decide"> = async (db, id, { state, by, name, at }, begunBefore) => {
  const { meta } = await db
    .prepare(
      `UPDATE approval SET state = ?2, decided_by = ?3, decided_name = ?4, decided_at = ?5
       WHERE id = ?1 AND asked_by <> ?3 AND expires_at > ?5 AND ${OF_TWO_HANDS}
         AND (state = 'waiting'
           OR (state = 'approved' AND ?2 = 'approved' AND status IS NULL AND decided_at < ?6))`,
    )
    .bind(id, state, by, name, at, begunBefore)
    .run();
  return meta.changes > 0;
};

const note: Query<ApprovalStore, "note"> = async (db, id, status) => {
  await db.prepare("UPDATE approval SET status = ?2 WHERE id = ?1").bind(id, status).run();
};

function toApproval(row: Row): Approval {
  return {
    id: row.id,
    state: row.state,
    action: row.action,
    method: row.method,
    path: row.path,
    sealed: row.sealed,
    why: row.why,
    askedBy: row.asked_by,
    askedName: row.asked_name,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    ...present({
      shown: row.shown,
      decidedBy: row.decided_by,
      decidedName: row.decided_name,
      decidedAt: row.decided_at,
      status: row.status,
    }),
  };
}
