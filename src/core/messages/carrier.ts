/** The contract of a carrier: a company that takes messages and charges from us. */

import type { Billing } from "../billing/charges/carrier.ts";
import type { MessageId } from "../kernel/ids.ts";
import type { Reason } from "../kernel/reasons.ts";
import type { Message } from "./message.ts";

/**
 * A carrier's answer to one message.
 * *busy*: it did not take it, ask again. `isUntried`: it was not asked, as there was no time left for this one; so no other
 * carrier is asked instead, and the wait does not grow. `isDown`: it was not asked, as it does not answer.
 * *unknown*: it may have taken it; the answer was lost.
 * `own` marks a refusal for a reason of the carrier's own (no agreement, line down), where another carrier may do better.
 */
export type SubmitResult =
  | { outcome: "taken"; reference: string; operator?: string }
  | { outcome: "refused"; reason: Reason; own?: boolean; detail?: string }
  | { outcome: "busy"; retryAfterSeconds: number; isUntried?: true; isDown?: true }
  | Lost;

type Lost = { outcome: "unknown"; detail: string };

/** A carrier's answer about a message it may have got. *never-seen* is a promise: it will not turn up later. */
export type QueryResult =
  | { outcome: "never-seen" }
  | { outcome: "taken"; reference: string; operator?: string }
  | { outcome: "settled"; reference: string; receipt: Receipt }
  | { outcome: "cannot-tell" };

/** A carrier's word on a message's fate. */
export type Receipt = {
  message: MessageId;
  carrier: string;
  reference: string;
  outcome: "delivered" | "failed" | "expired";
  reason?: Reason;
  operator?: string;
  /** Epoch ms at the handset. */
  at: number;
};

/** What counts where a carrier answered fewer messages than it was given, or threw. */
export const LOST: Lost = { outcome: "unknown", detail: "the carrier gave no answer for this message" };

/** How long a carrier may take to answer. Milliseconds. */
export const CARRIER_LIMIT = 10_000;
/** How long its breaker and its pace may take before it is handed anything; later nothing is, as the claim may be over. Milliseconds. */
export const BREAKER_LIMIT = 4_000;
export const PACE_LIMIT = 1_000;

/**
 * Whether a carrier can be reached; `reason` is a sentence for the operator, `since` epoch ms where that is known. *probing*: it
 * did not answer, and is tried just now.
 */
export type CarrierHealth = { state: "up" } | { state: "down" | "probing"; reason: string; since?: number };

export interface Carrier {
  readonly name: string;
  /** Its kind: "simulator", say. */
  readonly kind: string;
  /** If set, the carrier gets the recipients for which it is true, and no other carrier gets them. Absent: any. */
  readonly answersFor?: (recipient: string) => boolean;
  /** It takes nothing new; its receipts count, and it is asked about the messages it has. */
  readonly isOff?: boolean;
  /** It is off for good: no route may name it any more. */
  readonly isRetired?: boolean;
  /** It gets messages only by a route that names it. */
  readonly isByRouteOnly?: boolean;
  /** Whether it carries other channels than SMS. */
  readonly hasChannels?: boolean;
  /** Whether it carries octets as they are. */
  readonly hasBinary?: boolean;
  /** Absent where it only carries messages. */
  readonly billing?: Billing;
  /**
   * Submits messages; one answer each, in order, within `CARRIER_LIMIT`. If it throws, the answer for each of them is
   * lost.
   */
  submit(messages: readonly Message[]): Promise<SubmitResult[]>;
  /** Whether it can be reached just now; absent where there is no way to tell. Never throws. */
  health?(): Promise<CarrierHealth>;
  /** Where it is left alone, and nothing comes that would try it: looks whether it can be reached, and has it used again if so. */
  lookAgain?(): Promise<void>;
  /** Asks about messages whose answer was lost; one answer each, in order. */
  query(messages: readonly Message[]): Promise<QueryResult[]>;
}
