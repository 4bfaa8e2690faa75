/** Our outcome ↔ their StatusCode and DetailedStatusCode. Guides, "DLR status codes". */

import type { Transaction, TransactionState } from "../../core/billing/charges/transaction.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Message, MessageState } from "../../core/messages/message.ts";

/** The meaning of each detailed code, in the words that are sent with it. */
const MEANINGS = {
  None: "Not sent yet",
  Pending: "Waiting for the subscriber, or for the operator's word",
  Sent: "With the operator, which has sent no report yet",
  Delivered: "Delivered",
  Expired: "Its life time ended before it could be delivered or billed",
  Undelivered: "Could not be delivered",
  Rejected: "Refused; trying again will not help",
  MissingDeliveryReport: "The operator never sent a report",
  OtherError: "Something else went wrong",
  UnknownSubscriber: "The operator does not know the number",
  SubscriberUnavailable: "The subscriber could not be reached",
  SubscriberBarred: "The subscriber is barred from mobile payment",
  SubscriberLimitExceeded: "A limit of the subscriber would be exceeded",
  SubscriberTooYoung: "The subscriber is too young",
  UnknownAge: "The age of the subscriber is not known",
  InsufficientFunds: "The balance of the subscriber is too low",
  RegistrationRequired: "The subscriber must register first",
  InvalidAmount: "The price is not one that can be billed",
  InvalidCredentials: "The operator does not know the merchant",
  OneTimePasswordExpired: "The one-time password came too late",
  OneTimePasswordFailed: "The one-time password is wrong",
  MaxPinRetry: "Too many wrong codes were given",
  MissingPreAuth: "The subscriber has not agreed to be charged",
  DuplicateTransaction: "The transaction id was used before",
  TimeoutError: "The subscriber did not answer in time",
  UserInTransaction: "Another charge of the subscriber is under way",
  ConnectionOffline: "The operator could not be reached",
  MnoError: "The operator failed",
  CardPspError: "The card could not be charged",
  Stopped: "Stopped: too many identical messages within an hour",
} as const;

type Detail = keyof typeof MEANINGS;

type Codes = { statusCode: "Queued" | "Sent" | "Failed" | "Ok" | "Reversed"; detailedStatusCode: Detail };

/** Of a message; `delivered` is absent while it is not known. */
export type Status = Codes & { delivered?: boolean };

/** Of a charge; `billed` is absent while it is not known. */
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

/** *Pending* waits for the person, or for the operator's data about them; only *Sent* means that the outcome is open. */
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
  "no-carrier": "Rejected",
  stopped: "Stopped",
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
} as const satisfies Record<Reason, Detail>;

type Why = { reason?: Reason | undefined };

export const toStatus = (message: Pick<Message, "state"> & Why) => described(statusOf(message));

function statusOf({ state, reason }: Pick<Message, "state"> & Why): Status {
  const status: Status = BY_STATE[state];
  // The operator had it and never said more: that is not a failure, and guides file it under Sent.
  if (reason === "no-receipt") return { statusCode: "Sent", detailedStatusCode: BY_REASON[reason] };
  return reason ? { ...status, detailedStatusCode: BY_REASON[reason] } : status;
}

export const toChargeStatus = (transaction: Pick<Transaction, "kind" | "state"> & Why) =>
  described(chargeStatusOf(transaction));

function chargeStatusOf({ kind, state, reason }: Pick<Transaction, "kind" | "state"> & Why): ChargeStatus {
  if (kind === "reversal" && state === "billed") return { ...BILLED, statusCode: "Reversed" };
  const status: ChargeStatus = CHARGE_BY_STATE[state];
  if (status.billed !== false || !reason) return status;
  // As with a message: it may have been billed, and must not be charged anew.
  if (reason === "no-receipt") return { statusCode: "Sent", detailedStatusCode: BY_REASON[reason] };
  return { ...status, detailedStatusCode: BY_REASON[reason] };
}

function described<Told extends Codes>(codes: Told): Told & { statusDescription: string } {
  return { ...codes, statusDescription: MEANINGS[codes.detailedStatusCode] };
}

/** The payment gateway's words for a charge that failed. */
export function toResult(reason: Reason): { resultCode: string; resultDescription: string } {
  return { resultCode: BY_REASON[reason], resultDescription: reason.replaceAll("-", " ") };
}
