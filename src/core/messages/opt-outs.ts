/** What an opt-out covers: a number, a group of senders, or all of them; and which of those a text must heed. */

import { type Caller, normalSender, type Sender } from "../accounts/account.ts";
import type { OptOutRule } from "../accounts/rules.ts";

/** How long a text that answers STOP may be: one part of the GSM alphabet. Characters. */
export const LONGEST_ANSWER = 160;

/** The number of an opt-out that holds for whatever the account sends, as the account or an operator noted it. */
export const EVERY_SENDER = "*";

/** The number of an opt-out by STOP, where the account's rule is that it ends the texts of all its senders: START ends it again. */
export const EVERY_SENDER_BY_WORD = "@*";

export function numberOfGroup(group: string): string {
  return `@${group}`;
}

/** What a group of senders may be called. */
export const GROUP_NAME = /^[a-z0-9-]{1,40}$/;

const NORTH_AMERICAN = /^\+1\d{10}$/;

/** A number of the North American plan: carriers there block what is sent after STOP, whatever it is for. */
export function isNorthAmerican(number: string): boolean {
  return NORTH_AMERICAN.test(number);
}

/** What can be answered: where carriers heed STOP themselves, they tell of it for any of these. */
const LONG_NUMBER = /^\+\d{8,15}$/;
const SHORT_NUMBER = /^\d{3,6}$/;
/** As it may be registered: what else a dialect lets through as a sender has no opt-outs of its own. */
const NAME = /^[\p{L}\p{N} ._&+-]{1,11}$/u;

/** The name under which opt-outs of this sender are kept: its number with +, a short number or a name as it is. Undefined: none. */
export function optOutNumberOf(sender: string): string | undefined {
  const normal = normalSender(sender);
  if (LONG_NUMBER.test(`+${normal}`)) return `+${normal}`;
  return SHORT_NUMBER.test(normal) || NAME.test(normal) ? normal : undefined;
}

/** Whether people who were erased are looked for when a text of this sender is accepted, and not only as it leaves. */
export function isLongNumber(sender: string): boolean {
  return LONG_NUMBER.test(`+${normalSender(sender)}`);
}

/** The opt-outs that a customer's text must heed. */
export function optOutsFor(
  sender: string,
  { group, purpose }: Pick<Sender, "group" | "purpose"> = {},
  { transactional }: OptOutRule = {},
): readonly string[] {
  const number = optOutNumberOf(sender);
  const isExempt = transactional === "exempt" && purpose === "transactional" && !isNorthAmerican(number ?? "");
  if (isExempt) return [EVERY_SENDER];
  const ofGroup = group === undefined ? [] : [numberOfGroup(group)];
  return [...(number === undefined ? [] : [number]), ...ofGroup, EVERY_SENDER_BY_WORD, EVERY_SENDER];
}

/** The same, for a text that this caller sends. */
export function heedsOf({ account, senders }: Pick<Caller, "account" | "senders">, sender: string): readonly string[] {
  return optOutsFor(sender, senders.get(normalSender(sender)), account.settings.optOut);
}

/**
 * The opt-outs that a text of our own must heed: a code or a receipt that the person asked for by what they are doing now. It is not a
 * customer's text from a short number; but from a long number carriers block it all the same.
 */
export function optOutsForOurs(sender: string): readonly string[] {
  return isLongNumber(sender) ? [optOutNumberOf(sender) as string, EVERY_SENDER] : [EVERY_SENDER];
}

/** What STOP, written to a number of the account's, is kept under. */
export function optOutOf({ sender, group }: Pick<Sender, "sender" | "group">, { scope }: OptOutRule = {}): string {
  if (scope === "account") return EVERY_SENDER_BY_WORD;
  return scope === "group" && group !== undefined ? numberOfGroup(group) : sender;
}
