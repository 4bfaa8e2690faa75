/**
 * When a webhook that was not taken is tried again: written down a second time, from what HTTP says of 410 and Retry-After
 * and what a dialect says of its schedule, since the oracle believes no rule of the gateway's.
 */

/** What a customer's server answered to one call. `retryAfter` is the header. */
export type Answered = { isTaken: boolean; at: number; status: number; retryAfter?: string };

/** A round of attempts: until it is taken, or given up. A replay begins another. */
export type Round = { firstFailedAt: number; isStretched: boolean };

export type Failure = {
  /** When it was written down that it failed, by the clock of who did it. Epoch ms. */
  at: number;
  attempts: number;
  /** Seconds from one attempt to the next. */
  schedule: readonly number[];
  round: Round;
};

/** A date in a header has no fractions of a second, and is read by a clock of its own. Seconds. */
const INEXACT = 2;

/** What must follow: it is given up, or due after so many seconds, between these. */
export function mustFollow(
  { at, attempts, schedule, round }: Failure,
  answer: Answered | undefined,
): "gone" | "given up" | { least: number; most: number } {
  if (answer?.status === 410) return "gone";
  const wait = schedule[attempts - 1];
  const end = round.firstFailedAt + 1_000 * schedule.reduce((sum, seconds) => sum + seconds, 0);
  const left = Math.floor((end - at) / 1_000);
  if (wait === undefined || (round.isStretched && left <= 0)) return "given up";
  const { least, most } = askedBy(answer, at);
  const bounded = (asked: number) => Math.max(wait, Math.min(asked, left));
  return { least: bounded(least), most: bounded(most) };
}

function askedBy(answer: Answered | undefined, at: number): { least: number; most: number } {
  const header = answer?.status === 429 || answer?.status === 503 ? answer.retryAfter : undefined;
  if (header === undefined) return { least: 0, most: 0 };
  if (/^\d+$/.test(header)) return { least: Number(header), most: Number(header) };
  const seconds = (Date.parse(header) - at) / 1_000;
  return { least: seconds - INEXACT, most: seconds + INEXACT };
}
