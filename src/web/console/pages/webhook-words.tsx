/** Words and links for webhooks. */

import type { EventMembers } from "../../../core/history.ts";
import { inWords } from "../../../core/kernel/money.ts";
import type { ChargeEvent, InboundEvent, SubscriptionNews, WebhookKind } from "../../../core/webhooks/webhook.ts";
import type { Item } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Entry } from "../ui/history-words.ts";
import { handsetOf, pageOf } from "../ui/links.tsx";
import { beginning } from "../ui/words.tsx";

/** A step of a webhook's history that tells of a call. `again`: when the next is made. */
export type Attempt = Entry & Omit<EventMembers["webhook.attempted"], "again"> & { again?: string };

export function isAttempt(entry: Entry): entry is Attempt {
  return entry.event === "webhook.attempted";
}

export type Webhook = Item<"GET /admin/v1/webhooks">;

export const KIND_WORDS = {
  report: "message status",
  charge: "charge",
  inbound: "inbound message",
  subscription: "subscription",
  event: "event",
} as const satisfies Record<WebhookKind, string>;

/** So much of a text stands in a sentence; all of it is on the person's handset, and in the event. Characters. */
const LONGEST_QUOTE = 80;

/** What happened, in a sentence. */
export function eventInWords({ kind, event, recipient: to }: Pick<Webhook, "kind" | "event" | "recipient">): string {
  const why = event.reason ? ` (${event.reason})` : "";
  switch (kind) {
    case "report":
      return `Message${to ? ` to ${to}` : ""} ${event.state}${why}`;
    case "charge": {
      const { amount, currency, recipient } = event.transaction as Charged;
      const price = amount === undefined ? "Charge" : `${inWords(Math.abs(amount), currency ?? "")} ${currency}`;
      return `${price} ${event.state} for ${recipient ?? "an unknown subscriber"}${why}`;
    }
    case "inbound": {
      const { sender, recipient, text } = event.inbound as Written;
      return `${sender} wrote “${beginning(text ?? "", LONGEST_QUOTE)}” to ${recipient}`;
    }
    case "subscription": {
      const { recipient, service } = event.subscription as Subscribed;
      return `${recipient}’s subscription to ${service} ${event.state}${why}`;
    }
    case "event":
      return `Event ${Number(event.number)}: ${event.state}`;
  }
}

/** What the core writes into an event; one that is old may lack some of it. */
type Charged = Partial<ChargeEvent["transaction"]>;
type Written = Partial<InboundEvent["inbound"]>;
type Subscribed = Partial<SubscriptionNews["subscription"]>;

/** What it tells of, and where that is shown. */
export function subjectOf(c: C, { kind, subject, event }: Webhook): { name: string; href: string | undefined } {
  switch (kind) {
    case "report":
      return { name: "the message", href: pageOf(subject) };
    case "charge":
      return { name: "the charge", href: pageOf(subject) };
    case "subscription":
      return { name: "the subscription", href: pageOf(subject) };
    case "inbound": {
      const { sender } = event.inbound as Written;
      const href = c.get("hasSandbox") && sender ? handsetOf(sender) : undefined;
      return { name: "the handset", href };
    }
    case "event": {
      const { id = "" } = event.data as { id?: string };
      return { name: "what it is about", href: pageOf(id) };
    }
  }
}

export function times(count: number): string {
  return count === 0 ? "no attempts yet" : count === 1 ? "1 attempt" : `${count} attempts`;
}
