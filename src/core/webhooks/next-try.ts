/** The next step of a webhook that was not received: when it is tried again, or why it is not. */

import type { AccountSettings } from "../accounts/account.ts";
import type { HistoryEntry } from "../history.ts";
import type { HttpAnswer } from "../kernel/ports.ts";
import type { WebhookFormat } from "./format.ts";
import type { Webhook } from "./webhook.ts";

/** `waits` is in seconds; `asked` is set if the receiver asked for it, and would have been called sooner. */
export type NextTry = { waits: number; asked?: number } | { givenUp: string };

/** "Gone": the address takes no calls any more, and should not be called again. RFC 9110, 15.5.11. */
export const GONE = 410;
/** The statuses whose Retry-After says when the same call may be made again. RFC 9110, 10.2.3; RFC 6585, 4. */
const LATER: readonly number[] = [429, 503];

type Failed = { webhook: Pick<Webhook, "kind" | "attempts" | "history">; settings: AccountSettings };

/**
 * After an attempt that was not received. The dialect's schedule says when the next one is; a receiver that answers 429 or
 * 503 may ask for a later time by Retry-After, but not for one after the end of the schedule.
 * @param at when it failed, epoch ms
 */
export function nextTry(
  format: Pick<WebhookFormat, "retryAfter">,
  { webhook, settings }: Failed,
  answer: HttpAnswer,
  at: number,
): NextTry {
  const count = webhook.attempts + 1;
  if (answer.outcome === "answered" && answer.status === GONE) {
    return { givenUp: `the receiver is gone: it answered ${GONE}, so it is not called again` };
  }
  const wait = format.retryAfter(count, settings, webhook.kind);
  const run = count === 1 ? { begun: at, isStretched: false } : runOf(webhook.history);
  const asked = askedBy(answer);
  const left = run && (asked > 0 || run.isStretched) ? secondsLeft(format, { webhook, settings }, run.begun, at) : 0;
  // The receiver asked us to wait, and the wait has used up the time for the remaining attempts.
  const isOver = run?.isStretched === true && left <= 0;
  if (wait === undefined || isOver) {
    return { givenUp: `gave up after ${count} attempts; the last: ${inWords(answer)}` };
  }
  const waits = Math.max(wait, Math.min(asked, left));
  return waits > wait ? { waits, asked } : { waits };
}

/** Seconds that the receiver asks us to wait; 0 where it asks for nothing. */
function askedBy(answer: HttpAnswer): number {
  return answer.outcome === "answered" && LATER.includes(answer.status) ? (answer.retryAfter ?? 0) : 0;
}

/**
 * When the first attempt of this round failed (a replay begins another one), and whether the receiver had us wait since.
 * Undefined if the history, which keeps the first and the last entries of a long timeline, has lost it.
 */
function runOf(history: readonly HistoryEntry[]): { begun: number; isStretched: boolean } | undefined {
  const first = history.findLastIndex((one) => one.event === "webhook.attempted" && one.attempt === 1);
  const begun = history[first]?.at;
  if (begun === undefined) return undefined;
  return {
    begun,
    isStretched: history.slice(first).some((one) => one.event === "webhook.attempted" && one.asked !== undefined),
  };
}

/** Whole seconds until the end of a schedule that began then; less than 0 where it is over. */
function secondsLeft(
  format: Pick<WebhookFormat, "retryAfter">,
  { webhook, settings }: Failed,
  begun: number,
  at: number,
): number {
  let end = begun;
  for (let failures = 1; ; failures++) {
    const wait = format.retryAfter(failures, settings, webhook.kind);
    if (wait === undefined) return Math.floor((end - at) / 1000);
    end += wait * 1000;
  }
}

function inWords(answer: HttpAnswer): string {
  return answer.outcome === "answered" ? `status ${answer.status}` : answer.error;
}
