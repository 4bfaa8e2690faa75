/** Texts that we write ourselves: codes, questions, receipts. The id says which text it is, so it is sent once. */

import type { Clock } from "../kernel/clock.ts";
import type { AccountId, Ids } from "../kernel/ids.ts";
import type { Message } from "./message.ts";
import { type AskedBy, askedBy } from "./new-message.ts";
import { measure } from "./text.ts";

/** The dialect of texts that no customer asked for. */
export const OURS = "stafett";

/** Whether it is one of these texts. What an operator sends in an account's name is of the dialect, too, and never so urgent. */
export function isWrittenByUs({ dialect, priority }: Pick<Message, "dialect" | "priority">): boolean {
  return dialect === OURS && priority === "high";
}

/** The validity of these texts. Milliseconds. */
const VALIDITY = 2 * 3_600_000;

/** @param wanted.request the customer's request that caused it, where requests are kept; `trace`, where it is traced */
export function writtenByUs(
  ports: { clock: Clock; ids: Ids },
  account: { id: AccountId; number: number },
  { request, trace, ...wanted }: Pick<Message, "theirId" | "sender" | "recipient" | "text"> & AskedBy,
  validity = VALIDITY,
): Message {
  const now = ports.clock.now();
  const { encoding, parts } = measure(wanted.text);
  return {
    ...wanted,
    id: ports.ids.message(account.number),
    account: account.id,
    dialect: OURS,
    encoding,
    parts,
    state: "accepted",
    priority: "high",
    lane: "urgent",
    deliveryMode: "at-most-once",
    sendAt: now,
    expiresAt: now + validity,
    acceptedAt: now,
    changedAt: now,
    dueAt: now,
    attempts: 0,
    echo: {},
    history: [{ at: now, event: "accepted", ...askedBy({ request, trace }) }],
  };
}
