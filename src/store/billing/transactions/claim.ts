/** Claiming transactions that are due: won once, with what their person was charged before. */

import type { ClaimTimes, Routed, TransactionStore } from "../../../core/billing/charges/store.ts";
import type { TransactionId } from "../../../core/kernel/ids.ts";
import { timePart } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type { Query } from "../../query.ts";
import { routesIn, selectRoutes } from "../../routes.ts";
import { rowsOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";
import { CONTEXT, type ContextRow, contextsOf } from "./contexts.ts";

export const toClaim: Query<TransactionStore, "toClaim"> = async (db, ids, now) => {
  const list = JSON.stringify(ids);
  const [routes, ready, counted] = await db.batch([
    selectRoutes(db, "charge"),
    db
      .prepare(
        `SELECT txn.id, txn.account_id AS account, txn.kind, txn.recipient,
           iif(txn.one_time_password IS NULL, original.carrier, txn.carrier) AS boundTo
         FROM json_each(?1) AS wanted CROSS JOIN txn LEFT JOIN txn AS original ON original.id = txn.reverses
         WHERE txn.id = wanted.value AND +txn.state = 'ready'`,
      )
      .bind(list),
    db
      .prepare(
        `SELECT txn.id, max(?2, txn.due_at) AS at, account.settings->>'timeZone' AS zone
         FROM json_each(?1) AS wanted CROSS JOIN txn JOIN account ON account.id = txn.account_id
         WHERE txn.id = wanted.value AND txn.due_at IS NOT NULL AND account.settings->'caps' IS NOT NULL
           AND (account.settings->>'timeZone' IS NOT NULL OR txn.due_at > ?2)`,
      )
      .bind(list, now),
  ]);
  return {
    routes: routesIn(routes),
    ready: rowsOf<RoutedRow>(ready).map(({ recipient, boundTo, ...row }) => ({
      ...row,
      ...present({ recipient, boundTo }),
    })),
    counted: rowsOf<CountedRow>(counted).map(({ zone, ...row }) => ({ ...row, ...present({ timeZone: zone }) })),
  };
};

type RoutedRow = Pick<Routed, "id" | "account" | "kind"> & { recipient: string | null; boundTo: string | null };
type CountedRow = { id: TransactionId; at: number; zone: string | null };

/**
 * At most one charge of a person and account is claimed at a time, so that the sums for the caps are known when the next is
 * claimed; all in one transaction, so that two claims never count without each other. The carrier that is going to be asked is
 * written here, before it is: should the process die, it is known who may have the charge, and only its word counts.
 */
export async function claim(
  db: D1Database,
  ids: readonly TransactionId[],
  { now, lease, inHandUntil, day, month, dueBy = now, own = [], carriers = [] }: ClaimTimes,
): ReturnType<TransactionStore["claim"]> {
  const list = JSON.stringify(ids);
  const calendars = JSON.stringify(own.map((one) => ({ ...one, from: timePart(one.month - LONGEST_WAIT_MS) })));
  const ofOwn = (what: string, otherwise: string) =>
    `coalesce((SELECT value->>'${what}' FROM json_each(?7) WHERE value->>'id' = txn.id), ${otherwise})`;
  const spent = (since: string) => `
    (SELECT coalesce(sum(before.amount), 0) FROM txn AS before
     WHERE before.recipient = txn.recipient AND before.id >= substr(txn.id, 1, 10) || ${ofOwn("from", "?6")}
       AND before.account_id = txn.account_id AND before.id <> txn.id AND before.currency = txn.currency
       AND before.kind = 'charge' AND before.state IN ('charging', 'sent', 'unknown', 'billed')
       AND before.charged_at >= ${since})`;
  const [ours, claimed] = await db.batch<
    ContextRow & { settings: string; has_stopped: 0 | 1; today: number; this_month: number }
  >([
    db
      .prepare(
        `UPDATE txn
         SET state = 'charging', due_at = max(?2, due_at) + ?3, attempts = attempts + 1, changed_at = max(?2, due_at),
             charged_at = max(?2, due_at), in_hand_until = ?4,
             carrier = coalesce((SELECT nullif(value->>'carrier', '') FROM json_each(?6) WHERE value->>'id' = txn.id),
               iif(one_time_password IS NULL, NULL, carrier)),
             history = ${append(entry("claimed", { at: "max(?2, due_at)", attempt: "attempts + 1" }))}
         WHERE id IN (
           SELECT min(due.id) FROM json_each(?1) AS wanted JOIN txn AS due ON due.id = wanted.value
           WHERE due.state = 'ready' AND due.is_stopped = 0 AND due.due_at <= ?5 AND due.expires_at > max(?2, due.due_at)
           GROUP BY due.account_id, due.recipient)
         RETURNING id`,
      )
      .bind(list, now, lease - now, inHandUntil, dueBy, JSON.stringify(carriers)),
    db
      .prepare(
        `SELECT txn.*, account.settings AS settings, ${CONTEXT},
           txn.makes_consent = 0 AND EXISTS (
             SELECT 1 FROM consent
             WHERE consent.account_id = txn.account_id AND consent.recipient = txn.recipient
               AND consent.merchant_id = txn.merchant_id AND consent.service_id = txn.consent
               AND consent.ended_by = 'person' AND consent.changed_at >= txn.accepted_at - ${CLOCKS_APART_MS}) AS has_stopped,
           iif(account.settings->'caps' IS NULL, 0, ${spent(ofOwn("day", "?4"))}) AS today,
           iif(account.settings->'caps' IS NULL, 0, ${spent(ofOwn("month", "?5"))}) AS this_month
         FROM txn JOIN account ON account.id = txn.account_id
         WHERE txn.id IN (SELECT value FROM json_each(?1)) AND txn.state = 'charging'
           AND txn.charged_at >= ?2 AND txn.due_at = txn.charged_at + ?3`,
      )
      .bind(list, now, lease - now, day, month, timePart(month - LONGEST_WAIT_MS), calendars),
  ]);
  // Another claim of the same moment looks just like this one: only what the update returned is ours.
  const won = new Set((ours?.results ?? []).map(({ id }) => id));
  const rows = (claimed?.results ?? []).filter(({ id }) => won.has(id));
  const toContext = await contextsOf(db, rows);
  return rows.map((row) => ({
    ...toContext(row),
    settings: JSON.parse(row.settings),
    hasStopped: row.has_stopped === 1,
    spentToday: row.today,
    spentThisMonth: row.this_month,
  }));
}

/**
 * How far the clock of the process that received a STOP may be behind that of the process that accepted the charge. A charge that
 * was accepted so soon after a STOP counts as accepted before it.
 */
const CLOCKS_APART_MS = 60_000;

/** A charge made this month was accepted this month, or waited for its person at most this long before it. */
const LONGEST_WAIT_MS = 32 * 86_400_000;
