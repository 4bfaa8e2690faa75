/** Our outcome → their status words. A transaction has one more, in Strex's own word, which `detailedStatusCode` carries. */

import type { TransactionState } from "../../core/billing/charges/transaction.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Message, MessageState } from "../../core/messages/message.ts";

/** Guide, "Status Codes". Not all of them are final, and some invite a merchant to charge again. */
export type StatusCode =
  | "ACKNOWLEDGED"
  | "DELIVERED"
  | "NO_CREDIT"
  | "FAILED"
  | "VALIDITY_EXPIRED"
  | "REJECTED"
  | "INVALID_MSISDN"
  | "UNKNOWN";

/** Strex's words, and the name of each here. */
const STREX = {
  None: "ACKNOWLEDGED",
  Pending: "ACKNOWLEDGED",
  Delivered: "DELIVERED",
  // FAILED would have the merchant charge again: the original stays billed, giving it back is a transaction of its own.
  Reversed: "DELIVERED",
  MissingDeliveryReport: "UNKNOWN",
  Expired: "VALIDITY_EXPIRED",
  TimeoutError: "VALIDITY_EXPIRED",
  OneTimePasswordExpired: "VALIDITY_EXPIRED",
  InsufficientFunds: "NO_CREDIT",
  SubscriberLimitExceeded: "NO_CREDIT",
  UnknownSubscriber: "INVALID_MSISDN",
  RegistrationRequired: "INVALID_MSISDN",
  Rejected: "REJECTED",
  SubscriberBarred: "REJECTED",
  SubscriberTooYoung: "REJECTED",
  UnknownAge: "REJECTED",
  MissingPreAuth: "REJECTED",
  MaxPinRetry: "REJECTED",
  OneTimePasswordFailed: "REJECTED",
  DuplicateTransaction: "REJECTED",
  InvalidAmount: "REJECTED",
  Undelivered: "FAILED",
  SubscriberUnavailable: "FAILED",
  UserInTransaction: "FAILED",
  ConnectionOffline: "FAILED",
  MnoError: "FAILED",
  CardPspError: "FAILED",
  InvalidCredentials: "FAILED",
  OtherError: "FAILED",
} as const satisfies Record<string, StatusCode>;

type StrexWord = keyof typeof STREX;

const BY_REASON = {
  undelivered: "Undelivered",
  rejected: "Rejected",
  "bad-number": "UnknownSubscriber",
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
  stopped: "Rejected",
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
} as const satisfies Record<Reason, StrexWord>;

const BY_TRANSACTION_STATE = {
  waiting: "Pending",
  ready: "Pending",
  charging: "Pending",
  sent: "Pending",
  // It may have been billed, and we shall know: a merchant must not take it for a failure and charge anew.
  unknown: "None",
  billed: "Delivered",
  reversed: "Reversed",
  failed: "OtherError",
  expired: "Expired",
  cancelled: "Rejected",
} as const satisfies Record<TransactionState, StrexWord>;

const BY_MESSAGE_STATE = {
  scheduled: "None",
  accepted: "None",
  held: "Pending",
  submitting: "Pending",
  unknown: "None",
  sent: "Pending",
  delivered: "Delivered",
  failed: "OtherError",
  expired: "Expired",
  cancelled: "Rejected",
} as const satisfies Record<MessageState, StrexWord>;

/** The states whose reason is reported; in others it is the reason of an earlier state. */
const FAILED: readonly string[] = ["failed", "expired", "cancelled"] satisfies readonly (
  | TransactionState
  | MessageState
)[];

type Outcome<State> = { state: State; reason?: Reason | undefined };

export function toStatus({ state, reason }: Outcome<TransactionState>): {
  statusCode: StatusCode;
  detailedStatusCode: StrexWord;
} {
  const word = wordFor(BY_TRANSACTION_STATE[state], state, reason);
  return { statusCode: STREX[word], detailedStatusCode: word };
}

/**
 * The report of a message. A paid one was for billing: once that is done it is DELIVERED, even if the text got
 * lost after it, since any other word would have the merchant bill again.
 */
export function toReport({ state, reason }: Outcome<MessageState>, message: Pick<Message, "billed">): StatusCode {
  if (FAILED.includes(state) && message.billed) return "DELIVERED";
  return STREX[wordFor(BY_MESSAGE_STATE[state], state, reason)];
}

function wordFor(own: StrexWord, state: TransactionState | MessageState, reason: Reason | undefined): StrexWord {
  return reason && FAILED.includes(state) ? BY_REASON[reason] : own;
}
