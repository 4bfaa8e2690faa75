/** The port of the message store. Every query and every change is for many at once. */

import type { MessageCharge } from "../billing/charges/paid.ts";
import type { AccountId, MessageId, WebhookId } from "../kernel/ids.ts";
import type { Before } from "../kernel/kept.ts";
import type { Needles } from "../kernel/needles.ts";
import type { Looked, Page, PageOf } from "../kernel/pages.ts";
import type { Claimed } from "./claimed.ts";
import type { Message, MessageState, Move } from "./message.ts";
import type { Route, Routed } from "./route.ts";
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
  | "binary"
  | "quiet"
  | "rich"
  | "isSealed"
> & { reportUrl?: string; charge?: MessageCharge; state: "scheduled" | "accepted" };

/** Who is going to be handed a message, an empty name where nobody is; and whether the route by which it goes reroutes. */
export type Handing = { id: MessageId; carrier: string; reroutes?: true };

/** The members of a message that decide its next step. */
export type DueMessage = Pick<
  Message,
  "id" | "state" | "lane" | "dueAt" | "expiresAt" | "deliveryMode" | "attempts"
> & {
  /** Epoch ms: where it stands among what is due. One that is with a carrier stands where it stood before, and is due later. */
  listedAt: number;
};

export interface MessageStore {
  byId(id: MessageId): Promise<Message | undefined>;
  /** Without those that are sealed and cannot be opened, as for `toRoute` and `claim`: they stay as they are. */
  byIds(ids: readonly MessageId[]): Promise<Message[]>;
  byTheirId(account: AccountId, dialect: string, theirId: string): Promise<Message | undefined>;
  byTheirIds(account: AccountId, dialect: string, theirIds: readonly string[]): Promise<Message[]>;
  list(filter: MessageFilter, page: Page): Promise<PageOf<Message>>;
  /**
   * Of the newest `most` messages that pass the filter, those with one of the needles in their text, their sender or their
   * recipient: at most `page.limit`. `looked` is how many there were, `reached` where the oldest of them stands: a cursor.
   */
  search(filter: MessageFilter, needles: Needles, page: Page, most: number): Promise<Looked<Message>>;
  /** One page of the messages sent, or to be sent, in a period (epoch ms, the end exclusive), in the order they came in. */
  sentPage(filter: SentFilter, page: Page): Promise<PageOf<SentMessage>>;

  /** Those of the messages that are ready to be handed to a carrier, and the routes. Paid ones only once they are paid for. */
  toRoute(ids: readonly MessageId[]): Promise<{ routes: Route[]; ready: (Routed & { id: MessageId })[] }>;
  /**
   * Moves due messages to *submitting* until `lease`; returns those it moved. Losers of a race get none. With that it is written
   * who is going to be asked: should the process die, it is known who may have the message, and only that carrier's word counts.
   * Each says which of the account's numbers its recipient has opted out of, and whether as many identical ones precede it as its
   * account's guard against loops allows.
   */
  claim(
    ids: readonly MessageId[],
    now: number,
    lease: number,
    dueBy?: number,
    handings?: readonly Handing[],
  ): Promise<Claimed[]>;
  /** Writes that another carrier is going to be asked; answers the messages that are still in the hand of that attempt. */
  handOn(handings: readonly (Handing & { attempt: number })[]): Promise<ReadonlySet<MessageId>>;
  /**
   * Makes the moves that are allowed and writes the webhooks now owed, in one transaction; answers both. Moves of the
   * same message are made one after another, in their order. With them, carriers' answers are counted.
   */
  move(
    moves: readonly Move[],
    answers?: readonly Tally[],
  ): Promise<{ made: ReadonlySet<Move>; owed: WebhookId[]; released: MessageId[] }>;
  /** The ids of those that say what another text, accepted since (epoch ms), said from the same sender to the same person. */
  alike(asked: readonly { message: Message; since: number }[]): Promise<MessageId[]>;
  /** Sets messages due at this time (epoch ms), if they are still in this state. */
  postpone(ids: readonly MessageId[], state: MessageState, dueAt: number): Promise<void>;
  /** Changes a message that is still scheduled; false if it no longer is. */
  edit(id: MessageId, edit: Edit, at: number): Promise<boolean>;
  /** Cancels a message that is still scheduled; false if it no longer is. */
  cancel(id: MessageId, at: number): Promise<boolean>;
  /** Cancels some of an account's that are still scheduled, of one sender or of all; answers how many. */
  cancelScheduled(account: AccountId, sender: string | undefined, at: number, limit: number): Promise<number>;

  /** Messages for which something is due at or before this time, longest due first; `after` is the last of the page before. */
  due(by: number, limit: number, after?: Pick<DueMessage, "id" | "listedAt">): Promise<DueMessage[]>;
  /**
   * Gives those that are with a carrier still, and that were due at or before this time (epoch ms), the place among what is due that is
   * theirs, at most so many; returns how many.
   */
  rest(before: number, limit: number): Promise<number>;
  /**
   * Blanks texts that carried a code and are not to be sent any more, whose time was over by then (epoch ms), at most so many;
   * returns how many.
   */
  blankCodes(before: number, limit: number): Promise<number>;
  /** Deletes messages settled before a time (epoch ms) whose webhooks are all over, at most so many; returns how many. */
  forget(before: Before, limit: number): Promise<number>;
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
