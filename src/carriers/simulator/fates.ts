/** What the simulated network does with a message or a charge: by the number, and by the faults that are set. */

import type { Reason } from "../../core/kernel/reasons.ts";
import type { Message } from "../../core/messages/message.ts";

/** Its name in routes, receipts and reports. */
export const CARRIER = "simulator";

/** What becomes of a message once the network has it. */
export type Fate = { outcome: "delivered" } | { outcome: "failed"; reason: Reason };

/**
 * Numbers with a fate of their own: no subscriber has them, and the simulator only answers for them.
 * Target365, USERGUIDE, "Fake numbers".
 */
const FATES: Record<string, Fate> = {
  "+4700000010": { outcome: "failed", reason: "undelivered" },
  "+4700000020": { outcome: "failed", reason: "subscriber-barred" },
};

export function fateOf(recipient: string): Fate {
  return FATES[recipient] ?? { outcome: "delivered" };
}

/** Operators of the simulated network, and the longest text each takes, in parts. Target365 guides, "Encoding". */
const PARTS: Record<string, number> = { "no.telenor": 255, "no.telia": 16, "no.ice": 16 };

/** Norwegian numbers are shared out by their last digit, so that each operator can be met; others are abroad. */
export function operatorOf(recipient: string): string | undefined {
  if (!recipient.startsWith("+47")) return undefined;
  const last = Number(recipient.at(-1));
  return last === 9 ? "no.ice" : last % 3 === 2 ? "no.telia" : "no.telenor";
}

export function takesParts(message: Pick<Message, "recipient" | "parts">): boolean {
  return message.parts <= (PARTS[operatorOf(message.recipient) ?? ""] ?? 255);
}

/** How the network misbehaves. Several faults may be set at once; `only`, `times` and `share` limit which requests they hit. */
export type Faults = {
  /** Refuses, for this reason. */
  refuse?: Reason;
  /** Takes nothing, and asks to be tried again after so many seconds. */
  busySeconds?: number;
  /** Takes the message, or bills the charge, but the answer is lost. */
  loseAnswer?: boolean;
  /** Takes the message, or bills the charge, and never answers, until the caller gives up. */
  hang?: boolean;
  /** Receipts come so many seconds later. A charge is billed, but only a receipt reports it; so also with the next faults. */
  receiptDelaySeconds?: number;
  /** No receipt comes. */
  loseReceipt?: boolean;
  /** Each receipt comes so many times more. */
  duplicateReceipts?: number;
  /** The receipt overtakes the answer. */
  earlyReceipt?: boolean;
  /** After the receipt comes another that says the opposite. */
  contradict?: boolean;
  /** Only these are hit, or counted. Charges are also what gives money back. */
  only?: "messages" | "charges";
  /** The faults end after so many. */
  times?: number;
  /** Only this share is hit, from 0 to 1. */
  share?: number;
};
