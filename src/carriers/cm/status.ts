/** Their codes → our reasons. Guide, "Responses and errors", "Status report webhook" and "Errors". */

import type { Reason } from "../../core/kernel/reasons.ts";
import type { Receipt, SubmitResult } from "../../core/messages/carrier.ts";

/** Of one text, in the answer to a request. */
const REFUSED = new Map<number, Reason>([
  [301, "bad-sender"],
  [302, "bad-number"],
  [303, "bad-number"],
  [304, "bad-text"],
  [305, "bad-text"],
  [401, "rejected"],
  [402, "opted-out"],
  [403, "rejected"],
]);

/** In a report. */
const FAILED = new Map<number, Reason>([
  [5, "undelivered"],
  [7, "insufficient-funds"],
  [20, "rejected"],
  [21, "insufficient-funds"],
  [22, "insufficient-funds"],
  [23, "bad-number"],
  [24, "subscriber-unavailable"],
  [25, "carrier-error"],
  [26, "subscriber-unavailable"],
  [27, "rejected"],
  [28, "rejected"],
  [29, "rejected"],
  [30, "limit-exceeded"],
  [31, "subscriber-barred"],
  [33, "too-young"],
  [34, "too-young"],
  [35, "age-unknown"],
  [36, "age-unknown"],
  [37, "opted-out"],
]);
const EXPIRED = 8;

export type Entry = {
  status: string;
  messageErrorCode?: number | null | undefined;
  messageDetails?: string | null | undefined;
};

/** What it says of one text. */
export function ofMessage(id: string, { status, messageErrorCode, messageDetails }: Entry): SubmitResult {
  const detail = messageDetails ? { detail: messageDetails } : {};
  if (status === "Accepted") return { outcome: "taken", reference: id };
  if (status !== "Rejected") return { outcome: "unknown", detail: `its status is ${status}` };
  const reason = REFUSED.get(messageErrorCode ?? 0);
  // A fault of its own, or no route: another carrier may do better.
  if (!reason) return { outcome: "refused", reason: "carrier-error", own: true, ...detail };
  return { outcome: "refused", reason, ...detail };
}

/** What it says of all: nothing was taken. @param code 101 and 103 token, 102 balance, 202 and 203 the request's form */
export function ofRequest(code: number, detail: string): SubmitResult {
  const reason = code < 200 ? "carrier-offline" : "carrier-error";
  return { outcome: "refused", reason, own: true, ...(detail ? { detail } : {}) };
}

/** What became of a text; undefined while it is on its way. @param status 0 accepted, 1 rejected, 2 delivered, 3 failed */
export function outcomeOf(status: number, code: number): Pick<Receipt, "outcome" | "reason"> | undefined {
  if (status === 2) return { outcome: "delivered" };
  if (status !== 1 && status !== 3) return undefined;
  if (code === EXPIRED) return { outcome: "expired", reason: "validity-over" };
  return { outcome: "failed", reason: FAILED.get(code) ?? (status === 1 ? "rejected" : "undelivered") };
}
