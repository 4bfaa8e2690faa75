/** Messages in D1. Every statement is for many rows at once; a list travels as one JSON parameter. */

import { inChunks } from "../../core/kernel/chunks.ts";
import { type MessageId, tailOf, timePart, type WebhookId } from "../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../core/kernel/pages.ts";
import type { Message, MessageState, Move } from "../../core/messages/message.ts";
import { isFinal, statesBefore } from "../../core/messages/message.ts";
import type { Route } from "../../core/messages/route.ts";
import type { Edit, MessageFilter, MessageStore } from "../../core/messages/store.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import { webhookId } from "../../core/webhooks/webhook.ts";
import { pageOf, present } from "../rows.ts";
import { append, entry } from "../timeline.ts";
import { releaseStatements } from "./info-first.ts";
import { owe } from "./owed.ts";
import { beyond, sentPage } from "./sent.ts";

export function messageStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): MessageStore {
  return {
    async byId(id) {
      const row = await db.prepare("SELECT * FROM message WHERE id = ?1").bind(id).first<MessageRow>();
      return row ? toMessage(row) : undefined;
    },

    async byIds(ids) {
      const { results } = await db
        .prepare("SELECT * FROM message WHERE id IN (SELECT value FROM json_each(?1))")
        .bind(JSON.stringify(ids))
        .all<MessageRow>();
      return results.map(toMessage);
    },

    async byTheirId(account, dialect, theirId) {
      const row = await db
        .prepare("SELECT * FROM message WHERE account_id = ?1 AND dialect = ?2 AND their_id = ?3")
        .bind(account, dialect, theirId)
        .first<MessageRow>();
      return row ? toMessage(row) : undefined;
    },

    async byTheirIds(account, dialect, theirIds) {
      const found: Message[] = [];
      for (const some of inChunks(theirIds, 1_000)) {
        const { results } = await db
          .prepare(
            `SELECT * FROM message
             WHERE account_id = ?1 AND dialect = ?2 AND their_id IN (SELECT value FROM json_each(?3))`,
          )
          .bind(account, dialect, JSON.stringify(some))
          .all<MessageRow>();
        found.push(...results.map(toMessage));
      }
      return found;
    },

    list: (filter, page) => list(db, [...formats.keys()], filter, page),
    sentPage: (filter, page) => sentPage(db, filter, page),
    beyond: (guard, messages) => beyond(db, guard, messages),

    async claim(ids, now, lease, dueBy = now) {
      const { results } = await db
        .prepare(
          `UPDATE message
           SET state = 'submitting', due_at = max(?2, due_at) + ?3, attempts = attempts + 1,
               changed_at = max(?2, due_at), carrier = NULL,
               history = ${append(entry("claimed", { at: "max(?2, due_at)", attempt: "attempts + 1" }))}
           WHERE id IN (SELECT value FROM json_each(?1))
             AND state IN ('accepted', 'scheduled') AND due_at <= ?4 AND expires_at > max(?2, due_at)
           RETURNING *`,
        )
        .bind(JSON.stringify(ids), now, lease - now, dueBy)
        .all<MessageRow>();
      return results.map(toMessage);
    },

    move: (moves) => move(db, formats, moves),

    async postpone(ids, state, dueAt) {
      await db
        .prepare("UPDATE message SET due_at = ?3 WHERE id IN (SELECT value FROM json_each(?1)) AND state = ?2")
        .bind(JSON.stringify(ids), state, dueAt)
        .run();
    },

    async edit(id, edit: Edit, at) {
      const { meta } = await db
        .prepare(
          `UPDATE message
           SET sender = ?3, recipient = ?4, text = ?5, encoding = ?6, parts = ?7, priority = ?8, delivery_mode = ?9,
               send_at = ?10, expires_at = ?11, due_at = ?10, echo = ?12, report_url = ?13, state = ?14, charge = ?15, changed_at = ?2,
               history = ${append(entry("edited", { at: "?2", sendAt: "?10" }))}
           WHERE id = ?1 AND state = 'scheduled'`,
        )
        .bind(
          id,
          at,
          edit.sender,
          edit.recipient,
          edit.text,
          edit.encoding,
          edit.parts,
          PRIORITY[edit.priority],
          edit.deliveryMode,
          edit.sendAt,
          edit.expiresAt,
          JSON.stringify(edit.echo),
          edit.reportUrl ?? null,
          edit.state,
          edit.charge ? JSON.stringify(edit.charge) : null,
        )
        .run();
      return meta.changes > 0;
    },

    async cancel(id, at) {
      const { meta } = await db
        .prepare(
          `UPDATE message
           SET state = 'cancelled', due_at = NULL, changed_at = ?2,
               history = ${append(entry("cancelled", { at: "?2" }))}
           WHERE id = ?1 AND state = 'scheduled'`,
        )
        .bind(id, at)
        .run();
      return meta.changes > 0;
    },

    async due(by, limit, after) {
      const { results } = await db
        .prepare(
          `SELECT id, state, due_at, expires_at, delivery_mode, attempts FROM message
           WHERE due_at IS NOT NULL AND due_at <= ?1 AND (due_at, id) > (?3, ?4)
           ORDER BY due_at, id LIMIT ?2`,
        )
        .bind(by, limit, after?.dueAt ?? 0, after?.id ?? "")
        .all<Pick<MessageRow, "id" | "state" | "due_at" | "expires_at" | "delivery_mode" | "attempts">>();
      return results.map((row) => ({
        id: row.id,
        state: row.state,
        ...(row.due_at === null ? {} : { dueAt: row.due_at }),
        expiresAt: row.expires_at,
        deliveryMode: row.delivery_mode,
        attempts: row.attempts,
      }));
    },

    async nextDue() {
      const next = await db
        .prepare("SELECT min(due_at) AS due FROM message WHERE due_at IS NOT NULL")
        .first<number | null>("due");
      return next ?? undefined;
    },

    async forget(before, limit) {
      const { meta } = await db
        .prepare(
          `DELETE FROM message WHERE id IN (
             SELECT old.id FROM account CROSS JOIN message AS old
             WHERE old.id >= 'msg_' || printf('%06d', account.number)
               AND old.id < 'msg_' || printf('%06d', account.number) || ?1
               AND old.due_at IS NULL AND old.state <> 'held' AND old.changed_at < ?3
               AND NOT EXISTS (
                 SELECT 1 FROM webhook
                 WHERE webhook.id >= 'whk_' || substr(old.id, 5) || '_' AND webhook.id < 'whk_' || substr(old.id, 5) || '_~'
                   AND webhook.due_at IS NOT NULL)
             LIMIT ?2)`,
        )
        .bind(timePart(before), limit, before)
        .run();
      return meta.changes;
    },

    async routes() {
      const { results } = await db
        .prepare("SELECT account_id, prefix, carriers FROM route WHERE kind = 'message'")
        .all<{ account_id: string; prefix: string; carriers: string }>();
      return results.map((row): Route => {
        return { account: row.account_id, prefix: row.prefix, carriers: JSON.parse(row.carriers) };
      });
    },

    async figures(since) {
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
          "SELECT min(due_at) AS due FROM message WHERE due_at IS NOT NULL AND state IN ('accepted', 'submitting')",
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
    },
  };
}

/** States of which there are few: those that wait are soon over, and most messages simply arrive. */
const PENDING: readonly MessageState[] = ["scheduled", "accepted", "submitting", "unknown", "sent"];
const ENDED: readonly MessageState[] = ["held", "failed", "expired", "cancelled"];

/**
 * One page, newest first. A range of ids is a range of time in one account, so each account's newest are read straight
 * off the table, a page from each; a long list costs no more than a short one. What is rare in it has an index of its own.
 */
async function list(
  db: D1Database,
  dialects: readonly string[],
  filter: MessageFilter,
  page: Page,
): Promise<PageOf<Message>> {
  const { state } = filter;
  const from =
    filter.theirId !== undefined
      ? BY_THEIR_ID
      : filter.recipient !== undefined
        ? NEWEST_TO_ONE
        : state && ENDED.includes(state)
          ? `FROM message WHERE message.state = ?3 AND message.state IN (${ENDED.map((one) => `'${one}'`).join(", ")})`
          : state && PENDING.includes(state)
            ? "FROM message WHERE message.due_at IS NOT NULL"
            : NEWEST_OF_EACH;
  const { results } = await db
    .prepare(
      `SELECT message.* ${from}
         AND (?2 IS NULL OR message.account_id = ?2) AND (?3 IS NULL OR message.state = ?3)
         AND (?6 IS NULL OR message.dialect = ?6) AND (?7 IS NULL OR message.recipient = ?7)
         AND (?8 IS NULL OR message.their_id = ?8) AND ?9 IS NOT NULL
         AND substr(message.id, 11) >= ?4 AND substr(message.id, 11) < ?5
       ORDER BY substr(message.id, 11) DESC LIMIT ?1`,
    )
    .bind(
      page.limit + 1,
      filter.account ?? null,
      state ?? null,
      filter.since === undefined ? "" : timePart(filter.since),
      page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
      filter.dialect ?? null,
      filter.recipient ?? null,
      filter.theirId ?? null,
      JSON.stringify(dialects),
    )
    .all<MessageRow>();
  return pageOf(results, page.limit, toMessage, (row) => tailOf(row.id));
}

/** What one person got, a page from each account: in the index of recipients, too, one account's lie in order of time. */
const NEWEST_TO_ONE = `
  FROM account CROSS JOIN message
  WHERE (?2 IS NULL OR account.id = ?2)
    AND message.id IN (
      SELECT own.id FROM message AS own INDEXED BY message_recipient
      WHERE own.recipient = ?7
        AND own.id >= 'msg_' || printf('%06d', account.number) || ?4
        AND own.id < 'msg_' || printf('%06d', account.number) || ?5
        AND (?3 IS NULL OR own.state = ?3) AND (?6 IS NULL OR own.dialect = ?6)
      ORDER BY own.id DESC LIMIT ?1)`;

/** An account that never spoke a dialect is not gone through for what it said in it. */
const NEWEST_OF_EACH = `
  FROM account CROSS JOIN message
  WHERE (?2 IS NULL OR account.id = ?2)
    AND (?6 IS NULL OR EXISTS (
      SELECT 1 FROM message AS own WHERE own.account_id = account.id AND own.dialect = ?6))
    AND message.id IN (
      SELECT own.id FROM message AS own
      WHERE own.id >= 'msg_' || printf('%06d', account.number) || ?4
        AND own.id < 'msg_' || printf('%06d', account.number) || ?5
        AND (?3 IS NULL OR own.state = ?3) AND (?6 IS NULL OR own.dialect = ?6)
      ORDER BY own.id DESC LIMIT ?1)`;

const BY_THEIR_ID = `
  FROM account CROSS JOIN json_each(?9) AS spoken CROSS JOIN message
  WHERE message.account_id = account.id AND message.dialect = spoken.value AND message.their_id = ?8`;

/**
 * Makes moves. A list may hold several for one message, a receipt and its contradiction say: each is made by statements
 * of its own, so that the second finds the state the first has left.
 */
async function move(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
): Promise<{ made: ReadonlySet<Move>; owed: WebhookId[]; released: MessageId[] }> {
  const rounds = inRounds(moves);
  const steps = rounds.flatMap((round) => {
    const [owe, moved] = moveOnce(db, formats, round);
    const ends = round.some(({ to }) => isFinal(to));
    const [release, ...more] = ends ? releaseStatements(db, wantedOf(formats, round), ALLOWED) : [];
    return [
      { gives: "owed", statement: owe },
      ...(release ? [{ gives: "released", statement: release }] : []),
      ...more.map((statement) => ({ gives: "nothing", statement })),
      { gives: "made", statement: moved },
    ];
  });
  const answers = await db.batch<{ id: string }>(steps.map(({ statement }) => statement));
  const given = (kind: string) =>
    answers.flatMap(({ results }, index) => (steps[index]?.gives === kind ? [results.map(({ id }) => id)] : []));
  const made = given("made").flatMap((ids, index) => {
    const moved = new Set(ids);
    return rounds[index]?.filter((move) => moved.has(move.id)) ?? [];
  });
  return {
    made: new Set(made),
    owed: given("owed").flat() as WebhookId[],
    released: given("released").flat() as MessageId[],
  };
}

/** The first move of each thing, then the second of each that has one, and so on. */
export function inRounds<M extends { id: string }>(moves: readonly M[]): M[][] {
  const rounds: M[][] = [];
  const seen = new Map<string, number>();
  for (const move of moves) {
    const round = seen.get(move.id) ?? 0;
    seen.set(move.id, round + 1);
    rounds[round] ??= [];
    rounds[round].push(move);
  }
  return rounds;
}

/**
 * One move a message. Each element of the list brings the states it may start from, and which dialects' customers are
 * to hear of it. The webhooks are written first, while the message is still in its old state: both statements see the
 * same rows, so a webhook is owed exactly if the move is made.
 */
export function moveOnce(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  moves: readonly Move[],
): [D1PreparedStatement, D1PreparedStatement] {
  const wanted = wantedOf(formats, moves);
  return [
    db.prepare(OWE_REPORTS).bind(wanted),
    db
      .prepare(
        `UPDATE message
         SET state = wanted.value->>'state', reason = wanted.value->>'reason', due_at = wanted.value->>'due',
             changed_at = wanted.value->>'at',
             carrier = coalesce(wanted.value->>'carrier', carrier),
             reference = coalesce(wanted.value->>'reference', reference),
             operator = coalesce(wanted.value->>'operator', operator),
             billed = coalesce(wanted.value->>'billed', billed),
             expires_at = iif(wanted.value->>'billed', max(expires_at, (wanted.value->>'at') + expires_at - send_at), expires_at),
             history = ${append("json(wanted.value->'entry')")}
         FROM json_each(?1) AS wanted
         WHERE message.id = wanted.value->>'id' AND ${ALLOWED}
         RETURNING message.id`,
      )
      .bind(wanted),
  ];
}

/** The moves as their statements have them. */
function wantedOf(formats: ReadonlyMap<string, WebhookFormat>, moves: readonly Move[]): string {
  return JSON.stringify(
    moves.map((move) => ({
      id: move.id,
      state: move.to,
      reason: move.reason ?? null,
      at: move.at,
      attempt: move.attempt ?? null,
      overBy: move.overBy ?? null,
      due: move.dueAt ?? null,
      carrier: move.carrier ?? null,
      reference: move.reference ?? null,
      operator: move.operator ?? null,
      entry: move.entry,
      from: move.paidBy ? ["held"] : statesBefore(move.to),
      billed: move.billed === undefined ? null : Number(move.billed),
      paidBy: move.paidBy ?? null,
      webhook: webhookId(move.id, move.to),
      dialects: [...formats].filter(([, format]) => format.reports.includes(move.to)).map(([dialect]) => dialect),
      event: { state: move.to, ...(move.reason ? { reason: move.reason } : {}), at: move.happenedAt ?? move.at },
    })),
  );
}

/**
 * Whether a wanted move may be made: from this state, and by who speaks for the last claim or for nobody's. What comes of
 * a charge is made only where the charge makes its own move.
 */
const ALLOWED = `
  message.state IN (SELECT value FROM json_each(wanted.value->'from'))
  AND message.attempts = coalesce(wanted.value->>'attempt', message.attempts)
  AND (wanted.value->>'overBy' IS NULL OR message.expires_at <= wanted.value->>'overBy')
  AND (wanted.value->>'paidBy' IS NULL OR EXISTS (
    SELECT 1 FROM txn
    WHERE txn.id = wanted.value->'paidBy'->>'id'
      AND txn.state IN (SELECT value FROM json_each(wanted.value->'paidBy'->'from'))
      AND txn.attempts = coalesce(wanted.value->'paidBy'->>'attempt', txn.attempts)
      AND txn.is_stopped = coalesce(wanted.value->'paidBy'->>'isStopped', txn.is_stopped)))`;

const OWE_REPORTS = owe({
  id: "wanted.value->>'webhook'",
  account: "message.account_id",
  dialect: "message.dialect",
  kind: "report",
  subject: "message.id",
  url: "message.report_url",
  event: "wanted.value->'event'",
  at: "wanted.value->>'at'",
  from: "json_each(?1) AS wanted JOIN message ON message.id = wanted.value->>'id'",
  where: `message.report_url IS NOT NULL
    AND message.dialect IN (SELECT value FROM json_each(wanted.value->'dialects')) AND ${ALLOWED}`,
});

export const PRIORITY = { low: 0, normal: 1, high: 2 } as const;
const PRIORITIES = ["low", "normal", "high"] as const;

/** A row of the table; also what the intake writes. */
export type MessageRow = {
  id: MessageId;
  account_id: string;
  dialect: string;
  their_id: string;
  sender: string;
  recipient: string;
  text: string;
  encoding: Message["encoding"];
  parts: number;
  state: Message["state"];
  reason: Message["reason"] | null;
  priority: 0 | 1 | 2;
  delivery_mode: Message["deliveryMode"];
  send_at: number;
  expires_at: number;
  accepted_at: number;
  changed_at: number;
  due_at: number | null;
  attempts: number;
  report_url: string | null;
  echo: string;
  charge: string | null;
  billed: 0 | 1 | null;
  carrier: string | null;
  reference: string | null;
  operator: string | null;
  history: string;
  channel: string | null;
  rich: string | null;
};

/** The columns of a new row, as `toNewRow` names them. */
export const MESSAGE_COLUMNS = [
  "id",
  "account_id",
  "dialect",
  "their_id",
  "sender",
  "recipient",
  "text",
  "encoding",
  "parts",
  "state",
  "reason",
  "priority",
  "delivery_mode",
  "send_at",
  "expires_at",
  "accepted_at",
  "changed_at",
  "due_at",
  "attempts",
  "report_url",
  "echo",
  "charge",
  "history",
  "channel",
  "rich",
] as const satisfies readonly (keyof MessageRow)[];

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    theirId: row.their_id,
    sender: row.sender,
    recipient: row.recipient,
    text: row.text,
    encoding: row.encoding,
    parts: row.parts,
    state: row.state,
    priority: PRIORITIES[row.priority],
    deliveryMode: row.delivery_mode,
    sendAt: row.send_at,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    changedAt: row.changed_at,
    attempts: row.attempts,
    echo: JSON.parse(row.echo),
    history: JSON.parse(row.history),
    ...present({
      reason: row.reason,
      dueAt: row.due_at,
      reportUrl: row.report_url,
      carrier: row.carrier,
      reference: row.reference,
      operator: row.operator,
      charge: row.charge === null ? null : JSON.parse(row.charge),
      channel: row.channel,
      rich: row.rich === null ? null : JSON.parse(row.rich),
      billed: row.billed === null ? null : row.billed === 1,
    }),
  };
}

/** The other way round: a new message as the intake writes it. `echo` and `history` stay objects until the database has them. */
export function toNewRow(message: Message): Record<(typeof MESSAGE_COLUMNS)[number], unknown> {
  return {
    id: message.id,
    account_id: message.account,
    dialect: message.dialect,
    their_id: message.theirId,
    sender: message.sender,
    recipient: message.recipient,
    text: message.text,
    encoding: message.encoding,
    parts: message.parts,
    state: message.state,
    reason: message.reason ?? null,
    priority: PRIORITY[message.priority],
    delivery_mode: message.deliveryMode,
    send_at: message.sendAt,
    expires_at: message.expiresAt,
    accepted_at: message.acceptedAt,
    changed_at: message.changedAt,
    due_at: message.dueAt ?? null,
    attempts: message.attempts,
    report_url: message.reportUrl ?? null,
    echo: message.echo,
    charge: message.charge ?? null,
    history: message.history,
    channel: message.channel ?? null,
    rich: message.rich ?? null,
  };
}
