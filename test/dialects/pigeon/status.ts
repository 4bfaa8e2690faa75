/** Our outcome → a letter's fate, and why. */

import type { Reason } from "../../../src/core/kernel/reasons.ts";
import type { MessageState } from "../../../src/core/messages/message.ts";

const FATE = {
  scheduled: "waiting",
  accepted: "waiting",
  held: "waiting",
  submitting: "waiting",
  unknown: "flying",
  sent: "flying",
  delivered: "landed",
  failed: "lost",
  expired: "lost",
  cancelled: "lost",
} as const satisfies Record<MessageState, string>;

const WHY = {
  undelivered: "nobody home",
  rejected: "turned away",
  "bad-number": "no such loft",
  "bad-sender": "turned away",
  "bad-text": "turned away",
  duplicate: "turned away",
  "unknown-subscriber": "no such loft",
  "subscriber-unavailable": "nobody home",
  "subscriber-barred": "turned away",
  "too-many-parts": "too heavy",
  "validity-over": "too late",
  "no-receipt": "never seen again",
  "no-carrier": "no pigeon",
  stopped: "turned away",
  "opted-out": "turned away",
  "carrier-offline": "no pigeon",
  "carrier-error": "a hawk",
  other: "a hawk",
  // Pigeon Post charges nobody.
  "insufficient-funds": "a hawk",
  "limit-exceeded": "a hawk",
  "too-young": "a hawk",
  "age-unknown": "a hawk",
  "not-registered": "a hawk",
  "no-consent": "a hawk",
  "wrong-code": "a hawk",
  "code-expired": "a hawk",
  "too-many-codes": "a hawk",
  "timed-out": "a hawk",
  "in-transaction": "a hawk",
  "bad-amount": "a hawk",
  "bad-merchant": "a hawk",
  "card-failed": "a hawk",
  "cancelled-by-person": "a hawk",
  ended: "a hawk",
} as const satisfies Record<Reason, string>;

export function toFate({ state, reason }: { state: MessageState; reason?: Reason | undefined }) {
  const fate = FATE[state];
  return fate === "lost" && reason ? { fate, why: WHY[reason] } : { fate };
}
