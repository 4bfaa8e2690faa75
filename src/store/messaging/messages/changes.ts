/** What a customer changes of a message that is scheduled. */

import { LANES } from "../../../core/kernel/lane.ts";
import type { Edit, MessageStore } from "../../../core/messages/store.ts";
import type { Query } from "../../query.ts";
import { append, entry } from "../../timeline.ts";
import { PRIORITY } from "./rows.ts";

export const edit: Query<MessageStore, "edit"> = async (db, id, edit: Edit, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE message
       SET sender = ?3, recipient = ?4, text = ?5, encoding = ?6, parts = ?7, priority = ?8, lane = ?16, delivery_mode = ?9,
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
      LANES.indexOf(edit.lane),
    )
    .run();
  return meta.changes > 0;
};

export const cancel: Query<MessageStore, "cancel"> = async (db, id, at) => {
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
};
