/** What a check of a webhook's signature finds, and what each kind of check needs for it. */

import type { HistoryEntry } from "../history.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Webhook } from "../webhooks/webhook.ts";

/** What the receiver saw. Of a call to an account's own endpoint also its other headers, and the secret that it is checked by. */
export type Seen = {
  method?: string;
  url?: string;
  signature?: string;
  body?: string;
  id?: string;
  timestamp?: string;
  secret?: string;
};

/** What is found, as data: what differs, and where; `format` is the dialect whose calls have no signature. Times are epoch ms; `at` is a place in the body, counted from 0. */
export type SignatureFinding =
  | { found: "not-signed"; format: string }
  | { found: "endpoint-removed" }
  | { found: "never-sent" }
  | { found: "malformed" }
  | { found: "unknown-key"; keyName: string }
  | { found: "valid"; keyName: string; signedAt: number; isOld: boolean }
  | { found: "url-differs"; ours: string; yours: string }
  | { found: "body-differs"; at: number; ours: string; yours: string; isSameJson: boolean }
  | { found: "id-differs"; ours: string; yours: string }
  | { found: "timestamp-differs"; ours: string; yours: string }
  | { found: "secret-malformed" }
  | { found: "secret-differs"; isOf: "now" | "before" | "nothing" }
  | { found: "nothing-fits" };

export const SIGNATURE_FINDINGS = [
  ...(["not-signed", "endpoint-removed", "never-sent", "malformed", "unknown-key", "valid"] as const),
  ...(["url-differs", "body-differs", "id-differs", "timestamp-differs"] as const),
  ...(["secret-malformed", "secret-differs", "nothing-fits"] as const),
] satisfies SignatureFinding["found"][];

export type SignatureCheck = {
  isValid: boolean;
  header?: string;
  /** What must be signed for what was seen. */
  text?: string;
  findings: SignatureFinding[];
};

/** Receivers refuse older ones, lest they be played back. */
const TOO_OLD_MS = 300_000;
/** So much of two bodies is shown from where they differ. */
const SHOWN = 40;

/** Whether a receiver that looks at the time refuses it by now. */
export function isTooOld(clock: Clock, signedAt: number): boolean {
  return clock.wall() - signedAt > TOO_OLD_MS;
}

/** Where two bodies begin to differ, with what stands there. */
export function bodyDiffers(ours: string, yours: string): SignatureFinding {
  let at = 0;
  while (at < ours.length && ours[at] === yours[at]) at++;
  const part = (text: string) => text.slice(Math.max(0, at - 10), at + SHOWN);
  return {
    found: "body-differs",
    at,
    ours: part(ours),
    yours: part(yours),
    isSameJson: asJson(ours) === asJson(yours),
  };
}

/** The JSON as one program would write it; a text that is none as it is. */
function asJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** A header of the last attempt whose headers are kept. */
export function lastHeader(webhook: Webhook, header: string): string | undefined {
  return attemptsOf(webhook).findLast(({ headers }) => headers)?.headers?.[header];
}

/** The attempts at a webhook, the first one first. */
export function attemptsOf({ history }: Webhook) {
  return history.filter((one): one is Extract<HistoryEntry, { event: "webhook.attempted" }> => {
    return one.event === "webhook.attempted";
  });
}
