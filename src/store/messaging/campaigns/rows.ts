/** The table `campaign`: a row as a campaign. */

import type { Campaign } from "../../../core/campaigns/campaign.ts";
import { present } from "../../../core/kernel/present.ts";

export type CampaignRow = {
  id: Campaign["id"];
  account_id: string;
  name: string;
  state: Campaign["state"];
  reason: Campaign["reason"] | null;
  sender: string;
  text: string;
  per_minute: number;
  hours: string | null;
  time_zone: string | null;
  starts_at: number;
  ends_at: number | null;
  created_at: number;
  changed_at: number;
  started_at: number | null;
  ended_at: number | null;
  paced_at: number;
  due_at: number | null;
  accepted: number;
  waiting: number;
  released: number;
  skipped: string;
  sent: number;
  delivered: number;
  failed: number;
  cancelled: number;
};

export function toCampaign(row: CampaignRow): Campaign {
  return {
    id: row.id,
    account: row.account_id,
    name: row.name,
    state: row.state,
    sender: row.sender,
    text: row.text,
    perMinute: row.per_minute,
    startsAt: row.starts_at,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    pacedAt: row.paced_at,
    accepted: row.accepted,
    waiting: row.waiting,
    released: row.released,
    skipped: JSON.parse(row.skipped),
    sent: row.sent,
    delivered: row.delivered,
    failed: row.failed,
    cancelled: row.cancelled,
    ...present({
      reason: row.reason,
      hours: row.hours,
      timeZone: row.time_zone,
      endsAt: row.ends_at,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      dueAt: row.due_at,
    }),
  };
}
