/** A text that a person sent to us. */

import type { TransactionMove } from "../billing/charges/transaction.ts";
import type {
  AccountId,
  InboundId,
  KeywordId,
  MessageId,
  SubscriptionId,
  TransactionId,
  WebhookId,
} from "../kernel/ids.ts";
import type { Before } from "../kernel/kept.ts";
import type { Needles } from "../kernel/needles.ts";
import type { Looked, Page, PageOf } from "../kernel/pages.ts";
import type { Binary } from "../messages/binary.ts";
import type { SealedAs } from "../messages/sealed.ts";
import type { Part } from "./parts.ts";
import type { Asking } from "./preauth.ts";
import type { Ending } from "./stop.ts";
import type { Opts } from "./wish.ts";

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
  /** Of a binary one, its octets in hexadecimal digits. */
  text: string;
  /** A program on the phone sent it, and not its person: nothing is read in it. */
  binary?: Binary;
  /** Absent for SMS; else the channel it came by. */
  channel?: string;
  /** The person's operator, if the carrier reports it. */
  operator?: string;
  /** The keyword of a service that it names. */
  keyword?: string;
  isStop: boolean;
  /** Epoch ms. */
  receivedAt: number;
  /** The customer's keyword that it fits, and the fields that the keyword adds to its webhooks. */
  keywordId?: KeywordId;
  tags?: readonly string[];
  properties?: Record<string, unknown>;
  /** Where that keyword asks people whether they may be charged: the id that is kept under, and what the person answered. */
  consent?: { service: string; isActive?: boolean };
  told?: ToldThen;
};

/**
 * The account's settings when the text came: its rates, and for each dialect the address and form of its webhooks. Later changes
 * of the settings do not affect this text.
 */
export type ToldThen = {
  rates?: Readonly<Record<string, unknown>>;
  at?: Readonly<Record<string, { url: string; form?: string }>>;
};

/** An inbound text as its customer may look it up: with the attempts at its webhook, and whether one was received. */
export type ToldInbound = { inbound: Inbound; attempts: number; isReceived: boolean };

/** A text as a carrier reports it, or a part of one. */
export type Reported = Pick<
  Inbound,
  "carrier" | "theirId" | "sender" | "recipient" | "text" | "binary" | "channel" | "operator"
> & {
  part?: Part;
};

/**
 * A text to be stored, with the subscriptions and consents that it ends, the service that its webhooks name, and the address that
 * its keyword forwards it to: at once, or when the person has answered the keyword's question.
 */
export type NewInbound = Omit<Inbound, "number" | "keywordId" | "tags" | "properties" | "consent" | "told"> & {
  endings: readonly Ending[];
  service?: { id: string; merchant: string; stopStyle: "raw" | "ask" };
  keywordId?: KeywordId;
  forward?: Pick<Inbound, "tags" | "properties" | "consent"> & { dialect: string; url: string };
  asking?: Asking;
  /** The move of the charge that it says OK to. */
  confirms?: TransactionMove;
  /** Whether it answers a question of ours. */
  isOk?: boolean;
  /** The keywords whose questions it answers with STOP. */
  stops?: readonly KeywordId[] | "all";
  /** What it asks of the number: STOP, START or HELP. */
  opts?: Opts;
  /** Absent where nothing can be sealed. */
  sealed?: SealedAs;
};

/** Times are epoch ms, the end exclusive. `senders`: each form in which the sender's number may be stored. */
export type InboundFilter = {
  account?: AccountId;
  sender?: string;
  senders?: readonly string[];
  since?: number;
  until?: number;
};

export interface InboundStore {
  /**
   * Adds those that are new, ends what they end, and owes their webhooks, all in one write. Answers the new texts, the ended
   * subscriptions, their open charges, and the webhooks and messages that now need a job.
   */
  add(inbounds: readonly NewInbound[]): Promise<{
    added: Inbound[];
    ended: SubscriptionId[];
    stopped: TransactionId[];
    /** The charges that were said OK to, and are ready now. */
    confirmed: TransactionId[];
    owed: WebhookId[];
    messages: MessageId[];
  }>;
  byNumber(account: AccountId, number: number): Promise<Inbound | undefined>;
  byId(account: AccountId, id: InboundId): Promise<Inbound | undefined>;
  /** The account's text to that number, by the carrier's id or ours, with its webhook in this dialect. */
  told(account: AccountId, dialect: string, shortNumber: string, id: string): Promise<ToldInbound | undefined>;
  /** Forgets texts received before a time (epoch ms), at most so many. */
  forget(before: Before, limit: number): Promise<number>;
  list(filter: InboundFilter, page: Page): Promise<PageOf<Inbound>>;
  /** As the search of messages. @param people what a whole number is stored as where it is sealed */
  search(
    filter: InboundFilter,
    needles: Needles,
    page: Page,
    most: number,
    people?: readonly string[],
  ): Promise<Looked<Inbound>>;
}
