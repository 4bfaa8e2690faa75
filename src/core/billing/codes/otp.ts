/** One-time passwords: a code is sent to a person, and the charge with the same id must carry it. */

import type { Caller } from "../../accounts/account.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Codes, Jobs, Log } from "../../kernel/ports.ts";
import type { Reason } from "../../kernel/reasons.ts";
import { toMsisdn } from "../../messages/msisdn.ts";
import { writtenByUs } from "../../messages/own.ts";
import { noCarrier, type RoutePorts, uncarried } from "../../messages/route.ts";
import type { ServiceStore } from "../store.ts";
import { otpText } from "../texts.ts";
import type { Pin, Tried } from "./pin.ts";
import type { PinStore } from "./store.ts";

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
const TRIES = 1;
const MOST_IN_AN_HOUR = 30;
const MOST_IN_A_DAY = 100;

type OtpPorts = {
  clock: Clock;
  ids: Ids;
  codes: Codes;
  pins: PinStore;
  services: ServiceStore;
  jobs: Jobs;
  log: Log;
} & RoutePorts;

/**
 * Sends a person a code.
 * @throws GatewayError bad-number, bad-sender, bad-request, already-exists, too-many-requests, no-carrier
 */
export async function sendOtp(ports: OtpPorts, caller: Caller, wanted: NewOtp): Promise<Pin> {
  const recipient = toMsisdn(wanted.recipient);
  if (!recipient)
    throw new GatewayError("bad-number", "recipient: is not a phone number with + and country code", "recipient");
  const merchant = await ports.services.merchant(caller.account.id, wanted.merchant);
  if (!merchant) {
    throw new GatewayError(
      "bad-request",
      `merchantId: ${JSON.stringify(wanted.merchant.slice(0, 60))} is not a merchant of account ${caller.account.id}`,
      "merchantId",
    );
  }
  const sender = senderOf(caller, wanted.sender, merchant.shortNumberIds);
  const code = ports.codes.otp();
  const now = ports.clock.now();
  const text = [wanted.prefix, otpText(code, recipient), wanted.suffix].filter(Boolean).join(" ");
  const message = writtenByUs(
    ports,
    caller.account,
    { theirId: `otp-${wanted.theirId}`, sender, recipient, text, request: caller.request },
    wanted.minutes * 60_000,
  );
  const pin: Pin = {
    account: caller.account.id,
    purpose: "otp",
    theirId: wanted.theirId,
    merchant: wanted.merchant,
    recipient,
    hash: await codeDigest(ports.codes, caller.account.id, wanted.theirId, code),
    triesLeft: TRIES,
    expiresAt: now + wanted.minutes * 60_000,
    createdAt: now,
    message: message.id,
    echo: { ...wanted.echo, recurring: wanted.recurring },
  };
  if ((await uncarried(ports, [message])).size > 0) throw noCarrier();
  const added = await ports.pins.add(pin, message, [
    { since: now - 3_600_000, most: MOST_IN_AN_HOUR },
    { since: now - 86_400_000, most: MOST_IN_A_DAY },
  ]);
  if (added === "exists") {
    throw new GatewayError("already-exists", `a one-time password for ${wanted.theirId} already exists`, "theirId");
  }
  if (added === "too-many") {
    throw new GatewayError(
      "too-many-requests",
      "this person was sent too many codes in the last hour; try later",
      "recipient",
    );
  }
  ports.log.event("otp.sent", { account: caller.account.id, theirId: wanted.theirId, to: recipient });
  await ports.jobs.submit([message.id], 0, message.lane);
  return pin;
}

/** Checks the code that a charge carries. It must be for the same person and merchant. */
export async function tryOtp(
  ports: { clock: Clock; codes: Codes; pins: PinStore },
  caller: Caller,
  given: { theirId: string; merchant: string; recipient: string; code: string },
): Promise<{ tried: Tried; recurring: boolean }> {
  const account = caller.account.id;
  const pin = await ports.pins.newest(account, "otp", given.theirId);
  if (!pin || pin.recipient !== given.recipient || pin.merchant !== given.merchant) {
    return { tried: "none", recurring: false };
  }
  const hash = await codeDigest(ports.codes, account, given.theirId, given.code);
  const tried = await ports.pins.try(account, "otp", given.theirId, hash, ports.clock.now());
  return { tried, recurring: pin.echo.recurring === true };
}

/** Why a charge fails whose code was not right. */
export const OTP_TRIES_REASON = {
  right: "other",
  wrong: "wrong-code",
  none: "wrong-code",
  expired: "code-expired",
  spent: "too-many-codes",
} as const satisfies Record<Tried, Reason>;

/** The digest binds a code to its purchase. */
export function codeDigest(codes: Codes, account: string, theirId: string, code: string): Promise<string> {
  return codes.digest(`${account} ${theirId} ${code.trim()}`);
}

/**
 * The sender of a merchant's text: the one that was asked for, or a short number, the merchant's own first.
 * @throws GatewayError bad-sender
 */
export function senderOf(caller: Caller, wanted: string | undefined, shortNumberIds: readonly string[]): string {
  if (wanted) {
    const own = [...caller.senders.values()].find(({ sender }) => sender === wanted || sender === `+${wanted}`);
    if (own) return own.sender;
    throw new GatewayError(
      "bad-sender",
      `${JSON.stringify(wanted.slice(0, 40))} is not a sender of account ${caller.account.id}`,
      "sender",
    );
  }
  const own = [...caller.senders.values()];
  const short =
    own.find(({ shortNumberId }) => shortNumberId && shortNumberIds.includes(shortNumberId)) ??
    own.find(({ kind }) => kind === "short-number");
  if (short) return short.sender;
  throw new GatewayError("bad-sender", `account ${caller.account.id} has no short number to send from`, "sender");
}
