/** When something must next be done, of every kind, in one statement: each answer is the head of an index. */

import { type Agenda, type AgendaStore, DUE_KINDS, type DueKind } from "../core/agenda.ts";
import { present } from "../core/kernel/present.ts";
import { NEXT_SUBSCRIPTION } from "./billing/subscriptions.ts";
import { NEXT_MESSAGE } from "./messaging/messages/schedule.ts";
import { NEXT_WEBHOOK } from "./messaging/webhooks/schedule.ts";
import { ported, type Query } from "./query.ts";

const listedIn = (table: string) => `SELECT min(due_at) FROM ${table} WHERE due_at IS NOT NULL`;

const LISTED: Readonly<Record<DueKind, string>> = {
  subscriptions: listedIn("subscription"),
  parts: "SELECT min(received_at) + ?1 FROM inbound_part WHERE is_joined = 0",
  preauths: listedIn("preauth"),
  campaigns: listedIn("campaign"),
  transactions: listedIn("txn"),
  messages: listedIn("message"),
  webhooks: listedIn("webhook"),
};

/** Of the other kinds, something can be done about each that is listed. */
const NEXT: Partial<Record<DueKind, string>> = {
  subscriptions: NEXT_SUBSCRIPTION,
  messages: NEXT_MESSAGE,
  webhooks: NEXT_WEBHOOK,
};

/** Each is due at the end of its claim, or stands where it was due before it. A charge that waits no longer is being refused. */
const IN_HAND = `
  EXISTS (SELECT 1 FROM message WHERE due_at IS NOT NULL AND due_at <= ?2 AND state = 'submitting')
  OR EXISTS (
    SELECT 1 FROM txn WHERE due_at IS NOT NULL AND due_at <= ?3 AND (
      state = 'charging' OR in_hand_until > ?5 OR (state = 'waiting' AND due_at > expires_at)))
  OR EXISTS (SELECT 1 FROM webhook WHERE due_at IS NOT NULL AND due_at <= ?4 AND state = 'delivering')
  OR EXISTS (SELECT 1 FROM campaign WHERE due_at IS NOT NULL AND claim IS NOT NULL)`;

const columns = (questions: Partial<Record<DueKind, string>>, name: string) =>
  Object.entries(questions).map(([kind, question]) => `(${question}) AS ${kind}_${name}`);
const AGENDA = `SELECT ${[...columns(LISTED, "listed"), ...columns(NEXT, "next")].join(",\n  ")},
  ${IN_HAND} AS is_in_hand`;

const read: Query<AgendaStore, "read"> = async (db, partsWait, claims, wall) => {
  const row = await db
    .prepare(AGENDA)
    .bind(partsWait, claims.messages, claims.transactions, claims.webhooks, wall)
    .first<Record<string, number | null>>();
  const timesOf = (kind: DueKind) => {
    const listed = row?.[`${kind}_listed`];
    return [kind, present({ listed, next: kind in NEXT ? row?.[`${kind}_next`] : listed })];
  };
  return { ...Object.fromEntries(DUE_KINDS.map(timesOf)), isInHand: row?.is_in_hand === 1 } as Agenda;
};

export const agendaStore = (db: D1Database): AgendaStore => ported<AgendaStore>(db, { read });
