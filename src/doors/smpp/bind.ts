/** Whether a bind is accepted. */

import { isAmong } from "../../adapters/client-address.ts";
import type { Caller } from "../../core/accounts/account.ts";
import { type Command, STATUS } from "../../smpp/fields.ts";
import type { PduOf } from "../../smpp/pdu.ts";
import type { Link, Mode, SessionPorts } from "./contract.ts";

/** What each bind makes of a connection. */
export const BINDS: Partial<Record<Command, Mode>> = {
  bind_transmitter: "transmitter",
  bind_receiver: "receiver",
  bind_transceiver: "transceiver",
};

export type Refused = { status: number; why: string };

/**
 * Why a bind is refused, or whose it is. A wrong password is told only where it was looked at and is wrong: Kannel never tries
 * again. Whatever may be over soon is answered by bindFailed, after which it does.
 * @param owner the customer whose system_id it is, if it is anybody's
 */
export async function judge(
  { body }: PduOf<"bind_transceiver">,
  { systemId, address }: Link,
  owner: () => Promise<Caller | undefined>,
  { awake, speech, guesses, wall }: Pick<SessionPorts, "awake" | "speech" | "guesses" | "wall">,
): Promise<Refused | { caller: Caller }> {
  if (body.systemId !== systemId) return { status: STATUS.bindFailed, why: "its system_id has changed" };
  if (guesses.isTooMany(address, wall())) {
    return { status: STATUS.bindFailed, why: "too many wrong passwords lately" };
  }
  await awake();
  const caller = await owner();
  const isRight = await speech.isPassword(caller?.credential, body.password);
  if (!caller || !isRight) {
    guesses.wrong(address, wall());
    return { status: STATUS.password, why: "the system_id or the password is wrong" };
  }
  const { networks } = speech.limits(caller.account.settings);
  if ((networks && !isAmong(address, networks)) || !mayComeFrom(caller, address)) {
    return { status: STATUS.bindFailed, why: "it may not bind from this address" };
  }
  return { caller };
}

/** Whether the credential may be used from there. */
export function mayComeFrom({ credential: { addresses } }: Caller, address: string): boolean {
  return addresses === undefined || isAmong(address, addresses);
}

/** Refuses one bind more than the customer may have. Answers at once, so that the bind counts before another one is looked at. */
export function tooMany(
  { account }: Caller,
  { speech, boundOthers }: Pick<SessionPorts, "speech" | "boundOthers">,
): Refused | undefined {
  const { binds } = speech.limits(account.settings);
  if (boundOthers() < binds) return undefined;
  return { status: STATUS.bindFailed, why: `it has ${binds} binds already` };
}
