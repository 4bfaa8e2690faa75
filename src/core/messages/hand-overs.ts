/**
 * What was handed to a carrier over a connection that answers later, part by part: written down before it is sent, so that a late
 * answer, or a receipt that comes first, finds its message.
 */

import type { MessageId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";

/**
 * *written*: it may have reached the carrier. *taken*, *refused*: its answer came. *delivered*, *failed*, *expired*: so did its
 * receipt.
 */
export type PartState = "written" | "taken" | "refused" | "delivered" | "failed" | "expired";

export type HandedPart = {
  message: MessageId;
  number: number;
  total: number;
  state: PartState;
  /** The number by which the carrier may tell parts apart before it has an id for them. */
  mark: number;
  recipient: string;
  /** The carrier's id, and the form of it by which receipts are found. */
  reference?: string;
  key?: string;
  reason?: Reason;
  /** Epoch ms of real time. */
  at: number;
};

/** A receipt that no part is known for, as yet. */
export type EarlyReceipt = { key: string; value: string; at: number };

/** The port. It answers at once, and commits before anything is sent: whoever uses it has a store of its own. */
export interface HandOvers {
  /** The parts of a message, by number. */
  of(message: MessageId): HandedPart[];
  /** The parts of these messages, each message's by number; messages that were never handed over have none. */
  ofAll(messages: readonly MessageId[]): HandedPart[];
  /** The last one with this key: a carrier may give an id again after years. */
  byKey(key: string): HandedPart | undefined;
  /** Parts without an answer that have this mark and recipient. */
  byMark(mark: number, recipient: string): HandedPart[];
  /** They are about to be sent: each is *written*, whatever it was before. All of them, or none. */
  write(parts: readonly HandedPart[]): void;
  /** Their answers came: each is taken, unless a receipt that came first has settled it, whose word stands. All of them, or none. */
  take(parts: readonly HandedPart[]): void;
  /** What a receipt says of it, or an answer that came late: its state, reference and reason. */
  settle(part: HandedPart): void;
  /** Takes away a part that did not leave, or was not taken. */
  drop(message: MessageId, number: number): void;
  /** So many marks that no part has had lately, in order. 1 to 65535. */
  nextMarks(count: number): number[];
  keepEarly(receipt: EarlyReceipt): void;
  /** Those with these keys. Each stays until it is dropped: what it says may fail to be committed. */
  earlyOf(keys: readonly string[]): EarlyReceipt[];
  dropEarly(receipt: EarlyReceipt): void;
  /** Those that came at or after a time, oldest first. */
  early(since: number, limit: number): EarlyReceipt[];
  /** Forgets parts and receipts from before a time. Epoch ms. */
  forget(before: number): void;
}
