/** Moves of a campaign, with what they do to its messages that have not left, in one transaction. */

import type { CampaignState, CampaignStore, Moved } from "../../../core/campaigns/campaign.ts";
import { campaignStatesBefore } from "../../../core/campaigns/campaign.ts";
import type { WebhookId } from "../../../core/kernel/ids.ts";
import type { CampaignFacts } from "../../../core/webhooks/events.ts";
import type { Query } from "../../query.ts";
import { idsOf } from "../../rows.ts";
import { append, entry } from "../../timeline.ts";
import { blankCodes } from "../messages/rows.ts";
import { aboutMessage, messageFacts } from "../webhooks/message-events.ts";
import { eventStatements, factsOf, tell } from "../webhooks/told.ts";
import { type CampaignRow, toCampaign } from "./rows.ts";

const listed = (states: readonly CampaignState[]) => `('${states.join("', '")}')`;

/** Which may make the move. ?1 is the campaign. */
const MAY = (to: CampaignState) => `campaign.id = ?1 AND campaign.state IN ${listed(campaignStatesBefore(to))}`;

/** Its messages that have not left. A carrier may have had one before, and said that it did not take it. */
export const UNSENT = `message.campaign_id = ?1 AND message.campaign_id IS NOT NULL AND message.state IN ('scheduled', 'accepted')`;

/** How many a cancel ends, beside those that wait for their round. */
const LEFT = `(SELECT count(*) FROM message WHERE ${UNSENT})`;

/**
 * Tells of a campaign that is about to move. ?2 is the time. What waits when it ends is counted as that.
 * @param where SQL: which, and whether it moves
 * @param reason SQL
 */
function tellOf(type: string, where: string, reason = "NULL") {
  const ends = type === "finished" || type === "cancelled";
  return tell({
    account: "campaign.account_id",
    type: `'campaign.${type}'`,
    at: "?2",
    stem: "substr(campaign.id, 5)",
    number: "campaign.sender",
    data: factsOf<CampaignFacts>({
      id: "campaign.id",
      name: "campaign.name",
      sender: "campaign.sender",
      reason,
      accepted: "campaign.accepted",
      waiting: ends ? "0" : "campaign.waiting",
      underWay: `max(0, campaign.released - campaign.sent - campaign.delivered - campaign.failed - campaign.cancelled
        ${type === "cancelled" ? `- ${LEFT}` : ""})`,
      sent: "campaign.sent",
      delivered: "campaign.delivered",
      failed: "campaign.failed",
      cancelled: type === "cancelled" ? `campaign.cancelled + campaign.waiting + ${LEFT}` : "campaign.cancelled",
      skipped:
        type === "finished"
          ? "json(iif(campaign.waiting > 0, json_set(campaign.skipped, '$.ended', campaign.waiting), campaign.skipped))"
          : "json(campaign.skipped)",
      at: "?2",
    }),
    from: "campaign",
    where,
    order: "campaign.id",
  });
}

/** Nobody may claim them by now; this keeps the sweep from looking for them in vain. */
const PUT_OFF = `
  UPDATE message SET due_at = expires_at WHERE ${UNSENT}
    AND EXISTS (SELECT 1 FROM campaign WHERE campaign.id = ?1 AND campaign.state = 'paused')`;

const PAUSE = `UPDATE campaign SET state = 'paused', reason = ?3, due_at = NULL, claim = NULL, changed_at = ?2 WHERE ${MAY("paused")}`;
const TELL_PAUSED = tellOf("paused", `${MAY("paused")}`, "?3");

export const pause: Query<CampaignStore, "pause"> = async (db, id, reason, at) => {
  const [owed, , moved] = await db.batch([
    ...eventStatements(db, TELL_PAUSED, id, at, reason),
    db.prepare(PAUSE).bind(id, at, reason),
    db.prepare(PUT_OFF).bind(id),
  ]);
  return movedOf(moved, owed);
};

const RESUME = `
  UPDATE campaign SET state = iif(started_at IS NULL, 'scheduled', 'running'), reason = NULL, changed_at = ?2,
    due_at = max(?2, starts_at)
  WHERE id = ?1 AND state = 'paused'`;
const TELL_RESUMED = tellOf("resumed", "campaign.id = ?1 AND campaign.state = 'paused'");
const DUE_AGAIN = `UPDATE message SET due_at = max(?2, send_at) WHERE ${UNSENT}
  AND EXISTS (SELECT 1 FROM campaign WHERE campaign.id = ?1 AND campaign.state IN ('scheduled', 'running'))`;

export const resume: Query<CampaignStore, "resume"> = async (db, id, at) => {
  const [owed, , moved] = await db.batch([
    ...eventStatements(db, TELL_RESUMED, id, at),
    db.prepare(RESUME).bind(id, at),
    db.prepare(DUE_AGAIN).bind(id, at),
  ]);
  return movedOf(moved, owed);
};

/** Some may be with a carrier now, and come back: the next round looks for them. */
const CANCEL = `
  UPDATE campaign SET state = 'cancelled', reason = 'asked', claim = NULL, changed_at = ?2, ended_at = ?2,
    due_at = iif(started_at IS NULL, NULL, ?2)
  WHERE ${MAY("cancelled")}`;
const TELL_CANCELLED = tellOf("cancelled", MAY("cancelled"), "'asked'");

const IS_CANCELLED = "EXISTS (SELECT 1 FROM campaign WHERE campaign.id = ?1 AND campaign.state = 'cancelled')";
/** Some of them, which two statements of a batch see alike: each owes as many webhooks as its account has endpoints. The rest wait for their round. */
const SOME_UNSENT = `message.id IN (SELECT id FROM message WHERE ${UNSENT} LIMIT 1000)`;
const CANCEL_MESSAGES = `
  UPDATE message
  SET state = 'cancelled', due_at = NULL, changed_at = ?2, ${blankCodes("TRUE")},
    history = ${append(entry("cancelled", { at: "?2" }))}
  WHERE ${SOME_UNSENT} AND ${IS_CANCELLED}`;
const TELL_OF_MESSAGES = tell({
  ...aboutMessage(),
  type: "'message.cancelled'",
  at: "?2",
  data: messageFacts("?2", "'cancelled'"),
  from: "message",
  where: `${SOME_UNSENT} AND ${IS_CANCELLED}`,
  order: "message.id",
});

export const cancel: Query<CampaignStore, "cancel"> = async (db, id, at) => {
  const [owed, , moved, owedByThem] = await db.batch([
    ...eventStatements(db, TELL_CANCELLED, id, at),
    db.prepare(CANCEL).bind(id, at),
    ...eventStatements(db, TELL_OF_MESSAGES, id, at),
    db.prepare(CANCEL_MESSAGES).bind(id, at),
  ]);
  return movedOf(moved, owed, owedByThem);
};

const REST_CANCELLED = `
  UPDATE campaign SET due_at = iif(released > sent + delivered + failed + cancelled, ?3, NULL)
  WHERE id = ?1 AND state = 'cancelled' AND due_at <= ?2`;

export const cancelRest: Query<CampaignStore, "cancelRest"> = async (db, id, at, again) => {
  const [owed] = await db.batch([
    ...eventStatements(db, TELL_OF_MESSAGES, id, at),
    db.prepare(CANCEL_MESSAGES).bind(id, at),
    db.prepare(REST_CANCELLED).bind(id, at, again),
  ]);
  return idsOf<WebhookId>(owed);
};

const MAY_FINISH = `${MAY("finished")} AND campaign.claim = ?4`;
const FINISH = `
  UPDATE campaign SET state = 'finished', reason = ?3, claim = NULL, changed_at = ?2, ended_at = ?2, due_at = NULL
  WHERE ${MAY_FINISH}`;
const TELL_FINISHED = tellOf("finished", MAY_FINISH, "?3");

export const finish: Query<CampaignStore, "finish"> = async (db, id, claim, reason, at) => {
  const given = [id, at, reason, claim] as const;
  const [owed, , moved] = await db.batch([
    ...eventStatements(db, TELL_FINISHED, ...given),
    db.prepare(FINISH).bind(...given),
  ]);
  return movedOf(moved, owed);
};

/** The first round is the start. ?3 is the claim, ?4 when it runs out. */
const MAY_CLAIM = "campaign.id = ?1 AND campaign.state IN ('scheduled', 'running') AND campaign.due_at <= ?2";
const TELL_STARTED = tellOf("started", `${MAY_CLAIM} AND campaign.state = 'scheduled'`);

export const claim: Query<CampaignStore, "claim"> = async (db, id, claim, now, lease) => {
  const [owed, , claimed] = await db.batch([
    ...eventStatements(db, TELL_STARTED, id, now),
    db
      .prepare(
        `UPDATE campaign SET state = 'running', started_at = coalesce(started_at, ?2), claim = ?3, due_at = ?4
         WHERE ${MAY_CLAIM} RETURNING *`,
      )
      .bind(id, now, claim, lease),
  ]);
  const [row] = (claimed?.results ?? []) as CampaignRow[];
  return row && { campaign: toCampaign(row), owed: idsOf<WebhookId>(owed) };
};

function movedOf(moved: D1Result | undefined, ...owed: (D1Result | undefined)[]): Moved {
  return { isMade: (moved?.meta.changes ?? 0) > 0, owed: owed.flatMap((one) => idsOf<WebhookId>(one)) };
}
