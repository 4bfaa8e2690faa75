/** One-time passwords: a code is sent to a person, and the charge with the same id must carry it. */

import type { Caller } from "../../accounts/account.ts";
import { giveBack, type LimitPorts, take, tellOfLimits } from "../../accounts/limits.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError } from "../../kernel/errors.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Codes, Jobs } from "../../kernel/ports.ts";
import type { Reason } from "../../kernel/reasons.ts";
import { checkCountry } from "../../messages/allowed-countries.ts";
import { toMsisdn } from "../../messages/msisdn.ts";
import { askedBy } from "../../messages/new-message.ts";
import { writtenByUs } from "../../messages/own.ts";
import { noCarrier, type RoutePorts, uncarried } from "../../messages/route.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "../../messages/suppression.ts";
import type { Transaction } from "../charges/transaction.ts";
import type { ServiceStore } from "../store.ts";
import { otpText } from "../texts.ts";
import { carrierOfCodes, MADE_ELSEWHERE, sendByCarrier } from "./carrier-code.ts";
import { type CodeGuardPorts, codeConfirmed, guarded } from "./code-guard.ts";
import { codeExists, limitsAt, type NewOtp, ONE_TEXT, OTP_TRIES, tooManyCodes } from "./new-otp.ts";
import type { Pin, Tried } from "./pin.ts";
import type { PinStore } from "./store.ts";

type OtpPorts = {
  clock: Clock;
  ids: Ids;
  codes: Codes;
  pins: PinStore;
  services: ServiceStore;
  suppressions: SuppressionStore;
  jobs: Jobs;
} & RoutePorts &
  LimitPorts &
  CodeGuardPorts;

/**
 * Sends a person a code.
 * @throws GatewayError bad-number, bad-sender, bad-request, opted-out, country-closed, already-exists,
 * too-many-requests, no-carrier
 */
export async function sendOtp(ports: OtpPorts, caller: Caller, wanted: NewOtp): Promise<Pin> {
  const recipient = toMsisdn(wanted.recipient);
  if (!recipient)
    throw new GatewayError("bad-number", "recipient: is not a phone number with + and country code", "recipient");
  checkCountry(caller.account.settings, recipient);
  const merchant = await ports.services.merchant(caller.account.id, wanted.merchant);
  if (!merchant) {
    throw new GatewayError(
      "bad-request",
      `merchantId: ${JSON.stringify(wanted.merchant.slice(0, 60))} is not a merchant of account ${caller.account.id}`,
      "merchantId",
    );
  }
  const sender = senderOf(caller, wanted.sender, merchant.shortNumberIds);
  return guarded(ports, caller.account, recipient, () => sendTo(ports, caller, { ...wanted, recipient, sender }));
}

/** @throws as above */
async function sendTo(ports: OtpPorts, caller: Caller, wanted: NewOtp & { sender: string }): Promise<Pin> {
  const { recipient, sender } = wanted;
  const limits = limitsAt(ports.clock.now());
  const carrier = await carrierOfCodes(ports, { account: caller.account.id, recipient });
  if (carrier) {
    // Ours is a message, which is not sent to who wants none; a carrier's is none.
    const unwanted = await suppressedAmong(ports, [{ account: caller.account.id, sender, recipient }]);
    if (unwanted.size > 0) throw optedOut(recipient, sender);
    return sendByCarrier(ports, caller, carrier, { ...wanted, limits });
  }
  const code = ports.codes.otp();
  const now = ports.clock.now();
  const text = [wanted.prefix, otpText(code, recipient), wanted.suffix].filter(Boolean).join(" ");
  const message = writtenByUs(
    ports,
    caller.account,
    { theirId: `otp-${wanted.theirId}`, sender, recipient, text, ...askedBy(caller) },
    wanted.minutes * 60_000,
  );
  const pin: Pin = {
    account: caller.account.id,
    purpose: "otp",
    theirId: wanted.theirId,
    merchant: wanted.merchant,
    recipient,
    hash: await ports.codes.digest("codes", codeText(caller.account.id, wanted.theirId, code)),
    triesLeft: OTP_TRIES,
    expiresAt: now + wanted.minutes * 60_000,
    createdAt: now,
    message: message.id,
    echo: { ...wanted.echo, recurring: wanted.recurring },
  };
  if ((await uncarried(ports, [message])).size > 0) throw noCarrier();
  const taken = await take(ports, caller, ONE_TEXT);
  const added = await ports.pins.add(pin, message, limits);
  if (taken && added !== "added") await giveBack(ports, taken, ONE_TEXT);
  if (added === "exists") throw codeExists(wanted.theirId);
  if (added === "too-many") throw tooManyCodes();
  await tellOfLimits(ports, taken, caller.account);
  ports.log.event("otp.sent", { account: caller.account.id, theirId: wanted.theirId, to: recipient });
  await ports.jobs.submit([message.id], 0, message.lane);
  return pin;
}

/**
 * Checks the code that a charge carries. It must be for the same person and merchant. Of a code that a carrier made, only the
 * carrier can tell whether it is right: `bound` is how the charge gets there.
 */
export async function tryOtp(
  ports: { codes: Codes; pins: PinStore } & CodeGuardPorts,
  caller: Caller,
  given: { theirId: string; merchant: string; recipient: string; code: string },
): Promise<{
  tried: Tried;
  recurring: boolean;
  bound?: Pick<Transaction, "id" | "carrier" | "oneTimePassword">;
}> {
  const account = caller.account.id;
  const pin = await ports.pins.newest(account, "otp", given.theirId);
  if (!pin || pin.recipient !== given.recipient || pin.merchant !== given.merchant) {
    return { tried: "none", recurring: false };
  }
  const { madeBy } = pin;
  const text = codeText(account, given.theirId, given.code);
  const hashes = madeBy ? [MADE_ELSEWHERE] : await ports.codes.digests("codes", text);
  const tried = await ports.pins.try(account, "otp", given.theirId, hashes, ports.clock.now());
  const recurring = pin.echo.recurring === true;
  if (tried === "right") await codeConfirmed(ports, caller.account, pin);
  if (!madeBy) return { tried, recurring };
  const bound = { id: madeBy.transaction, carrier: madeBy.carrier, oneTimePassword: given.code.trim() };
  return { tried, recurring, bound };
}

/** Why a charge fails whose code was not right. */
export const OTP_TRIES_REASON = {
  right: "other",
  wrong: "wrong-code",
  none: "wrong-code",
  expired: "code-expired",
  spent: "too-many-codes",
} as const satisfies Record<Tried, Reason>;

/** What a code's digest is made of: it binds the code to its purchase. */
export function codeText(account: string, theirId: string, code: string): string {
  return `${account} ${theirId} ${code.trim()}`;
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
