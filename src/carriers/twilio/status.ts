/** Their statuses and codes → our outcomes. Docs, "Message resource", "Error and warning dictionary". */

import { z } from "zod";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Receipt, SubmitResult } from "../../core/messages/carrier.ts";

const REASONS = new Map<number, Reason>([
  [14107, "stopped"],
  [21211, "bad-number"],
  [21212, "bad-sender"],
  [21214, "bad-number"],
  [21217, "bad-number"],
  [21602, "bad-text"],
  [21603, "bad-sender"],
  [21604, "bad-number"],
  [21610, "opted-out"],
  [21614, "bad-number"],
  [21617, "too-many-parts"],
  [21620, "bad-text"],
  [21623, "bad-text"],
  [21654, "bad-text"],
  [21655, "bad-text"],
  [21656, "bad-text"],
  [30001, "carrier-error"],
  [30002, "carrier-offline"],
  [30003, "subscriber-unavailable"],
  [30004, "rejected"],
  [30005, "unknown-subscriber"],
  [30006, "bad-number"],
  [30007, "rejected"],
  [30008, "undelivered"],
  [30009, "undelivered"],
  [30011, "undelivered"],
  [30017, "carrier-error"],
  [30018, "bad-sender"],
  [30019, "too-many-parts"],
  [30022, "limit-exceeded"],
  [30023, "limit-exceeded"],
  [30027, "limit-exceeded"],
  [30032, "bad-sender"],
  [30034, "bad-sender"],
  [63038, "limit-exceeded"],
]);

/** Reasons of the account's own, or of the sender that it does not have: another carrier may do better. */
const OWN = new Map<number, Reason>([
  [20003, "carrier-offline"],
  [20404, "carrier-offline"],
  [21219, "carrier-error"],
  [21408, "carrier-error"],
  [21601, "bad-sender"],
  [21606, "bad-sender"],
  [21608, "carrier-error"],
  [21609, "carrier-error"],
  [21612, "carrier-error"],
  [21624, "carrier-error"],
  [21659, "bad-sender"],
  [21660, "bad-sender"],
  [21661, "bad-sender"],
  [21701, "carrier-error"],
  [21702, "carrier-error"],
  [21703, "carrier-error"],
  [21704, "carrier-error"],
  [21705, "carrier-error"],
  [21712, "carrier-error"],
  [30045, "carrier-error"],
  [90007, "carrier-error"],
]);

/** Not taken, and may be later: too many at once, the sender's queue is full, a channel's rate. Seconds. */
const LATER = new Map<number, number>([
  [20429, 1],
  [21611, 60],
  [63018, 5],
]);

const EXPIRED = 30036;
const OPERATOR_SILENT = 30410;

const Refusal = z.object({ code: z.int(), message: z.string().nullish() });

/** Why it does not take a text; undefined where that is not in words of its own, or its own fault. */
export function refusalOf(status: number, json: unknown): SubmitResult | undefined {
  const refusal = Refusal.safeParse(json).data;
  if (!refusal || status < 400 || status >= 500) return undefined;
  const { code, message } = refusal;
  const later = LATER.get(code);
  if (later !== undefined) return { outcome: "busy", retryAfterSeconds: later };
  const detail = `${code}${message ? `: ${message}` : ""}`;
  const own = OWN.get(code);
  if (own) return { outcome: "refused", reason: own, own: true, detail };
  const reason = REASONS.get(code);
  if (reason) return { outcome: "refused", reason, detail };
  // With another code it says what the status says.
  return undefined;
}

/** What became of a text; undefined while it is on its way: queued, accepted, scheduled, sending, sent. */
export function outcomeOf(status: string, code: number): Pick<Receipt, "outcome" | "reason"> | undefined {
  switch (status) {
    case "delivered":
    case "read":
    case "partially_delivered":
      return { outcome: "delivered" };
    case "canceled":
      return { outcome: "failed", reason: "ended" };
    case "undelivered":
    case "failed":
      if (code === EXPIRED) return { outcome: "expired", reason: "validity-over" };
      if (code === OPERATOR_SILENT) return { outcome: "expired", reason: "no-receipt" };
      return { outcome: "failed", reason: REASONS.get(code) ?? OWN.get(code) ?? "undelivered" };
    default:
      return undefined;
  }
}
