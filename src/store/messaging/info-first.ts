/** Info texts and the questions that wait for them: the move that settles an info text also releases its question. */

import { append, entry } from "../timeline.ts";
import { aboutMessage, messageFacts } from "./webhooks/message-events.ts";
import { tell } from "./webhooks/told.ts";

/** How long the person has to answer once they are asked. Milliseconds. */
const ANSWER_TIME = 24 * 3_600_000;

/** Whether the person has got the info text, as far as we know: without a receipt it counts as arrived. */
const HAS_ARRIVED = "(wanted.value->>'state' = 'delivered' OR wanted.value->>'reason' = 'no-receipt')";
const NEWS = { at: "wanted.value->>'at'", message: "message.id" };
const SENT_AT = "max(question.send_at, wanted.value->>'at')";

/** Moves of info texts that a question waits for. */
const MOVES = `
    json_each(?1) AS wanted
    JOIN message ON message.id = wanted.value->>'id'
    JOIN preauth INDEXED BY preauth_info ON preauth.info_id = message.id AND preauth.info_id IS NOT NULL
      AND preauth.due_at IS NOT NULL`;
const IS_NEWS = "wanted.value->>'state' IN ('delivered', 'failed', 'expired')";

/** The event of a question that is not asked, because its info text did not arrive. @param allowed as below */
export function tellOfDropped(allowed: string) {
  return tell({
    ...aboutMessage("question"),
    type: "'message.failed'",
    at: "wanted.value->>'at'",
    data: messageFacts("wanted.value->>'at'", "'failed'", "wanted.value->>'reason'", "NULL", "question"),
    from: `${MOVES} JOIN message AS question ON question.id = preauth.message_id`,
    where: `NOT ${HAS_ARRIVED} AND question.state = 'held' AND ${IS_NEWS} AND ${allowed}`,
    order: "wanted.key",
  });
}

/**
 * The statements for moves of messages, made before the moves themselves; the first answers the ids of questions that may
 * be sent. If an info text did not arrive, its question is not asked, and the person's text is forwarded without consent.
 * @param list the moves as JSON; @param allowed SQL, whether one may be made
 */
export function releaseStatements(db: D1Database, list: string, allowed: string): D1PreparedStatement[] {
  const isNews = `${IS_NEWS} AND ${allowed}`;
  return [
    `UPDATE message AS question
     SET state = iif(NOT ${HAS_ARRIVED}, 'failed', iif(question.send_at > wanted.value->>'at', 'scheduled', 'accepted')),
         reason = iif(${HAS_ARRIVED}, NULL, wanted.value->>'reason'),
         send_at = ${SENT_AT}, due_at = iif(${HAS_ARRIVED}, ${SENT_AT}, NULL),
         expires_at = ${SENT_AT} + question.expires_at - question.send_at, changed_at = wanted.value->>'at',
         history = ${append(`iif(${HAS_ARRIVED}, ${entry("question.released", NEWS)}, ${entry("question.dropped", NEWS)})`, "question.history")}
     FROM ${MOVES}
     WHERE question.id = preauth.message_id AND question.state = 'held' AND ${isNews}
     RETURNING id`,
    `UPDATE preauth
     SET asks_at = max(asked.asks_at, wanted.value->>'at'),
         due_at = iif(${HAS_ARRIVED}, max(asked.asks_at, wanted.value->>'at') + ${ANSWER_TIME}, wanted.value->>'at')
     FROM ${MOVES.replaceAll("preauth.", "asked.").replace("JOIN preauth ", "JOIN preauth AS asked ")}
     WHERE preauth.inbound_id = asked.inbound_id AND ${isNews}`,
  ].map((sql) => db.prepare(sql).bind(list));
}
