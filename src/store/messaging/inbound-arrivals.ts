/** Texts that people wrote, stored in D1 with all that follows from them. */

import type { InboundStore } from "../../core/inbound/inbound.ts";
import type { MessageId, SubscriptionId, TransactionId, WebhookId } from "../../core/kernel/ids.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { InboundEvent } from "../../core/webhooks/webhook.ts";
import { CANCELLED, endingStatements, OWED, STOPPED, TEXTS, TOLD } from "../billing/cancels.ts";
import { stepsOf } from "../billing/transactions/moves.ts";
import { idsOf } from "../rows.ts";
import { type InboundRow, toInbound } from "./inbound-rows.ts";
import { inRounds } from "./messages/moves.ts";
import { answerStatements, askingStatements, inboundJson, oweForward, toAsking } from "./preauths.ts";
import { NEW_TEXTS, TELL_OF_TEXTS } from "./webhooks/inbound-events.ts";
import { inboundWebhookId, jsonOf, owe } from "./webhooks/owed.ts";
import { eventStatements } from "./webhooks/told.ts";
import { toWished, wishStatements } from "./wishes.ts";

/**
 * Stores texts with all their consequences, in one write.
 * @param tellers the dialects that have a webhook for inbound texts, as JSON
 */
export async function addInbounds(
  db: D1Database,
  inbounds: Parameters<InboundStore["add"]>[0],
  formats: ReadonlyMap<string, WebhookFormat>,
  tellers: string,
): ReturnType<InboundStore["add"]> {
  const list = JSON.stringify(
    inbounds.map(({ endings: _, confirms: __, asking, opts, ...inbound }) => ({
      ...{ ...inbound, asking: toAsking(asking), opts: toWished(opts) },
    })),
  );
  const at = inbounds[0]?.receivedAt ?? 0;
  const answers = inbounds.some(({ isOk, stops }) => isOk || stops) ? answerStatements(db, list, at) : [];
  const asks = inbounds.some(({ asking }) => asking) ? askingStatements(db, list) : [];
  const forwards = inbounds.some(({ forward }) => forward) ? [db.prepare(FORWARD).bind(list)] : [];
  const wishes = wishStatements(
    db,
    inbounds.flatMap(({ opts }) => opts ?? []),
    list,
  );
  const moves = inbounds.flatMap(({ confirms }) => confirms ?? []);
  const steps = inRounds(moves).flatMap((round) => stepsOf(db, formats, round));
  const endings = inbounds.flatMap(({ id, endings }) => endings.map((ending) => ({ ...ending, inbound: id })));
  // Answers before new questions: a text must not answer the question that it causes itself. An OK that a charge waits for
  // belongs to the charge, so keyword questions are checked while that charge still waits.
  const [told, , , added, owed, ...rest] = await db.batch<never>([
    ...eventStatements(db, TELL_OF_TEXTS, list),
    db
      .prepare(
        `INSERT INTO counter (name, value) VALUES ('inbound', ${FIRST_NUMBER} + ?1)
         ON CONFLICT (name) DO UPDATE SET value = value + ?1`,
      )
      .bind(inbounds.length),
    db.prepare(INSERT).bind(list, inbounds.length, tellers),
    db.prepare(OWE).bind(list),
    ...wishes.map(({ statement }) => statement),
    ...answers,
    ...steps.map(({ statement }) => statement),
    ...asks,
    ...forwards,
    ...(endings.length > 0 ? endingStatements(db, endings) : []),
  ]);
  const wished = rest.splice(0, wishes.length);
  const wishedTo = (gives: "owed" | "messages") => wished.filter((_, index) => wishes[index]?.gives === gives);
  const answered = rest.splice(0, answers.length);
  const confirmed = rest.splice(0, steps.length).filter((_, index) => steps[index]?.gives === "made");
  const asked = rest.splice(0, asks.length);
  const forwarded = rest.splice(0, forwards.length);
  const ended = rest;
  return {
    added: ((added?.results ?? []) as InboundRow[]).map(toInbound),
    ended: idsOf<SubscriptionId>(ended[CANCELLED]),
    stopped: idsOf<TransactionId>(ended[STOPPED]),
    confirmed: confirmed.flatMap(idsOf<TransactionId>),
    owed: [told, owed, ...wishedTo("owed"), answered[0], answered[1], forwarded[0], ended[TOLD], ended[OWED]].flatMap(
      idsOf<WebhookId>,
    ),
    messages: [...wishedTo("messages"), asked[1], ended[TEXTS]].flatMap(idsOf<MessageId>),
  };
}

/** Numbers have nine digits from the beginning, as on the wires they are for. */
const FIRST_NUMBER = 100_000_000;

/** The address for a new text in a callback: for one with pictures the address for these, if there is one. */
const urlIn = (callback: string) =>
  `iif(new.value->>'channel' = 'MMS', coalesce(${callback}.mms_message_url, ${callback}.message_url), ${callback}.message_url)`;

/**
 * The address and form of a new text's webhook in each dialect: the number's own address, or else the account's. A callback
 * counts if it has an address for such a text; `max` prefers the number's callback to the account's, whose number is empty.
 */
const TOLD_AT = `
  SELECT json_group_object(callback.dialect, json_object(
    'url', ${urlIn("callback")},
    'form', iif(new.value->>'channel' = 'MMS' AND callback.mms_message_url IS NOT NULL,
      coalesce(callback.forms->>'mmsMessage', callback.forms->>'message'), callback.forms->>'message'),
    'method', callback.method))
  FROM json_each(?3) AS teller
  JOIN callback ON callback.account_id = new.account_id AND callback.dialect = teller.value->>'dialect'
    AND ${urlIn("callback")} IS NOT NULL
    AND callback.number = (SELECT max(own.number) FROM callback AS own
      WHERE own.account_id = callback.account_id AND own.dialect = callback.dialect AND ${urlIn("own")} IS NOT NULL
        AND own.number IN ('', new.value->>'recipient'))
  WHERE teller.value->>'inboundAt' IS NULL OR new.value->>'recipient' LIKE '+%'`;

/** Absent members are not stored: json_patch drops what is null. */
const INSERT = `
  INSERT INTO inbound
    (id, number, carrier, their_id, account_id, sender, recipient, text, operator, keyword, is_stop, received_at,
     keyword_id, forward, channel, binary, told)
  WITH new AS MATERIALIZED (${NEW_TEXTS})
  SELECT value->>'id', (SELECT counter.value FROM counter WHERE counter.name = 'inbound') - ?2 + key + 1,
    value->>'carrier', value->>'theirId', account_id,
    sender, value->>'recipient', text, value->>'operator', value->>'keyword', value->>'isStop', value->>'receivedAt',
    value->>'keywordId', value->'forward', value->>'channel', value->'binary',
    nullif(json_patch('{}', json_object(
      'rates', json((SELECT account.settings->'rates' FROM account WHERE account.id = new.account_id)),
      'at', json(nullif((${TOLD_AT}), '{}')))), '{}')
  FROM new WHERE true
  ON CONFLICT DO NOTHING
  RETURNING *`;

/**
 * One webhook for each dialect's address; but in the dialect of its keyword, the text goes to the keyword's address instead.
 */
const OWE = owe({
  id: inboundWebhookId("told.key"),
  account: "inbound.account_id",
  dialect: "told.key",
  kind: "inbound",
  subject: "inbound.id",
  url: "(told.value->>'url')",
  event: jsonOf<InboundEvent>({
    state: "'received'",
    at: "inbound.received_at",
    method: "told.value->>'method'",
    form: "told.value->>'form'",
    rates: "json(inbound.told->'rates')",
    inbound: inboundJson("json(inbound.forward->'consent')"),
    service: `json_patch(new.value->'service', json_object('campaign',
      (SELECT credential.name FROM credential
       WHERE credential.account_id = inbound.account_id AND credential.dialect = told.key
         AND credential.found_by = 'name' ORDER BY credential.created_at LIMIT 1)))`,
  }),
  at: "inbound.received_at",
  from: `json_each(?1) AS new
  JOIN inbound ON inbound.id = new.value->>'id'
  JOIN account ON account.id = inbound.account_id
  JOIN json_each(inbound.told, '$.at') AS told`,
  where: "inbound.forward IS NULL OR told.key <> inbound.forward->>'dialect'",
});

/** To its keyword's address, unless its person is asked something first. */
const FORWARD = oweForward(
  `json(iif(preauth.inbound_id IS NULL, inbound.forward->'consent',
     json_patch(inbound.forward->'consent', '{"isActive":true}')))`,
  {
    at: "inbound.received_at",
    from: `json_each(?1) AS new
  JOIN inbound ON inbound.id = new.value->>'id'
  JOIN account ON account.id = inbound.account_id
  LEFT JOIN preauth ON preauth.inbound_id = inbound.id`,
    where: "inbound.forward IS NOT NULL AND preauth.due_at IS NULL",
  },
);
