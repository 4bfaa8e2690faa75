/** What a customer changes of a message that is scheduled. */

import { LANES } from "../../../core/kernel/lane.ts";
import type { Edit, MessageStore } from "../../../core/messages/store.ts";
import type { Query } from "../../query.ts";
import { append, entry } from "../../timeline.ts";
import { aboutMessage, messageFacts } from "../webhooks/message-events.ts";
import { eventStatements, tell } from "../webhooks/told.ts";
import { alphabetOf, blankCodes, PRIORITY } from "./rows.ts";

export const edit: Query<MessageStore, "edit"> = async (db, id, edit: Edit & { seal?: string }, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE message
       SET sender = ?3, recipient = ?4, text = ?5, encoding = ?6, parts = ?7, priority = ?8, lane = ?16, delivery_mode = ?9,
           send_at = ?10, expires_at = ?11, due_at = min(?10, ?11), echo = ?12, report_url = ?13, state = ?14, charge = ?15, binary = ?17, quiet = ?18,
           rich = ?19, seal = ?20, changed_at = ?2,
           history = ${append(entry("edited", { at: "?2", sendAt: "?10" }))}
       WHERE id = ?1 AND state = 'scheduled'`,
    )
    .bind(
      id,
      at,
      edit.sender,
      edit.recipient,
      edit.text,
      alphabetOf(edit),
      edit.parts,
      PRIORITY[edit.priority],
      edit.deliveryMode,
      edit.sendAt,
      edit.expiresAt,
      JSON.stringify(edit.echo),
      edit.reportUrl ?? null,
      edit.state,
      edit.charge ? JSON.stringify(edit.charge) : null,
      LANES.indexOf(edit.lane),
      edit.binary ? JSON.stringify(edit.binary) : null,
      edit.quiet ? JSON.stringify(edit.quiet) : null,
      edit.rich ? JSON.stringify(edit.rich) : null,
      edit.seal ?? null,
    )
    .run();
  return meta.changes > 0;
};

const CANCEL = `
  UPDATE message
  SET state = 'cancelled', due_at = NULL, changed_at = ?2, ${blankCodes("TRUE")}, history = ${append(entry("cancelled", { at: "?2" }))}`;

export const cancel: Query<MessageStore, "cancel"> = async (db, id, at) => {
  const [, , cancelled] = await db.batch([
    ...eventStatements(db, TELL_OF_CANCELLED, id, at),
    db.prepare(`${CANCEL} WHERE id = ?1 AND state = 'scheduled'`).bind(id, at),
  ]);
  return (cancelled?.meta.changes ?? 0) > 0;
};

export const cancelScheduled: Query<MessageStore, "cancelScheduled"> = async (db, account, sender, at, limit) => {
  const given = [account, at, sender ?? null, limit] as const;
  const [, , cancelled] = await db.batch<{ id: string }>([
    ...eventStatements(db, TELL_OF_ALL_CANCELLED, ...given),
    db.prepare(`${CANCEL} WHERE state = 'scheduled' AND id IN (${SCHEDULED}) RETURNING id`).bind(...given),
  ]);
  // Not `changes`: what a trigger changes counts among them.
  return cancelled?.results.length ?? 0;
};

/** Some of an account's scheduled messages: the same for each statement of a batch that asks before any is cancelled. */
const SCHEDULED = `
  SELECT id FROM message INDEXED BY message_due
  WHERE due_at IS NOT NULL AND state = 'scheduled' AND account_id = ?1 AND (?3 IS NULL OR sender = ?3) LIMIT ?4`;

/** Tells of messages that are about to be cancelled. ?2 is the time. @param which SQL */
const tellOfCancelled = (which: string) =>
  tell({
    ...aboutMessage(),
    type: "'message.cancelled'",
    at: "?2",
    data: messageFacts("?2", "'cancelled'"),
    from: "message",
    where: `message.state = 'scheduled' AND ${which}`,
    order: "message.id",
  });

const TELL_OF_CANCELLED = tellOfCancelled("message.id = ?1");
const TELL_OF_ALL_CANCELLED = tellOfCancelled(`message.id IN (${SCHEDULED})`);
