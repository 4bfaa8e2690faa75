/** Campaigns in D1. */

import type { Campaign, CampaignStore } from "../../../core/campaigns/campaign.ts";
import type { CampaignId, MessageId } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import { ported, type Query } from "../../query.ts";
import { pageOf } from "../../rows.ts";
import { cancel, cancelRest, claim, finish, pause, resume, UNSENT } from "./moves.ts";
import { addRecipients, countries, pick, recipients } from "./recipients.ts";
import { release } from "./release.ts";
import { type CampaignRow, toCampaign } from "./rows.ts";

export function campaignStore(db: D1Database): CampaignStore {
  return ported<CampaignStore>(db, {
    byId,
    list,
    add,
    addRecipients,
    recipients,
    start,
    pause,
    resume,
    cancel,
    cancelRest,
    unsent,
    due,
    claim,
    countries,
    pick,
    release,
    rest,
    finish,
    forget,
  });
}

const byId: Query<CampaignStore, "byId"> = async (db, id) => {
  const row = await db.prepare("SELECT * FROM campaign WHERE id = ?1").bind(id).first<CampaignRow>();
  return row ? toCampaign(row) : undefined;
};

/** Over all accounts the time tells, which stands in the id behind the account. */
const list: Query<CampaignStore, "list"> = async (db, { account, state }, { limit, cursor }) => {
  const given = [state ?? null, cursor ?? "~", limit + 1] as const;
  const statement =
    account === undefined
      ? db
          .prepare(
            `SELECT * FROM campaign WHERE substr(id, 11) < ?2 AND (?1 IS NULL OR state = ?1)
             ORDER BY substr(id, 11) DESC LIMIT ?3`,
          )
          .bind(...given)
      : db
          .prepare(
            `SELECT campaign.* FROM account CROSS JOIN campaign
             WHERE account.id = ?4 AND campaign.id >= 'cmp_' || printf('%06d', account.number)
               AND campaign.id < 'cmp_' || printf('%06d', account.number) || ?2 AND (?1 IS NULL OR campaign.state = ?1)
             ORDER BY campaign.id DESC LIMIT ?3`,
          )
          .bind(...given, account);
  const { results } = await statement.all<CampaignRow>();
  return pageOf(results, limit, toCampaign, (row) => row.id.slice(10));
};

const add: Query<CampaignStore, "add"> = async (db, campaign: Campaign) => {
  const { id, account, name, state, sender, text, perMinute, hours, timeZone, startsAt, endsAt, createdAt } = campaign;
  await db
    .prepare(
      `INSERT INTO campaign (id, account_id, name, state, sender, text, per_minute, hours, time_zone, starts_at, ends_at,
         created_at, changed_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)`,
    )
    .bind(
      ...[id, account, name, state, sender, text, perMinute, hours ?? null, timeZone ?? null],
      ...[startsAt, endsAt ?? null, createdAt],
    )
    .run();
};

/** One statement: lines that come at the same moment are in it, or find no draft any more. */
const start: Query<CampaignStore, "start"> = async (db, id, at, dueAt, { mostWaiting, accepted }) => {
  const { meta } = await db
    .prepare(
      `UPDATE campaign SET state = 'scheduled', changed_at = ?2, due_at = ?3
       WHERE id = ?1 AND state = 'draft' AND waiting <= coalesce(?4, waiting) AND accepted = coalesce(?5, accepted)`,
    )
    .bind(id, at, dueAt, mostWaiting ?? null, accepted ?? null)
    .run();
  return meta.changes > 0;
};

const unsent: Query<CampaignStore, "unsent"> = async (db, id, limit) => {
  const { results } = await db
    .prepare(`SELECT id, due_at FROM message WHERE ${UNSENT} LIMIT ?2`)
    .bind(id, limit)
    .all<{ id: MessageId; due_at: number | null }>();
  return results.map(({ id, due_at: dueAt }) => ({ id, ...present({ dueAt }) }));
};

const due: Query<CampaignStore, "due"> = async (db, by, limit) => {
  const { results } = await db
    .prepare("SELECT id, due_at FROM campaign WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2")
    .bind(by, limit)
    .all<{ id: CampaignId; due_at: number }>();
  return results.map(({ id, due_at: dueAt }) => ({ id, dueAt }));
};

const rest: Query<CampaignStore, "rest"> = async (db, id, claim, dueAt) => {
  await db
    .prepare("UPDATE campaign SET due_at = ?3, claim = NULL WHERE id = ?1 AND claim = ?2 AND state = 'running'")
    .bind(id, claim, dueAt)
    .run();
};

/** Drafts are over when nobody touches them; paused ones wait for as long as they are wanted. ?1: JSON of accounts with times of their own. */
const OVER = `
  SELECT id FROM campaign INDEXED BY campaign_ended
  WHERE due_at IS NULL AND changed_at < ?3 AND state IN ('draft', 'finished', 'cancelled')
    AND changed_at < coalesce(
      (SELECT value->>'before' FROM json_each(?1) WHERE value->>'account' = campaign.account_id), ?2)
  ORDER BY changed_at LIMIT 1`;

const forget: Query<CampaignStore, "forget"> = async (db, { otherwise, own }, limit) => {
  const latest = Math.max(otherwise, ...own.map(({ before }) => before));
  const given = [JSON.stringify(own), otherwise, latest] as const;
  const [lines, whole] = await db.batch([
    db
      .prepare(
        `DELETE FROM campaign_recipient WHERE (campaign_id, recipient) IN (
           SELECT campaign_id, recipient FROM campaign_recipient WHERE campaign_id = (${OVER}) LIMIT ?4)`,
      )
      .bind(...given, limit),
    db
      .prepare(
        `DELETE FROM campaign WHERE id = (${OVER})
           AND NOT EXISTS (SELECT 1 FROM campaign_recipient WHERE campaign_recipient.campaign_id = campaign.id)`,
      )
      .bind(...given),
  ]);
  return (lines?.meta.changes ?? 0) + (whole?.meta.changes ?? 0);
};
