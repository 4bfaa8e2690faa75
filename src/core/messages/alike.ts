/** Duplicates: the same text, from the same sender to the same person, soon after the first. */

import type { Account } from "../accounts/account.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Unless } from "./intake.ts";
import type { Message } from "./message.ts";

/** Since when (epoch ms) no text like this one may have been accepted; undefined where the account wants each to be sent. */
export function alikeSince({ settings }: Account, { acceptedAt, state, rich }: Message): number | undefined {
  const { duplicateSeconds } = settings;
  // What rich content says need not be in its text.
  return duplicateSeconds === undefined || state === "failed" || rich
    ? undefined
    : acceptedAt - duplicateSeconds * 1_000;
}

/** Those that may be like no other text, and since when. */
export function askedAlike(account: Account, messages: readonly Message[]): { message: Message; since: number }[] {
  return messages.flatMap((message) => {
    const since = alikeSince(account, message);
    return since === undefined ? [] : { message, since };
  });
}

/** What would keep each of a batch from being accepted: opt-outs are heeded as they are sent. */
export function unlessAlike(account: Account): ((message: Message) => Unless) | undefined {
  if (account.settings.duplicateSeconds === undefined) return undefined;
  return (message) => {
    const since = alikeSince(account, message);
    return since === undefined ? { optedOutOf: [] } : { optedOutOf: [], alikeSince: since };
  };
}

/** Those that say to somebody what another of them, before it, says to them as well. */
export function alikeWithin(messages: readonly Message[]): Message[] {
  const seen = new Set<string>();
  return messages.filter(({ sender, recipient, text }) => {
    const what = JSON.stringify([sender, recipient, text]);
    const isAlike = seen.has(what);
    seen.add(what);
    return isAlike;
  });
}

export function repeatedText({ settings }: Account): GatewayError {
  return new GatewayError(
    "repeated",
    `the same text was sent to this person less than ${settings.duplicateSeconds} s ago`,
    "text",
  );
}
