/** What can happen at an account, as customers are told of it: every type of event, and the facts that each tells. */

import type { GuardReason } from "../billing/codes/code-guard.ts";
import type { SubscriptionNews } from "../billing/news.ts";
import type { CampaignReason, Progress } from "../campaigns/campaign.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Binary } from "../messages/binary.ts";
import type { Suppression } from "../messages/suppression.ts";

/** Of a message: what it is, and the state that it moved to. `at` is when that happened, as its carrier reports it. */
export type MessageFacts = {
  id: string;
  theirId: string;
  dialect: string;
  sender: string;
  recipient: string;
  channel?: string;
  parts: number;
  state: "sent" | "delivered" | "failed" | "expired" | "cancelled";
  reason?: Reason;
  carrier?: string;
  operator?: string;
  /** The customer's own labels. */
  tags?: readonly string[];
  at: number;
};

/** Of a charge, or of a reversal, which gives a charge back. Amounts in minor units. */
export type ChargeFacts = {
  id: string;
  theirId: string;
  dialect: string;
  merchant: string;
  service?: string;
  shortNumber: string;
  recipient?: string;
  amount: number;
  currency: string;
  state: "unknown" | "billed" | "failed" | "expired" | "cancelled";
  reason?: Reason;
  message?: string;
  subscription?: string;
  reverses?: string;
  operator?: string;
  tags?: readonly string[];
  at: number;
};

/** Of a text that a person wrote. */
export type InboundFacts = {
  id: string;
  sender: string;
  recipient: string;
  /** Of a binary one, its octets in hexadecimal digits. */
  text: string;
  binary?: Binary;
  channel?: string;
  keyword?: string;
  operator?: string;
  service?: string;
  /** Those of its keyword. */
  tags?: readonly string[];
  isStop: boolean;
  receivedAt: number;
};

/** Of a subscription, as it is after the event. `transaction` is the customer's id of the charge that caused it. */
export type SubscriptionFacts = Omit<SubscriptionNews["subscription"], "account"> & {
  reason?: Reason;
  transaction?: string;
  at: number;
};

/** Of an opt-out. `number` is the sender, `@` and a group's name, or `@*` or `*` where it holds for every sender of the account. */
export type SuppressionFacts = Pick<Suppression, "number" | "recipient" | "source" | "proof"> & {
  /** The word that they wrote, or the reason. */
  word?: string;
  at: number;
};

/** Of a campaign: what became of its lines so far. */
export type CampaignFacts = Progress & {
  id: string;
  name: string;
  sender: string;
  /** Why it is paused, or over. */
  reason?: CampaignReason;
  at: number;
};

/** Of one of the account's own endpoints. */
export type EndpointFacts = { endpoint: string; reason?: string; at: number };

/** Of codes to a country, or to numbers that begin alike (`+47980`): how many were sent and confirmed in the time that is looked back. */
export type CodeAreaFacts = {
  area: string;
  reason?: GuardReason;
  sent?: number;
  confirmed?: number;
  /** Until when no more are sent there. */
  untilAt?: number;
  at: number;
};

/** Of a limit of a day: the account's own, or a credential's, by its id. `used` and `most` are messages, or minor units of the currency. */
export type LimitFacts = {
  limit: "messagesPerDay" | "spendPerDay";
  currency?: string;
  credential?: string;
  used: number;
  most: number;
  /** By the account's time zone, `2026-11-22`, and when it ends. */
  day: string;
  untilAt: number;
  at: number;
};

/** The facts of each type. Times are epoch milliseconds here, and ISO 8601 in what a customer reads. */
export type EventFacts = {
  "message.sent": MessageFacts;
  "message.delivered": MessageFacts;
  "message.failed": MessageFacts;
  "message.expired": MessageFacts;
  "message.cancelled": MessageFacts;
  "inbound.received": InboundFacts;
  "charge.billed": ChargeFacts;
  "charge.failed": ChargeFacts;
  "charge.expired": ChargeFacts;
  "charge.cancelled": ChargeFacts;
  "charge.unknown": ChargeFacts;
  "reversal.billed": ChargeFacts;
  "reversal.failed": ChargeFacts;
  "reversal.expired": ChargeFacts;
  "reversal.cancelled": ChargeFacts;
  "reversal.unknown": ChargeFacts;
  "subscription.started": SubscriptionFacts;
  "subscription.renewed": SubscriptionFacts;
  "subscription.failed": SubscriptionFacts;
  "subscription.cancelled": SubscriptionFacts;
  "suppression.added": SuppressionFacts;
  "suppression.lifted": SuppressionFacts;
  "campaign.started": CampaignFacts;
  "campaign.paused": CampaignFacts;
  "campaign.resumed": CampaignFacts;
  "campaign.finished": CampaignFacts;
  "campaign.cancelled": CampaignFacts;
  "codes.suspicious": CodeAreaFacts;
  "codes.blocked": CodeAreaFacts;
  "codes.opened": CodeAreaFacts;
  "limit.near": LimitFacts;
  "limit.reached": LimitFacts;
  "endpoint.disabled": EndpointFacts;
  "endpoint.enabled": EndpointFacts;
  "endpoint.test": EndpointFacts;
};

export type EventType = keyof EventFacts;
export type EventId = `evt_${string}`;

/** One event of an account. `number` counts its events, from 1 and without a gap. */
export type AccountEvent = {
  [Type in EventType]: {
    id: EventId;
    number: number;
    account: AccountId;
    type: Type;
    at: number;
    data: EventFacts[Type];
  };
}[EventType];

/** What a webhook about an event holds: the event, without its account. `state` is its type, as in every webhook's event. */
export type EventNews = { state: EventType; id: EventId; number: number; at: number; data: EventFacts[EventType] };

/** Of each type: the version of its form, and when it happens. A member may be added to a version; none changes or goes. */
export const EVENTS: { readonly [Type in EventType]: { version: number; summary: string } } = {
  "message.sent": { version: 1, summary: "a carrier took the message" },
  "message.delivered": { version: 1, summary: "the message reached the handset" },
  "message.failed": { version: 1, summary: "the message will not be delivered; `reason` says why" },
  "message.expired": { version: 1, summary: "the message was not delivered within its validity" },
  "message.cancelled": { version: 1, summary: "a scheduled message was cancelled before it was sent" },
  "inbound.received": { version: 1, summary: "a person wrote to one of the account's numbers" },
  "charge.billed": { version: 1, summary: "the person was charged" },
  "charge.failed": { version: 1, summary: "the person was not charged; `reason` says why" },
  "charge.expired": { version: 1, summary: "the charge was not made in its time, or the person did not confirm it" },
  "charge.cancelled": { version: 1, summary: "the charge was cancelled before it was made" },
  "charge.unknown": { version: 1, summary: "the carrier's answer was lost; another event follows when it is known" },
  "reversal.billed": { version: 1, summary: "the person was given a charge back" },
  "reversal.failed": { version: 1, summary: "a charge could not be given back; `reason` says why" },
  "reversal.expired": { version: 1, summary: "a charge was not given back in time" },
  "reversal.cancelled": { version: 1, summary: "a reversal was cancelled before it was made" },
  "reversal.unknown": { version: 1, summary: "the carrier's answer to a reversal was lost; another event follows" },
  "subscription.started": { version: 1, summary: "a subscription began" },
  "subscription.renewed": { version: 1, summary: "a period of a subscription was billed" },
  "subscription.failed": { version: 1, summary: "the charge of a period was declined" },
  "subscription.cancelled": { version: 1, summary: "a subscription ended" },
  "suppression.added": { version: 1, summary: "a person opted out" },
  "suppression.lifted": { version: 1, summary: "a person may be written to again" },
  "campaign.started": { version: 1, summary: "the first texts of a campaign are being sent" },
  "campaign.paused": { version: 1, summary: "a campaign was paused; `reason` says why" },
  "campaign.resumed": { version: 1, summary: "a paused campaign goes on" },
  "campaign.finished": {
    version: 1,
    summary: "all of a campaign's texts have left, or its end came; receipts may follow",
  },
  "campaign.cancelled": { version: 1, summary: "a campaign was cancelled: what had not left is not sent" },
  "codes.suspicious": {
    version: 1,
    summary: "few of the codes sent there were confirmed, or a budget is nearly used up",
  },
  "codes.blocked": { version: 1, summary: "no more codes are sent there for a while; `reason` says why" },
  "codes.opened": {
    version: 1,
    summary: "codes are sent there again, as an operator or the account has lifted the block",
  },
  "limit.near": { version: 1, summary: "80 % of what may be sent or spent in a day is used; once a day" },
  "limit.reached": {
    version: 1,
    summary: "what may be sent or spent in a day is used up, or less is left than was asked for; once a day",
  },
  "endpoint.disabled": { version: 1, summary: "one of the account's endpoints was switched off; `reason` says why" },
  "endpoint.enabled": { version: 1, summary: "one of the account's endpoints was switched on again" },
  "endpoint.test": { version: 1, summary: "a test, sent when it is asked for, to one endpoint, and in no log" },
};

export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** An event as a customer reads it: in a webhook, and where events are fetched. Times are ISO 8601 with `Z`. */
export type ToldEvent = {
  id: EventId;
  type: EventType;
  version: number;
  number: number;
  timestamp: string;
  data: Record<string, unknown>;
};

/** What a customer reads of an event. */
export function toTold({ id, state: type, number, at, data }: EventNews): ToldEvent {
  return { id, type, version: EVENTS[type].version, number, timestamp: iso(at), data: readable(data) };
}

/** Times have names that are `at` or end in `At`. */
function readable(facts: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === "number" && /^at$|At$/.test(name) ? iso(value) : value,
    ]),
  );
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The type in words that a pattern may be: `*`, a type, or a group of types, `message.*`. */
export function isPattern(pattern: string): boolean {
  if (pattern === "*") return true;
  const group = pattern.endsWith(".*") ? pattern.slice(0, -1) : undefined;
  return EVENT_TYPES.some((type) => (group === undefined ? type === pattern : type.startsWith(group)));
}

/** @param pattern a type, a group, or `*` */
export function fits(pattern: string, type: EventType): boolean {
  if (pattern === "*" || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}
