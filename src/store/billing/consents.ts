/** Consents in D1. */

import type { Consent } from "../../core/billing/subscriptions/consent.ts";
import type { ConsentStore } from "../../core/billing/subscriptions/store.ts";
import { present } from "../../core/kernel/present.ts";
import { ported, type Query } from "../query.ts";
import { bringConsents } from "./consent-imports.ts";

export function consentStore(db: D1Database): ConsentStore {
  return ported<ConsentStore>(db, {
    byId,
    among,
    any,
    end,
    hasStopped,
    bring: bringConsents,
  });
}

const byId: Query<ConsentStore, "byId"> = async (db, account, merchant, service, recipient) => {
  const row = await db
    .prepare("SELECT * FROM consent WHERE account_id = ?1 AND recipient = ?2 AND merchant_id = ?3 AND service_id = ?4")
    .bind(account, recipient, merchant, service)
    .first<ConsentRow>();
  return row ? toConsent(row) : undefined;
};

const among: Query<ConsentStore, "among"> = async (db, agreements) => {
  if (agreements.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT DISTINCT consent.* FROM json_each(?1) AS wanted CROSS JOIN consent
       WHERE consent.account_id = wanted.value->>'account' AND consent.recipient = wanted.value->>'recipient'
         AND consent.merchant_id = wanted.value->>'merchant' AND consent.service_id = wanted.value->>'service'`,
    )
    .bind(JSON.stringify(agreements))
    .all<ConsentRow>();
  return results.map(toConsent);
};

const any: Query<ConsentStore, "any"> = async (db, account, merchant, recipient) => {
  const row = await db
    .prepare(
      `SELECT * FROM consent
       WHERE account_id = ?1 AND recipient = ?2 AND merchant_id = ?3 AND state = 'active'
       ORDER BY changed_at DESC LIMIT 1`,
    )
    .bind(account, recipient, merchant)
    .first<ConsentRow>();
  return row ? toConsent(row) : undefined;
};

const end: Query<ConsentStore, "end"> = async (db, { account, merchant, service, recipient }, by, at) => {
  const { meta } = await db
    .prepare(
      `UPDATE consent SET state = 'ended', ended_by = ?5, changed_at = ?6
       WHERE account_id = ?1 AND recipient = ?2 AND merchant_id = ?3 AND service_id = ?4 AND state = 'active'`,
    )
    .bind(account, recipient, merchant, service, by, at)
    .run();
  return meta.changes > 0;
};

const hasStopped: Query<ConsentStore, "hasStopped"> = async (db, account, people, service) => {
  const row = await db
    .prepare(
      `SELECT 1 AS yes FROM consent
       WHERE account_id = ?1 AND recipient IN (SELECT value FROM json_each(?2)) AND (?3 IS NULL OR service_id = ?3)
         AND state = 'ended' AND ended_by = 'person'
         AND NOT EXISTS (
           SELECT 1 FROM consent AS again
           WHERE again.account_id = consent.account_id AND again.recipient IN (SELECT value FROM json_each(?2))
             AND again.merchant_id = consent.merchant_id AND again.service_id = consent.service_id AND again.state = 'active')
       LIMIT 1`,
    )
    .bind(account, JSON.stringify(people), service ?? null)
    .first();
  return row !== null;
};

type ConsentRow = {
  account_id: string;
  merchant_id: string;
  service_id: string;
  recipient: string;
  state: Consent["state"];
  token: string;
  description: string | null;
  ended_by: Consent["endedBy"] | null;
  created_at: number;
  changed_at: number;
};

function toConsent(row: ConsentRow): Consent {
  return {
    account: row.account_id,
    merchant: row.merchant_id,
    service: row.service_id,
    recipient: row.recipient,
    state: row.state,
    token: row.token,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...present({ description: row.description, endedBy: row.ended_by }),
  };
}
