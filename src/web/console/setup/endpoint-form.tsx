/** What is asked of an account's own endpoint, and the events that it may ask for. */

import { OURS } from "../../../core/messages/own.ts";
import { EVENTS } from "../../../core/webhooks/events.ts";
import type { OrderedBy } from "../../../core/webhooks/named.ts";
import { STANDARD } from "../../../core/webhooks/standard.ts";
import type { C } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import type { Group } from "../ui/form.tsx";

export const ORDER_WORDS = {
  none: "as they are ready",
  subject: "in order, about one thing",
  recipient: "in order, about one person",
} as const satisfies Record<OrderedBy, string>;

/** @param isNew a known one keeps its name */
export function endpointFields(c: C, isNew: boolean): readonly Group[] {
  const dialects = [...c.get("dialects"), { name: OURS, title: "Stafett" }];
  return [
    {
      fields: [
        {
          name: "name",
          isApart: true,
          fixed: !isNew,
          label: "Name",
          hint: "Lowercase letters, digits, - and _. Cannot be changed.",
          required: true,
          placeholder: "orders",
          size: 24,
        },
        { name: "url", label: "URL", kind: "address", required: true },
        { name: "failoverUrl", label: "Failover URL", kind: "address", hint: "Every second attempt goes there." },
        { name: "description", label: "Description" },
      ],
    },
    {
      legend: "Which events",
      fields: [
        {
          name: "events",
          label: "Events",
          kind: "list",
          placeholder: "message.* inbound.received",
          hint: "Types or groups, separated by spaces; the list is below. Empty: all.",
        },
        { name: "services", label: "Only these services", kind: "list", hint: "Their ids. Empty: all." },
        {
          name: "numbers",
          label: "Only these numbers and senders",
          kind: "lines",
          hint: "One on each line. Empty: all.",
        },
        {
          name: "tags",
          label: "Only with one of these tags",
          kind: "lines",
          hint: "Your own labels of texts and charges, one on each line. Empty: all.",
        },
      ],
    },
    {
      legend: "How they are sent",
      fields: [
        {
          name: "format",
          label: "Form",
          kind: "choice",
          options: [
            [STANDARD, "Standard Webhooks"],
            ...dialects.map(({ name, title }) => [name, `as ${title} does`] as const),
          ],
          hint: "In an API’s form, the endpoint gets only events for which that API has webhooks.",
        },
        {
          name: "orderedBy",
          label: "Order",
          kind: "choice",
          options: Object.entries(ORDER_WORDS),
          hint: "A thing is a message, a charge or a subscription. In order, each waits until the one before is received.",
        },
        {
          name: "schedule",
          label: "Seconds before each further attempt",
          kind: "numbers",
          hint: "Separated by spaces, two weeks in all at most. Empty: ten attempts more, over three days.",
        },
        {
          name: "perSecond",
          label: "Calls in a second",
          kind: "whole",
          size: 6,
          hint: "At most; what has no room waits. Empty: as many as come.",
        },
        {
          name: "headers",
          label: "Headers of your own",
          kind: "headers",
          placeholder: "X-Door: value",
          hint: "One on each line. Values are never shown: a name alone keeps the value that it has.",
        },
      ],
    },
  ];
}

const TYPES = Object.entries(EVENTS).filter(([type]) => type !== "endpoint.test");

/** Every type that may be asked for, with when it happens. */
export function catalogue() {
  return (
    <details>
      <summary>Types of events</summary>
      <p class="hint">
        <code>message.*</code> is every type that begins so; <code>*</code> is all of them.
      </p>
      {facts(TYPES.map(([type, { summary }]) => [type, summary.replaceAll("`", "")] as const))}
    </details>
  );
}
