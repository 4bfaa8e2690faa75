/** What an account sent and what people sent it, in one list. */

import type { Inbound } from "../inbound/inbound.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { Message } from "./message.ts";

export type Sent = { direction: "out"; message: Message } | { direction: "in"; inbound: Inbound };

/** Epoch ms, `to` exclusive. Messages of one dialect; what people wrote, at the numbers that it tells of. */
export type RecordFilter = {
  account: AccountId;
  accountNumber: number;
  dialect: string;
  inboundAt?: WebhookFormat["inboundAt"] | undefined;
  from: number;
  to: number;
};

export interface RecordStore {
  /** Newest first. An offset costs what it skips: it is for wires that have nothing better. */
  records(filter: RecordFilter, page: { limit: number; offset: number }): Promise<Sent[]>;
}
