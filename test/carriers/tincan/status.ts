/** Their words ↔ our reasons. */

import type { Reason } from "../../../src/core/kernel/reasons.ts";

const REASONS = new Map<string, Reason>([
  ["nobody", "unknown-subscriber"],
  ["too long", "too-many-parts"],
  ["knot", "carrier-error"],
]);

export function toReason(word: string): Reason {
  return REASONS.get(word) ?? "other";
}
