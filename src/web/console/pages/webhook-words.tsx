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
  report: "message report",
  charge: "charge",
  inbound: "inbound text",
  subscription: "subscription",
} as const satisfies Record<WebhookKind, string>;

/** So much of a text stands in a sentence; all of it is on the person's handset, and in the event. Characters. */
const LONGEST_QUOTE = 80;

/** What happened, in a sentence. */
export function eventInWords({ kind, event, recipient: to }: Pick<Webhook, "kind" | "event" | "recipient">): string {
  const why = event.reason ? ` (${event.reason})` : "";
  switch (kind) {
    case "report":
      return `The text${to ? ` to ${to}` : ""} was ${event.state}${why}`;
    case "charge": {
      const { amount, currency, recipient } = event.transaction as Charged;
      const price = amount === undefined ? "The charge" : `${inWords(Math.abs(amount), currency ?? "")} ${currency}`;
      return `${price} ${event.state} for ${recipient ?? "somebody unknown"}${why}`;
    }
    case "inbound": {
      const { sender, recipient, text } = event.inbound as Written;
      return `${sender} wrote “${beginning(text ?? "", LONGEST_QUOTE)}” to ${recipient}`;
    }
    case "subscription": {
      const { recipient, service } = event.subscription as Subscribed;
      return `${recipient}’s subscription to ${service} ${event.state}${why}`;
    }
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
      return { name: "the text", href: pageOf(subject) };
    case "charge":
      return { name: "the charge", href: pageOf(subject) };
    case "subscription":
      return { name: "the subscription", href: pageOf(subject) };
    case "inbound": {
      const { sender } = event.inbound as Written;
      const href = c.get("hasSandbox") && sender ? handsetOf(sender) : undefined;
      return { name: "the person’s handset", href };
    }
  }
}

export function times(count: number): string {
  return count === 0 ? "not tried yet" : count === 1 ? "tried once" : `tried ${count} times`;
}

const TABS = [
  ["", "All"],
  ["?state=dead", "Dead list"],
  ["/endpoints", "Endpoints"],
] as const;

/** The way between the lists. @param here absent: none of them as it stands */
export function webhookTabs(here?: (typeof TABS)[number][0]) {
  return (
    <nav class="tabs" aria-label="Webhooks">
      <ul>
        {TABS.map(([path, words]) => (
          <li>
            <a href={`/console/webhooks${path}`} aria-current={path === here ? "page" : undefined}>
              {words}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
