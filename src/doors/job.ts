/** What a queue carries: ids only; the rows decide what is due. */

import type { CampaignId, MessageId, TransactionId, WebhookId } from "../core/kernel/ids.ts";

export type Job =
  | { submit: readonly MessageId[] }
  | { charge: readonly TransactionId[] }
  | { deliver: readonly WebhookId[] }
  | { release: readonly CampaignId[] };
