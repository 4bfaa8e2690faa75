/** Inbound texts in D1. */

import type { SubscriptionId } from "../core/billing/subscription.ts";
import { timePart } from "../core/ids.ts";
import type { Inbound, InboundId, InboundStore } from "../core/messages/inbound.ts";
import type { MessageId } from "../core/messages/message.ts";
import type { WebhookFormat } from "../core/webhooks/format.ts";
import type { WebhookId } from "../core/webhooks/webhook.ts";
import { CANCELLED, endingStatements, OWED, TEXTS } from "./cancels.ts";
import { endpointOf, joinPaused, OWED_COLUMNS, unlessPaused } from "./owed.ts";
import { pageOf, present } from "./rows.ts";

export function inboundStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): InboundStore {
  const tellers = JSON.stringify([...formats].filter(([, { inbound }]) => inbound).map(([dialect]) => dialect));
  return {
    async add(inbounds) {
      const list = JSON.stringify(inbounds.map(({ endings: _, ...inbound }) => inbound));
      const endings = inbounds.flatMap(({ id, endings }) => endings.map((ending) => ({ ...ending, inbound: id })));
      const [, added, owed, ...ended] = await db.batch<never>([
        db
          .prepare(
            `INSERT INTO counter (name, value) VALUES ('inbound', ${FIRST_NUMBER} + ?1)
             ON CONFLICT (name) DO UPDATE SET value = value + ?1`,
          )
          .bind(inbounds.length),
        db.prepare(INSERT).bind(list, inbounds.length),
        db.prepare(OWE).bind(list, tellers),
        ...(endings.length > 0 ? endingStatements(db, endings) : []),
      ]);
      const ids = (index: number) => ((ended[index]?.results ?? []) as { id: string }[]).map(({ id }) => id);
      return {
        added: ((added?.results ?? []) as Row[]).map(toInbound),
        ended: ids(CANCELLED) as SubscriptionId[],
        owed: [...((owed?.results ?? []) as { id: WebhookId }[]).map(({ id }) => id), ...(ids(OWED) as WebhookId[])],
        messages: ids(TEXTS) as MessageId[],
      };
    },

    async byNumber(account, number) {
      const row = await db
        .prepare("SELECT * FROM inbound WHERE number = ?1 AND account_id = ?2")
        .bind(number, account)
        .first<Row>();
      return row ? toInbound(row) : undefined;
    },

    async forget(before, limit) {
      const { meta } = await db
        .prepare("DELETE FROM inbound WHERE id IN (SELECT id FROM inbound WHERE id < 'inb_' || ?1 LIMIT ?2)")
        .bind(timePart(before), limit)
        .run();
      return meta.changes;
    },

    async list(filter, page) {
      const { results } = await db
        .prepare(
          `SELECT * FROM inbound
           WHERE id >= 'inb_' || ?2 AND id < 'inb_' || ?3
             AND (?4 IS NULL OR account_id = ?4) AND (?5 IS NULL OR sender = ?5)
           ORDER BY id DESC LIMIT ?1`,
        )
        .bind(
          page.limit + 1,
          filter.since === undefined ? "" : timePart(filter.since),
          page.cursor ?? (filter.until === undefined ? "~" : timePart(filter.until)),
          filter.account ?? null,
          filter.sender ?? null,
        )
        .all<Row>();
      return pageOf(results, page.limit, toInbound, (row) => row.id.slice("inb_".length));
    },
  };
}

/** Numbers have nine digits from the beginning, as on the wires they are for. */
const FIRST_NUMBER = 100_000_000;

const INSERT = `
  INSERT INTO inbound
    (id, number, carrier, their_id, account_id, sender, recipient, text, operator, keyword, is_stop, received_at)
  SELECT value->>'id', (SELECT counter.value FROM counter WHERE counter.name = 'inbound') - ?2 + key + 1,
    value->>'carrier', value->>'theirId',
    coalesce(value->>'account',
      (SELECT iif(count(*) = 1, min(account_id), NULL) FROM sender WHERE sender.sender = value->>'recipient')),
    value->>'sender', value->>'recipient', value->>'text', value->>'operator', value->>'keyword', value->>'isStop', value->>'receivedAt'
  FROM json_each(?1) WHERE true
  ON CONFLICT DO NOTHING
  RETURNING *`;

/** To each address that the account named for a dialect which tells of inbound texts. */
const OWE = `
  INSERT INTO webhook (${OWED_COLUMNS})
  SELECT 'whk_' || printf('%06d', account.number) || substr(inbound.id, 5) || '_inbound-' || callback.dialect,
    inbound.account_id, callback.dialect, 'inbound', inbound.id, callback.message_url, ${endpointOf("callback.message_url")},
    json_object('state', 'received', 'at', inbound.received_at, 'method', callback.method,
      'inbound', json_object('id', inbound.id, 'number', inbound.number, 'carrier', inbound.carrier,
        'theirId', inbound.their_id, 'account', inbound.account_id, 'sender', inbound.sender,
        'recipient', inbound.recipient, 'text', inbound.text, 'operator', inbound.operator, 'keyword', inbound.keyword,
        'isStop', json(iif(inbound.is_stop, 'true', 'false')), 'receivedAt', inbound.received_at),
      'service', json_patch(new.value->'service', json_object('campaign',
        (SELECT credential.name FROM credential
         WHERE credential.account_id = inbound.account_id AND credential.dialect = callback.dialect
           AND credential.kind = 'campaign' ORDER BY credential.created_at LIMIT 1)))),
    ${unlessPaused("inbound.received_at")}, inbound.received_at, inbound.received_at
  FROM json_each(?1) AS new
  JOIN inbound ON inbound.id = new.value->>'id'
  JOIN account ON account.id = inbound.account_id
  JOIN callback ON callback.account_id = inbound.account_id AND callback.message_url IS NOT NULL
    AND callback.dialect IN (SELECT value FROM json_each(?2))
  ${joinPaused("inbound.account_id", "callback.message_url")}
  WHERE true
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;

type Row = {
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
};

function toInbound(row: Row): Inbound {
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
    ...present({ account: row.account_id, operator: row.operator, keyword: row.keyword }),
  };
}
