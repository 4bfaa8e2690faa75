/** The messages and inbound texts of an account, in one list. */

import type { Inbound } from "../inbound/inbound.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import type { Message } from "./message.ts";

export type Sent = { direction: "out"; message: Message } | { direction: "in"; inbound: Inbound };

/** Epoch ms, `to` exclusive. Messages of one dialect; inbound texts at the numbers for which it reports them. */
export type RecordFilter = {
  account: AccountId;
  accountNumber: number;
  dialect: string;
  inboundAt?: WebhookFormat["inboundAt"] | undefined;
  from: number;
  to: number;
};

export interface RecordStore {
  /** Newest first. An offset costs as much as the rows it skips: it is for wires that have no cursor. */
  records(filter: RecordFilter, page: { limit: number; offset: number }): Promise<Sent[]>;
}
