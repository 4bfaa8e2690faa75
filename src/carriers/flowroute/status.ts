/** Their codes → our reasons. Developer docs, "Message delivery receipt codes" and "Errors". */

import { z } from "zod";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Receipt as Outcome, SubmitResult } from "../../core/messages/carrier.ts";

/** A code is a text in a call, and a number, or nothing, in a record. */
export const Receipt = z.object({
  level: z.coerce.number().nullish(),
  status: z.string().nullish(),
  status_code: z.coerce.number().nullish(),
});

const DELIVERED = 1004;
const EXPIRED = 1006;

const FAILED = new Map<number, Reason>([
  [1005, "rejected"],
  [1007, "undelivered"],
  [1008, "undelivered"],
  [1009, "undelivered"],
  [1100, "other"],
  [1103, "bad-sender"],
  [1106, "carrier-error"],
  [1110, "opted-out"],
  [1111, "carrier-error"],
  [1112, "carrier-error"],
  [1116, "bad-number"],
  [1150, "rejected"],
  [1152, "rejected"],
  [1200, "carrier-error"],
  [1201, "too-many-parts"],
  [1205, "bad-sender"],
  [1206, "bad-number"],
  [1210, "carrier-error"],
]);

/** What became of a text; undefined while it is on its way: level 1 is the carrier's, and 1003 says that it has it. */
export function outcomeOf({
  level,
  status_code: code,
}: z.output<typeof Receipt>): Pick<Outcome, "outcome" | "reason"> | undefined {
  if (level === 1 || !code) return undefined;
  if (code === DELIVERED) return { outcome: "delivered" };
  if (code === EXPIRED) return { outcome: "expired", reason: "validity-over" };
  const reason = FAILED.get(code);
  return reason ? { outcome: "failed", reason } : undefined;
}

const Errors = z.object({
  errors: z
    .array(
      z.object({
        detail: z.unknown().optional(),
        title: z.string().nullish(),
        code: z.coerce.string().nullish(),
        source: z.object({ pointer: z.string() }).nullish(),
      }),
    )
    .min(1),
});

/** Why it takes a text not; undefined where that is not in words of its own. */
export function refusalOf(status: number, json: unknown): SubmitResult | undefined {
  const [error] = Errors.safeParse(json).data?.errors ?? [];
  if (!error || ![400, 403, 422].includes(status)) return undefined;
  const said = typeof error.detail === "string" ? error.detail : (error.title ?? "");
  const detail = said ? { detail: said } : {};
  // The number is none of the account's: another carrier may have it.
  if (status === 403) return { outcome: "refused", reason: "bad-sender", own: true, ...detail };
  if (error.code === "1110" || /opted? ?out/i.test(said)) return { outcome: "refused", reason: "opted-out", ...detail };
  return { outcome: "refused", reason: byPointer(error.source?.pointer ?? said), ...detail };
}

function byPointer(pointer: string): Reason {
  if (/\bfrom\b/i.test(pointer)) return "bad-sender";
  if (/\bto\b/i.test(pointer)) return "bad-number";
  return /\bbody\b/i.test(pointer) ? "bad-text" : "rejected";
}
