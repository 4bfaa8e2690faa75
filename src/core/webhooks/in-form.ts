/** Events in the form of a dialect's webhooks, for endpoints that ask for one. The dialect's own writers make the bytes. */

import type { TransactionState } from "../billing/charges/transaction.ts";
import type { ChargeEvent } from "../billing/news.ts";
import type { Inbound } from "../inbound/inbound.ts";
import { present } from "../kernel/present.ts";
import type { MessageState } from "../messages/message.ts";
import {
  type ChargeFacts,
  EVENT_TYPES,
  type EventType,
  type InboundFacts,
  type MessageFacts,
  type SubscriptionFacts,
} from "./events.ts";
import { knowsInboundsAt, type WebhookFormat } from "./format.ts";
import type { ClaimedWebhook } from "./store.ts";
import type { SubscriptionNews, WebhookNews } from "./webhook.ts";

/** The types of events that a dialect has a form for. */
export function typesInForm(format: WebhookFormat): EventType[] {
  return EVENT_TYPES.filter((type) => hasForm(format, type));
}

function hasForm({ reports, charge, charges = [], inbound, subscription }: WebhookFormat, type: EventType): boolean {
  const [group, state = ""] = type.split(".");
  if (group === "message") return (reports as readonly string[]).includes(state);
  if (group === "charge" || group === "reversal") return !!charge && (charges as readonly string[]).includes(state);
  return (group === "inbound" && !!inbound) || (group === "subscription" && !!subscription);
}

type ToldInForm = Exclude<WebhookNews, { kind: "event" }>;

/** What the dialect's writer is given of an event; undefined where it has no form for it, or its thing was deleted. */
export function inFormOf(format: WebhookFormat, { webhook, inbound }: ClaimedWebhook): ToldInForm | undefined {
  if (webhook.kind !== "event" || !hasForm(format, webhook.event.state)) return undefined;
  const { state: type, data } = webhook.event;
  // The type says which facts it has; the union of events is not one that a split string could narrow.
  const [group] = type.split(".");
  if (group === "message") return asReport(data as MessageFacts);
  if (group === "inbound")
    return inbound && knowsInboundsAt(inbound.recipient, format) ? asInbound(data as InboundFacts, inbound) : undefined;
  if (group === "subscription") return asSubscription(type, data as SubscriptionFacts, webhook.account);
  return asCharge(group === "reversal" ? "reversal" : "charge", data as ChargeFacts, webhook.account);
}

function asReport({ id, state, reason, at }: MessageFacts): ToldInForm {
  return {
    kind: "report",
    subject: id as `msg_${string}`,
    event: { state: state as MessageState, at, ...present({ reason }) },
  };
}

function asInbound({ service, receivedAt }: InboundFacts, inbound: Inbound): ToldInForm {
  const named = service === undefined ? {} : { service: { id: service, merchant: "", stopStyle: "raw" as const } };
  return {
    kind: "inbound",
    subject: inbound.id,
    event: { state: "received", at: receivedAt, method: "POST", inbound, rates: inbound.told?.rates ?? null, ...named },
  };
}

function asCharge(kind: "charge" | "reversal", facts: ChargeFacts, account: string): ToldInForm {
  const { id, theirId, merchant, service, shortNumber, recipient, amount, currency, operator, state, reason, at } =
    facts;
  const transaction = {
    id: id as `txn_${string}`,
    account,
    theirId,
    kind,
    merchant,
    shortNumber,
    amount,
    currency,
    ...present({ service, recipient, operator }),
  };
  const event: ChargeEvent = {
    state: state as TransactionState,
    at,
    method: "POST",
    transaction,
    ...present({ reason }),
  };
  return { kind: "charge", subject: transaction.id, event };
}

function asSubscription(type: EventType, facts: SubscriptionFacts, account: string): ToldInForm {
  const { reason, transaction, at, ...subscription } = facts;
  const event: SubscriptionNews = {
    state: type.slice("subscription.".length) as SubscriptionNews["state"],
    at,
    subscription: { ...subscription, account },
    ...present({ reason, transaction }),
  };
  return { kind: "subscription", subject: subscription.id, event };
}
