/** The table `webhook`: a row as a webhook. */

import type { WebhookId } from "../../../core/kernel/ids.ts";
import { present } from "../../../core/kernel/present.ts";
import type { Webhook, WebhookNews } from "../../../core/webhooks/webhook.ts";

export type WebhookRow = {
  id: WebhookId;
  account_id: string;
  dialect: string;
  kind: Webhook["kind"];
  subject: Webhook["subject"];
  url: string;
  endpoint: string;
  event: string;
  state: Webhook["state"];
  reason: string | null;
  is_paused: 0 | 1;
  attempts: number;
  due_at: number | null;
  waits_until: number | null;
  created_at: number;
  changed_at: number;
  history: string;
  recipient?: string | null;
};

export function toWebhook(row: WebhookRow): Webhook {
  return {
    ...toNews(row),
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    url: row.url,
    endpoint: row.endpoint,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    history: JSON.parse(row.history),
    ...(row.is_paused ? { isPaused: true as const } : {}),
    ...present({ reason: row.reason, dueAt: row.waits_until ?? row.due_at, recipient: row.recipient }),
  };
}

/** The one place where a row is taken for what its kind says: whoever owed it wrote an event of that kind. */
function toNews({ kind, subject, event }: WebhookRow): WebhookNews {
  return { kind, subject, event: JSON.parse(event) } as WebhookNews;
}
