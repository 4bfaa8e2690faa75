import { describe, expect, it } from "vitest";
import { isFinal, MESSAGE_STATES, type MessageState } from "../../../src/core/messages/message.ts";
import { REASONS, type Reason } from "../../../src/core/reasons.ts";
import { toStatus } from "../../../src/dialects/target365/status.ts";

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
    { state: "submitting", is: ["Queued", "None", undefined] },
    { state: "unknown", is: ["Sent", "None", undefined] },
    { state: "sent", is: ["Sent", "Sent", undefined] },
    { state: "delivered", is: ["Ok", "Delivered", true] },
    { state: "failed", reason: "undelivered", is: ["Failed", "Undelivered", false] },
    { state: "failed", reason: "bad-number", is: ["Failed", "Rejected", false] },
    { state: "failed", reason: "duplicate", is: ["Failed", "DuplicateTransaction", false] },
    { state: "failed", reason: "subscriber-barred", is: ["Failed", "SubscriberBarred", false] },
    { state: "failed", is: ["Failed", "OtherError", false] },
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

  it("is never called delivered or not while that is open", () => {
    for (const state of MESSAGE_STATES) {
      if (!isFinal(state)) expect(toStatus({ state })).not.toHaveProperty("delivered");
    }
  });
});
