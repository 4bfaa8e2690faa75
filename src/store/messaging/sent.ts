/** Sent messages: those of a span of time, page by page, and those that say what another one said. */

import { accountPart, type MessageId, timePart } from "../../core/kernel/ids.ts";
import type { Page, PageOf } from "../../core/kernel/pages.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { present } from "../../core/kernel/present.ts";
import type { Message } from "../../core/messages/message.ts";
import type { SentFilter, SentMessage } from "../../core/messages/store.ts";
import { LIKE_SEALED_TEXT, LIKE_TEXT } from "../repeats.ts";
import { pageOf, places } from "../rows.ts";
import { alikeFrom } from "./arrival.ts";
import type { MessageRow } from "./messages/rows.ts";

/** By how much the time in an id may be later than when the message is to be sent. Milliseconds. */
const A_MOMENT = 1_000;

/**
 * A range of ids is a range of time in one account. Nothing is accepted after it is to be sent, so the ids end where the
 * time does. They may begin anywhere, because a message sent today may have been scheduled long ago.
 */
export async function sentPage(db: D1Database, filter: SentFilter, page: Page): Promise<PageOf<SentMessage>> {
  const { account, accountNumber, dialect, from, to } = filter;
  const prefix = `msg_${accountPart(accountNumber)}`;
  const { results } = await db
    .prepare(
      `SELECT id, sender, recipient, parts, state, reason, send_at, operator, echo, text, seal FROM message
       WHERE id > ?1 AND id < ?2 AND +account_id = ?3 AND dialect = ?4 AND send_at >= ?5 AND send_at < ?6
         AND state <> 'cancelled'
       ORDER BY id LIMIT ?7`,
    )
    .bind(page.cursor ?? prefix, prefix + timePart(to + A_MOMENT), account, dialect, from, to, page.limit + 1)
    .all<SentRow>();
  return pageOf(results, page.limit, toSent, (row) => row.id);
}

const ALIKE = ["id", "account_id", "sender", "recipient", "text", "alike_from"] as const;

/** Those of these messages, not stored yet, that say what another text said since. */
export async function alike(
  db: D1Database,
  asked: readonly { message: Message; since: number }[],
  seals?: Seals,
): Promise<MessageId[]> {
  const rows = await Promise.all(
    asked.map(async ({ message, since }) => {
      const { id, account, sender, recipient, text, isSealed } = message;
      const row = [id, account, sender, recipient, text, alikeFrom(message, since)];
      if (isSealed === undefined || !seals) return row;
      return [...row, (await seals.numberForms(recipient)).all, await seals.marks(text)];
    }),
  );
  const isPlain = rows.every(({ length }) => length === ALIKE.length);
  const { results } = await db
    .prepare(
      `WITH new AS MATERIALIZED (
         SELECT ${places([...ALIKE, "formerly", "marks"])}, NULL AS said FROM json_each(?1))
       SELECT id FROM new WHERE EXISTS (${isPlain ? LIKE_TEXT : LIKE_SEALED_TEXT})`,
    )
    .bind(JSON.stringify(rows))
    .all<{ id: MessageId }>();
  return results.map(({ id }) => id);
}

type SentRow = Pick<
  MessageRow,
  "id" | "sender" | "recipient" | "parts" | "state" | "reason" | "send_at" | "operator" | "echo"
>;

function toSent(row: SentRow): SentMessage {
  return {
    id: row.id,
    sender: row.sender,
    recipient: row.recipient,
    parts: row.parts,
    state: row.state,
    sendAt: row.send_at,
    echo: JSON.parse(row.echo),
    ...present({ reason: row.reason, operator: row.operator }),
  };
}
