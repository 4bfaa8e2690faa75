/** Our outcome ↔ their StatusCode and DetailedStatusCode. Guides, "DLR status codes". */

import type { Transaction, TransactionState } from "../../core/billing/transaction.ts";
import type { Message, MessageState } from "../../core/messages/message.ts";
import type { Reason } from "../../core/reasons.ts";

type Codes = { statusCode: "Queued" | "Sent" | "Failed" | "Ok" | "Reversed"; detailedStatusCode: string };

/** Of a message; `delivered` is absent while nobody knows. */
export type Status = Codes & { delivered?: boolean };

/** Of a charge; `billed` is absent while nobody knows. */
export type ChargeStatus = Codes & { billed?: boolean };

const QUEUED: Status = { statusCode: "Queued", detailedStatusCode: "None" };

const BY_STATE = {
  scheduled: QUEUED,
  accepted: QUEUED,
  held: QUEUED,
  submitting: QUEUED,
  // The operator may have it: a client must not take it for a failure and send anew.
  unknown: { statusCode: "Sent", detailedStatusCode: "None" },
  sent: { statusCode: "Sent", detailedStatusCode: "Sent" },
  delivered: { statusCode: "Ok", detailedStatusCode: "Delivered", delivered: true },
  failed: { statusCode: "Failed", detailedStatusCode: "OtherError", delivered: false },
  expired: { statusCode: "Failed", detailedStatusCode: "Expired", delivered: false },
  cancelled: { statusCode: "Failed", detailedStatusCode: "Rejected", delivered: false },
} as const satisfies Record<MessageState, Status>;

const BILLED: ChargeStatus = { statusCode: "Ok", detailedStatusCode: "Delivered", billed: true };

/** *Pending* waits for the person, or for what the operator says of them; *Sent* alone says that nobody knows yet. */
const CHARGE_BY_STATE = {
  waiting: { statusCode: "Queued", detailedStatusCode: "Pending" },
  ready: QUEUED,
  charging: { statusCode: "Sent", detailedStatusCode: "Pending" },
  sent: { statusCode: "Sent", detailedStatusCode: "Pending" },
  unknown: { statusCode: "Sent", detailedStatusCode: "Sent" },
  billed: BILLED,
  // Guides, "Reverse": the original transaction does not change.
  reversed: BILLED,
  failed: { statusCode: "Failed", detailedStatusCode: "OtherError", billed: false },
  expired: { statusCode: "Failed", detailedStatusCode: "Expired", billed: false },
  cancelled: { statusCode: "Failed", detailedStatusCode: "Rejected", billed: false },
} as const satisfies Record<TransactionState, ChargeStatus>;

/** In the spelling of the SDKs, where the guides differ. */
const BY_REASON = {
  undelivered: "Undelivered",
  rejected: "Rejected",
  "bad-number": "Rejected",
  "bad-sender": "Rejected",
  "bad-text": "Rejected",
  duplicate: "DuplicateTransaction",
  "unknown-subscriber": "UnknownSubscriber",
  "subscriber-unavailable": "SubscriberUnavailable",
  "subscriber-barred": "SubscriberBarred",
  "too-many-parts": "Rejected",
  "validity-over": "Expired",
  "no-receipt": "MissingDeliveryReport",
  "carrier-offline": "ConnectionOffline",
  "carrier-error": "MnoError",
  other: "OtherError",
  "insufficient-funds": "InsufficientFunds",
  "limit-exceeded": "SubscriberLimitExceeded",
  "too-young": "SubscriberTooYoung",
  "age-unknown": "UnknownAge",
  "not-registered": "RegistrationRequired",
  "no-consent": "MissingPreAuth",
  "opted-out": "Rejected",
  "wrong-code": "OneTimePasswordFailed",
  "code-expired": "OneTimePasswordExpired",
  "too-many-codes": "MaxPinRetry",
  "timed-out": "TimeoutError",
  "in-transaction": "UserInTransaction",
  "bad-amount": "InvalidAmount",
  "bad-merchant": "InvalidCredentials",
  "card-failed": "CardPspError",
  "cancelled-by-person": "Rejected",
  ended: "Rejected",
} as const satisfies Record<Reason, string>;

type Why = { reason?: Reason | undefined };

export function toStatus({ state, reason }: Pick<Message, "state"> & Why): Status {
  const status: Status = BY_STATE[state];
  // The operator had it and never said more: that is not a failure, and guides file it under Sent.
  if (reason === "no-receipt") return { statusCode: "Sent", detailedStatusCode: BY_REASON[reason] };
  return reason ? { ...status, detailedStatusCode: BY_REASON[reason] } : status;
}

export function toChargeStatus({ kind, state, reason }: Pick<Transaction, "kind" | "state"> & Why): ChargeStatus {
  if (kind === "reversal" && state === "billed") return { ...BILLED, statusCode: "Reversed" };
  const status: ChargeStatus = CHARGE_BY_STATE[state];
  if (status.billed !== false || !reason) return status;
  // As with a message: it may have been billed, and must not be charged anew.
  if (reason === "no-receipt") return { statusCode: "Sent", detailedStatusCode: BY_REASON[reason] };
  return { ...status, detailedStatusCode: BY_REASON[reason] };
}

/** What the payment gateway says of a charge that failed. */
export function toResult(reason: Reason): { resultCode: string; resultDescription: string } {
  return { resultCode: BY_REASON[reason], resultDescription: reason.replaceAll("-", " ") };
}
