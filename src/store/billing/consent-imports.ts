/** Consents that were given elsewhere, into D1. What stands in the way of one is found in the write itself. */

import type { ConsentFault } from "../../core/billing/subscriptions/consent.ts";
import type { ConsentStore } from "../../core/billing/subscriptions/store.ts";
import type { Judged } from "../../core/kernel/imports.ts";
import type { Query } from "../query.ts";
import { eachForm } from "../sealed/stored-as.ts";

/**
 * Each of ?1, of account ?2, with the fault that keeps it out. A STOP written here since the consent began, for the number or for
 * this service, has ended it, though it was not stored here yet.
 */
const JUDGED = `
  judged AS MATERIALIZED (
    SELECT new.key AS place, new.value AS value,
      CASE
        WHEN consent.state = 'ended' AND consent.ended_by = 'person' THEN 'stopped'
        WHEN consent.state = 'ended' THEN 'ended'
        WHEN consent.state = 'active' THEN iif(consent.token = new.value->>'token'
          AND consent.description IS new.value->>'description' AND consent.created_at = new.value->>'since', NULL, 'other')
        WHEN EXISTS (
          SELECT 1 FROM inbound
          WHERE inbound.sender IN ${eachForm("new.value->>'recipient'", "new.value->'forms'")} AND inbound.recipient = new.value->>'shortNumber'
            AND inbound.is_stop = 1 AND inbound.received_at >= new.value->>'since'
            AND (inbound.keyword IS NULL OR inbound.keyword_id = new.value->>'service')) THEN 'stopped'
      END AS fault
    FROM json_each(?1) AS new
    LEFT JOIN consent ON consent.account_id = ?2 AND consent.recipient = new.value->>'recipient'
      AND consent.merchant_id = new.value->>'merchant' AND consent.service_id = new.value->>'service')`;

const BRING = `
  WITH ${JUDGED}
  INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, description, created_at, changed_at,
    short_number)
  SELECT ?2, value->>'merchant', value->>'service', value->>'recipient', 'active', value->>'token', value->>'description',
    value->>'since', value->>'since', value->>'shortNumber'
  FROM judged
  WHERE fault IS NULL AND (?3 = 'each' OR (?3 = 'all-or-none' AND NOT EXISTS (SELECT 1 FROM judged WHERE fault IS NOT NULL)))
  ON CONFLICT DO NOTHING`;

const FAULTS = `WITH ${JUDGED} SELECT place, fault FROM judged WHERE fault IS NOT NULL ORDER BY place`;

export const bringConsents: Query<ConsentStore, "bring"> = async (db, account, consents, which) => {
  if (consents.length === 0) return [];
  const list = JSON.stringify(consents);
  const [, faults] = await db.batch<Judged<ConsentFault>>([
    db.prepare(BRING).bind(list, account, which),
    db.prepare(FAULTS).bind(list, account),
  ]);
  return faults?.results ?? [];
};
