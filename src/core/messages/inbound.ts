/** A text that a person sent to us. */

import type { AccountId } from "../accounts/account.ts";
import type { Ending } from "../billing/stop.ts";
import type { SubscriptionId } from "../billing/subscription.ts";
import type { Page, PageOf } from "../page.ts";
import type { WebhookId } from "../webhooks/webhook.ts";
import type { MessageId } from "./message.ts";

export type InboundId = `inb_${string}`;

export type Inbound = {
  id: InboundId;
  /** The same, for wires that want an integer below 2^32. Never given twice. */
  number: number;
  carrier: string;
  /** The carrier's id for it: the same text may be reported twice. */
  theirId: string;
  /** The account that has the number, or the keyword; absent if none has, or several. */
  account?: AccountId;
  /** The person, in E.164. */
  sender: string;
  /** The number of ours that they wrote to. */
  recipient: string;
  text: string;
  /** The person's operator, where the carrier tells. */
  operator?: string;
  /** The keyword of a service that it names. */
  keyword?: string;
  isStop: boolean;
  /** Epoch ms. */
  receivedAt: number;
};

/** A text as a carrier reports it. */
export type Reported = Pick<Inbound, "carrier" | "theirId" | "sender" | "recipient" | "text" | "operator">;

/** A text to be written down, with what it ends, and the service that its customer is told it names. */
export type NewInbound = Omit<Inbound, "number"> & {
  endings: readonly Ending[];
  service?: { id: string; merchant: string; stopStyle: "raw" | "ask" };
};

export interface InboundStore {
  /**
   * Adds those that are new, ends what they end, and owes the webhooks that tell of them, all in one write. Answers the
   * new ones, what was ended, and what is now to be delivered and sent.
   */
  add(inbounds: readonly NewInbound[]): Promise<{
    added: Inbound[];
    ended: SubscriptionId[];
    owed: WebhookId[];
    messages: MessageId[];
  }>;
  byNumber(account: AccountId, number: number): Promise<Inbound | undefined>;
  /** Forgets texts received before a time (epoch ms), at most so many. */
  forget(before: number, limit: number): Promise<number>;
  list(
    filter: { account?: AccountId; sender?: string; since?: number; until?: number },
    page: Page,
  ): Promise<PageOf<Inbound>>;
}
