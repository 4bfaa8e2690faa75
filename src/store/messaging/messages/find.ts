/** Looking for messages. */

import { inChunks } from "../../../core/kernel/chunks.ts";
import { tailOf, timePart } from "../../../core/kernel/ids.ts";
import type { Needles } from "../../../core/kernel/needles.ts";
import type { Looked, Page, PageOf } from "../../../core/kernel/pages.ts";
import type { Message, MessageState } from "../../../core/messages/message.ts";
import type { MessageFilter, MessageStore } from "../../../core/messages/store.ts";
import type { Query } from "../../query.ts";
import { hasOneOf, lookedOf, pageOf } from "../../rows.ts";
import { type MessageRow, toMessage } from "./rows.ts";

export const byId: Query<MessageStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM message WHERE id = ?1").bind(id).first<MessageRow>();
  return row ? toMessage(row) : undefined;
};

export const byIds: Query<MessageStore, "byIds"> = async (db, ids) => {
  const { results } = await db
    .prepare("SELECT * FROM message WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids))
    .all<MessageRow>();
  return results.map(toMessage);
};

export const byTheirId: Query<MessageStore, "byTheirId"> = async (db, account, dialect, theirId) => {
  const row = await db
    .prepare("SELECT * FROM message WHERE account_id = ?1 AND dialect = ?2 AND their_id = ?3")
    .bind(account, dialect, theirId)
    .first<MessageRow>();
  return row ? toMessage(row) : undefined;
};

export const byTheirIds: Query<MessageStore, "byTheirIds"> = async (db, account, dialect, theirIds) => {
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
};

/** States of which there are few: those that wait are soon over, and most messages simply arrive. */
const PENDING: readonly MessageState[] = ["scheduled", "accepted", "submitting", "unknown", "sent"];

const ENDED: readonly MessageState[] = ["held", "failed", "expired", "cancelled"];

/**
 * One page, newest first. A range of ids is a range of time in one account, so each account's newest are read straight
 * off the table, a page from each; a long list costs no more than a short one. What is rare in it has an index of its own.
 */
export async function list(
  db: D1Database,
  dialects: readonly string[],
  filter: Asked,
  page: Page,
): Promise<PageOf<Message>> {
  const { results } = await db
    .prepare(`SELECT message.* ${newest(filter)}`)
    .bind(page.limit + 1, ...narrowing(dialects, filter, page))
    .all<MessageRow>();
  return pageOf(results, page.limit, toMessage, (row) => tailOf(row.id));
}

/** A filter, with each form in which its recipient's number may be stored. */
type Asked = MessageFilter & { recipients?: readonly string[] };

/** The newest ?1 of the filter. */
function newest(filter: MessageFilter): string {
  return `${fromOf(filter)}
         AND (?2 IS NULL OR message.account_id = ?2) AND (?3 IS NULL OR message.state = ?3)
         AND (?6 IS NULL OR message.dialect = ?6) AND (?7 IS NULL OR message.recipient IN (SELECT value FROM json_each(?7)))
         AND (?8 IS NULL OR message.their_id = ?8) AND ?9 IS NOT NULL
         AND substr(message.id, 11) >= ?4 AND substr(message.id, 11) < ?5
       ORDER BY substr(message.id, 11) DESC LIMIT ?1`;
}

function fromOf({ theirId, recipient, state }: MessageFilter): string {
  if (theirId !== undefined) return BY_THEIR_ID;
  if (recipient !== undefined) return NEWEST_TO_ONE;
  if (state && ENDED.includes(state)) {
    return `FROM message WHERE message.state = ?3 AND message.state IN (${ENDED.map((one) => `'${one}'`).join(", ")})`;
  }
  return state && PENDING.includes(state) ? "FROM message WHERE message.due_at IS NOT NULL" : NEWEST_OF_EACH;
}

/** The parameters from ?2. */
function narrowing(dialects: readonly string[], filter: Asked, page: Page) {
  return [
    filter.account ?? null,
    filter.state ?? null,
    filter.since === undefined ? "" : timePart(filter.since),
    page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
    filter.dialect ?? null,
    filter.recipient === undefined ? null : JSON.stringify(filter.recipients ?? [filter.recipient]),
    filter.theirId ?? null,
    JSON.stringify(dialects),
  ];
}

type LookedRow = { looked: number; reached: string | null } & (MessageRow | { id: null });

/** What is looked at is read as a page is, and each once; what is found, whole. */
export async function search(
  db: D1Database,
  dialects: readonly string[],
  {
    filter,
    needles,
    people = [],
    page,
    most,
  }: {
    filter: Asked;
    needles: Needles;
    /** Where the digits are a whole number: what it is stored as where it is sealed. */
    people?: readonly string[];
    page: Page;
    most: number;
  },
): Promise<Looked<Message>> {
  const { results } = await db
    .prepare(
      `WITH looked AS MATERIALIZED (
         SELECT message.id, message.text, message.sender, message.recipient, message.seal ${newest(filter)})
       SELECT counted.*, message.*
       FROM (SELECT count(*) AS looked, min(substr(id, 11)) AS reached FROM looked) AS counted
       LEFT JOIN (
         SELECT looked.id AS hit FROM looked WHERE iif(looked.seal IS NULL, ${hasOneOf("?10", "?11")},
           looked.recipient IN (SELECT value FROM json_each(?13)))
         ORDER BY substr(looked.id, 11) DESC LIMIT ?12) AS hits
       LEFT JOIN message ON message.id = hits.hit
       ORDER BY substr(message.id, 11) DESC`,
    )
    .bind(
      most,
      ...narrowing(dialects, filter, page),
      ...[JSON.stringify(needles.forms), needles.digits ?? null, page.limit],
      JSON.stringify(people),
    )
    .all<LookedRow>();
  return lookedOf(results, (row) => toMessage(row as MessageRow));
}

/** What one person got, a page from each account and for each form of the number: in the index of recipients, too, one account's lie in order of time. */
const NEWEST_TO_ONE = `
  FROM account CROSS JOIN json_each(?7) AS form CROSS JOIN message
  WHERE (?2 IS NULL OR account.id = ?2)
    AND message.id IN (
      SELECT own.id FROM message AS own INDEXED BY message_recipient
      WHERE own.recipient = form.value
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
