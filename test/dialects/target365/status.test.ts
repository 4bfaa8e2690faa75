import { describe, expect, it } from "vitest";
import { isSettled, TRANSACTION_STATES, type TransactionState } from "../../../src/core/billing/charges/transaction.ts";
import { REASONS, type Reason } from "../../../src/core/kernel/reasons.ts";
import { isFinal, MESSAGE_STATES, type MessageState } from "../../../src/core/messages/message.ts";
import { toChargeStatus, toStatus } from "../../../src/dialects/target365/status.ts";

/** The SDKs' own lists, in their spelling. */
const DETAILS =
  "None Delivered Expired Undelivered UnknownError Rejected UnknownSubscriber SubscriberUnavailable SubscriberBarred InsufficientFunds RegistrationRequired UnknownAge DuplicateTransaction SubscriberLimitExceeded MaxPinRetry InvalidAmount OneTimePasswordExpired OneTimePasswordFailed SubscriberTooYoung TimeoutError Stopped MissingDeliveryReport InvalidCredentials InvalidOtp CardPspError ConnectionOffline MnoError MissingPreAuth OtherError Pending UserInTransaction TemporaryError".split(
    " ",
  );
/** In the guides, and in no SDK. */
const GUIDES_ONLY = ["Sent", "Failed"];

describe("what a client is told of a message", () => {
  const cases: { state: MessageState; reason?: Reason; is: [string, string, boolean | undefined] }[] = [
    { state: "scheduled", is: ["Queued", "None", undefined] },
    { state: "accepted", is: ["Queued", "None", undefined] },
    { state: "held", is: ["Queued", "None", undefined] },
    { state: "submitting", is: ["Queued", "None", undefined] },
    { state: "unknown", is: ["Sent", "None", undefined] },
    { state: "sent", is: ["Sent", "Sent", undefined] },
    { state: "delivered", is: ["Ok", "Delivered", true] },
    { state: "failed", reason: "undelivered", is: ["Failed", "Undelivered", false] },
    { state: "failed", reason: "bad-number", is: ["Failed", "Rejected", false] },
    { state: "failed", reason: "duplicate", is: ["Failed", "DuplicateTransaction", false] },
    { state: "failed", reason: "subscriber-barred", is: ["Failed", "SubscriberBarred", false] },
    { state: "failed", reason: "insufficient-funds", is: ["Failed", "InsufficientFunds", false] },
    { state: "failed", reason: "no-consent", is: ["Failed", "MissingPreAuth", false] },
    { state: "failed", is: ["Failed", "OtherError", false] },
    { state: "failed", reason: "stopped", is: ["Failed", "Stopped", false] },
    { state: "expired", reason: "validity-over", is: ["Failed", "Expired", false] },
    { state: "expired", reason: "no-receipt", is: ["Sent", "MissingDeliveryReport", undefined] },
  ];
  it.each(cases)("is $is when it is $state ($reason)", ({ state, reason, is }) => {
    const { statusCode, detailedStatusCode, delivered } = toStatus({ state, reason });
    expect([statusCode, detailedStatusCode, delivered]).toEqual(is);
  });

  it("is a code that clients know, whatever happened", () => {
    for (const state of MESSAGE_STATES) {
      for (const reason of [undefined, ...REASONS]) {
        expect([...DETAILS, ...GUIDES_ONLY]).toContain(toStatus({ state, reason }).detailedStatusCode);
      }
    }
  });

  it("is said in words as well, whatever happened", () => {
    for (const state of MESSAGE_STATES) {
      for (const reason of [undefined, ...REASONS]) expect(toStatus({ state, reason }).statusDescription).not.toBe("");
    }
    expect(toStatus({ state: "failed", reason: "subscriber-barred" }).statusDescription).toMatch(/barred/);
  });

  it("is never called delivered or not while that is open", () => {
    for (const state of MESSAGE_STATES) {
      if (!isFinal(state)) expect(toStatus({ state })).not.toHaveProperty("delivered");
    }
  });
});

describe("what a client is told of a charge", () => {
  type Told = [string, string, boolean | undefined];
  const cases: { kind?: "charge" | "reversal"; state: TransactionState; reason?: Reason; is: Told }[] = [
    { state: "waiting", is: ["Queued", "Pending", undefined] },
    { state: "ready", is: ["Queued", "None", undefined] },
    { state: "charging", is: ["Sent", "Pending", undefined] },
    { state: "sent", is: ["Sent", "Pending", undefined] },
    { state: "unknown", is: ["Sent", "Sent", undefined] },
    { state: "billed", is: ["Ok", "Delivered", true] },
    { state: "reversed", is: ["Ok", "Delivered", true] },
    { state: "billed", kind: "reversal", is: ["Reversed", "Delivered", true] },
    { state: "failed", kind: "reversal", reason: "rejected", is: ["Failed", "Rejected", false] },
    { state: "failed", is: ["Failed", "OtherError", false] },
    { state: "expired", reason: "timed-out", is: ["Failed", "TimeoutError", false] },
    { state: "expired", reason: "validity-over", is: ["Failed", "Expired", false] },
    { state: "expired", is: ["Failed", "Expired", false] },
    { state: "expired", reason: "no-receipt", is: ["Sent", "MissingDeliveryReport", undefined] },
    { state: "cancelled", reason: "cancelled-by-person", is: ["Failed", "Rejected", false] },
    { state: "cancelled", is: ["Failed", "Rejected", false] },
    { state: "failed", reason: "subscriber-barred", is: ["Failed", "SubscriberBarred", false] },
    { state: "failed", reason: "insufficient-funds", is: ["Failed", "InsufficientFunds", false] },
    { state: "failed", reason: "limit-exceeded", is: ["Failed", "SubscriberLimitExceeded", false] },
    { state: "failed", reason: "too-young", is: ["Failed", "SubscriberTooYoung", false] },
    { state: "failed", reason: "age-unknown", is: ["Failed", "UnknownAge", false] },
    { state: "failed", reason: "not-registered", is: ["Failed", "RegistrationRequired", false] },
    { state: "failed", reason: "no-consent", is: ["Failed", "MissingPreAuth", false] },
    { state: "failed", reason: "opted-out", is: ["Failed", "Rejected", false] },
    { state: "failed", reason: "wrong-code", is: ["Failed", "OneTimePasswordFailed", false] },
    { state: "failed", reason: "code-expired", is: ["Failed", "OneTimePasswordExpired", false] },
    { state: "failed", reason: "too-many-codes", is: ["Failed", "MaxPinRetry", false] },
    { state: "failed", reason: "in-transaction", is: ["Failed", "UserInTransaction", false] },
    { state: "failed", reason: "bad-amount", is: ["Failed", "InvalidAmount", false] },
    { state: "failed", reason: "bad-merchant", is: ["Failed", "InvalidCredentials", false] },
    { state: "failed", reason: "card-failed", is: ["Failed", "CardPspError", false] },
    { state: "failed", reason: "carrier-offline", is: ["Failed", "ConnectionOffline", false] },
    { state: "failed", reason: "carrier-error", is: ["Failed", "MnoError", false] },
    { state: "failed", reason: "ended", is: ["Failed", "Rejected", false] },
  ];
  it.each(cases)("is $is when the $kind is $state ($reason)", ({ kind = "charge", state, reason, is }) => {
    const { statusCode, detailedStatusCode, billed } = toChargeStatus({ kind, state, reason });
    expect([statusCode, detailedStatusCode, billed]).toEqual(is);
  });

  it("is a code that clients know, whatever happened", () => {
    for (const kind of ["charge", "reversal"] as const) {
      for (const state of TRANSACTION_STATES) {
        for (const reason of [undefined, ...REASONS]) {
          expect([...DETAILS, "Sent"]).toContain(toChargeStatus({ kind, state, reason }).detailedStatusCode);
        }
      }
    }
  });

  it("is never called billed or not while that is open", () => {
    for (const state of TRANSACTION_STATES) {
      if (!isSettled(state)) expect(toChargeStatus({ kind: "charge", state })).not.toHaveProperty("billed");
    }
  });
});
