/**
 * Everything that can happen to a message, a charge, a subscription or a webhook, as codes with typed members. A timeline
 * is a list of these. The console makes sentences of them; no code reads a sentence back.
 */

import type { EndedBy } from "./billing/subscriptions/subscription.ts";
import type { InboundId, MessageId, SubscriptionId, TransactionId } from "./kernel/ids.ts";
import type { Reason } from "./kernel/reasons.ts";
import type { Traceparent } from "./kernel/traces.ts";
import type { PassedOver } from "./messages/route.ts";

/** What a carrier did, at which attempt of ours, by which route, and who was passed over. No carrier: no route led to one. */
type ByCarrier = { carrier?: string; attempt: number; route?: string; passedOver?: readonly PassedOver[] };

/**
 * The members of each event. Times are epoch milliseconds. `request` is the kept request by which it came, `trace` where it stands in
 * a trace, if that request is traced.
 */
export type EventMembers = {
  accepted: { sendAt?: number; reason?: Reason; request?: string; trace?: Traceparent };
  /** A message of a batch that was never stored; `why` is the refusal as the caller read it. */
  refused: { why: string; request?: string };
  /** A warning: members of the request that its dialect does not know. They were passed over. */
  "request.unknown_members": { members: readonly string[] };
  edited: { sendAt: number };
  /** Absent `by`: the customer. */
  cancelled: { by?: EndedBy };
  claimed: { attempt: number };
  /** The process that claimed it is gone. */
  "claim.lost": object;
  expired: object;

  "carrier.took": ByCarrier & { reference: string };
  "carrier.billed": ByCarrier & { reference: string };
  "carrier.refused": ByCarrier & { reason: Reason; detail?: string };
  /** `isDown`: it was not asked, as it does not answer. */
  "carrier.busy": ByCarrier & { again: number; isDown?: true };
  "carrier.answer_lost": ByCarrier & { detail?: string };
  "carrier.asked": { carrier: string; answer: "settled" | "taken" | "never-seen" | "cannot-tell" };
  "carrier.receipt": { carrier: string; outcome: string; happenedAt?: number; reason?: Reason };
  /** It could not deliver the message, so another carrier is asked. */
  "carrier.rerouted": { carrier: string; outcome: string; happenedAt?: number; reason?: Reason };
  /** The carrier reports a charge as billed that had ended unbilled. */
  "carrier.disputed": { carrier?: string; reference?: string };

  /** It would have been sent in quiet hours, so it waits until they are over. */
  "quiet_hours.waits": { until: number };

  "campaign.released": { campaign: string };
  "loop.stopped": object;
  "opt_out.stopped": object;
  /** A text about a subscription or purchase that has been ended since. */
  withdrawn: { by: EndedBy };

  /** A paid message, and the charge that it waits for. */
  held: { transaction: TransactionId };
  paid: { transaction: TransactionId };
  not_paid: { transaction: TransactionId; reason: Reason };

  "charge.for_message": { message: MessageId };
  "charge.id_used": object;
  "charge.no_consent": object;
  /** The person is being asked about another charge at the same number. */
  "charge.in_transaction": object;
  "charge.stopped": object;
  "window.opened": { service: string };
  "person.confirmed": { inbound?: InboundId };
  "person.cancelled": object;
  "person.wrong_pins": object;
  "person.timed_out": object;
  "reversal.requested": { of: TransactionId };
  /** A charge that was billed although the person had ended it. */
  "reversal.after_stop": { of: TransactionId };
  reversed: { by: TransactionId };

  "subscription.opened": { startsAt: number };
  "subscription.started": { transaction: TransactionId; period?: number; next?: number };
  "subscription.renewed": { transaction: TransactionId; period: number; next: number };
  "period.due": { subscription: SubscriptionId; period: number; attempt: number };
  /** The charge of a period was declined, and what follows: another try, the next period, or the end. */
  "period.declined": {
    transaction: TransactionId;
    period: number;
    reason: Reason;
    outcome: "retry" | "next-period" | "end" | "never-begun";
    again?: number;
  };
  /** Less than half of it was left when its charge could have been made: the next is charged instead. */
  "period.passed": { period: number; next: number };
  /** Its charge was due, and it was night: it is made in the morning. */
  "period.put_off": { period: number; next: number };

  /** The info text before a question has arrived, so the question is sent; or it has not, and the question is not sent. */
  "question.released": { message: MessageId };
  "question.dropped": { message: MessageId };

  /** The person was erased: what was here before told of them. */
  "person.erased": object;

  "webhook.owed": { url: string };
  "webhook.attempted": {
    attempt: number;
    /** The request. Only the first attempt has it: the others differ only in their headers. */
    sent?: { method: string; url: string; body?: string };
    /** The request's headers, and the answer's: what is secret is masked, what is long is cut. */
    headers?: Readonly<Record<string, string>>;
    answerHeaders?: Readonly<Record<string, string>>;
    status?: number;
    error?: string;
    milliseconds: number;
    answer?: string;
    again?: number;
    /** Replaces `sent`, `answer` and headers in the database when the account is sealed; never leaves the store. */
    sealed?: string;
    /** Seconds that the receiver asked us to wait, where that is longer than its dialect would have. */
    asked?: number;
  };
  "webhook.given_up": { why: string };
  "webhook.replayed": object;
  "endpoint.paused": { why: string };
  "endpoint.resumed": object;
};

export type HistoryEvent = keyof EventMembers;

/** One entry of a timeline. `at` is epoch milliseconds. */
export type HistoryEntry<E extends HistoryEvent = HistoryEvent> = {
  [Event in E]: { at: number; event: Event } & EventMembers[Event];
}[E];

/** Every code, in the order above: this does not compile while one is missing. */
export const HISTORY_EVENTS = Object.keys({
  accepted: true,
  refused: true,
  "request.unknown_members": true,
  edited: true,
  cancelled: true,
  claimed: true,
  "claim.lost": true,
  expired: true,
  "carrier.took": true,
  "carrier.billed": true,
  "carrier.refused": true,
  "carrier.busy": true,
  "carrier.answer_lost": true,
  "carrier.asked": true,
  "carrier.receipt": true,
  "carrier.rerouted": true,
  "carrier.disputed": true,
  "quiet_hours.waits": true,
  "campaign.released": true,
  "loop.stopped": true,
  "opt_out.stopped": true,
  withdrawn: true,
  held: true,
  paid: true,
  not_paid: true,
  "charge.for_message": true,
  "charge.id_used": true,
  "charge.no_consent": true,
  "charge.in_transaction": true,
  "charge.stopped": true,
  "window.opened": true,
  "person.confirmed": true,
  "person.cancelled": true,
  "person.wrong_pins": true,
  "person.timed_out": true,
  "reversal.requested": true,
  "reversal.after_stop": true,
  reversed: true,
  "subscription.opened": true,
  "subscription.started": true,
  "subscription.renewed": true,
  "period.due": true,
  "period.declined": true,
  "period.passed": true,
  "period.put_off": true,
  "question.released": true,
  "question.dropped": true,
  "person.erased": true,
  "webhook.owed": true,
  "webhook.attempted": true,
  "webhook.given_up": true,
  "webhook.replayed": true,
  "endpoint.paused": true,
  "endpoint.resumed": true,
} satisfies Record<HistoryEvent, true>) as [HistoryEvent, ...HistoryEvent[]];
