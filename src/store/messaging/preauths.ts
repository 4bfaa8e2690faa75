/**
 * Pre-authorisations by keyword, in SQL. Whatever settles one owes the forward of its text in the same batch, and before
 * the row is moved: so every statement sees the same rows, and one that was settled before is not settled again.
 */

import type { Inbound, NewInbound } from "../../core/inbound/inbound.ts";
import type { PreAuthState, PreAuthStore } from "../../core/inbound/preauth.ts";
import type { InboundId, WebhookId } from "../../core/kernel/ids.ts";
import type { InboundEvent } from "../../core/webhooks/webhook.ts";
import { idsOf } from "../rows.ts";
import { append, entry } from "../timeline.ts";
import { MESSAGE_COLUMNS, toNewRow } from "./messages/rows.ts";
import { aboutMessage, messageFacts } from "./webhooks/message-events.ts";
import { inboundWebhookId, jsonOf, owe } from "./webhooks/owed.ts";
import { eventStatements, tell } from "./webhooks/told.ts";

export function preauthStore(db: D1Database): PreAuthStore {
  return {
    async expire(now, limit) {
      const [owed, told, , , expired] = await db.batch<never>([
        db.prepare(FORWARD_OVERDUE).bind(limit, now),
        ...eventStatements(db, TELL_OF_EXPIRED, limit, now),
        db.prepare(EXPIRE_QUESTIONS).bind(limit, now),
        db.prepare(`${settled(OVERDUE, "expired")} RETURNING inbound_id AS id`).bind(limit, now),
      ]);
      return { expired: idsOf<InboundId>(expired), owed: [owed, told].flatMap(idsOf<WebhookId>) };
    },
  };
}

/** What travels of a text that is asked about: its texts as rows. */
export function toAsking(asking: NewInbound["asking"] | undefined) {
  if (!asking) return undefined;
  const { info, question, ...rest } = asking;
  return {
    ...rest,
    question: question.id,
    info: info?.id ?? null,
    texts: [...(info ? [info] : []), question].map(toNewRow),
  };
}

/** The statements by which new texts answer open questions; the first two answer the ids of the webhooks owed. */
export function answerStatements(db: D1Database, list: string, at: number): D1PreparedStatement[] {
  return [
    FORWARD_AGREED,
    FORWARD_REFUSED,
    GIVE_CONSENT,
    TELL_OF_TAKEN_BACK.owe,
    TELL_OF_TAKEN_BACK.log,
    TAKE_BACK_QUESTION,
    settled(AGREED, "agreed"),
    settled(REFUSED, "refused"),
  ].map((sql) => db.prepare(sql).bind(list, at));
}

/** The statements that ask because of new texts; the second answers the ids of the messages to be sent. */
export function askingStatements(db: D1Database, list: string): D1PreparedStatement[] {
  return [ASK, SEND].map((sql) => db.prepare(sql).bind(list));
}

/** An inbound text as an event holds it. @param consent SQL for the JSON of what its person agreed to */
export const inboundJson = (consent: string) =>
  jsonOf<Inbound>({
    id: "inbound.id",
    number: "inbound.number",
    carrier: "inbound.carrier",
    theirId: "inbound.their_id",
    account: "inbound.account_id",
    sender: "inbound.sender",
    recipient: "inbound.recipient",
    text: "inbound.text",
    binary: "json(inbound.binary)",
    channel: "inbound.channel",
    operator: "inbound.operator",
    keyword: "inbound.keyword",
    isStop: "json(iif(inbound.is_stop, 'true', 'false'))",
    receivedAt: "inbound.received_at",
    keywordId: "inbound.keyword_id",
    tags: "json(inbound.forward->'tags')",
    properties: "json(inbound.forward->'properties')",
    consent,
    told: undefined,
  });

/** Owes the forward of texts to their keyword's address. @param from has inbound and account; @param consent SQL for its JSON */
export function oweForward(consent: string, { at, from, where }: { at: string; from: string; where: string }): string {
  return owe({
    id: inboundWebhookId("(inbound.forward->>'dialect')"),
    account: "inbound.account_id",
    dialect: "inbound.forward->>'dialect'",
    kind: "inbound",
    subject: "inbound.id",
    url: "(inbound.forward->>'url')",
    event: jsonOf<InboundEvent>({
      state: "'received'",
      at: "inbound.received_at",
      method: "'POST'",
      inbound: inboundJson(consent),
      form: undefined,
      rates: undefined,
      service: undefined,
    }),
    at,
    from,
    where,
  });
}

/** Which pre-authorisations are settled: what FROM, and what WHERE. */
type Which = { from: string; where: string };

/** A text is stored as its account wants it; what is asked and agreed to, with the number as it is. */
const ANSWERED = `
  json_each(?1) AS new
  JOIN inbound AS answer ON answer.id = new.value->>'id'
  JOIN preauth ON preauth.recipient = new.value->>'sender' AND preauth.short_number = answer.recipient
    AND preauth.due_at IS NOT NULL`;

/** No carrier was ever handed the question: nobody can have read it. */
const IS_UNASKED = "(message.state = 'held' OR (message.state IN ('scheduled', 'accepted') AND message.attempts = 0))";

/** OK answers the last question; but if a charge waits for an OK, it answers the charge. */
const AGREED: Which = {
  from: ANSWERED,
  where: `
    new.value->>'isOk'
    AND preauth.keyword_id = (
      SELECT asked.keyword_id FROM preauth AS asked
      WHERE asked.recipient = new.value->>'sender' AND asked.short_number = answer.recipient
        AND asked.asks_at <= ?2 AND asked.due_at IS NOT NULL AND asked.due_at > ?2
        AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = asked.message_id AND ${IS_UNASKED})
      ORDER BY asked.asks_at DESC, asked.inbound_id DESC LIMIT 1)
    AND NOT EXISTS (
      SELECT 1 FROM txn
      WHERE txn.recipient = new.value->>'sender' AND txn.short_number = answer.recipient
        AND txn.state = 'waiting' AND txn.waits_for = 'ok' AND txn.expires_at > ?2)`,
};

const REFUSED: Which = {
  from: ANSWERED,
  where: `
    EXISTS (SELECT 1 FROM json_each(new.value->'stops') AS stop WHERE stop.value IN ('all', preauth.keyword_id))`,
};

/** At most ?1 of them. */
const OVERDUE: Which = {
  from: `
    (SELECT inbound_id AS id FROM preauth WHERE due_at IS NOT NULL AND due_at <= ?2
     ORDER BY due_at, inbound_id LIMIT ?1) AS late
    JOIN preauth ON preauth.inbound_id = late.id`,
  where: "true",
};

const forwarded = ({ from, where }: Which, agreed: boolean) =>
  oweForward(`json(json_patch(inbound.forward->'consent', '{"isActive":${agreed}}'))`, {
    at: "?2",
    from: `${from}
  JOIN inbound ON inbound.id = preauth.inbound_id
  JOIN account ON account.id = inbound.account_id`,
    where,
  });

const FORWARD_AGREED = forwarded(AGREED, true);
const FORWARD_REFUSED = forwarded(REFUSED, false);
const FORWARD_OVERDUE = forwarded(OVERDUE, false);

const settled = ({ from, where }: Which, state: Exclude<PreAuthState, "waiting">) => `
  UPDATE preauth SET state = '${state}', due_at = NULL, changed_at = ?2
  WHERE state = 'waiting' AND inbound_id IN (SELECT preauth.inbound_id FROM ${from} WHERE ${where})`;

const GIVE_CONSENT = `
  INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, description, created_at, changed_at,
    short_number)
  SELECT preauth.account_id, preauth.merchant_id, preauth.keyword_id, preauth.recipient, 'active', preauth.token,
    preauth.description, ?2, ?2, preauth.short_number
  FROM ${AGREED.from} WHERE ${AGREED.where}
  ON CONFLICT (account_id, recipient, merchant_id, service_id) DO UPDATE
  SET state = 'active', token = iif(consent.state = 'active', consent.token, excluded.token), ended_by = NULL,
      description = coalesce(excluded.description, consent.description), changed_at = excluded.changed_at,
      short_number = excluded.short_number`;

/** Tells of questions that are about to end unsent. */
const tellOfQuestions = (state: "cancelled" | "expired", reason: string, { from, where }: Which, more: string) =>
  tell({
    ...aboutMessage(),
    type: `'message.${state}'`,
    at: "?2",
    data: messageFacts("?2", `'${state}'`, reason),
    from: "message",
    where: `${more} AND message.id IN (SELECT preauth.message_id FROM ${from} WHERE ${where})`,
    order: "message.id",
  });

const TELL_OF_TAKEN_BACK = tellOfQuestions("cancelled", "NULL", REFUSED, "message.state IN ('scheduled', 'held')");
const TELL_OF_EXPIRED = tellOfQuestions("expired", "'validity-over'", OVERDUE, "message.state = 'held'");

/** Who said STOP before the question was sent is not asked it. */
const TAKE_BACK_QUESTION = `
  UPDATE message
  SET state = 'cancelled', due_at = NULL, changed_at = ?2,
      history = ${append(entry("cancelled", { at: "?2", by: "'person'" }))}
  WHERE state IN ('scheduled', 'held')
    AND id IN (SELECT preauth.message_id FROM ${REFUSED.from} WHERE ${REFUSED.where})`;

/** A question that is no longer open is not sent, even if its info text still arrives. */
const EXPIRE_QUESTIONS = `
  UPDATE message
  SET state = 'expired', reason = 'validity-over', due_at = NULL, changed_at = ?2,
      history = ${append(entry("expired", { at: "?2" }))}
  WHERE state = 'held' AND id IN (SELECT preauth.message_id FROM ${OVERDUE.from} WHERE ${OVERDUE.where})`;

/** Who has agreed is not asked again, nor is who is being asked. */
const ASK = `
  INSERT INTO preauth (inbound_id, account_id, keyword_id, merchant_id, description, short_number, recipient, state, token,
    message_id, info_id, asks_at, due_at, changed_at)
  SELECT new.id, new.account_id, new.keyword_id, new.merchant_id, new.description, new.recipient, new.person,
    iif(new.has_agreed, 'agreed', 'waiting'), new.token,
    iif(new.has_agreed OR EXISTS (
        SELECT 1 FROM preauth
        WHERE preauth.recipient = new.person AND preauth.keyword_id = new.keyword_id AND preauth.due_at IS NOT NULL)
      OR EXISTS (
        SELECT 1 FROM json_each(?1) AS before JOIN inbound AS same ON same.id = before.value->>'id'
        WHERE before.key < new.place AND before.value->>'asking' IS NOT NULL
          AND before.value->>'sender' = new.person AND same.keyword_id = new.keyword_id),
      NULL, new.question), new.info,
    new.asks_at, iif(new.has_agreed, NULL, new.due_at), new.received_at
  FROM (
    SELECT inbound.*, key AS place, value->>'sender' AS person, value->'asking'->>'merchant' AS merchant_id, value->'asking'->>'description' AS description,
      value->'asking'->>'token' AS token, value->'asking'->>'question' AS question, value->'asking'->>'info' AS info,
      value->'asking'->>'asksAt' AS asks_at, value->'asking'->>'expiresAt' AS due_at,
      EXISTS (
        SELECT 1 FROM consent
        WHERE consent.account_id = inbound.account_id AND consent.recipient = value->>'sender'
          AND consent.merchant_id = value->'asking'->>'merchant' AND consent.service_id = inbound.keyword_id
          AND consent.state = 'active') AS has_agreed
    FROM json_each(?1) JOIN inbound ON inbound.id = value->>'id'
    WHERE value->>'asking' IS NOT NULL) AS new
  WHERE true
  ON CONFLICT (inbound_id) DO NOTHING`;

const SEND = `
  INSERT INTO message (${MESSAGE_COLUMNS.join(", ")})
  SELECT ${MESSAGE_COLUMNS.map((name) => `text.value->>'${name}'`).join(", ")}
  FROM json_each(?1) AS new
  JOIN preauth ON preauth.inbound_id = new.value->>'id' AND preauth.message_id IS NOT NULL
  JOIN json_each(new.value->'asking'->'texts') AS text
  WHERE true
  ON CONFLICT DO NOTHING
  RETURNING id`;
