/** Their StatusCode and DetailedStatusCode → our outcome. Guides, "DLR status codes". */

import { z } from "zod";
import type { ChargeReceipt } from "../../core/billing/charges/carrier.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Receipt } from "../../core/messages/carrier.ts";

/** A report, or the record of a message or a charge: what we go by. Members that are not there are null. */
export const Record = z.object({
  transactionId: z.string(),
  statusCode: z.string(),
  detailedStatusCode: z.string().nullish(),
  operatorId: z.string().nullish(),
  smscTransactionId: z.string().nullish(),
  billed: z.boolean().nullish(),
});
export type Record = z.output<typeof Record>;

const REASONS = new Map<string, Reason>([
  ["Undelivered", "undelivered"],
  ["Rejected", "rejected"],
  ["UnknownSubscriber", "unknown-subscriber"],
  ["SubscriberUnavailable", "subscriber-unavailable"],
  ["SubscriberBarred", "subscriber-barred"],
  ["SubscriberLimitExceeded", "limit-exceeded"],
  ["SubscriberTooYoung", "too-young"],
  ["UnknownAge", "age-unknown"],
  ["InsufficientFunds", "insufficient-funds"],
  ["RegistrationRequired", "not-registered"],
  ["InvalidAmount", "bad-amount"],
  ["InvalidCredentials", "bad-merchant"],
  ["OneTimePasswordFailed", "wrong-code"],
  // As the guides had it before.
  ["InvalidOtp", "wrong-code"],
  ["OneTimePasswordExpired", "code-expired"],
  ["MaxPinRetry", "too-many-codes"],
  ["MissingPreAuth", "no-consent"],
  ["DuplicateTransaction", "duplicate"],
  ["TimeoutError", "timed-out"],
  ["UserInTransaction", "in-transaction"],
  ["ConnectionOffline", "carrier-offline"],
  ["MnoError", "carrier-error"],
  ["CardPspError", "card-failed"],
  ["Stopped", "stopped"],
]);

export function toReason(detailed: string): Reason {
  return REASONS.get(detailed) ?? "other";
}

/** What became of it; undefined while it is on its way. */
export function outcomeOf({
  statusCode,
  detailedStatusCode,
  operatorId,
}: Record): Pick<Receipt, "outcome" | "reason" | "operator"> | undefined {
  const operator = operatorId ? { operator: operatorId } : {};
  const detailed = detailedStatusCode ?? "";
  // Filed under Sent: the operator had it, and never said more.
  if (detailed === "MissingDeliveryReport") return { outcome: "expired", reason: "no-receipt", ...operator };
  if (statusCode === "Ok") return { outcome: "delivered", ...operator };
  if (statusCode !== "Failed") return undefined;
  if (detailed === "Expired") return { outcome: "expired", reason: "validity-over", ...operator };
  return { outcome: "failed", reason: toReason(detailed), ...operator };
}

/** Of a charge that was not billed, or may have been: the first may have been billed, or the operator was silent. */
const MAY_BE_BILLED = ["MissingDeliveryReport", "DuplicateTransaction"];

/**
 * What became of a charge, or of a reversal; undefined while that is open, and where the record does not agree with itself: a
 * charge that may have been billed is never taken for one that was not.
 */
export function chargeOutcomeOf({
  statusCode,
  detailedStatusCode,
  billed,
}: Record): Pick<ChargeReceipt, "outcome" | "reason"> | undefined {
  const detailed = detailedStatusCode ?? "";
  // A charge that was given back had been billed.
  if (statusCode === "Ok" || statusCode === "Reversed") return billed === false ? undefined : { outcome: "billed" };
  if (statusCode !== "Failed" || billed === true || MAY_BE_BILLED.includes(detailed)) return undefined;
  if (detailed === "Expired") return { outcome: "expired", reason: "validity-over" };
  return { outcome: "failed", reason: toReason(detailed) };
}
