/** Suppressions (opt-outs) in D1. The text that opts a person out is stored with its effect: see inbounds.ts. */

import { inChunks } from "../../core/kernel/chunks.ts";
import type { SuppressedPair, Suppression, SuppressionStore } from "../../core/messages/suppression.ts";
import { ported, type Query } from "../query.ts";
import { pageOf } from "../rows.ts";

export function suppressionStore(db: D1Database): SuppressionStore {
  return ported<SuppressionStore>(db, {
    among,
    list,
    lift,
  });
}

const among: Query<SuppressionStore, "among"> = async (db, pairs) => {
  const found: SuppressedPair[] = [];
  for (const some of inChunks(pairs, 5_000)) {
    const { results } = await db
      .prepare(
        `SELECT DISTINCT suppression.account_id, suppression.number, suppression.recipient
         FROM json_each(?1) AS asked CROSS JOIN suppression
           ON suppression.account_id = asked.value->>'account' AND suppression.number = asked.value->>'number'
           AND suppression.recipient = asked.value->>'recipient'`,
      )
      .bind(JSON.stringify(some))
      .all<SuppressionRow>();
    found.push(...results.map(({ account_id, number, recipient }) => ({ account: account_id, number, recipient })));
  }
  return found;
};

const list: Query<SuppressionStore, "list"> = async (db, account, page) => {
  const [number = "", recipient = ""] = page.cursor?.split(" ") ?? [];
  const { results } = await db
    .prepare(
      `SELECT * FROM suppression WHERE account_id = ?1 AND (number, recipient) > (?2, ?3)
       ORDER BY number, recipient LIMIT ?4`,
    )
    .bind(account, number, recipient, page.limit + 1)
    .all<SuppressionRow>();
  return pageOf(results, page.limit, toSuppression, (row) => `${row.number} ${row.recipient}`);
};

const lift: Query<SuppressionStore, "lift"> = async (db, { account, number, recipient }) => {
  const { meta } = await db
    .prepare("DELETE FROM suppression WHERE account_id = ?1 AND number = ?2 AND recipient = ?3")
    .bind(account, number, recipient)
    .run();
  return meta.changes > 0;
};

type SuppressionRow = { account_id: string; number: string; recipient: string; word: string; created_at: number };

function toSuppression(row: SuppressionRow): Suppression {
  return {
    account: row.account_id,
    number: row.number,
    recipient: row.recipient,
    word: row.word,
    createdAt: row.created_at,
  };
}

/**
 * Words that opt out, at each account that has the number, and in, wherever that was: heeded with the texts they came in,
 * and only where those are new. In before out; of several in one list the last counts, so an out that an in comes after is passed over.
 * ?1 is the list of texts.
 */
export const OPT_IN = `
  DELETE FROM suppression WHERE (number, recipient) IN (
    SELECT inbound.recipient, inbound.sender
    FROM json_each(?1) AS new
    JOIN inbound ON inbound.id = new.value->>'id'
    WHERE new.value->'opts'->>'is' = 'in')`;

export const OPT_OUT = `
  INSERT INTO suppression (account_id, number, recipient, word, created_at)
  SELECT sender.account_id, inbound.recipient, inbound.sender, new.value->'opts'->>'word', inbound.received_at
  FROM json_each(?1) AS new
  JOIN inbound ON inbound.id = new.value->>'id'
  JOIN sender ON sender.sender = inbound.recipient AND sender.kind = 'long-number'
  WHERE new.value->'opts'->>'is' = 'out' AND NOT EXISTS (
    SELECT 1 FROM json_each(?1) AS later JOIN inbound AS after ON after.id = later.value->>'id'
    WHERE later.key > new.key AND later.value->'opts'->>'is' = 'in'
      AND later.value->>'sender' = inbound.sender AND later.value->>'recipient' = inbound.recipient)
  ON CONFLICT DO NOTHING`;
