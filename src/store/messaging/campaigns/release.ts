/** Releasing: those that wait become messages, in one transaction, and only while their campaign runs under this claim. */

import type { CampaignStore } from "../../../core/campaigns/campaign.ts";
import type { MessageId } from "../../../core/kernel/ids.ts";
import { LANES } from "../../../core/kernel/lane.ts";
import { OURS } from "../../../core/messages/own.ts";
import type { Query } from "../../query.ts";
import { idsOf } from "../../rows.ts";
import { PRIORITY } from "../messages/rows.ts";

/** ?1 is the campaign, ?2 the claim. */
const RUNS = "campaign.id = ?1 AND campaign.state = 'running' AND campaign.claim = ?2";

/** Those of the list (?3) that wait still. */
const WAITING = `
  FROM campaign CROSS JOIN json_each(?3) AS chosen
  JOIN campaign_recipient AS waiting
    ON waiting.campaign_id = campaign.id AND waiting.recipient = chosen.value->>'recipient'
  WHERE ${RUNS} AND waiting.state = 'waiting'`;

/** ?4: the opt-outs that its texts must heed. */
const IS_SUPPRESSED = `EXISTS (
  SELECT 1 FROM suppression
  WHERE suppression.account_id = campaign.account_id AND suppression.recipient IN (
      SELECT waiting.recipient UNION ALL SELECT form.value FROM json_each(chosen.value, '$.stored.forms') AS form)
    AND suppression.number IN (SELECT value FROM json_each(?4)))`;

/** The same text of theirs twice would be the same message: its id of theirs is made of the place in the lists. */
const INSERT = `
  INSERT INTO message (id, account_id, dialect, their_id, sender, recipient, text, encoding, parts, state, priority, lane,
    delivery_mode, send_at, expires_at, accepted_at, changed_at, due_at, quiet, campaign_id, seal, history)
  SELECT chosen.value->>'id', campaign.account_id, '${OURS}', campaign.id || '.' || waiting.place, campaign.sender,
    coalesce(chosen.value->'stored'->>'to', waiting.recipient),
    coalesce(chosen.value->'stored'->>'text', waiting.text, campaign.text), waiting.encoding, waiting.parts,
    iif((chosen.value->>'sendAt') > ?5, 'scheduled', 'accepted'), ${PRIORITY.low}, ${LANES.indexOf("bulk")}, 'at-most-once',
    chosen.value->>'sendAt', min((chosen.value->>'sendAt') + ?6, coalesce(campaign.ends_at, (chosen.value->>'sendAt') + ?6)),
    ?5, ?5, chosen.value->>'sendAt', json_extract(?7, '$."' || waiting.country || '"'), campaign.id,
    chosen.value->'stored'->>'seal', json_array(json_object('at', ?5, 'event', 'campaign.released', 'campaign', campaign.id))
  ${WAITING} AND chosen.value->>'id' IS NOT NULL AND NOT ${IS_SUPPRESSED}
  ON CONFLICT DO NOTHING
  RETURNING id`;

const COUNT = `
  WITH gone AS MATERIALIZED (
    SELECT iif(chosen.value->>'reason' IS NULL AND ${IS_SUPPRESSED}, 'suppressed', chosen.value->>'reason') AS reason ${WAITING}),
  skips AS (
    SELECT reason, sum(times) AS times FROM (
      SELECT key AS reason, value AS times FROM campaign, json_each(campaign.skipped) WHERE campaign.id = ?1
      UNION ALL SELECT reason, 1 FROM gone WHERE reason IS NOT NULL)
    GROUP BY reason)
  UPDATE campaign
  SET waiting = waiting - (SELECT count(*) FROM gone),
    released = released + (SELECT count(*) FROM gone WHERE reason IS NULL),
    skipped = (SELECT json_group_object(reason, times) FROM skips), paced_at = ?5
  WHERE ${RUNS}`;

const MARK = `
  UPDATE campaign_recipient AS waiting
  SET state = iif(gone.reason IS NULL, 'released', 'skipped'), reason = gone.reason,
    message_id = iif(gone.reason IS NULL, gone.id, NULL)
  FROM (
    SELECT waiting.recipient, chosen.value->>'id' AS id,
      iif(chosen.value->>'reason' IS NULL AND ${IS_SUPPRESSED}, 'suppressed', chosen.value->>'reason') AS reason
    ${WAITING}) AS gone
  WHERE waiting.campaign_id = ?1 AND waiting.recipient = gone.recipient`;

export const release: Query<CampaignStore, "release"> = async (db, plan) => {
  const { now, validity, pacedAt } = plan;
  // What is sealed must not be in the parameters of a statement in clear.
  const releases = plan.releases.map(({ sealed: _, ...one }) => one);
  const chosen = JSON.stringify([...releases, ...plan.skips]);
  const given = [plan.campaign, plan.claim, chosen, JSON.stringify(plan.heeds)];
  const [added] = await db.batch([
    db.prepare(INSERT).bind(...given, now, validity, JSON.stringify(plan.quiet)),
    db.prepare(COUNT).bind(...given, pacedAt),
    db.prepare(MARK).bind(...given),
  ]);
  return idsOf<MessageId>(added);
};
