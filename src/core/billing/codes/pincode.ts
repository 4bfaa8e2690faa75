/** Pincodes: a customer has us send a code to a person, and later asks us whether the person's code is right. */

import type { Caller } from "../../accounts/account.ts";
import { giveBack, type LimitPorts, OverLimit, tellOfLimits, tryToTake } from "../../accounts/limits.ts";
import { GatewayError, type Refusal } from "../../kernel/errors.ts";
import type { Codes } from "../../kernel/ports.ts";
import { type CheckPorts, check } from "../../messages/check.ts";
import { canonical } from "../../messages/echo.ts";
import type { NewMessage } from "../../messages/new-message.ts";
import { type CodeGuardPorts, codeConfirmed, guarded } from "./code-guard.ts";
import { ONE_TEXT } from "./new-otp.ts";
import type { Pin, Tried } from "./pin.ts";
import type { PinStore } from "./store.ts";

export type NewPincode = {
  theirId: string;
  digits: number;
  tries: number;
  seconds: number;
  /** Whether the right code is right only the first time. */
  once: boolean;
  /** The text that the code goes in, as the customer's own message of the same id. */
  message: (code: string) => NewMessage;
  /** Fields that the dialect needs again when the code is tried. */
  echo?: Record<string, unknown>;
};

const MOST_IN_AN_HOUR = 30;

/** Refusals of what may have been sent before. */
const GONE_SINCE: readonly Refusal[] = ["opted-out", "no-carrier", "country-closed"];

type PincodePorts = CheckPorts & { codes: Codes; pins: PinStore } & LimitPorts & CodeGuardPorts;

/**
 * Sends a person a code; answers its pin. The same request with the same `theirId` sends nothing more.
 * @throws GatewayError bad-number, bad-sender, bad-text, not-allowed, opted-out, country-closed,
 * already-exists, too-many-requests
 */
export async function sendPincode(ports: PincodePorts, caller: Caller, wanted: NewPincode): Promise<Pin> {
  const { account } = caller;
  const code = ports.codes.pincode(wanted.digits, account.settings.pincodes ?? "fixed");
  const { theirId, digits, tries, seconds, once } = wanted;
  // The same request is recognised by its text, with a placeholder for the code.
  const asked = canonical({ digits, tries, seconds, once, message: wanted.message("\u0000") });
  const repeated = async (): Promise<Pin | undefined> => {
    const known = await ports.pins.newest(account.id, "pincode", theirId);
    const isSame = await ports.codes.isDigest("requests", asked, String(known?.echo.asked));
    return isSame ? known : undefined;
  };
  const [checked] = await check(ports, caller, [{ ...wanted.message(code), theirId }]);
  if (checked?.outcome !== "accepted") {
    // The first request was carried out, so it keeps its answer even if the person has opted out since, the carrier is gone or the country closed.
    const hasGoneSince = checked !== undefined && GONE_SINCE.includes(checked.error.refusal);
    const known = hasGoneSince ? await repeated() : undefined;
    if (known) return known;
    throw checked?.error;
  }
  const { message } = checked;
  // A repeat sends no further code, so the guard must not count it against a budget.
  const before = account.settings.codeGuard ? await repeated() : undefined;
  if (before) return before;
  const taken = await tryToTake(ports, caller, ONE_TEXT);
  if (taken instanceof OverLimit) {
    const known = await repeated();
    if (known) return known;
    await tellOfLimits(ports, taken, caller.account);
    throw taken;
  }
  const now = ports.clock.now();
  const pin: Pin = {
    account: account.id,
    purpose: "pincode",
    theirId,
    merchant: "",
    recipient: message.recipient,
    hash: await ports.codes.digest("codes", pincodeText(account.id, theirId, code)),
    triesLeft: tries,
    expiresAt: now + seconds * 1000,
    createdAt: now,
    message: message.id,
    echo: { ...wanted.echo, once, asked: await ports.codes.digest("requests", asked) },
  };
  const limits = [{ since: now - 3_600_000, most: MOST_IN_AN_HOUR }];
  const added = await guarded(
    ports,
    account,
    message.recipient,
    () => ports.pins.add(pin, message, limits),
    (result) => result === "added",
  ).catch((error: unknown) => (isClosed(error) ? error : Promise.reject(error)));
  if (taken && added !== "added") await giveBack(ports, taken, ONE_TEXT);
  if (added === "exists" || added instanceof GatewayError) {
    const known = await repeated();
    if (known) return known;
    if (added instanceof GatewayError) throw added;
    throw new GatewayError("already-exists", `${theirId} was used before; use a new id`, "theirId");
  }
  if (added === "too-many") {
    throw new GatewayError(
      "too-many-requests",
      "this person was sent too many codes in the last hour; try later",
      "recipient",
    );
  }
  await tellOfLimits(ports, taken, account);
  ports.log.event("pincode.sent", { account: account.id, theirId, id: message.id, to: message.recipient });
  await ports.jobs.submit([message.id], 0, message.lane);
  return pin;
}

function isClosed(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.refusal === "country-closed";
}

type TryPorts = { codes: Codes; pins: PinStore } & CodeGuardPorts;

/** Whether this is the code that was sent under this id, and there was still a try. */
export async function verifyPincode(ports: TryPorts, caller: Caller, theirId: string, code: string): Promise<boolean> {
  return (await tryPincode(ports, caller, theirId, code)).tried === "right";
}

/** The result of trying a code under this id; with its pin, if one was sent. */
export async function tryPincode(
  ports: TryPorts,
  caller: Caller,
  theirId: string,
  code: string,
): Promise<{ tried: Tried; pin: Pin } | { tried: "none"; pin?: undefined }> {
  const account = caller.account.id;
  const pin = await ports.pins.newest(account, "pincode", theirId);
  if (!pin) return { tried: "none" };
  const hashes = await ports.codes.digests("codes", pincodeText(account, theirId, code));
  const once = pin.echo.once === true;
  const tried = await ports.pins.try(account, "pincode", theirId, hashes, ports.clock.now(), { once });
  ports.log.event("pincode.tried", { account, theirId, tried });
  if (tried === "right") await codeConfirmed(ports, caller.account, pin);
  else ports.counts.count("pin_wrong", { account });
  return { tried, pin };
}

function pincodeText(account: string, theirId: string, code: string): string {
  return `pincode ${account} ${theirId} ${code.trim()}`;
}
