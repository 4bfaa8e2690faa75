/** Delivery receipts: in the text of a PDU (appendix B, in the forms that SMSCs write), in its parameters, or both. */

import { MESSAGE_STATES, type MessageStateName } from "./fields.ts";
import { integerOf, octetsOf, type Tlv, textOf } from "./pdu.ts";
import { digitsOf } from "./times.ts";

/** What a receipt says; each member as far as it says it. */
export type Receipt = {
  id?: string;
  state?: MessageStateName;
  /** The error as it is written, or `type:code` of the network. */
  error?: string;
  /** When it was done: epoch ms, its digits read as UTC. */
  doneAt?: number;
};

const KEYS = ["id", "sub", "dlvrd", "submit date", "submitdate", "done date", "donedate", "stat", "err"];
/** A key stands at the beginning or after a blank; a value reaches to the next blank, and may have one before it. */
const PAIR = new RegExp(`(?:^|\\s)(${KEYS.map((key) => key.replace(" ", "\\s?")).join("|")}):\\s*([^\\s\\0]*)`, "gi");
/** The text of the message comes last and may hold anything, `stat:` too. */
const TEXT = /(?:^|\s)text:/i;

const STATES: Record<string, MessageStateName> = {
  SCHEDULED: "scheduled",
  ENROUTE: "enroute",
  BUFFERD: "enroute",
  BUFFRED: "enroute",
  BUFFERED: "enroute",
  DELIVRD: "delivered",
  DELIVERED: "delivered",
  EXPIRED: "expired",
  DELETED: "deleted",
  UNDELIV: "undeliverable",
  UNDELIVERABLE: "undeliverable",
  UNDELIVERED: "undeliverable",
  FAILED: "undeliverable",
  ACCEPTD: "accepted",
  ACCEPTED: "accepted",
  ACKED: "accepted",
  UNKNOWN: "unknown",
  REJECTD: "rejected",
  REJECTED: "rejected",
  SKIPPED: "skipped",
};
const BY_NUMBER = new Map<number, MessageStateName>(
  Object.entries(MESSAGE_STATES).map(([name, number]) => [number, name as MessageStateName]),
);

/** The receipt that a text and parameters are; parameters win. Empty where they say nothing. */
export function receiptIn(text: string, tlvs: readonly Tlv[]): Receipt {
  const written = receiptInText(text);
  const id = textOf(tlvs, "receiptedMessageId")?.trim();
  const state = BY_NUMBER.get(integerOf(tlvs, "messageState") ?? -1);
  const error = networkErrorIn(octetsOf(tlvs, "networkError"));
  return { ...written, ...(id ? { id } : {}), ...(state ? { state } : {}), ...(error ? { error } : {}) };
}

/** The same of the text alone. */
export function receiptInText(text: string): Receipt {
  const end = TEXT.exec(text)?.index ?? text.length;
  const found = new Map<string, string>();
  for (const [, key = "", value = ""] of text.slice(0, end).matchAll(PAIR)) {
    const name = key.toLowerCase().replace(/\s/g, "");
    if (!found.has(name) && value !== "") found.set(name, value);
  }
  const id = found.get("id");
  const state = STATES[found.get("stat")?.toUpperCase() ?? ""];
  const error = found.get("err");
  const doneAt = dateIn(found.get("donedate"));
  return {
    ...(id ? { id } : {}),
    ...(state ? { state } : {}),
    ...(error ? { error } : {}),
    ...(doneAt === undefined ? {} : { doneAt }),
  };
}

/** `yyMMddHHmm`, with seconds (12), or with four digits of the year (14); UTC, for nobody says the zone. */
function dateIn(digits: string | undefined): number | undefined {
  const whole = digits && { 10: `20${digits}00`, 12: `20${digits}`, 14: digits }[digits.length];
  if (!whole || !/^\d{14}$/.test(whole)) return undefined;
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)$/.exec(whole) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** Clause 5.3.2.31: a type and a code of two octets. Some SMSCs write three digits instead. */
function networkErrorIn(octets: Uint8Array | undefined): string | undefined {
  const [type, high, low] = octets ?? [];
  if (type === undefined || high === undefined || low === undefined) return undefined;
  if (type >= 0x30) return String.fromCharCode(type, high, low);
  return `${type}:${high * 256 + low}`;
}

/** The seven letters of a state. */
export const STAT = {
  scheduled: "SCHEDLD",
  enroute: "ENROUTE",
  delivered: "DELIVRD",
  expired: "EXPIRED",
  deleted: "DELETED",
  undeliverable: "UNDELIV",
  accepted: "ACCEPTD",
  unknown: "UNKNOWN",
  rejected: "REJECTD",
  skipped: "SKIPPED",
} as const satisfies Record<MessageStateName, string>;

/** What a receipt of ours tells. Times are epoch ms; `error` is a number of three digits at most. */
export type Told = {
  id: string;
  state: MessageStateName;
  error: number;
  submittedAt: number;
  doneAt: number;
  text: string;
};

/**
 * A receipt's text. *cm*: CM.com's guide, "Accusés de livraison": dates of 14 digits, without sub, dlvrd and text. *classic*:
 * appendix B, which old parsers insist on.
 */
export function toReceiptText({ id, state, error, submittedAt, doneAt, text }: Told, form: "cm" | "classic"): string {
  const stat = `stat:${STAT[state]} err:${String(error).padStart(3, "0").slice(-3)}`;
  const [submitted, done] = [digitsOf(submittedAt), digitsOf(doneAt)];
  if (form === "cm") return `id:${id} submit date:${submitted} done date:${done} ${stat}`;
  const delivered = state === "delivered" ? "001" : "000";
  const dates = `submit date:${submitted.slice(2, 12)} done date:${done.slice(2, 12)}`;
  return `id:${id} sub:001 dlvrd:${delivered} ${dates} ${stat} text:${text.slice(0, 20)}`;
}
