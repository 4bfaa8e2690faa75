/** The contract of a carrier that bills. */

import type { TransactionId } from "../../kernel/ids.ts";
import type { Reason } from "../../kernel/reasons.ts";
import type { Transaction } from "./transaction.ts";

/**
 * A carrier's answer to one charge, or to one reversal.
 * *taken*: the carrier has it, and a receipt will follow. *busy*: it did not take it, and bills nothing. *unknown*: the answer
 * was lost; it may bill.
 */
export type ChargeResult =
  | { outcome: "billed"; reference: string; operator?: string; at: number }
  | { outcome: "taken"; reference: string; operator?: string }
  | { outcome: "refused"; reason: Reason; own?: boolean; operator?: string; detail?: string }
  /**
   * `isUntried`: it was not asked, as there was no time left for this one; so the wait does not grow. `isDown`: it was not asked, as
   * it does not answer.
   */
  | { outcome: "busy"; retryAfterSeconds: number; isUntried?: true; isDown?: true }
  /** `inHandUntil`: epoch ms of real time until which the carrier may still get the request, where the connection broke. */
  | { outcome: "unknown"; detail: string; inHandUntil?: number };

/** A carrier's answer about a charge that it may have got. *never-seen* is a promise: it will not bill it later. */
export type ChargeQueryResult =
  | { outcome: "never-seen" }
  | { outcome: "taken"; reference: string; operator?: string }
  | { outcome: "settled"; receipt: ChargeReceipt }
  | { outcome: "cannot-tell" };

/** A carrier's report on a charge or a reversal. */
export type ChargeReceipt = {
  transaction: TransactionId;
  carrier: string;
  reference: string;
  outcome: "billed" | "failed" | "expired";
  reason?: Reason;
  operator?: string;
  /** Epoch ms. */
  at: number;
};

/** An operator's answer about a subscriber before a charge. Amounts in minor units; -1 for no limit. */
export type SubscriberInfo = {
  standing: "unregistered" | "partial" | "full" | "barred";
  operator?: string;
  isPrepaid: boolean;
  perTransaction: number;
  leftThisMonth: number;
  leftThisYear: number;
};

/** A request to a person to register with the operator. `id` is new, and its own; `text` is what the person reads. */
export type Registration = { id: string; merchant: string; msisdn: string; shortNumber: string; text: string };

/**
 * A code that the carrier is to make and to send; the charge of the same id carries what the person gives. `prefix` and
 * `suffix` are the customer's words around it. It may be given for so many minutes.
 */
export type CodeRequest = {
  id: TransactionId;
  merchant: string;
  msisdn: string;
  sender: string;
  /** Whether a consent may be made by it. */
  recurring: boolean;
  prefix?: string;
  suffix?: string;
  minutes: number;
};

/** *sent*: also where it was sent under this id before. *refused*: it was not, and will not be. *lost*: the answer was. */
export type CodeResult =
  | { outcome: "sent" }
  | { outcome: "refused"; reason: Reason; detail: string }
  | { outcome: "lost"; detail: string };

/** Charges go to the carrier with their id as our reference. One answer each, in order, within `CARRIER_LIMIT`. */
export interface Billing {
  /** It sends no receipts of charges: what became of one that it took is found by asking, and soon. */
  readonly mustBeAsked?: true;
  charge(transactions: readonly Transaction[]): Promise<ChargeResult[]>;
  /** Gives back billed charges: each reversal carries the carrier's reference of the charge that it reverses. */
  reverse(reversals: readonly (Transaction & { original: string })[]): Promise<ChargeResult[]>;
  query(transactions: readonly Transaction[]): Promise<ChargeQueryResult[]>;
  /** @throws GatewayError where it does not tell */
  subscriber(msisdn: string): Promise<SubscriberInfo>;
  /** Present where the carrier makes and sends the codes that charges through it carry. Asked again with one id, it sends one. */
  sendCode?(code: CodeRequest): Promise<CodeResult>;
  /** Asks the person to register. @throws GatewayError where it does not */
  sendRegistration(registration: Registration): Promise<void>;
}
