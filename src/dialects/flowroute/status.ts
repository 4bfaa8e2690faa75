/** Our outcome → their level, status and code. v2 has none of it: its records have no outcome. */

import type { HistoryEntry } from "../../core/history.ts";
import type { Reason } from "../../core/kernel/reasons.ts";
import type { Message, MessageState } from "../../core/messages/message.ts";

/** The codes that we send, of those in the vendor's table; the words of 1002 and 1003 as seen. */
const CODES = {
  1002: "Message has been sent",
  1003: "Message accepted by Carrier",
  1004: "Message delivered to handset",
  1005: "Message rejected",
  1006: "Message expired",
  1007: "Message failed",
  1008: "Permanent send error",
  1100: "Unknown error",
  1106: "No route to destination",
  1110: "Destination has opted out (STOP)",
  1116: "Destination cannot receive text messages",
  1152: "Message rejected as spam",
  1200: "Carrier error",
  1201: "Message too long",
  1205: "Invalid source address",
  1206: "Invalid destination address",
} as const;

type Code = keyof typeof CODES;

/** The content of a receipt. Level 1 says that a carrier took the message, level 2 is the carrier's own receipt. */
type Word = { level: 1 | 2; status: "submit" | "message buffered" | "delivered" | "failed"; code: Code };

/** No receipt, as long as no carrier is known to have it. */
const BY_STATE = {
  scheduled: undefined,
  accepted: undefined,
  held: undefined,
  submitting: undefined,
  unknown: undefined,
  sent: { level: 1, status: "submit", code: 1002 },
  delivered: { level: 2, status: "delivered", code: 1004 },
  failed: { level: 2, status: "failed", code: 1007 },
  expired: { level: 2, status: "failed", code: 1006 },
  cancelled: { level: 2, status: "failed", code: 1005 },
} as const satisfies Record<MessageState, Word | undefined>;

const BY_REASON = {
  undelivered: 1007,
  rejected: 1005,
  "bad-number": 1206,
  "bad-sender": 1205,
  "bad-text": 1008,
  duplicate: 1005,
  "unknown-subscriber": 1116,
  "subscriber-unavailable": 1007,
  "subscriber-barred": 1005,
  "too-many-parts": 1201,
  "validity-over": 1006,
  // Not a failure: the carrier had it and never said more.
  "no-receipt": 1003,
  "no-carrier": 1106,
  stopped: 1152,
  "opted-out": 1110,
  "carrier-offline": 1007,
  "carrier-error": 1200,
  other: 1100,
  // Of charges, which this API does not have.
  "insufficient-funds": 1005,
  "limit-exceeded": 1005,
  "too-young": 1005,
  "age-unknown": 1005,
  "not-registered": 1005,
  "no-consent": 1005,
  "wrong-code": 1005,
  "code-expired": 1006,
  "too-many-codes": 1005,
  "timed-out": 1006,
  "in-transaction": 1007,
  "bad-amount": 1005,
  "bad-merchant": 1005,
  "card-failed": 1007,
  "cancelled-by-person": 1005,
  ended: 1005,
} as const satisfies Record<Reason, Code>;

/** As a record has it. */
export type Receipt = {
  level: 1 | 2;
  status: string;
  /** Of level 1 the vendor's records have none. */
  status_code: number | null;
  status_code_description: string;
  timestamp: string;
};

type News = { state: MessageState; reason?: Reason | undefined; at: number };

/** The receipt for this state of a message; undefined for a state that has none. @param news.at epoch ms */
export function toReceipt({ state, reason, at }: News, { channel }: Pick<Message, "channel">): Receipt | undefined {
  const word = wordFor(BY_STATE[state], reason);
  if (!word) return undefined;
  const submitted = channel === "MMS" ? "mmsc submit" : "smsc submit";
  return {
    level: word.level,
    status: word.status === "submit" ? submitted : word.status,
    status_code: word.level === 1 ? null : word.code,
    status_code_description: CODES[word.code],
    timestamp: toTimestamp(at),
  };
}

/** The same as a webhook has it, where the code is a text, and level 1 has one too. */
export function toReportedReceipt({ state, reason, at }: News, message: Message) {
  const receipt = toReceipt({ state, reason, at: state === "sent" ? at : notBeforeTaken(message, at) }, message);
  return receipt && { ...receipt, status_code: String(receipt.status_code ?? BY_STATE.sent.code) };
}

/** Of a record: the status of the newest receipt. */
export function statusOf(message: Message): string {
  return receiptsOf(message)[0]?.status ?? "message sent";
}

/** Newest first. One that failed before any carrier took it has the last word only. */
export function receiptsOf(message: Message): Receipt[] {
  const { history, state, reason, changedAt } = message;
  const receipt = history.findLast((entry) => entry.event === "carrier.receipt");
  const at = receipt?.happenedAt ?? changedAt;
  return [
    state === "sent" ? undefined : toReceipt({ state, reason, at: notBeforeTaken(message, at) }, message),
    wasTaken(message) ? toReceipt({ state: "sent", at: takenAt(message) }, message) : undefined,
  ].filter((receipt) => receipt !== undefined);
}

function wordFor(word: Word | undefined, reason: Reason | undefined): Word | undefined {
  if (word?.status !== "failed" || !reason) return word;
  const code = BY_REASON[reason];
  return { ...word, status: code === 1003 ? "message buffered" : word.status, code };
}

function wasTaken({ state, reference }: Message): boolean {
  return state === "sent" || reference !== undefined;
}

/** A carrier's clock may be behind ours; but no message arrives before it was taken. */
function notBeforeTaken(message: Message, at: number): number {
  return wasTaken(message) ? Math.max(at, takenAt(message)) : at;
}

/** When a carrier took it, however often it has said so since; its receipt may have come before its answer to us. */
function takenAt({ history, changedAt }: Message): number {
  const entry = history.find(isTaking) ?? history.find(({ event }) => event === "carrier.receipt");
  return entry?.at ?? changedAt;
}

function isTaking(entry: HistoryEntry): boolean {
  return entry.event === "carrier.took" || (entry.event === "carrier.asked" && entry.answer === "taken");
}

/** Hundredths of a second, also where they are none. @param at epoch ms */
export function toTimestamp(at: number): string {
  return new Date(at).toISOString().replace(/\dZ$/, "Z");
}
