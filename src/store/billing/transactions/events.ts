/** Events of charges and subscriptions that moves of transactions bring about. */

import type { WholeMove } from "../../../core/billing/moves.ts";
import type { ChargeFacts } from "../../../core/webhooks/events.ts";
import { factsOf, tell } from "../../messaging/webhooks/told.ts";
import { ABOUT_SUBSCRIPTION } from "../subscription-rows.ts";

/** The states that are events of their account's. */
const TOLD_STATES: readonly string[] = [
  "unknown",
  "billed",
  "failed",
  "expired",
  "cancelled",
] satisfies ChargeFacts["state"][];

/** What the event of a move tells, beside what stands in its row; undefined where it is none. */
export function toldOf({ to, at, happenedAt = at, reason, recipient, operator }: WholeMove) {
  return TOLD_STATES.includes(to) ? { told: { at: happenedAt, reason, recipient, operator } } : undefined;
}

/** What an event of a charge tells beside what its move brings. */
const OF_CHARGE = {
  id: "txn.id",
  theirId: "txn.their_id",
  dialect: "txn.dialect",
  merchant: "txn.merchant_id",
  service: "txn.service_id",
  shortNumber: "txn.short_number",
  amount: "txn.amount",
  currency: "txn.currency",
  message: "txn.message_id",
  subscription: "txn.subscription_id",
  reverses: "txn.reverses",
  tags: "json(txn.echo->'tags')",
};

const ABOUT_CHARGE = {
  account: "txn.account_id",
  stem: "substr(txn.id, 5)",
  service: "txn.service_id",
  number: "txn.short_number",
};

/** Charges that failed as they were asked for, and were just written. ?1 is the list of their ids. The sweep finds the webhooks it owes. */
export const TELL_OF_FAILED = tell({
  ...ABOUT_CHARGE,
  type: "txn.kind || '.failed'",
  at: "txn.accepted_at",
  recipient: "txn.recipient",
  data: factsOf<ChargeFacts>({
    ...OF_CHARGE,
    recipient: "txn.recipient",
    state: "'failed'",
    reason: "txn.reason",
    operator: "txn.operator",
    at: "txn.accepted_at",
  }),
  from: "json_each(?1) AS new CROSS JOIN txn ON txn.id = new.value",
  where: "txn.state = 'failed'",
  order: "new.key",
});

/** @param moves SQL: the moves with their rows; @param allowed whether one may be made */
export const eventsOfMoves = (moves: string, allowed: string) =>
  tell({
    ...ABOUT_CHARGE,
    type: "txn.kind || '.' || (wanted.value->>'state')",
    at: "wanted.value->>'at'",
    recipient: "coalesce(txn.recipient, wanted.value->'told'->>'recipient')",
    data: factsOf<ChargeFacts>({
      ...OF_CHARGE,
      recipient: "coalesce(txn.recipient, wanted.value->'told'->>'recipient')",
      state: "wanted.value->>'state'",
      reason: "wanted.value->'told'->>'reason'",
      operator: "coalesce(wanted.value->'told'->>'operator', txn.operator)",
      at: "wanted.value->'told'->>'at'",
    }),
    from: moves,
    where: allowed,
    order: "wanted.key",
  });

/** The event of a subscription that the same news is about. */
export function eventsOfSubscriptions(from: string, allowed: string, more: string) {
  const event = "wanted.value->'told'->'event'";
  return tell({
    ...ABOUT_SUBSCRIPTION,
    type: `'subscription.' || (${event}->>'state')`,
    at: "wanted.value->>'at'",
    data: `json_patch(json_remove(${event}->'subscription', '$.account'),
      json_object('reason', ${event}->>'reason', 'transaction', ${event}->>'transaction', 'at', ${event}->>'at'))`,
    from,
    where: `${more} AND ${allowed}`,
    order: "wanted.key",
  });
}
