/**
 * One-time passwords that a carrier makes and sends itself. The id of the charge that is to follow is chosen with the code: under
 * it the carrier has the code, and under it the charge is made. It is stored before the carrier is asked; so a request that is
 * repeated after a crash or a lost answer asks for the same code again, and the person gets one.
 */

import type { Caller } from "../../accounts/account.ts";
import { giveBack, type LimitPorts, OverLimit, type Taken, tellOfLimits, tryToTake } from "../../accounts/limits.ts";
import type { Clock } from "../../kernel/clock.ts";
import { GatewayError, type Refusal } from "../../kernel/errors.ts";
import { given } from "../../kernel/given.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/ports.ts";
import type { Reason } from "../../kernel/reasons.ts";
import { billerOf, noCarrier, type RoutePorts } from "../../messages/route.ts";
import type { Billing } from "../charges/carrier.ts";
import { codeExists, type NewOtp, ONE_TEXT, OTP_TRIES, tooManyCodes } from "./new-otp.ts";
import type { Pin } from "./pin.ts";
import type { PinLimit, PinStore } from "./store.ts";

/** The digest of a code that we do not know. */
export const MADE_ELSEWHERE = "";

type CodePorts = { clock: Clock; ids: Ids; pins: PinStore; log: Log } & RoutePorts & LimitPorts;

export type CodeCarrier = { name: string; sendCode: NonNullable<Billing["sendCode"]> };

/**
 * The carrier that makes and sends the codes of charges of this person; undefined where we do.
 * @throws GatewayError no-carrier while it is switched off
 */
export async function carrierOfCodes(
  { routes, carriers }: RoutePorts,
  charged: { account: string; recipient: string },
): Promise<CodeCarrier | undefined> {
  const carrier = carriers.get(billerOf(charged, await routes.ofCharges(), carriers) ?? "");
  const sendCode = carrier?.billing?.sendCode;
  if (!carrier || !sendCode) return undefined;
  if (carrier.isOff) throw noCarrier();
  return { name: carrier.name, sendCode };
}

type Wanted = NewOtp & { sender: string; limits: readonly PinLimit[] };

/**
 * Has a code sent by its carrier.
 * @throws GatewayError already-exists, too-many-requests, no-carrier where its answer was lost: the same request may be made
 *   again; or what the carrier refused it for
 */
export async function sendByCarrier(
  ports: CodePorts,
  caller: Caller,
  carrier: CodeCarrier,
  wanted: Wanted,
): Promise<Pin> {
  const { pin, taken } = await reserved(ports, caller, carrier.name, wanted);
  const { merchant, recipient: msisdn, sender, recurring, prefix, suffix, minutes } = wanted;
  const id = pin.madeBy.transaction;
  const result = await carrier
    .sendCode(given({ id, merchant, msisdn, sender, recurring, prefix, suffix, minutes }))
    .catch((error) => ({ outcome: "lost", detail: String(error) }) as const);
  const { account, theirId } = pin;
  if (result.outcome === "sent") {
    const expiresAt = ports.clock.now() + minutes * 60_000;
    await ports.pins.markSent(pin, expiresAt);
    await tellOfLimits(ports, taken, caller.account);
    ports.log.event("otp.sent", { account, theirId, to: msisdn, carrier: carrier.name });
    return { ...pin, expiresAt };
  }
  ports.log.event("otp.not_sent", { account, theirId, carrier: carrier.name, detail: result.detail });
  if (result.outcome === "lost") {
    throw new GatewayError(
      "no-carrier",
      "the carrier did not say whether it sent the code; make the same request again",
    );
  }
  await ports.pins.withdraw(pin);
  if (taken) await giveBack(ports, taken, ONE_TEXT);
  throw new GatewayError(REFUSALS[result.reason] ?? "no-carrier", `the carrier sent no code: ${result.detail}`);
}

/** What the customer can mend. All else is between the carrier and us. */
const REFUSALS: Partial<Record<Reason, Refusal>> = {
  "bad-number": "bad-number",
  "bad-sender": "bad-sender",
  "bad-merchant": "bad-request",
  rejected: "bad-request",
};

type CarrierPin = Pin & { madeBy: NonNullable<Pin["madeBy"]> };

/** A new one; or the one that the same request has reserved before, if nothing is known to have come of it. */
async function reserved(
  ports: CodePorts,
  caller: Caller,
  carrier: string,
  wanted: Wanted,
): Promise<{ pin: CarrierPin; taken?: Taken | undefined }> {
  const account = caller.account.id;
  const { theirId, merchant, recipient } = wanted;
  const now = ports.clock.now();
  const pin: CarrierPin = {
    account,
    purpose: "otp",
    theirId,
    merchant,
    recipient,
    hash: MADE_ELSEWHERE,
    triesLeft: OTP_TRIES,
    expiresAt: now + wanted.minutes * 60_000,
    createdAt: now,
    message: "",
    echo: { ...wanted.echo, recurring: wanted.recurring, sender: wanted.sender },
    madeBy: { carrier, transaction: ports.ids.transaction(caller.account.number), isSent: false },
  };
  const taken = await tryToTake(ports, caller, ONE_TEXT);
  const added = taken instanceof OverLimit ? taken : await ports.pins.reserve(pin, wanted.limits);
  if (added === "added") return { pin, ...(taken instanceof OverLimit ? {} : { taken }) };
  if (taken && !(taken instanceof OverLimit)) await giveBack(ports, taken, ONE_TEXT);
  if (added === "too-many") throw tooManyCodes();
  const known = await ports.pins.newest(account, "otp", theirId);
  if (known && isReservedFor(known, pin)) return { pin: known };
  if (added === "exists") throw codeExists(theirId);
  await tellOfLimits(ports, added, caller.account);
  throw added;
}

function isReservedFor(known: Pin, { merchant, recipient, madeBy }: CarrierPin): known is CarrierPin {
  if (!known.madeBy || known.madeBy.isSent) return false;
  return known.madeBy.carrier === madeBy.carrier && known.merchant === merchant && known.recipient === recipient;
}
