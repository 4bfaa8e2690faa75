/** Inbound texts in D1. */

import type { InboundFilter, InboundStore } from "../../core/inbound/inbound.ts";
import type { PreAuthState } from "../../core/inbound/preauth.ts";
import { timePart } from "../../core/kernel/ids.ts";
import type { Page } from "../../core/kernel/pages.ts";
import { SEALED } from "../../core/messages/sealed.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { WebhookState } from "../../core/webhooks/webhook.ts";
import { ownTimes, withOwnTime } from "../kept.ts";
import { ported, type Query } from "../query.ts";
import { hasOneOf, lookedOf, pageOf } from "../rows.ts";
import { addInbounds } from "./inbound-arrivals.ts";
import { type InboundRow, toInbound } from "./inbound-rows.ts";
import { inboundWebhookId } from "./webhooks/owed.ts";

export function inboundStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): InboundStore {
  const tellers = JSON.stringify(
    [...formats].flatMap(([dialect, { inbound, inboundAt }]) => (inbound ? [{ dialect, inboundAt }] : [])),
  );
  return ported<InboundStore>(db, {
    add: (_, inbounds) => addInbounds(db, inbounds, formats, tellers),
    byNumber,
    byId,
    told,
    forget,
    list,
    search,
  });
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

type ToldRow = { preauth_state: PreAuthState | null; attempts: number | null; webhook_state: WebhookState | null };

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
