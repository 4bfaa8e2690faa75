/** Events of messages, for every statement that changes the state of one. */

import type { MessageFacts } from "../../../core/webhooks/events.ts";
import { factsOf } from "./told.ts";

/** The states that are events of their account's. */
export const TOLD_STATES = [
  "sent",
  "delivered",
  "failed",
  "expired",
  "cancelled",
] as const satisfies MessageFacts["state"][];

/**
 * The facts of a message's event.
 * @param at SQL: when it happened; likewise its new state, the reason, and the carrier
 * @param message its name in the statement
 */
export function messageFacts(
  at: string,
  state: string,
  reason = "NULL",
  carrier = "nullif(message.carrier, '')",
  message = "message",
): string {
  return factsOf<MessageFacts>({
    id: `${message}.id`,
    theirId: `${message}.their_id`,
    dialect: `${message}.dialect`,
    sender: `${message}.sender`,
    recipient: `${message}.recipient`,
    channel: `${message}.channel`,
    parts: `${message}.parts`,
    state,
    reason,
    carrier,
    operator: `${message}.operator`,
    tags: `json(${message}.echo->'tags')`,
    at,
  });
}

/** What an event of a message is about. @param message its name in the statement */
export function aboutMessage(message = "message") {
  return {
    account: `${message}.account_id`,
    stem: `substr(${message}.id, 5)`,
    recipient: `${message}.recipient`,
    service: `${message}.charge->>'service'`,
    number: `${message}.sender`,
  };
}
