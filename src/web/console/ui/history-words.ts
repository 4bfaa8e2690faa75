/** The sentence for each thing that can happen, and which members of the entry that sentence tells of already. */

import type { HistoryEvent } from "../../../core/history.ts";
import type { PassedOver } from "../../../core/messages/route.ts";
import type { Item } from "../api.ts";

/** An entry of a timeline as the operator's API has it: times are ISO 8601. */
export type Entry = Item<"GET /admin/v1/messages/{id}/timeline">;

type Words = { says: string | ((entry: Entry) => string); tells?: readonly string[] };

const WHY_PASSED_OVER: Record<PassedOver["why"], string> = {
  gone: "is there no more",
  off: "is switched off",
  "no-channel": "carries SMS only",
  "no-binary": "carries texts only",
  rerouted: "could not deliver it",
  down: "does not answer",
  busy: "was busy",
  refused: "refused it for a reason of its own",
};

/** By which route it came to this carrier, and past which others: "; by route norway; first is switched off". */
function wayOf({ route, passedOver }: Entry): string {
  const over = (Array.isArray(passedOver) ? passedOver : []) as PassedOver[];
  const by = typeof route === "string" ? `; by route ${route}` : "";
  return by + over.map(({ carrier, why }) => `; ${carrier} ${WHY_PASSED_OVER[why]}`).join("");
}

const WAY = ["carrier", "attempt", "route", "passedOver"];

const byCarrier = (verb: string): Words => ({
  says: (entry) => `${verb} ${entry.carrier ?? "the carrier"}${wayOf(entry)}`,
  tells: WAY,
});

const NEXT = {
  retry: "will be tried again",
  "next-period": "this period is skipped",
  end: "the subscription ends",
  "never-begun": "the subscription never begins",
};

export const WORDS: Record<HistoryEvent, Words> = {
  accepted: { says: "Accepted" },
  refused: { says: "Refused" },
  "request.unknown_members": {
    says: ({ members }) => `Warning: the request has members that are not known here: ${[members].flat().join(", ")}`,
    tells: ["members"],
  },
  edited: { says: "Edited" },
  cancelled: { says: ({ by }) => (by ? `Cancelled by the ${by}` : "Cancelled"), tells: ["by"] },
  claimed: { says: ({ attempt }) => `Attempt ${attempt} started`, tells: ["attempt"] },
  "claim.lost": { says: "The process that had claimed it is gone" },
  expired: { says: "Validity ended" },

  "carrier.took": byCarrier("Accepted by"),
  "carrier.billed": byCarrier("Billed by"),
  "carrier.refused": byCarrier("Refused by"),
  "carrier.busy": {
    says: (entry) =>
      `${entry.carrier ?? "The carrier"} ${entry.isDown ? "does not answer, and was not asked" : "is busy"}${wayOf(entry)}`,
    tells: [...WAY, "isDown"],
  },
  "carrier.answer_lost": {
    says: (entry) => `No answer from ${entry.carrier ?? "the carrier"}: it will be asked${wayOf(entry)}`,
    tells: WAY,
  },
  "carrier.asked": { says: ({ carrier, answer }) => `Asked ${carrier}: ${answer}`, tells: ["carrier", "answer"] },
  "carrier.receipt": {
    says: ({ carrier, outcome }) => `Receipt from ${carrier ?? "the carrier"}: ${outcome}`,
    tells: ["carrier", "outcome"],
  },
  "carrier.rerouted": {
    says: ({ carrier, outcome }) => `Receipt from ${carrier}: ${outcome}; it goes to another carrier`,
    tells: ["carrier", "outcome"],
  },
  "carrier.disputed": {
    says: ({ carrier }) => `Disputed: ${carrier ?? "the carrier"} says it billed this`,
    tells: ["carrier"],
  },

  "quiet_hours.waits": { says: "Waits until its quiet hours are over" },
  "campaign.released": { says: "Released by its campaign", tells: ["campaign"] },
  "loop.stopped": { says: "Stopped: the same text was sent to this person too often" },
  "opt_out.stopped": { says: "Not sent: the person has opted out of this number" },
  withdrawn: { says: ({ by }) => `Withdrawn: ended by the ${by}`, tells: ["by"] },

  held: { says: "Held until it is paid" },
  paid: { says: "Paid" },
  not_paid: { says: "Not paid" },

  "charge.for_message": { says: "Charge for a paid message" },
  "charge.id_used": { says: "Refused: its id was used for another charge" },
  "charge.no_consent": { says: "Refused: there is no consent" },
  "charge.in_transaction": { says: "Refused: the person is being asked about another charge" },
  "charge.stopped": { says: "Cancelled before it was charged: the person had ended it" },
  "window.opened": { says: "Purchase page opened" },
  "person.confirmed": { says: "Confirmed by the person" },
  "person.cancelled": { says: "Cancelled by the person" },
  "person.wrong_pins": { says: "Ended: too many wrong PINs" },
  "person.timed_out": { says: "The person did not answer in time" },
  "reversal.requested": { says: "Reversal requested" },
  "reversal.after_stop": { says: "Refunded: the person had ended it" },
  reversed: { says: "Reversed" },

  "subscription.opened": { says: "Opened by the operator" },
  "subscription.started": { says: "Started" },
  "subscription.renewed": { says: "Renewed" },
  "period.due": { says: "Period due" },
  "period.declined": {
    says: (entry) => `Declined: ${NEXT[entry.outcome as keyof typeof NEXT]}`,
    tells: ["outcome"],
  },
  "period.passed": { says: "Less than half of the period is left: the next one is charged" },
  "period.put_off": { says: "Due at night: to be charged in the morning" },

  "question.released": { says: "What is said first has arrived: the question is sent" },
  "question.dropped": { says: "Not asked: the info text did not arrive" },

  "person.erased": { says: "The person was erased, and what stood here before" },
  "webhook.owed": { says: (entry) => `Webhook queued: ${newsOf(entry)}`, tells: ["webhook"] },
  "webhook.attempted": {
    says: (entry) =>
      `Webhook ${newsOf(entry)}, attempt ${entry.attempt}: ${entry.status ?? entry.error ?? "no answer"} in ${entry.milliseconds} ms`,
    tells: ["webhook", "attempt", "status", "error", "milliseconds", "sent", "headers", "answer", "answerHeaders"],
  },
  "webhook.given_up": { says: "Webhook given up" },
  "webhook.replayed": { says: (entry) => `Webhook ${newsOf(entry)} replayed`.replace("  ", " "), tells: ["webhook"] },
  "endpoint.paused": { says: "Endpoint paused" },
  "endpoint.resumed": { says: "Endpoint resumed" },
};

/** The sentence for an entry. */
export function sentence(entry: Entry): string {
  const { says } = WORDS[entry.event];
  return typeof says === "string" ? says : says(entry);
}

/** What the webhook of an entry tells of: its id ends with that. */
function newsOf({ webhook = "" }: Entry): string {
  return webhook.replace(/^.*_/, "").replaceAll("-", " ");
}
