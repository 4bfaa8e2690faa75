/** What was used of the limits of a day, in D1. */

import {
  type Allowance,
  type AllowanceStore,
  NEAR,
  type NotifiedLimit,
  type Used,
} from "../../core/accounts/limits.ts";
import type { WebhookId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { LimitFacts } from "../../core/webhooks/events.ts";
import { eventStatements, factsOf, stemAt, tell } from "../messaging/webhooks/told.ts";
import { ported, type Query } from "../query.ts";
import { idsOf } from "../rows.ts";

export function allowanceStore(db: D1Database): AllowanceStore {
  return ported<AllowanceStore>(db, { take, recordFindings, listNotified, giveBack, list, usedUp });
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
  const given = [account, day, JSON.stringify(wanted)] as const;
  const [taken, seen] = await db.batch([
    db
      .prepare(
        `INSERT INTO allowance (account_id, credential_id, what, day, used)
         SELECT ?1, credential_id, what, ?2, amount FROM ${WANTED}
         WHERE NOT EXISTS (SELECT 1 FROM ${OVER})
         ON CONFLICT DO UPDATE SET used = used + excluded.used`,
      )
      .bind(...given),
    db
      .prepare(
        `SELECT value->>'credential' AS credential, value->>'what' AS what, coalesce(allowance.used, 0) AS used,
           allowance.near_at, allowance.reached_at
         FROM json_each(?3) LEFT JOIN allowance ON allowance.account_id = ?1 AND allowance.credential_id = value->>'credential'
           AND allowance.what = value->>'what' AND allowance.day = ?2
         ORDER BY json_each.key`,
      )
      .bind(...given),
  ]);
  return { isTaken: (taken?.meta.changes ?? 0) > 0, used: ((seen?.results ?? []) as UsedRow[]).map(toUsed) };
};

/** What is new of the findings of ?3, on the day ?2. */
const FOUND = `(
  SELECT key AS place, value->>'credential' AS credential_id, value->>'what' AS what, value->>'step' AS step,
    value->>'most' AS most, value->>'isRefused' AS is_refused
  FROM json_each(?3)) AS found
  LEFT JOIN allowance ON allowance.account_id = ?1 AND allowance.credential_id = found.credential_id
    AND allowance.what = found.what AND allowance.day = ?2`;
const IS_NEW = "allowance.reached_at IS NULL AND (found.step = 'reached' OR allowance.near_at IS NULL)";
/** Something may have been given back since it was found. */
const IS_TRUE = `(found.is_refused OR 100 * allowance.used >= iif(found.step = 'reached', 100, ${NEAR}) * found.most)`;

const LIMIT_EVENTS = tell({
  account: "?1",
  type: "'limit.' || found.step",
  at: "?4",
  stem: stemAt("?4", "?1"),
  data: factsOf<LimitFacts>({
    limit: "iif(found.what = 'messages', 'messagesPerDay', 'spendPerDay')",
    currency: "nullif(found.what, 'messages')",
    credential: "nullif(found.credential_id, '')",
    used: "coalesce(allowance.used, 0)",
    most: "found.most",
    day: "?2",
    untilAt: "?5",
    at: "?4",
  }),
  from: FOUND,
  where: `${IS_NEW} AND ${IS_TRUE}`,
  order: "found.place",
});

const recordFindings: Query<AllowanceStore, "recordFindings"> = async (db, account, day, findings, { at, untilAt }) => {
  const given = [account, day, JSON.stringify(findings), at] as const;
  const [owed, , recorded] = await db.batch([
    ...eventStatements(db, LIMIT_EVENTS, ...given, untilAt),
    db
      .prepare(
        `INSERT INTO allowance (account_id, credential_id, what, day, used, near_at, reached_at)
         SELECT ?1, found.credential_id, found.what, ?2, 0, iif(found.step = 'near', ?4, NULL), iif(found.step = 'reached', ?4, NULL)
         FROM ${FOUND} WHERE ${IS_NEW} AND ${IS_TRUE}
         ON CONFLICT DO UPDATE SET near_at = coalesce(near_at, excluded.near_at), reached_at = coalesce(reached_at, excluded.reached_at)
         RETURNING credential_id AS credential, what`,
      )
      .bind(...given),
  ]);
  return {
    recorded: (recorded?.results ?? []) as Pick<Used, "credential" | "what">[],
    owed: idsOf(owed) as WebhookId[],
  };
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

const list: Query<AllowanceStore, "list"> = async (db, account, day) => {
  const { results } = await db
    .prepare(
      `SELECT credential_id AS credential, what, used, near_at, reached_at FROM allowance
       WHERE account_id = ?1 AND day = ?2 ORDER BY credential_id, what`,
    )
    .bind(account, day)
    .all<UsedRow>();
  return results.map(toUsed);
};

const listNotified: Query<AllowanceStore, "listNotified"> = async (db, from, limit, account) => {
  const { results } = await db
    .prepare(
      `SELECT account_id AS account, credential_id AS credential, what, day, used, near_at, reached_at,
         account.settings->>'timeZone' AS time_zone
       FROM allowance JOIN account ON account.id = allowance.account_id
       WHERE allowance.day >= ?1 AND coalesce(allowance.reached_at, allowance.near_at) IS NOT NULL
         AND (?3 IS NULL OR allowance.account_id = ?3)
       ORDER BY coalesce(allowance.reached_at, allowance.near_at) DESC LIMIT ?2`,
    )
    .bind(from, limit, account ?? null)
    .all<UsedRow & Pick<NotifiedLimit, "account" | "day"> & { time_zone: string | null }>();
  return results.map(({ time_zone: timeZone, ...row }) => ({ ...toUsed(row), ...present({ timeZone }) }));
};

type UsedRow = Pick<Used, "credential" | "what" | "used"> & { near_at: number | null; reached_at: number | null };

function toUsed<Row extends UsedRow>({ near_at: nearAt, reached_at: reachedAt, ...row }: Row) {
  return { ...row, ...present({ nearAt, reachedAt }) };
}

const usedUp: Query<AllowanceStore, "usedUp"> = async (db, account, day, wanted) => {
  const { results } = await db
    .prepare(`SELECT wanted.credential_id AS credential, wanted.what, wanted.amount, wanted.most FROM ${OVER}`)
    .bind(account, day, JSON.stringify(wanted))
    .all<Allowance>();
  return results;
};
