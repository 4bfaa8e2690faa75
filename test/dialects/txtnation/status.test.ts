/** The provider's words for what became of a charge or a text, held against the guide's table of Strex's. */

import { describe, expect, it } from "vitest";
import { TRANSACTION_STATES, type TransactionState } from "../../../src/core/billing/charges/transaction.ts";
import { REASONS, type Reason } from "../../../src/core/kernel/reasons.ts";
import { MESSAGE_STATES, type MessageState } from "../../../src/core/messages/message.ts";
import { type StatusCode, toReport, toStatus } from "../../../src/dialects/txtnation/status.ts";

/** Every word of Strex's that the mapping names, in its spelling or the SDKs'. */
const STREX: Record<StatusCode, string[]> = {
  ACKNOWLEDGED: ["None", "Pending", "Sent"],
  DELIVERED: ["Delivered", "Reversed"],
  UNKNOWN: ["MissingDeliveryReport"],
  VALIDITY_EXPIRED: ["Expired", "TimeoutError", "OneTimePasswordExpired"],
  NO_CREDIT: ["InsufficientFunds", "SubscriberLimitExceeded"],
  INVALID_MSISDN: ["UnknownSubscriber", "RegistrationRequired"],
  REJECTED: [
    ...["SubscriberBarred", "Rejected", "SubscriberTooYoung", "UnknownAge", "MissingPreAuth", "MaxPinRetry"],
    ...["OneTimePasswordFailed", "InvalidOTP", "DuplicateTransaction", "InvalidAmount", "Stopped"],
  ],
  FAILED: [
    ...["Undelivered", "Failed", "SubscriberUnavailable", "UserInTransaction", "ConnectionOffline", "MnoError"],
    ...["CardPspError", "InvalidCredentials", "TemporaryError", "OtherError", "UnknownError"],
  ],
};

describe("a charge", () => {
  const states: Record<TransactionState, [StatusCode, string]> = {
    waiting: ["ACKNOWLEDGED", "Pending"],
    ready: ["ACKNOWLEDGED", "Pending"],
    charging: ["ACKNOWLEDGED", "Pending"],
    sent: ["ACKNOWLEDGED", "Pending"],
    unknown: ["ACKNOWLEDGED", "None"],
    billed: ["DELIVERED", "Delivered"],
    reversed: ["DELIVERED", "Reversed"],
    failed: ["FAILED", "OtherError"],
    expired: ["VALIDITY_EXPIRED", "Expired"],
    cancelled: ["REJECTED", "Rejected"],
  };
  it.each(TRANSACTION_STATES)("that is %s has a word", (state) => {
    const [statusCode, detailedStatusCode] = states[state];
    expect(toStatus({ state })).toEqual({ statusCode, detailedStatusCode });
  });

  const reasons: Partial<Record<Reason, [StatusCode, string]>> = {
    "insufficient-funds": ["NO_CREDIT", "InsufficientFunds"],
    "limit-exceeded": ["NO_CREDIT", "SubscriberLimitExceeded"],
    "not-registered": ["INVALID_MSISDN", "RegistrationRequired"],
    "unknown-subscriber": ["INVALID_MSISDN", "UnknownSubscriber"],
    "subscriber-barred": ["REJECTED", "SubscriberBarred"],
    "too-young": ["REJECTED", "SubscriberTooYoung"],
    "opted-out": ["REJECTED", "Rejected"],
    "cancelled-by-person": ["REJECTED", "Rejected"],
    "too-many-codes": ["REJECTED", "MaxPinRetry"],
    "timed-out": ["VALIDITY_EXPIRED", "TimeoutError"],
    "no-receipt": ["UNKNOWN", "MissingDeliveryReport"],
    "carrier-error": ["FAILED", "MnoError"],
  };
  it.each(Object.entries(reasons))("that failed for %s says so", (reason, [statusCode, detailedStatusCode]) => {
    expect(toStatus({ state: "failed", reason: reason as Reason })).toEqual({ statusCode, detailedStatusCode });
  });

  it.each(REASONS)("that failed for %s has the word that the table gives for Strex's", (reason) => {
    const { statusCode, detailedStatusCode } = toStatus({ state: "failed", reason });
    expect(STREX[statusCode]).toContain(detailedStatusCode);
  });

  it.each(REASONS)("is never called a failure while it may still be billed, nor once it is: %s", (reason) => {
    for (const state of ["ready", "charging", "sent", "unknown"] as const) {
      expect(toStatus({ state, reason }).statusCode).toBe("ACKNOWLEDGED");
    }
    for (const state of ["billed", "reversed"] as const)
      expect(toStatus({ state, reason }).statusCode).toBe("DELIVERED");
  });
});

describe("a text", () => {
  const states: Record<MessageState, StatusCode> = {
    scheduled: "ACKNOWLEDGED",
    accepted: "ACKNOWLEDGED",
    held: "ACKNOWLEDGED",
    submitting: "ACKNOWLEDGED",
    unknown: "ACKNOWLEDGED",
    sent: "ACKNOWLEDGED",
    delivered: "DELIVERED",
    failed: "FAILED",
    expired: "VALIDITY_EXPIRED",
    cancelled: "REJECTED",
  };
  it.each(MESSAGE_STATES)("that is %s has a word", (state) => {
    expect(toReport({ state }, {})).toBe(states[state]);
  });

  it("that was lost is told of by why", () => {
    expect(toReport({ state: "failed", reason: "subscriber-barred" }, {})).toBe("REJECTED");
    expect(toReport({ state: "expired", reason: "no-receipt" }, {})).toBe("UNKNOWN");
  });

  it("that was billed is never called a failure, or its merchant would bill again", () => {
    expect(toReport({ state: "failed", reason: "undelivered" }, { billed: true })).toBe("DELIVERED");
    expect(toReport({ state: "failed", reason: "insufficient-funds" }, { billed: false })).toBe("NO_CREDIT");
    expect(toReport({ state: "sent" }, { billed: true })).toBe("ACKNOWLEDGED");
  });
});
