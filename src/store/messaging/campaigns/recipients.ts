/** Whom a campaign writes to: lists taken in, set by set. */

import type { CampaignStore, NewRecipient, Recipient } from "../../../core/campaigns/campaign.ts";
import { present } from "../../../core/kernel/present.ts";
import { SEALED } from "../../../core/messages/sealed.ts";
import type { Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";

/** Rows in a statement, and the JSON they may have: a parameter may have 2,000,000 bytes, at up to three for a character. */
const ROWS_AT_ONCE = 2_000;
const LONGEST_ROWS = 500_000;

/** The rows of a set, each with whether it is there already: before, or in the set itself. */
const NEW = `new AS MATERIALIZED (
  SELECT line.key AS nth, line.value->>'recipient' AS recipient, line.value->>'country' AS country,
    line.value->>'text' AS text, line.value->>'encoding' AS encoding, line.value->>'parts' AS parts, line.value->>'skip' AS skip,
    row_number() OVER (PARTITION BY line.value->>'recipient' ORDER BY line.key) > 1 OR EXISTS (
      SELECT 1 FROM campaign_recipient AS known
      WHERE known.campaign_id = ?1 AND known.recipient = line.value->>'recipient') OR EXISTS (
      SELECT 1 FROM json_each(line.value, '$.forms') AS form CROSS JOIN campaign_recipient AS known
      WHERE known.campaign_id = ?1 AND known.recipient = form.value) AS is_duplicate
  FROM json_each(?2) AS line)`;

/** Counted before they are written, so that what is a duplicate is told by the same rows. */
const COUNT = `
  WITH ${NEW},
  skips AS (
    SELECT reason, sum(times) AS times FROM (
      SELECT key AS reason, value AS times FROM campaign, json_each(campaign.skipped) WHERE campaign.id = ?1
      UNION ALL
      SELECT iif(is_duplicate, 'duplicate', skip), 1 FROM new WHERE is_duplicate OR skip IS NOT NULL)
    GROUP BY reason)
  UPDATE campaign
  SET accepted = accepted + (SELECT count(*) FROM new),
    waiting = waiting + (SELECT count(*) FROM new WHERE NOT is_duplicate AND skip IS NULL),
    skipped = (SELECT json_group_object(reason, times) FROM skips), changed_at = ?3
  WHERE id = ?1 AND state = 'draft'`;

const INSERT = `
  WITH ${NEW}
  INSERT INTO campaign_recipient (campaign_id, recipient, place, country, text, encoding, parts, state, reason)
  SELECT campaign.id, new.recipient, campaign.accepted - ?3 + new.nth, new.country, new.text, new.encoding, new.parts,
    iif(new.skip IS NULL, 'waiting', 'skipped'), new.skip
  FROM campaign CROSS JOIN new
  WHERE campaign.id = ?1 AND campaign.state = 'draft' AND NOT new.is_duplicate`;

export const addRecipients: Query<CampaignStore, "addRecipients"> = async (db, id, recipients, at) => {
  const sets = inSets(recipients);
  const statements = sets.flatMap(({ rows, size }) => [
    db.prepare(COUNT).bind(id, rows, at),
    db.prepare(INSERT).bind(id, rows, size),
  ]);
  if (statements.length === 0) return true;
  const [counted] = await db.batch(statements);
  return (counted?.meta.changes ?? 0) > 0;
};

function inSets(recipients: readonly NewRecipient[]): { rows: string; size: number }[] {
  const sets: { rows: string[]; length: number }[] = [];
  for (const recipient of recipients) {
    const row = JSON.stringify(recipient);
    const last = sets.at(-1);
    const isFull = !last || last.rows.length === ROWS_AT_ONCE || last.length + row.length > LONGEST_ROWS;
    const set = isFull ? { rows: [], length: 0 } : last;
    if (isFull) sets.push(set);
    set.rows.push(row);
    set.length += row.length + 1;
  }
  return sets.map(({ rows }) => ({ rows: `[${rows.join(",")}]`, size: rows.length }));
}

type RecipientRow = {
  recipient: string;
  place: number;
  state: Recipient["state"];
  reason: Recipient["reason"] | null;
  message_id: Recipient["message"] | null;
};

export const recipients: Query<CampaignStore, "recipients"> = async (db, id, state, { limit, cursor }) => {
  const { results } = await db
    .prepare(
      `SELECT recipient, place, state, reason, message_id FROM campaign_recipient
       WHERE campaign_id = ?1 AND recipient ${cursor === undefined ? ">=" : ">"} ?3 AND (?2 IS NULL OR state = ?2) ORDER BY recipient LIMIT ?4`,
    )
    .bind(id, state ?? null, cursor ?? "", limit + 1)
    .all<RecipientRow>();
  const toRecipient = ({ reason, message_id: message, ...row }: RecipientRow): Recipient => ({
    ...row,
    ...present({ reason, message }),
  });
  return pageOf(results, limit, toRecipient, (row) => row.recipient);
};

/** From one country to the next, by the index: however many wait, it takes a step for each country. */
export const countries: Query<CampaignStore, "countries"> = async (db, id) => {
  const next = (after: string) => `
    SELECT min(country) FROM campaign_recipient
    WHERE campaign_id = ?1 AND state = 'waiting' AND country > ${after}`;
  const { results } = await db
    .prepare(
      `WITH RECURSIVE found (country) AS (
         SELECT min(country) FROM campaign_recipient WHERE campaign_id = ?1 AND state = 'waiting'
         UNION ALL SELECT (${next("found.country")}) FROM found WHERE found.country IS NOT NULL)
       SELECT country FROM found WHERE country IS NOT NULL`,
    )
    .bind(id)
    .all<{ country: string }>();
  return results.map(({ country }) => country);
};

export const pick: Query<CampaignStore, "pick"> = async (db, id, countries, limit) => {
  const { results } = await db
    .prepare(
      `SELECT waiting.recipient, waiting.country, iif(waiting.recipient GLOB '${SEALED}*', waiting.text, NULL) AS text
       FROM json_each(?2) AS open CROSS JOIN campaign_recipient AS waiting
       WHERE waiting.campaign_id = ?1 AND waiting.state = 'waiting' AND waiting.country = open.value
       LIMIT ?3`,
    )
    .bind(id, JSON.stringify(countries), limit)
    .all<{ recipient: string; country: string; text: string | null }>();
  return results.map(({ text, ...row }) => ({
    ...row,
    ...(text === null ? {} : { sealed: { as: row.recipient, text } }),
  }));
};
