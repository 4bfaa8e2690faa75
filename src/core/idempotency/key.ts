/** What an Idempotency-Key is, how long its answer is kept, and which answers are. */

import { GatewayError } from "../kernel/errors.ts";

/** How long an answer is kept. Milliseconds. */
export const ANSWERS_KEPT_MS = 30 * 86_400_000;
/**
 * How long a request that carries a key may take before another may take it over, by real time: longer than any answer is
 * waited for. One that is still at work after that writes nothing more. Milliseconds.
 */
export const CLAIM_MS = 60_000;
/** How long it is known that a request was refused: one that arrived before is not carried out any more. Milliseconds. */
export const REFUSED_KEPT_MS = 3_600_000;

/**
 * Claims the request that is being answered, for whom it comes from.
 * @param scope whose key it is: two scopes may use one key
 * @param mustSeal its answer may hold a secret, which is kept sealed or not at all
 * @throws GatewayError bad-request, not-allowed, key-reused, key-in-progress; AnsweredBefore
 */
export type ClaimKey = (scope: string, mustSeal?: boolean) => Promise<void>;

/** @throws GatewayError bad-request */
export function checkKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new GatewayError("bad-request", "the header Idempotency-Key must be 1 to 255 visible ASCII characters");
}

/** What became of a request, as its answer tells. */
export type Answered = {
  status: number;
  /** The refusal, where it was refused: two dialects refuse with status 200. */
  refusal?: GatewayError | undefined;
  /** Whether it wrote anything. */
  hasWritten: boolean;
};

/**
 * Whether an answer is kept. Successes are. A refusal is kept only where the request wrote something before: otherwise it may be
 * sent again and be carried out. Never kept: faults of ours, and what only says "not now" or "not you".
 */
export function isKept({ status, refusal, hasWritten }: Answered): boolean {
  if (isPassing({ status, refusal })) return false;
  return hasWritten || (status < 400 && refusal === undefined);
}

/** Whether an answer that is not kept tells its client that this request is not carried out. */
export function isRefused({ status, refusal }: Omit<Answered, "hasWritten">): boolean {
  return !isPassing({ status, refusal }) && (status >= 400 || refusal !== undefined);
}

function isPassing({ status, refusal }: Omit<Answered, "hasWritten">): boolean {
  if (status >= 500 || status === 401 || status === 429) return true;
  return refusal !== undefined && PASSING.includes(refusal.refusal);
}

const PASSING: readonly string[] = ["unauthorised", "too-many-requests", "no-carrier", "key-in-progress"];

/** @throws GatewayError key-reused */
export function refuseOther(): never {
  throw new GatewayError(
    "key-reused",
    "this Idempotency-Key was sent before, with another body; send each new request with a new key",
  );
}

export function inProgress(): GatewayError {
  return new GatewayError(
    "key-in-progress",
    "a request with this Idempotency-Key is still under way; try again in a moment, with the same key",
  );
}

export function begunBefore(): GatewayError {
  return new GatewayError(
    "too-late",
    "this request was begun before and its answer was lost: whether it was carried out is not known; look, and if it was not, send it with a new Idempotency-Key",
  );
}

export function answeredAtLength(): GatewayError {
  return new GatewayError(
    "too-late",
    "this request was carried out and answered, and the answer was too long to be kept; look at what came of it",
  );
}

/** Thrown where a request was answered before: its answer is on its way, in place of whatever this would become. */
export class AnsweredBefore extends GatewayError {
  constructor() {
    super("already-exists", "this request was answered before");
    this.name = "AnsweredBefore";
  }
}
