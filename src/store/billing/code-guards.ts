/** Codes sent and confirmed, by the areas that they went to, in D1. */

import { BUCKET_MS, type CodeArea, type CodeGuardStore, type Finding } from "../../core/billing/codes/code-guard.ts";
import type { WebhookId } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import type { CodeAreaFacts } from "../../core/webhooks/events.ts";
import { eventStatements, factsOf, stemAt, tell } from "../messaging/webhooks/told.ts";
import { ported, type Query } from "../query.ts";
import { idsOf } from "../rows.ts";

export function codeGuardStore(db: D1Database): CodeGuardStore {
  return ported<CodeGuardStore>(db, { send, count, confirmText, raise, list, open });
}

/**
 * How areas stand. ?1 is the account; counted is since ?3, and since the end of a block. ?4: what was sent before is settled.
 * @param areas SQL: rows of `value`
 */
const sightOf = (areas: string) => `
  SELECT asked.value AS area, coalesce(sum(code_count.sent), 0) AS sent, coalesce(sum(code_count.confirmed), 0) AS confirmed,
    coalesce(sum(iif(code_count.at < ?4, code_count.sent, 0)), 0) AS settled, code_area.alarmed_at, code_area.blocked_until,
    code_area.reason
  FROM ${areas} AS asked
  LEFT JOIN code_area ON code_area.account_id = ?1 AND code_area.area = asked.value
  LEFT JOIN code_count ON code_count.account_id = ?1 AND code_count.area = asked.value
    AND code_count.at >= max(?3, coalesce(code_area.blocked_until, 0))
  GROUP BY asked.value`;

/** Whether a code may go to the areas of ?2: none is blocked, and the first has some of its budget (?5) left. */
const MAY_GO = `NOT EXISTS (
    SELECT 1 FROM json_each(?2) AS asked JOIN code_area ON code_area.account_id = ?1 AND code_area.area = asked.value
    WHERE code_area.blocked_until > ?4)
  AND (?5 IS NULL OR ?5 > coalesce((
    SELECT sum(before.sent) FROM code_count AS before
    WHERE before.account_id = ?1 AND before.area = ?2->>0 AND before.at >= max(?6, coalesce((
      SELECT blocked_until FROM code_area WHERE code_area.account_id = ?1 AND code_area.area = ?2->>0), 0))), 0))`;

/** Runs before the count, because after it the budget could look used up. */
const REMEMBER = `
  INSERT INTO code_text (message_id, account_id, areas, at)
  SELECT ?7, ?1, ?2, ?4 WHERE ${MAY_GO}
  ON CONFLICT DO NOTHING`;

/** One statement for the budget and the count: of two that race for the last, the second sees what the first took. */
const send: Query<CodeGuardStore, "send"> = async (db, account, areas, looking) => {
  const { now, from, settledBefore, at, budget, text } = looking;
  const asked = JSON.stringify(areas);
  const given = [account, asked, at, now, budget ?? null, from] as const;
  const remembered = text === undefined ? [] : [db.prepare(REMEMBER).bind(...given, text)];
  const results = await db.batch([
    ...remembered,
    db
      .prepare(
        `INSERT INTO code_count (account_id, area, at, sent, confirmed)
         SELECT ?1, value, ?3, 1, 0 FROM json_each(?2) WHERE ${MAY_GO}
         ON CONFLICT DO UPDATE SET sent = sent + 1`,
      )
      .bind(...given),
    db.prepare(sightOf("json_each(?2)")).bind(account, asked, from, settledBefore),
  ]);
  const [counted, seen] = results.slice(remembered.length);
  const byArea = new Map((seen?.results as AreaRow[] | undefined)?.map((row) => [row.area, toArea(row)]));
  return { isCounted: (counted?.meta.changes ?? 0) > 0, areas: areas.flatMap((area) => byArea.get(area) ?? []) };
};

const count: Query<CodeGuardStore, "count"> = async (db, account, areas, at, what, text) => {
  const [sent, confirmed] = what === "confirmed" ? [0, 1] : [-1, 0];
  await db.batch([
    db
      .prepare(
        `INSERT INTO code_count (account_id, area, at, sent, confirmed)
         SELECT ?1, value, ?3, max(0, ?4), ?5 FROM json_each(?2) WHERE true
         ON CONFLICT DO UPDATE SET sent = max(0, sent + ?4), confirmed = confirmed + ?5`,
      )
      .bind(account, JSON.stringify(areas), at, sent, confirmed),
    ...(text === undefined ? [] : [db.prepare("DELETE FROM code_text WHERE message_id = ?1").bind(text)]),
  ]);
};

/** The count first: it sees whether the text was confirmed before. */
const confirmText: Query<CodeGuardStore, "confirmText"> = async (db, text, { now, at }) => {
  const [, , seen] = await db.batch([
    db
      .prepare(
        `INSERT INTO code_count (account_id, area, at, sent, confirmed)
         SELECT code_text.account_id, area.value, ?2, 0, 1 FROM code_text, json_each(code_text.areas) AS area
         WHERE code_text.message_id = ?1 AND code_text.confirmed_at IS NULL
         ON CONFLICT DO UPDATE SET confirmed = confirmed + 1`,
      )
      .bind(text, at),
    db.prepare("UPDATE code_text SET confirmed_at = ?2 WHERE message_id = ?1 AND confirmed_at IS NULL").bind(text, now),
    db.prepare("SELECT confirmed_at FROM code_text WHERE message_id = ?1").bind(text),
  ]);
  return (seen?.results as { confirmed_at: number }[] | undefined)?.[0]?.confirmed_at;
};

/** What is new of the findings of ?2. ?3 is now; an alarm before ?4 is over. */
const FOUND = `(
  SELECT value->>'area' AS area, value->>'reason' AS reason, value->>'sent' AS sent, value->>'confirmed' AS confirmed,
    value->>'blockedUntil' AS blocked_until
  FROM json_each(?2)) AS found
  LEFT JOIN code_area ON code_area.account_id = ?1 AND code_area.area = found.area`;
const IS_NEW = `coalesce(code_area.blocked_until, 0) <= ?3
  AND (found.blocked_until IS NOT NULL OR coalesce(code_area.alarmed_at, 0) <= ?4)`;

const TELL = tell({
  account: "?1",
  type: "iif(found.blocked_until IS NULL, 'codes.suspicious', 'codes.blocked')",
  at: "?3",
  stem: stemAt("?3", "?1"),
  data: factsOf<CodeAreaFacts>({
    area: "found.area",
    reason: "found.reason",
    sent: "found.sent",
    confirmed: "found.confirmed",
    untilAt: "found.blocked_until",
    at: "?3",
  }),
  from: FOUND,
  where: IS_NEW,
  order: "found.area",
});

const raise: Query<CodeGuardStore, "raise"> = async (db, account, findings: readonly Finding[], { now, from }) => {
  const given = [account, JSON.stringify(findings), now, from] as const;
  const [owed, , raised] = await db.batch([
    ...eventStatements(db, TELL, ...given),
    db
      .prepare(
        `INSERT INTO code_area (account_id, area, reason, alarmed_at, blocked_until, changed_at)
         SELECT ?1, found.area, found.reason, coalesce(iif(found.blocked_until IS NULL, ?3, NULL), code_area.alarmed_at),
           coalesce(found.blocked_until, code_area.blocked_until), ?3
         FROM ${FOUND} WHERE ${IS_NEW}
         ON CONFLICT DO UPDATE SET reason = excluded.reason, alarmed_at = excluded.alarmed_at,
           blocked_until = excluded.blocked_until, changed_at = excluded.changed_at
         RETURNING area`,
      )
      .bind(...given),
  ]);
  return {
    raised: ((raised?.results ?? []) as { area: string }[]).map(({ area }) => area),
    owed: idsOf(owed) as WebhookId[],
  };
};

const list: Query<CodeGuardStore, "list"> = async (db, account, { from, settledBefore }) => {
  const areas = `(
    SELECT area AS value FROM code_area WHERE code_area.account_id = ?1
    UNION SELECT area FROM code_count WHERE code_count.account_id = ?1 AND code_count.at >= ?3 AND ?2 IS NULL)`;
  const { results } = await db
    .prepare(`${sightOf(areas)} ORDER BY asked.value`)
    .bind(account, null, from, settledBefore)
    .all<AreaRow>();
  return results.map(toArea);
};

const TELL_OPENED = tell({
  account: "?1",
  type: "'codes.opened'",
  at: "?3",
  stem: stemAt("?3", "?1"),
  data: factsOf<CodeAreaFacts>({
    area: "code_area.area",
    reason: undefined,
    sent: undefined,
    confirmed: undefined,
    untilAt: undefined,
    at: "?3",
  }),
  from: "code_area",
  where: "code_area.account_id = ?1 AND code_area.area = ?2 AND code_area.blocked_until > ?3",
  order: "code_area.area",
});

/** The block ends with the begin of the time that codes of now are counted in, and what was sent in it before is forgotten. */
const open: Query<CodeGuardStore, "open"> = async (db, account, area, now) => {
  const given = [account, area, now] as const;
  const [owed, , , opened] = await db.batch([
    ...eventStatements(db, TELL_OPENED, ...given),
    db
      .prepare(
        `DELETE FROM code_count WHERE account_id = ?1 AND area = ?2 AND at = ?3 - ?3 % ${BUCKET_MS}
           AND EXISTS (SELECT 1 FROM code_area WHERE account_id = ?1 AND area = ?2 AND blocked_until > ?3)`,
      )
      .bind(...given),
    db
      .prepare(
        `UPDATE code_area SET blocked_until = ?3 - ?3 % ${BUCKET_MS}, changed_at = ?3
         WHERE account_id = ?1 AND area = ?2 AND blocked_until > ?3`,
      )
      .bind(...given),
  ]);
  return { isOpened: (opened?.meta.changes ?? 0) > 0, owed: idsOf(owed) as WebhookId[] };
};

type AreaRow = {
  area: string;
  sent: number;
  settled: number;
  confirmed: number;
  alarmed_at: number | null;
  blocked_until: number | null;
  reason: CodeArea["reason"] | null;
};

function toArea({ alarmed_at: alarmedAt, blocked_until: blockedUntil, reason, ...row }: AreaRow): CodeArea {
  return { ...row, ...present({ alarmedAt, blockedUntil, reason }) };
}
