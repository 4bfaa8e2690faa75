/** When something must next be done about transactions, and which carriers bill. */

import type { TransactionStore } from "../../../core/billing/charges/store.ts";
import type { Query } from "../../query.ts";
import { routesOf } from "../../routes.ts";
import type { TransactionRow } from "./rows.ts";

export const postpone: Query<TransactionStore, "postpone"> = async (db, rows) => {
  await db
    .prepare(
      `UPDATE txn SET due_at = later.value->>'dueAt' FROM json_each(?1) AS later
       WHERE txn.id = later.value->>'id' AND txn.state = later.value->>'state'`,
    )
    .bind(JSON.stringify(rows))
    .run();
};

export const due: Query<TransactionStore, "due"> = async (db, by, limit, after) => {
  const { results } = await db
    .prepare(
      `SELECT id, state, due_at, expires_at, attempts, in_hand_until, is_stopped FROM txn
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4)
       ORDER BY due_at, id LIMIT ?2`,
    )
    .bind(by, limit, after?.dueAt ?? 0, after?.id ?? "")
    .all<
      Pick<TransactionRow, "id" | "state" | "due_at" | "expires_at" | "attempts"> & {
        in_hand_until: number | null;
        is_stopped: 0 | 1;
      }
    >();
  return results.map(({ id, state, due_at, expires_at, attempts, in_hand_until, is_stopped }) => ({
    id,
    state,
    ...(due_at === null ? {} : { dueAt: due_at }),
    expiresAt: expires_at,
    attempts,
    isStopped: is_stopped === 1,
    ...(in_hand_until === null ? {} : { inHandUntil: in_hand_until }),
  }));
};

export const routes: Query<TransactionStore, "routes"> = (db) => routesOf(db, "charge");
