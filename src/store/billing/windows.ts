/** Windows in D1. */

import type { WindowStore } from "../../core/billing/purchases/store.ts";
import type { Window } from "../../core/billing/purchases/window.ts";
import { tailOf } from "../../core/kernel/ids.ts";
import { present } from "../../core/kernel/present.ts";
import { OURS } from "../../core/messages/own.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import { ownTimes, withOwnTime } from "../kept.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";
import { findEvidence, keepEvidence } from "./evidence.ts";
import { moveTransactions } from "./transactions/moves.ts";

export function windowStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): WindowStore {
  return ported<WindowStore>(db, {
    byTheirId,
    byPublicId,
    list,
    begin,
    forgetUnconfirmed,
    evidence: findEvidence,
    close: async (_, move, evidence) => {
      const before = evidence ? [keepEvidence(db, evidence)] : [];
      const { made, owed } = await moveTransactions(db, formats, [move], [], before);
      return { closed: made.has(move.id), owed };
    },
  });
}

const byTheirId: Query<WindowStore, "byTheirId"> = async (db, account, theirId) => {
  const row = await db
    .prepare("SELECT * FROM win WHERE account_id = ?1 AND their_id = ?2")
    .bind(account, theirId)
    .first<WindowRow>();
  return row ? toWindow(row) : undefined;
};

const byPublicId: Query<WindowStore, "byPublicId"> = async (db, theirId) => {
  const row = await db
    .prepare("SELECT * FROM win WHERE their_id = ?1 AND is_public = 1")
    .bind(theirId)
    .first<WindowRow>();
  return row ? toWindow(row) : undefined;
};

const list: Query<WindowStore, "list"> = async (db, filter, page) => {
  const { results } = await db
    .prepare(
      `SELECT win.* FROM account CROSS JOIN win
       WHERE (?2 IS NULL OR account.id = ?2) AND win.id IN (
         SELECT own.id FROM win AS own
         WHERE own.id >= 'win_' || printf('%06d', account.number)
           AND own.id < 'win_' || printf('%06d', account.number) || ?4
           AND (?3 IS NULL OR own.state = ?3)
         ORDER BY own.id DESC LIMIT ?1)
       ORDER BY substr(win.id, 11) DESC LIMIT ?1`,
    )
    .bind(page.limit + 1, filter.account ?? null, filter.state ?? null, page.cursor ?? "~")
    .all<WindowRow>();
  return pageOf(results, page.limit, toWindow, (row) => tailOf(row.id));
};

const begin: Query<WindowStore, "begin"> = async (db, id, { session, recipient, isPinSent }, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE win SET session = ?2, recipient = ?3, is_pin_sent = ?4, pins_sent = pins_sent + ?4, changed_at = ?5
       WHERE id = ?1 AND state = 'open'`,
    )
    .bind(id, session, recipient, Number(isPinSent), at)
    .run();
  return meta.changes > 0;
};

const forgetUnconfirmed: Query<WindowStore, "forgetUnconfirmed"> = async (db, before, limit) => {
  const { results } = await db
    .prepare(
      `SELECT win.id FROM ${withOwnTime("?3")} CROSS JOIN win ON win.account_id = account.id CROSS JOIN txn ON txn.id = win.txn_id
       WHERE win.state IN ('cancelled', 'abandoned', 'expired') AND win.changed_at < coalesce(own.value->>'before', ?1)
         AND +txn.state IN ('failed', 'expired', 'cancelled') AND txn.attempts = 0 AND txn.disputed_at IS NULL
       LIMIT ?2`,
    )
    .bind(before.otherwise, limit, ownTimes(before))
    .all<{ id: string }>();
  if (results.length === 0) return 0;
  const list = JSON.stringify(results.map(({ id }) => id));
  const forgotten = "SELECT win.txn_id FROM win WHERE win.id IN (SELECT value FROM json_each(?1))";
  await db.batch([
    db
      .prepare(
        `INSERT INTO spent_id (account_id, their_id)
         SELECT win.account_id, win.their_id FROM win
         WHERE win.id IN (SELECT value FROM json_each(?1)) AND NOT (win.dialect = '${OURS}' AND ${IS_RANDOM})
         ON CONFLICT DO NOTHING`,
      )
      .bind(list),
    db.prepare(`DELETE FROM webhook WHERE due_at IS NULL AND id IN (${ABOUT})`).bind(list),
    db.prepare(`DELETE FROM txn WHERE id IN (${forgotten})`).bind(list),
    db.prepare("DELETE FROM win WHERE id IN (SELECT value FROM json_each(?1))").bind(list),
  ]);
  return results.length;
};

/** The webhooks about such purchases. */
const ABOUT = `
  SELECT webhook.id FROM json_each(?1) AS gone CROSS JOIN win ON win.id = gone.value CROSS JOIN webhook
    ON webhook.id >= 'whk_' || substr(win.txn_id, 5) || '_' AND webhook.id < 'whk_' || substr(win.txn_id, 5) || '_~'`;

/** Whether the id is a UUID, as a page makes for a browser that comes without one: only that browser has got it from us. */
const HEX = "[0-9a-f]";
const IS_RANDOM = `win.their_id GLOB '${[8, 4, 4, 4, 12].map((length) => HEX.repeat(length)).join("-")}'`;

type WindowRow = {
  id: Window["id"];
  account_id: string;
  dialect: string;
  txn_id: Window["transaction"];
  their_id: string;
  custom_id: string | null;
  is_public: 0 | 1;
  service_id: string | null;
  state: Window["state"];
  recipient: string | null;
  is_pin_sent: 0 | 1;
  pins_sent: number;
  session: string | null;
  redirect_url: string;
  created_at: number;
  changed_at: number;
  expires_at: number;
};

/** The columns of a new row, as `toWindowRow` names them. */
export const WINDOW_COLUMNS = [
  "id",
  "account_id",
  "dialect",
  "txn_id",
  "their_id",
  "custom_id",
  "is_public",
  "service_id",
  "state",
  "redirect_url",
  "created_at",
  "changed_at",
  "expires_at",
] as const satisfies readonly (keyof WindowRow)[];

export function toWindowRow(window: Window): Record<(typeof WINDOW_COLUMNS)[number], unknown> {
  return {
    id: window.id,
    account_id: window.account,
    dialect: window.dialect,
    txn_id: window.transaction,
    their_id: window.theirId,
    custom_id: window.customId ?? null,
    is_public: window.isPublic ? 1 : 0,
    service_id: window.service ?? null,
    state: window.state,
    redirect_url: window.redirectUrl,
    created_at: window.createdAt,
    changed_at: window.changedAt,
    expires_at: window.expiresAt,
  };
}

function toWindow(row: WindowRow): Window {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    transaction: row.txn_id,
    theirId: row.their_id,
    state: row.state,
    isPublic: row.is_public === 1,
    isPinSent: row.is_pin_sent === 1,
    pinsSent: row.pins_sent,
    redirectUrl: row.redirect_url,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    expiresAt: row.expires_at,
    ...present({
      customId: row.custom_id,
      service: row.service_id,
      recipient: row.recipient,
      session: row.session,
    }),
  };
}
