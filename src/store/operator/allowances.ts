/** What was used of the limits of a day, in D1. */

import type { Allowance, AllowanceStore } from "../../core/accounts/limits.ts";
import { ported, type Query } from "../query.ts";

export function allowanceStore(db: D1Database): AllowanceStore {
  return ported<AllowanceStore>(db, { take, giveBack, usedUp, forget });
}

/** The rows of ?3, each with what is used already. */
const WANTED = `(
  SELECT value->>'credential' AS credential_id, value->>'what' AS what, value->>'amount' AS amount, value->>'most' AS most
  FROM json_each(?3))`;
const OVER = `${WANTED} AS wanted
  LEFT JOIN allowance ON allowance.account_id = ?1 AND allowance.credential_id = wanted.credential_id
    AND allowance.what = wanted.what AND allowance.day = ?2
  WHERE coalesce(allowance.used, 0) + wanted.amount > wanted.most`;

/** One statement: of two that race for what is left, the second sees what the first took. */
const take: Query<AllowanceStore, "take"> = async (db, account, day, wanted) => {
  const { meta } = await db
    .prepare(
      `INSERT INTO allowance (account_id, credential_id, what, day, used)
       SELECT ?1, credential_id, what, ?2, amount FROM ${WANTED}
       WHERE NOT EXISTS (SELECT 1 FROM ${OVER})
       ON CONFLICT DO UPDATE SET used = used + excluded.used`,
    )
    .bind(account, day, JSON.stringify(wanted))
    .run();
  return meta.changes > 0;
};

const giveBack: Query<AllowanceStore, "giveBack"> = async (db, account, day, unused) => {
  await db
    .prepare(
      `UPDATE allowance SET used = max(0, allowance.used - wanted.amount)
       FROM ${WANTED} AS wanted
       WHERE allowance.account_id = ?1 AND allowance.day = ?2 AND allowance.credential_id = wanted.credential_id
         AND allowance.what = wanted.what`,
    )
    .bind(account, day, JSON.stringify(unused))
    .run();
};

const usedUp: Query<AllowanceStore, "usedUp"> = async (db, account, day, wanted) => {
  const { results } = await db
    .prepare(`SELECT wanted.credential_id AS credential, wanted.what, wanted.amount, wanted.most FROM ${OVER}`)
    .bind(account, day, JSON.stringify(wanted))
    .all<Allowance>();
  return results;
};

const forget: Query<AllowanceStore, "forget"> = async (db, before) => {
  await db.prepare("DELETE FROM allowance WHERE day < ?1").bind(before).run();
};
