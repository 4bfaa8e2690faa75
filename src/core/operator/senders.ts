/** Senders: what an account may send from. A number belongs to one account, unless the operator shares it. */

import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { normalSender, type Sender, type SenderKind } from "../accounts/account.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type SenderPorts = AccountPorts & { clock: Clock };

/** `isShared`: another account has the number as well. */
export type HeldSender = Sender & { isShared?: boolean };

/** What becomes of a text at a number that several accounts have. */
export const SHARED =
  "each keyword belongs to the account that has it, a text with no keyword of either belongs to no account and nobody " +
  "is told of it, and STOP without a keyword ends what all of them sell there";

/**
 * Lets an account send from here; of a number that another account has, only where it is to be shared. Names are free to
 * all. A short number without an id gets one of its country, like NO-2002.
 * @throws GatewayError not-found, bad-request where it is no sender of its kind, already-exists where another account
 * has the number and it is not to be shared
 */
export async function grantSender(
  ports: SenderPorts,
  accountId: AccountId,
  { sender, isShared = false, ...wanted }: Sender & { isShared?: boolean },
): Promise<HeldSender> {
  const account = await findAccount(ports, accountId);
  const checked: Sender = { sender: checkSender(sender, wanted.kind), ...wanted };
  if (wanted.kind === "short-number") checked.shortNumberId ??= `${wanted.country}-${sender}`;
  return claim(ports, account.id, checked, isShared);
}

async function claim({ accounts, clock }: SenderPorts, account: AccountId, wanted: Sender, isShared: boolean) {
  if (wanted.kind === "alphanumeric") {
    if (isShared) throw new GatewayError("bad-request", "isShared: a name is free to all accounts anyway", "isShared");
    await accounts.putSender(account, wanted);
    return wanted;
  }
  const claimed = await accounts.claimSender(account, wanted, { isShared, at: clock.now() });
  if (claimed.outcome === "put") return { ...wanted, ...(claimed.isShared ? { isShared: true } : {}) };
  throw new GatewayError(
    "already-exists",
    `account ${claimed.by} has ${wanted.sender}: remove it there, or share it with "isShared": true; then ${SHARED}`,
    "isShared",
  );
}

/** 3GPP TS 23.040, clause 9.1.2.5: a name has at most 11 characters. */
function checkSender(sender: string, kind: SenderKind): string {
  const refuse = (what: string) => new GatewayError("bad-request", `sender: ${what}`, "sender");
  if (kind === "short-number") {
    if (!/^\d{3,6}$/.test(sender)) throw refuse("a short number has 3 to 6 digits");
    return sender;
  }
  if (kind === "long-number") {
    const number = parsePhoneNumberFromString(sender.startsWith("+") ? sender : `+${sender}`);
    if (!number?.isPossible()) throw refuse("a long number has + and its country code, like +4759447000");
    return number.number;
  }
  if (!/^[\p{L}\p{N} ._&+-]{1,11}$/u.test(sender) || /^\d+$/.test(sender)) {
    throw refuse("a name has 1 to 11 letters, digits, spaces and . _ & + -, and is not a number");
  }
  return sender;
}

/**
 * All that the account may send from.
 * @throws GatewayError not-found
 */
export async function listSenders(ports: AccountPorts, id: AccountId): Promise<HeldSender[]> {
  const account = await findAccount(ports, id);
  return ports.accounts.senders(account.id);
}

/**
 * The account no longer sends from here. A number may be written with its + or without.
 * @throws GatewayError not-found
 */
export async function withdrawSender(ports: AccountPorts, account: AccountId, sender: string): Promise<void> {
  const senders = await ports.accounts.senders(account);
  const known = senders.find((one) => normalSender(one.sender) === normalSender(sender));
  if (known && (await ports.accounts.removeSender(account, known.sender))) return;
  throw new GatewayError("not-found", `account ${account} has no sender ${sender}`);
}
