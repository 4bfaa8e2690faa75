/** What a one-time password is asked for with, how many a person may be sent, and why one is not sent. */

import { GatewayError } from "../../kernel/errors.ts";
import type { PinLimit } from "./store.ts";

export type NewOtp = {
  theirId: string;
  merchant: string;
  recipient: string;
  /** Absent: the merchant's short number. */
  sender?: string;
  prefix?: string;
  suffix?: string;
  minutes: number;
  /** Whether the charge that carries it may make a consent. */
  recurring: boolean;
  echo: Record<string, unknown>;
};

/** A wrong code fails its transaction, whose id is then used: there is no second try. */
export const OTP_TRIES = 1;
const MOST_IN_AN_HOUR = 30;
const MOST_IN_A_DAY = 100;

/** What a code, or a call to register, needs of what the account may send. */
export const ONE_TEXT = { messages: 1, spend: [] } as const;

/** @param now epoch ms */
export function limitsAt(now: number): PinLimit[] {
  return [
    { since: now - 3_600_000, most: MOST_IN_AN_HOUR },
    { since: now - 86_400_000, most: MOST_IN_A_DAY },
  ];
}

export function codeExists(theirId: string): GatewayError {
  return new GatewayError("already-exists", `a one-time password for ${theirId} already exists`, "theirId");
}

export function tooManyCodes(): GatewayError {
  const why = "this person was sent too many codes in the last hour; try later";
  return new GatewayError("too-many-requests", why, "recipient");
}
