/** Inbound texts in D1. */

import type { Inbound, InboundFilter, InboundStore, NewInbound, ToldThen } from "../../core/inbound/inbound.ts";
import type { PreAuthState } from "../../core/inbound/preauth.ts";
import {
  type InboundId,
  type KeywordId,
  type MessageId,
  type SubscriptionId,
  type TransactionId,
  timePart,
  type WebhookId,
} from "../../core/kernel/ids.ts";
import type { Page } from "../../core/kernel/pages.ts";
import { present } from "../../core/kernel/present.ts";
import type { Binary } from "../../core/messages/binary.ts";
import { SEALED } from "../../core/messages/sealed.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { InboundEvent, WebhookState } from "../../core/webhooks/webhook.ts";
import { CANCELLED, endingStatements, OWED, STOPPED, TEXTS, TOLD } from "../billing/cancels.ts";
import { stepsOf } from "../billing/transactions/moves.ts";
import { ownTimes, withOwnTime } from "../kept.ts";
import { ported, type Query } from "../query.ts";
import { hasOneOf, idsOf, lookedOf, pageOf } from "../rows.ts";
import { inRounds } from "./messages/moves.ts";
import { answerStatements, askingStatements, inboundJson, oweForward, toAsking } from "./preauths.ts";
import { NEW_TEXTS, TELL_OF_TEXTS } from "./webhooks/inbound-events.ts";
import { inboundWebhookId, jsonOf, owe } from "./webhooks/owed.ts";
import { eventStatements } from "./webhooks/told.ts";
import { toWished, wishStatements } from "./wishes.ts";

export function inboundStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): InboundStore {
  const tellers = JSON.stringify(
    [...formats].flatMap(([dialect, { inbound, inboundAt }]) => (inbound ? [{ dialect, inboundAt }] : [])),
  );
  return ported<InboundStore>(db, {
    add: (_, inbounds) => add(db, inbounds, formats, tellers),
    byNumber,
    byId,
    told,
    forget,
    list,
    search,
  });
}

/**
 * Stores texts with all their consequences, in one write.
 * @param tellers the dialects that have a webhook for inbound texts, as JSON
 */
async function add(
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

const byNumber: Query<InboundStore, "byNumber"> = async (db, account, number) => {
  const row = await db
    .prepare("SELECT * FROM inbound WHERE number = ?1 AND account_id = ?2")
    .bind(number, account)
    .first<InboundRow>();
  return row ? toInbound(row) : undefined;
};

const byId: Query<InboundStore, "byId"> = async (db, account, id) => {
  const row = await db
    .prepare("SELECT * FROM inbound WHERE id = ?1 AND account_id = ?2")
    .bind(id, account)
    .first<InboundRow>();
  return row ? toInbound(row) : undefined;
};

const told: Query<InboundStore, "told"> = async (db, account, dialect, shortNumber, id) => {
  const row = await db
    .prepare(
      `SELECT inbound.*, preauth.state AS preauth_state, webhook.attempts, webhook.state AS webhook_state
       FROM inbound
       JOIN account ON account.id = inbound.account_id
       LEFT JOIN preauth ON preauth.inbound_id = inbound.id
       LEFT JOIN webhook ON webhook.id = ${inboundWebhookId("?2")}
       WHERE inbound.id IN (SELECT ?4 UNION SELECT same.id FROM inbound AS same WHERE same.their_id = ?4)
         AND inbound.account_id = ?1 AND inbound.recipient = ?3
       ORDER BY inbound.id LIMIT 1`,
    )
    .bind(account, dialect, shortNumber, id)
    .first<InboundRow & ToldRow>();
  if (!row) return undefined;
  const inbound = toInbound(row);
  if (inbound.consent && row.preauth_state && row.preauth_state !== "waiting") {
    inbound.consent = { ...inbound.consent, isActive: row.preauth_state === "agreed" };
  }
  return { inbound, attempts: row.attempts ?? 0, isReceived: row.webhook_state === "answered" };
};

/** The accounts, each with its own time, and nobody: by account, so that what one keeps for long is not gone through each minute. */
const WHOSE = `(
  SELECT account.id, own.value->>'part' AS part FROM ${withOwnTime("?3")} UNION ALL SELECT NULL, NULL) AS whose`;
const IS_OLD = "old.account_id IS whose.id AND old.id < 'inb_' || coalesce(whose.part, ?1)";

/** The webhooks about a text. */
const ABOUT = (text: string) => {
  const number = `(SELECT number FROM account WHERE account.id = ${text}.account_id)`;
  const begins = `'whk_' || printf('%06d', ${number}) || substr(${text}.id, 5) || '_'`;
  return `webhook.id >= ${begins} AND webhook.id < ${begins} || '~'`;
};

const OVER = `
  SELECT old.id, old.account_id FROM ${WHOSE} CROSS JOIN inbound AS old
  WHERE ${IS_OLD} AND NOT EXISTS (SELECT 1 FROM preauth WHERE preauth.inbound_id = old.id)
    AND NOT EXISTS (SELECT 1 FROM webhook WHERE ${ABOUT("old")} AND webhook.due_at IS NOT NULL)
  LIMIT ?2`;

/** With the webhooks that tell of them, as messages are. */
const forget: Query<InboundStore, "forget"> = async (db, before, limit) => {
  const given = [timePart(before.otherwise), limit, ownTimes(before)] as const;
  const preauths = `
    SELECT preauth.inbound_id FROM ${WHOSE} CROSS JOIN inbound AS old JOIN preauth ON preauth.inbound_id = old.id
    WHERE ${IS_OLD} AND preauth.due_at IS NULL LIMIT ?2`;
  const webhooks = `SELECT webhook.id FROM (${OVER}) AS gone CROSS JOIN webhook WHERE ${ABOUT("gone")}`;
  const [, , forgotten] = await db.batch([
    db.prepare(`DELETE FROM preauth WHERE inbound_id IN (${preauths})`).bind(...given),
    db.prepare(`DELETE FROM webhook WHERE id IN (${webhooks})`).bind(...given),
    db.prepare(`DELETE FROM inbound WHERE id IN (SELECT id FROM (${OVER}))`).bind(...given),
  ]);
  return forgotten?.meta.changes ?? 0;
};

const list: Query<InboundStore, "list"> = async (db, filter, page) => {
  const { results } = await db
    .prepare(`SELECT * ${newest(filter)}`)
    .bind(page.limit + 1, ...narrowing(filter, page))
    .all<InboundRow>();
  return pageOf(results, page.limit, toInbound, (row) => row.id.slice("inb_".length));
};

/** The newest ?1 of the filter. A person's, and an account's, are read off an index of their own, in order of time. */
function newest({ sender, account }: InboundFilter): string {
  return `FROM inbound
       WHERE id >= 'inb_' || ?2 AND id < 'inb_' || ?3
         AND ${sender === undefined && account !== undefined ? "account_id = ?4" : "(?4 IS NULL OR +account_id = ?4)"}
         AND ${sender === undefined ? "?5 IS NULL" : "sender IN (SELECT value FROM json_each(?5))"}
       ORDER BY id DESC LIMIT ?1`;
}

/** The parameters from ?2. */
function narrowing(filter: InboundFilter, page: Page) {
  return [
    filter.since === undefined ? "" : timePart(filter.since),
    page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
    filter.account ?? null,
    filter.sender === undefined ? null : JSON.stringify(filter.senders ?? [filter.sender]),
  ];
}

const search: Query<InboundStore, "search"> = async (db, filter, needles, page, most, people = []) => {
  const { results } = await db
    .prepare(
      `WITH looked AS MATERIALIZED (SELECT * ${newest(filter)})
       SELECT counted.*, found.*
       FROM (SELECT count(*) AS looked, min(substr(id, 5)) AS reached FROM looked) AS counted
       LEFT JOIN (
         SELECT * FROM looked
         WHERE iif(looked.sender GLOB '${SEALED}*',
           looked.sender IN (SELECT value FROM json_each(?9)) OR instr(looked.recipient, ?7) > 0, ${hasOneOf("?6", "?7")})
         ORDER BY id DESC LIMIT ?8) AS found
       ORDER BY found.id DESC`,
    )
    .bind(
      most,
      ...narrowing(filter, page),
      JSON.stringify(needles.forms),
      needles.digits ?? null,
      page.limit,
      JSON.stringify(people),
    )
    .all<{ looked: number; reached: string | null } & (InboundRow | { id: null })>();
  return lookedOf(results, (row) => toInbound(row as InboundRow));
};

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

export type InboundRow = {
  id: InboundId;
  number: number;
  carrier: string;
  their_id: string;
  account_id: string | null;
  sender: string;
  recipient: string;
  text: string;
  operator: string | null;
  keyword: string | null;
  is_stop: 0 | 1;
  received_at: number;
  keyword_id: KeywordId | null;
  forward: string | null;
  channel: string | null;
  told: string | null;
  binary: string | null;
};

type ToldRow = { preauth_state: PreAuthState | null; attempts: number | null; webhook_state: WebhookState | null };

export function toInbound(row: InboundRow): Inbound {
  const { tags, properties, consent } = JSON.parse(row.forward ?? "{}") as Partial<NonNullable<NewInbound["forward"]>>;
  return {
    id: row.id,
    number: row.number,
    carrier: row.carrier,
    theirId: row.their_id,
    sender: row.sender,
    recipient: row.recipient,
    text: row.text,
    isStop: row.is_stop === 1,
    receivedAt: row.received_at,
    ...present({ channel: row.channel, account: row.account_id, operator: row.operator, keyword: row.keyword }),
    ...present({ keywordId: row.keyword_id, tags, properties, consent }),
    ...(row.binary ? { binary: JSON.parse(row.binary) as Binary } : {}),
    ...(row.told ? { told: JSON.parse(row.told) as ToldThen } : {}),
  };
}
