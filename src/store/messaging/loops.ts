/** Texts that go round in circles: how many identical ones their person was sent before. */

import { type MessageId, timeIn, timePart } from "../../core/kernel/ids.ts";
import { LONGEST_LOOP_SECONDS, LOOP_GUARD } from "../../core/messages/loop.ts";

/** How long before it was sent a message that counts may have been accepted. Milliseconds. */
const LONGEST_AHEAD = 7 * 86_400_000;
/** Of an id: what stands before the time in it. */
const BEFORE_TIME = 10;

/**
 * Those of the messages of which the one so many before was to be sent less than the guard's time before,
 * as their account has set it. In order of sending, and of ids where that is the same: so every read, at any time, finds the same
 * ones. Read by person: the index of recipients holds each one's ids in order, and so the account's since a time.
 */
export function inLoops(db: D1Database, ids: readonly MessageId[]): D1PreparedStatement {
  const asked = ids.map((id) => {
    const sendSince = timeIn(id.slice(BEFORE_TIME)) - LONGEST_LOOP_SECONDS * 1_000;
    return { id, sendSince, since: id.slice(0, BEFORE_TIME) + timePart(sendSince - LONGEST_AHEAD) };
  });
  return db
    .prepare(
      `WITH asked AS MATERIALIZED (SELECT value FROM json_each(?1)),
       person AS MATERIALIZED (
         SELECT message.recipient, min(asked.value->>'since') AS since, min(asked.value->>'sendSince') AS send_since,
           coalesce(account.settings->'loopGuard'->>'most', ${LOOP_GUARD.most}) AS most,
           coalesce(account.settings->'loopGuard'->>'seconds', ${LOOP_GUARD.seconds}) * 1000 AS within
         FROM asked CROSS JOIN message CROSS JOIN account
         WHERE message.id = asked.value->>'id' AND account.id = message.account_id
         GROUP BY message.account_id, message.recipient)
       SELECT id FROM (
         SELECT message.id, message.send_at, person.within,
           lag(message.send_at, person.most) OVER (
             PARTITION BY message.account_id, message.sender, message.recipient, coalesce(message.seal, message.text), message.rich
             ORDER BY message.send_at, message.id) AS earlier
         FROM person CROSS JOIN message
         WHERE message.recipient = person.recipient AND message.id >= person.since
           AND message.id < substr(person.since, 1, ${BEFORE_TIME}) || '~' AND message.state <> 'cancelled'
           AND message.send_at > person.send_since)
       WHERE earlier > send_at - within AND id IN (SELECT value->>'id' FROM asked)`,
    )
    .bind(JSON.stringify(asked));
}
