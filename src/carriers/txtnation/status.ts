/** Their words → our outcomes. Vendor's wiki, "Response codes" and "Delivery reports". */

import type { Reason } from "../../core/kernel/reasons.ts";
import type { Receipt, SubmitResult } from "../../core/messages/carrier.ts";

type Refused = { reason: Reason; own?: true };

/** In answer to a call. */
const REFUSED: Record<string, Refused> = {
  BARRED: { reason: "opted-out" },
  "NO CREDITS": { reason: "carrier-offline", own: true },
  "IR-103": { reason: "carrier-offline", own: true },
  "IR-404": { reason: "bad-number" },
  "IR-405": { reason: "bad-number" },
  "IR-414": { reason: "carrier-offline", own: true },
  "IR-415": { reason: "carrier-offline", own: true },
  "IR-416": { reason: "bad-text" },
  "IR-417": { reason: "bad-text" },
  "IR-420": { reason: "carrier-error", own: true },
};

/** What it says in answer to a text. A code may be followed by a sentence. */
export function wordOf(id: string, body: string): SubmitResult {
  const said = body.trim();
  if (/^SUCCESS\b/i.test(said)) return { outcome: "taken", reference: id };
  const [code] = /^(?:BARRED|NO CREDITS|IR-\d{3}|E-\d{3})/i.exec(said) ?? [];
  if (code === undefined) return { outcome: "unknown", detail: `it answered ${said.slice(0, 100)}` };
  const known = REFUSED[code.toUpperCase()];
  if (known) return { outcome: "refused", ...known, detail: said.slice(0, 100) };
  // E-1xx is the account or the service, the other IR-4xx what was asked for: neither was taken.
  return code.startsWith("E")
    ? { outcome: "refused", reason: "carrier-error", own: true, detail: said.slice(0, 100) }
    : { outcome: "refused", reason: "rejected", detail: said.slice(0, 100) };
}

const REPORTED: Record<string, Pick<Receipt, "outcome" | "reason">> = {
  DELIVERED: { outcome: "delivered" },
  NO_CREDIT: { outcome: "failed", reason: "insufficient-funds" },
  FAILED: { outcome: "failed", reason: "undelivered" },
  VALIDITY_EXPIRED: { outcome: "expired", reason: "validity-over" },
  REJECTED: { outcome: "failed", reason: "rejected" },
  INVALID_MSISDN: { outcome: "failed", reason: "bad-number" },
  OPERATOR_ERROR: { outcome: "failed", reason: "carrier-error" },
  UNKNOWN: { outcome: "expired", reason: "no-receipt" },
};

/** What became of a text; undefined while it is on its way: ACKNOWLEDGED, ACCEPTED. */
export function outcomeOf(report: string): Pick<Receipt, "outcome" | "reason"> | undefined {
  return REPORTED[report.toUpperCase()];
}
