/** What is noted of messages that were accepted: a line in the log, and figures. */

import type { Log } from "../kernel/ports.ts";
import type { Counts } from "../operator/counts.ts";
import type { Message } from "./message.ts";

/** So many digits tell a country, and in most countries what kind of number it is. */
const PREFIX = 4;

/** Counts them by account and prefix: a number that is pumped shows there first. */
export function countAccepted(
  counts: Counts,
  messages: readonly Pick<Message, "account" | "recipient" | "state">[],
): void {
  const [first] = messages;
  if (!first) return;
  const byPrefix = new Map<string, number>();
  for (const { recipient, state } of messages) {
    const digits = /^\+\d+$/.test(recipient) ? recipient.slice(1, 1 + PREFIX) : "none";
    if (state !== "failed") byPrefix.set(digits, (byPrefix.get(digits) ?? 0) + 1);
  }
  for (const [prefix, times] of byPrefix) counts.count("message_accepted", { account: first.account, prefix }, times);
}

export function logAccepted(log: Log, message: Message): void {
  log.event(message.state === "failed" ? "message.refused" : "message.accepted", {
    id: message.id,
    account: message.account,
    theirId: message.theirId,
    to: message.recipient,
    parts: message.parts,
    ...(message.state === "scheduled" ? { sendAt: message.sendAt } : {}),
    ...(message.reason ? { reason: message.reason } : {}),
  });
}
