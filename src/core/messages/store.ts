/** The port of the message store. Every query and every change is for many at once. */

import type { MessageCharge } from "../billing/charges/paid.ts";
import type { AccountId, MessageId, WebhookId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { LoopGuard } from "./loop.ts";
import type { Message, MessageState, Move } from "./message.ts";
import type { Route } from "./route.ts";
import type { Tally } from "./tally.ts";

export type MessageFilter = {
  account?: AccountId;
  recipient?: string;
  state?: MessageState;
  dialect?: string;
  /** Exactly; with an account and a dialect it is one message's. */
  theirId?: string;
  /** Epoch ms, inclusive. */
  since?: number;
  /** Epoch ms, exclusive. */
  until?: number;
};

/** One account's messages of one dialect by when they are sent; not those that were cancelled. */
export type SentFilter = { account: AccountId; accountNumber: number; dialect: string; from: number; to: number };

export type SentMessage = Pick<
  Message,
  "id" | "sender" | "recipient" | "parts" | "state" | "reason" | "sendAt" | "operator" | "echo"
>;

/** An edit of a scheduled message: the members that the customer gives, none of ours. */
export type Edit = Pick<
  Message,
  | "sender"
  | "recipient"
  | "text"
  | "encoding"
  | "parts"
  | "priority"
  | "lane"
  | "deliveryMode"
  | "sendAt"
  | "expiresAt"
  | "echo"
> & { reportUrl?: string; charge?: MessageCharge; state: "scheduled" | "accepted" };

/** The members of a message that decide its next step. */
export type DueMessage = Pick<Message, "id" | "state" | "lane" | "dueAt" | "expiresAt" | "deliveryMode" | "attempts">;

export interface MessageStore {
  byId(id: MessageId): Promise<Message | undefined>;
  byIds(ids: readonly MessageId[]): Promise<Message[]>;
  byTheirId(account: AccountId, dialect: string, theirId: string): Promise<Message | undefined>;
  byTheirIds(account: AccountId, dialect: string, theirIds: readonly string[]): Promise<Message[]>;
  list(filter: MessageFilter, page: Page): Promise<PageOf<Message>>;
  /** One page of the messages sent, or to be sent, in a period (epoch ms, the end exclusive), in the order they came in. */
  sentPage(filter: SentFilter, page: Page): Promise<PageOf<SentMessage>>;

  /**
   * Moves due messages to *submitting* until `lease`; returns those it moved. Losers of a race get none.
   * The message's carrier is cleared: an earlier one was busy, or never saw it.
   */
  claim(ids: readonly MessageId[], now: number, lease: number, dueBy?: number): Promise<Message[]>;
  /**
   * Makes the moves that are allowed and writes the webhooks now owed, in one transaction; answers both. Moves of the
   * same message are made one after another, in their order. With them, carriers' answers are counted.
   */
  move(
    moves: readonly Move[],
    answers?: readonly Tally[],
  ): Promise<{ made: ReadonlySet<Move>; owed: WebhookId[]; released: MessageId[] }>;
  /** Those of the messages that so many identical ones precede, within that time. */
  beyond(guard: LoopGuard, messages: readonly Message[]): Promise<MessageId[]>;
  /** Sets messages due at this time (epoch ms), if they are still in this state. */
  postpone(ids: readonly MessageId[], state: MessageState, dueAt: number): Promise<void>;
  /** Changes a message that is still scheduled; false if it no longer is. */
  edit(id: MessageId, edit: Edit, at: number): Promise<boolean>;
  /** Cancels a message that is still scheduled; false if it no longer is. */
  cancel(id: MessageId, at: number): Promise<boolean>;

  /** Messages for which something is due at or before this time, longest due first; `after` is the last of the page before. */
  due(by: number, limit: number, after?: Pick<DueMessage, "id" | "dueAt">): Promise<DueMessage[]>;
  /** Epoch ms of the next thing due, if there is any. */
  nextDue(): Promise<number | undefined>;
  /** Deletes messages settled before a time (epoch ms) whose webhooks are all over, at most so many; returns how many. */
  forget(before: number, limit: number): Promise<number>;
  routes(): Promise<Route[]>;
  /** Traffic since a time (epoch ms), how much is pending, and since when the most overdue is due. */
  figures(since: number): Promise<{
    accepted: number;
    submitted: number;
    settled: number;
    pending: Record<string, number>;
    oldestDue?: number;
  }>;
}
