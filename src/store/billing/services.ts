/** Merchants and their services, in D1. */

import type { Merchant, Service } from "../../core/billing/service.ts";
import type { ServiceStore } from "../../core/billing/store.ts";
import { present } from "../../core/kernel/present.ts";
import { ported, type Query } from "../query.ts";

export function serviceStore(db: D1Database): ServiceStore {
  return ported<ServiceStore>(db, {
    merchant,
    merchants,
    putMerchant,
    removeMerchant,
    service: byId,
    services,
    publishedService,
    pageOwner,
    servicesAt,
    putService,
    removeService,
  });
}

const merchant: Query<ServiceStore, "merchant"> = async (db, account, id) => {
  const row = await db
    .prepare("SELECT * FROM merchant WHERE account_id = ?1 AND id = ?2")
    .bind(account, id)
    .first<MerchantRow>();
  return row ? toMerchant(row) : undefined;
};

const merchants: Query<ServiceStore, "merchants"> = async (db, account) => {
  const { results } = await db
    .prepare("SELECT * FROM merchant WHERE account_id = ?1 ORDER BY id")
    .bind(account)
    .all<MerchantRow>();
  return results.map(toMerchant);
};

const putMerchant: Query<ServiceStore, "putMerchant"> = async (db, merchant) => {
  await db
    .prepare(
      `INSERT INTO merchant (account_id, id, name, short_number_ids, created_at, changed_at, terms_url, contact)
       VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
       ON CONFLICT (account_id, id) DO UPDATE
       SET name = ?3, short_number_ids = ?4, changed_at = ?5, terms_url = ?6, contact = ?7`,
    )
    .bind(
      merchant.account,
      merchant.id,
      merchant.name ?? null,
      JSON.stringify(merchant.shortNumberIds),
      merchant.changedAt,
      merchant.termsUrl ?? null,
      merchant.contact ?? null,
    )
    .run();
};

const removeMerchant: Query<ServiceStore, "removeMerchant"> = async (db, account, id) => {
  const { meta } = await db
    .prepare(
      `DELETE FROM merchant WHERE account_id = ?1 AND id = ?2 AND NOT EXISTS (
         SELECT 1 FROM service WHERE service.account_id = ?1 AND service.merchant_id = ?2)`,
    )
    .bind(account, id)
    .run();
  return meta.changes > 0;
};

const services: Query<ServiceStore, "services"> = async (db, account) => {
  const { results } = await db
    .prepare("SELECT * FROM service WHERE account_id = ?1 ORDER BY id")
    .bind(account)
    .all<ServiceRow>();
  return results.map(toService);
};

const publishedService: Query<ServiceStore, "publishedService"> = async (db, name) => {
  const row = await db
    .prepare(
      `SELECT service.* FROM page_name
       JOIN service ON service.account_id = page_name.account_id AND service.id = page_name.name
       JOIN account ON account.id = service.account_id AND account.state = 'open'
       WHERE page_name.name = ?1`,
    )
    .bind(name)
    .first<ServiceRow>();
  return row ? toService(row) : undefined;
};

const pageOwner: Query<ServiceStore, "pageOwner"> = async (db, name) => {
  const owner = await db
    .prepare("SELECT account_id FROM page_name WHERE name = ?1")
    .bind(name)
    .first<string>("account_id");
  return owner ?? undefined;
};

const servicesAt: Query<ServiceStore, "servicesAt"> = async (db, shortNumber) => {
  const { results } = await db
    .prepare("SELECT * FROM service WHERE short_number = ?1 ORDER BY created_at, account_id, id")
    .bind(shortNumber)
    .all<ServiceRow>();
  return results.map(toService);
};

const putService: Query<ServiceStore, "putService"> = async (db, service) => {
  const { account, id, merchant, shortNumber, keyword, createdAt, changedAt, ...terms } = service;
  const [, stored] = await db.batch<ServiceRow>([
    db.prepare(TAKE_NAME).bind(account, id, createdAt),
    db
      .prepare(
        `INSERT INTO service (account_id, id, merchant_id, short_number, keyword, terms, created_at, changed_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
       WHERE EXISTS (SELECT 1 FROM page_name WHERE name = ?2 AND account_id = ?1)
         OR EXISTS (SELECT 1 FROM service WHERE account_id = ?1 AND id = ?2)
       ON CONFLICT (account_id, id) DO UPDATE
       SET merchant_id = ?3, short_number = ?4, keyword = ?5, terms = ?6, changed_at = ?8
       WHERE (service.short_number = ?4 AND service.terms->>'consent' IS ?6->>'consent') OR NOT ${HAS_SUBSCRIPTIONS}
       RETURNING *`,
      )
      .bind(account, id, merchant, shortNumber, keyword ?? null, JSON.stringify(terms), createdAt, changedAt),
  ]);
  const [row] = stored?.results ?? [];
  if (row) return toService(row);
  return (await byId(db, account, id)) ? "subscribed" : "name-taken";
};

const removeService: Query<ServiceStore, "removeService"> = async (db, account, id) => {
  const { meta } = await db
    .prepare(`DELETE FROM service WHERE account_id = ?1 AND id = ?2 AND NOT ${HAS_SUBSCRIPTIONS}`)
    .bind(account, id)
    .run();
  return meta.changes > 0;
};

/** Whether anybody subscribes to service ?2 of account ?1. */
const HAS_SUBSCRIPTIONS = `
  EXISTS (SELECT 1 FROM subscription_count AS own
    WHERE own.account_id = ?1 AND own.service_id = ?2 AND own.state <> 'cancelled' AND own.count > 0)`;

async function byId(db: D1Database, account: string, id: string): Promise<Service | undefined> {
  const row = await db
    .prepare("SELECT * FROM service WHERE account_id = ?1 AND id = ?2")
    .bind(account, id)
    .first<ServiceRow>();
  return row ? toService(row) : undefined;
}

/**
 * The name stays its account's, whatever becomes of the service and of the account. An account's id is its own: pages lie
 * under it, too. Of two accounts that publish one name at once, the key lets one in.
 */
const TAKE_NAME = `
  INSERT INTO page_name (name, account_id, created_at)
  SELECT ?2, ?1, ?3 WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = ?2 AND id <> ?1)
  ON CONFLICT DO NOTHING`;

type MerchantRow = {
  account_id: string;
  id: string;
  name: string | null;
  short_number_ids: string;
  created_at: number;
  changed_at: number;
  terms_url: string | null;
  contact: string | null;
};

function toMerchant(row: MerchantRow): Merchant {
  return {
    account: row.account_id,
    id: row.id,
    shortNumberIds: JSON.parse(row.short_number_ids),
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...present({ name: row.name, termsUrl: row.terms_url, contact: row.contact }),
  };
}

export type ServiceRow = {
  account_id: string;
  id: string;
  merchant_id: string;
  short_number: string;
  keyword: string | null;
  terms: string;
  created_at: number;
  changed_at: number;
};

export function toService(row: ServiceRow): Service {
  return {
    ...JSON.parse(row.terms),
    account: row.account_id,
    id: row.id,
    merchant: row.merchant_id,
    shortNumber: row.short_number,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    ...present({ keyword: row.keyword }),
  };
}
