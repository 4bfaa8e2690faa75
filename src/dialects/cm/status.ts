/** Our outcome ↔ their STATUS and error code. Guide, "Status report webhook" and "Errors". */

import type { Reason } from "../../core/kernel/reasons.ts";
import type { Message, MessageState } from "../../core/messages/message.ts";

/** 0 accepted by the operator, 1 rejected by CM or the operator, 2 delivered, 3 failed for good. */
export type Status = 0 | 1 | 2 | 3;

type ErrorOf = { text: string; mark?: "temporary" | "permanent" };

/**
 * The meaning of each error code. *temporary* describes the cause: a message that is reported with STATUS 3 is not tried
 * again all the same. Codes 6, 9 to 19 and 32 are not defined.
 */
export const ERRORS = {
  5: { text: "Message confirmed as not delivered, for an unknown cause" },
  7: { text: "Recipient has not enough credit, the network is still trying", mark: "temporary" },
  8: { text: "Message expired at the operator", mark: "temporary" },
  20: { text: "Message cannot be delivered as it is" },
  21: { text: "Message expired at the operator, recipient had not enough credit", mark: "temporary" },
  22: { text: "Operator refused the message, recipient has not enough credit", mark: "temporary" },
  23: { text: "Recipient number is wrong, blacklisted or barred", mark: "permanent" },
  24: { text: "Recipient could not be reached", mark: "temporary" },
  25: { text: "Temporary fault in the operator's network", mark: "temporary" },
  26: { text: "Temporary fault of the handset", mark: "temporary" },
  27: { text: "Handset cannot receive this kind of message", mark: "permanent" },
  28: { text: "Messages came too fast, or are suspected to be spam" },
  29: { text: "Content is not allowed", mark: "permanent" },
  30: { text: "Spending limit of the recipient is reached", mark: "temporary" },
  31: { text: "Recipient is suspended from premium services" },
  33: { text: "Recipient has a parental lock" },
  34: { text: "Age check of the recipient failed", mark: "permanent" },
  35: { text: "Age of the recipient has not been checked", mark: "temporary" },
  36: { text: "Age check is not available", mark: "temporary" },
  37: { text: "Recipient asked not to be contacted", mark: "permanent" },
} as const satisfies Record<number, ErrorOf>;

export type ErrorCode = keyof typeof ERRORS;

const BY_STATE = {
  scheduled: { status: 0 },
  accepted: { status: 0 },
  held: { status: 0 },
  submitting: { status: 0 },
  unknown: { status: 0 },
  sent: { status: 0 },
  delivered: { status: 2 },
  failed: { status: 3, error: 5 },
  expired: { status: 3, error: 8 },
  cancelled: { status: 1, error: 20 },
} as const satisfies Record<MessageState, { status: Status; error?: ErrorCode }>;

const BY_REASON = {
  undelivered: 5,
  rejected: 20,
  "bad-number": 23,
  "bad-sender": 20,
  "bad-text": 20,
  duplicate: 20,
  "unknown-subscriber": 23,
  "subscriber-unavailable": 24,
  "subscriber-barred": 23,
  "too-many-parts": 20,
  "validity-over": 8,
  "no-receipt": 8,
  "no-carrier": 20,
  stopped: 28,
  // The nearest there is: theirs is a national register, ours a STOP that the person wrote.
  "opted-out": 37,
  "carrier-offline": 25,
  "carrier-error": 25,
  other: 5,
  // Of charges only, which this dialect does not make.
  "insufficient-funds": 22,
  "limit-exceeded": 30,
  "too-young": 34,
  "age-unknown": 35,
  "not-registered": 31,
  "no-consent": 31,
  "wrong-code": 31,
  "code-expired": 31,
  "too-many-codes": 31,
  "timed-out": 31,
  "in-transaction": 31,
  "bad-amount": 31,
  "bad-merchant": 31,
  "card-failed": 31,
  "cancelled-by-person": 31,
  ended: 31,
} as const satisfies Record<Reason, ErrorCode>;

/**
 * The status in the report of a message. One that failed before any carrier took it, and so has no reference of a carrier's,
 * was rejected; one that failed after that has failed.
 */
export function toStatus(
  { state, reason }: { state: MessageState; reason?: Reason | undefined },
  { reference }: Pick<Message, "reference">,
): { status: Status; error?: ErrorCode } {
  const own: { status: Status; error?: ErrorCode } = BY_STATE[state];
  if (own.error === undefined) return own;
  const status = state === "failed" && reference === undefined ? 1 : own.status;
  return { status, error: reason ? BY_REASON[reason] : own.error };
}
