/** Claiming messages that are due, when something must next be done about them, and forgetting the old. */

import { type MessageId, timePart } from "../../../core/kernel/ids.ts";
import { LANES } from "../../../core/kernel/lane.ts";
import { present } from "../../../core/kernel/present.ts";
import type { OptOutTerms } from "../../../core/messages/claimed.ts";
import type { Message } from "../../../core/messages/message.ts";
import { PSEUDONYMS } from "../../../core/messages/pseudonym.ts";
import { NOBODY, type Routed } from "../../../core/messages/route.ts";
import { SEALED } from "../../../core/messages/sealed.ts";
import type { MessageStore } from "../../../core/messages/store.ts";
import { ownTimes, withOwnTime } from "../../kept.ts";
import type { Query } from "../../query.ts";
import { routesIn, routesOf, selectRoutes } from "../../routes.ts";
import { FOR_EVER, rowsOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";
import { inLoops } from "../loops.ts";
import { BLANK, type MessageRow, toMessage } from "./rows.ts";

/** What its account says of opt-outs from its sender; NULL where nobody at all has opted out there. */
const TERMS = `
  CASE WHEN EXISTS (SELECT 1 FROM suppression WHERE suppression.account_id = message.account_id) THEN (
    SELECT json_patch('{}', json_object(
      'group', sender.sender_group, 'purpose', sender.purpose, 'rule', json(account.settings->'optOut')))
    FROM account LEFT JOIN sender ON sender.account_id = account.id AND sender.sender = message.sender
    WHERE account.id = message.account_id) END`;

export const toRoute: Query<MessageStore, "toRoute"> = async (db, ids) => {
  const [routes, ready] = await db.batch([
    selectRoutes(db, "message"),
    db
      .prepare(
        `SELECT message.id, account_id AS account, recipient, sender, channel, binary IS NOT NULL AS isBinary,
           rerouted_from AS reroutedFrom, seal
         FROM json_each(?1) AS wanted CROSS JOIN message
         WHERE message.id = wanted.value AND +state IN ('accepted', 'scheduled') AND (charge IS NULL OR billed IS NOT NULL)`,
      )
      .bind(JSON.stringify(ids)),
  ]);
  return { routes: routesIn(routes), ready: rowsOf<RoutedRow>(ready).map(toRouted) };
};

function toRouted({ channel, isBinary, reroutedFrom, seal: _, ...row }: RoutedRow): Routed & { id: MessageId } {
  return { ...row, ...present({ channel, reroutedFrom }), ...(isBinary ? { encoding: "binary" } : {}) };
}

type RoutedRow = Pick<Message, "id" | "account" | "recipient" | "sender"> & {
  channel: string | null;
  isBinary: 0 | 1;
  reroutedFrom: string | null;
  seal: string | null;
};

/** Before what a sealed number is in it: by which key it is stored. */
const FORM = `substr(message.recipient, 1, instr(substr(message.recipient, ${SEALED.length + 1}), '.') + ${SEALED.length})`;

/** An opt-out at the message's account. */
const optOut = (where: string) =>
  `EXISTS (SELECT 1 FROM suppression WHERE suppression.account_id = message.account_id AND suppression.recipient ${where})`;

/**
 * Whether an opt-out may be of the message's person, though it is not stored alike: they were erased since, or one of both is sealed, or
 * by another key. Each is a range of the index: an account that has many opt-outs is not searched through for each of its messages.
 */
const HAS_OTHER_FORMS = `(${optOut(`GLOB '${PSEUDONYMS}*'`)} OR iif(message.recipient GLOB '${SEALED}*',
  ${optOut(`< ${FORM}`)} OR ${optOut(`>= ${FORM} || '~'`)}, ${optOut(`GLOB '${SEALED}*'`)}))`;

/** @param keys the names of those that open sealed rows: one that none opens stays as it is; absent: rows are claimed as they are */
export const claim =
  (keys?: readonly string[]): Query<MessageStore, "claim"> =>
  async (db, ids, now, lease, dueBy = now, handings = []) => {
    const known = new Map(handings.map((handing) => [handing.id, handing]));
    const wanted = [...new Set(ids)].map((id) => known.get(id) ?? { id, carrier: NOBODY });
    const moved = db
      .prepare(
        `WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?1))
       UPDATE message
       SET state = 'submitting', waits_until = max(?2, due_at) + ?3, attempts = attempts + 1,
           changed_at = max(?2, due_at), carrier = wanted.value->>'carrier',
           reroutes = wanted.value->>'reroutes',
           history = ${append(entry("claimed", { at: "max(?2, due_at)", attempt: "attempts + 1" }))}
       FROM wanted
       WHERE message.id = wanted.value->>'id'
         AND state IN ('accepted', 'scheduled') AND due_at <= ?4 AND expires_at > max(?2, due_at)
         AND (seal IS NULL OR ?5 IS NULL OR substr(seal, 1, instr(seal, '.') - 1) IN (SELECT value FROM json_each(?5)))
         AND (campaign_id IS NULL OR NOT EXISTS (
           SELECT 1 FROM campaign WHERE campaign.id = message.campaign_id AND campaign.state IN ('paused', 'cancelled')))
       RETURNING *, (SELECT json_group_array(number) FROM suppression
         WHERE suppression.account_id = message.account_id AND suppression.recipient = message.recipient) AS opted_out_of,
         ${HAS_OTHER_FORMS} AS has_erased,
         ${TERMS} AS opt_out_terms`,
      )
      .bind(JSON.stringify(wanted), now, lease - now, dueBy, keys ? JSON.stringify(keys) : null);
    const looked = inLoops(
      db,
      wanted.map(({ id }) => id),
    );
    const [claimed, looping] = await db.batch<ClaimedRow>([moved, looked]);
    const loops = new Set(looping?.results.map(({ id }) => id));
    return (claimed?.results ?? []).map((row) => {
      const { opted_out_of, has_erased, opt_out_terms } = row;
      const optedOutOf: string[] = opted_out_of === "[]" ? [] : JSON.parse(opted_out_of);
      return {
        ...toMessage(row),
        ...(optedOutOf.length > 0 ? { optedOutOf } : {}),
        ...(loops.has(row.id) ? { isInLoop: true as const } : {}),
        ...(has_erased === 1 ? { hasErasedOptOuts: true as const } : {}),
        ...(opt_out_terms === null ? {} : { optOutTerms: JSON.parse(opt_out_terms) as OptOutTerms }),
      };
    });
  };

type ClaimedRow = MessageRow & { opted_out_of: string; has_erased: 0 | 1; opt_out_terms: string | null };

export const handOn: Query<MessageStore, "handOn"> = async (db, handings) => {
  const { results } = await db
    .prepare(
      `WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?1))
       UPDATE message SET carrier = wanted.value->>'carrier', reroutes = wanted.value->>'reroutes' FROM wanted
       WHERE message.id = wanted.value->>'id' AND state = 'submitting' AND attempts = wanted.value->>'attempt'
       RETURNING message.id`,
    )
    .bind(JSON.stringify(handings))
    .all<Pick<MessageRow, "id">>();
  return new Set(results.map(({ id }) => id));
};

export const postpone: Query<MessageStore, "postpone"> = async (db, ids, state, dueAt) => {
  await db
    .prepare("UPDATE message SET due_at = ?3 WHERE id IN (SELECT value FROM json_each(?1)) AND state = ?2")
    .bind(JSON.stringify(ids), state, dueAt)
    .run();
};

export const due: Query<MessageStore, "due"> = async (db, by, limit, after) => {
  const { results } = await db
    .prepare(
      `SELECT id, state, lane, due_at, waits_until, expires_at, delivery_mode, attempts FROM message
       WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4) AND coalesce(waits_until, due_at) <= ?1
       ORDER BY due_at, id LIMIT ?2`,
    )
    .bind(by, limit, after?.listedAt ?? 0, after?.id ?? "")
    .all<Pick<MessageRow, DueColumn>>();
  return results.map((row) => ({
    id: row.id,
    state: row.state,
    lane: LANES[row.lane],
    listedAt: row.due_at ?? 0,
    ...present({ dueAt: row.waits_until ?? row.due_at }),
    expiresAt: row.expires_at,
    deliveryMode: row.delivery_mode,
    attempts: row.attempts,
  }));
};

type DueColumn = "id" | "state" | "lane" | "due_at" | "waits_until" | "expires_at" | "delivery_mode" | "attempts";

export const rest: Query<MessageStore, "rest"> = async (db, before, limit) => {
  const { meta } = await db
    .prepare(
      `UPDATE message SET due_at = waits_until, waits_until = NULL WHERE id IN (
         SELECT id FROM message INDEXED BY message_due
         WHERE due_at IS NOT NULL AND due_at <= ?1 AND waits_until > due_at LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
};

/** Of those that wait, none stands in the index after it is due: what stands after the first that does not wait is later. */
export const NEXT_MESSAGE = `
  SELECT min(coalesce(waits_until, due_at)) FROM message
  WHERE due_at IS NOT NULL AND due_at <= coalesce(
    (SELECT due_at FROM message WHERE due_at IS NOT NULL AND waits_until IS NULL ORDER BY due_at LIMIT 1), ${FOR_EVER})`;

export const routes: Query<MessageStore, "routes"> = (db) => routesOf(db, "message");

export const blankCodes: Query<MessageStore, "blankCodes"> = async (db, before, limit) => {
  const { meta } = await db
    .prepare(
      `UPDATE message SET text = '${BLANK}', rich = NULL, is_code = 0 WHERE id IN (
         SELECT id FROM message
         WHERE is_code > 0 AND expires_at < ?1 AND state IN ('sent', 'delivered', 'failed', 'expired', 'cancelled') LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
};

/** The webhooks about a message. */
const ABOUT = (id: string) =>
  `webhook.id >= 'whk_' || substr(${id}, 5) || '_' AND webhook.id < 'whk_' || substr(${id}, 5) || '_~'`;

const OVER = `
  SELECT old.id FROM ${withOwnTime("?4")} CROSS JOIN message AS old
  WHERE old.id >= 'msg_' || printf('%06d', account.number)
    AND old.id < 'msg_' || printf('%06d', account.number) || coalesce(own.value->>'part', ?1)
    AND old.due_at IS NULL AND old.state <> 'held' AND old.changed_at < coalesce(own.value->>'before', ?3)
    AND NOT EXISTS (SELECT 1 FROM webhook WHERE ${ABOUT("old.id")} AND webhook.due_at IS NOT NULL)
  LIMIT ?2`;

/** With the webhooks that tell of them, which would be found by nobody: they have the person's number, and the text. */
export const forget: Query<MessageStore, "forget"> = async (db, before, limit) => {
  const given = [timePart(before.otherwise), limit, before.otherwise, ownTimes(before)] as const;
  const webhooks = `SELECT webhook.id FROM (${OVER}) AS gone CROSS JOIN webhook WHERE ${ABOUT("gone.id")}`;
  const [, forgotten] = await db.batch([
    db.prepare(`DELETE FROM webhook WHERE id IN (${webhooks})`).bind(...given),
    db.prepare(`DELETE FROM message WHERE id IN (${OVER})`).bind(...given),
  ]);
  return forgotten?.meta.changes ?? 0;
};

export const figures: Query<MessageStore, "figures"> = async (db, since) => {
  const [traffic, pending, due] = await db.batch<Record<string, number | string | null>>([
    db
      .prepare(
        `SELECT count(*) AS accepted, sum(message.attempts > 0) AS submitted,
           sum(message.state IN ('delivered', 'failed', 'expired', 'cancelled')) AS settled
         FROM account CROSS JOIN message
         WHERE message.id >= 'msg_' || printf('%06d', account.number) || ?1
           AND message.id < 'msg_' || printf('%06d', account.number) || '~'`,
      )
      .bind(timePart(since)),
    db.prepare("SELECT state, count(*) AS n FROM message WHERE due_at IS NOT NULL GROUP BY state"),
    db.prepare(
      "SELECT min(coalesce(waits_until, due_at)) AS due FROM message WHERE due_at IS NOT NULL AND state IN ('accepted', 'submitting')",
    ),
  ]);
  const oldest = due?.results[0]?.due;
  return {
    accepted: Number(traffic?.results[0]?.accepted ?? 0),
    submitted: Number(traffic?.results[0]?.submitted ?? 0),
    settled: Number(traffic?.results[0]?.settled ?? 0),
    pending: Object.fromEntries((pending?.results ?? []).map((row) => [String(row.state), Number(row.n)])),
    ...(oldest ? { oldestDue: Number(oldest) } : {}),
  };
};
