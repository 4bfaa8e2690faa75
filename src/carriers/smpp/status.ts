/** Their words → ours: what an answer's command_status means (clause 5.1.3), and what a receipt says. */

import type { Reason } from "../../core/kernel/reasons.ts";
import type { SubmitResult, Receipt as Word } from "../../core/messages/carrier.ts";
import { hexOf, STATUS } from "../../smpp/fields.ts";
import type { Receipt } from "../../smpp/receipts.ts";

/** What the bind does besides: sends nothing for a while, makes its window smaller, or binds anew. */
export type Effect = "pause" | "shrink" | "rebind";

type Meaning = Exclude<SubmitResult, { outcome: "taken" }> & { effect?: Effect };

const MEANINGS: Record<number, Meaning> = {
  [STATUS.messageLength]: { outcome: "refused", reason: "bad-text" },
  [STATUS.bindState]: { outcome: "busy", retryAfterSeconds: 5, effect: "rebind" },
  [STATUS.systemError]: { outcome: "busy", retryAfterSeconds: 30 },
  [STATUS.sourceAddress]: { outcome: "refused", reason: "bad-sender" },
  [STATUS.destinationAddress]: { outcome: "refused", reason: "bad-number" },
  [STATUS.queueFull]: { outcome: "busy", retryAfterSeconds: 60, effect: "shrink" },
  [STATUS.serviceType]: { outcome: "refused", reason: "carrier-error", own: true },
  [STATUS.submitFailed]: { outcome: "refused", reason: "rejected", own: true },
  72: { outcome: "refused", reason: "bad-sender" },
  73: { outcome: "refused", reason: "bad-sender" },
  80: { outcome: "refused", reason: "bad-number" },
  81: { outcome: "refused", reason: "bad-number" },
  [STATUS.throttled]: { outcome: "busy", retryAfterSeconds: 1, effect: "pause" },
  [STATUS.schedule]: { outcome: "refused", reason: "carrier-error", own: true },
  [STATUS.validity]: { outcome: "refused", reason: "carrier-error", own: true },
  [STATUS.temporaryAppError]: { outcome: "busy", retryAfterSeconds: 5 },
  [STATUS.permanentAppError]: { outcome: "refused", reason: "rejected" },
  [STATUS.rejectedByApp]: { outcome: "refused", reason: "rejected" },
  254: { outcome: "refused", reason: "undelivered" },
  255: { outcome: "busy", retryAfterSeconds: 30 },
};

/** Faults of our own PDU: another carrier may take it all the same. */
const OUR_FAULTS: readonly number[] = [
  0x02, 0x03, 0x06, 0x07, 0x33, 0x34, 0x40, 0x42, 0x43, 0x44, 0x54, 0x55, 0x63, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4,
];

/** What an error means. A carrier's own numbers, from 0x400 on, are refusals that another carrier may not have. */
export function meaningOf(status: number): Meaning {
  const detail = `command_status ${hexOf(status)}`;
  const known = MEANINGS[status];
  if (known) return known.outcome === "refused" ? { ...known, detail } : known;
  const reason = OUR_FAULTS.includes(status) ? "carrier-error" : "rejected";
  return { outcome: "refused", reason, own: true, detail };
}

/** Binds that are refused for what an operator has to put right. */
export const BAD_CREDENTIALS: readonly number[] = [STATUS.password, STATUS.systemId, 0x53];

/** A message's fate by a receipt; undefined where it is not settled by it. *unknown* is not believed: another one may follow. */
export function fateOf({ state, error }: Receipt): { outcome: Word["outcome"]; reason?: Reason } | undefined {
  switch (state) {
    case "delivered":
      return { outcome: "delivered" };
    case "expired":
      return { outcome: "expired", reason: "validity-over" };
    case "deleted":
      return { outcome: "failed", reason: "rejected" };
    case "undeliverable":
      return { outcome: "failed", reason: reasonOf(error) ?? "undelivered" };
    case "rejected":
    case "skipped":
      return { outcome: "failed", reason: reasonOf(error) ?? "rejected" };
    default:
      return undefined;
  }
}

/** Only errors of the network itself, type 3 of network_error_code, have the same meaning everywhere: 3GPP TS 29.002. */
const BY_GSM: Record<string, Reason> = {
  "3:1": "unknown-subscriber",
  "3:5": "unknown-subscriber",
  "3:6": "subscriber-unavailable",
  "3:9": "subscriber-barred",
  "3:12": "subscriber-barred",
  "3:13": "subscriber-barred",
  "3:21": "rejected",
  "3:22": "rejected",
  "3:27": "subscriber-unavailable",
  "3:31": "subscriber-unavailable",
  "3:32": "subscriber-unavailable",
  "3:34": "carrier-error",
  "3:35": "carrier-error",
  "3:36": "carrier-error",
};

function reasonOf(error: string | undefined): Reason | undefined {
  return error === undefined ? undefined : BY_GSM[error];
}
