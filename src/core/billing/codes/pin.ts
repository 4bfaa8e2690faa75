/** Codes that prove possession of a phone: sent by SMS, stored as a hash bound to their purpose, with few tries and a short life. */

import type { AccountId, MessageId, TransactionId } from "../../kernel/ids.ts";

export const PIN_PURPOSES = ["otp", "window", "pincode"] as const;
export type PinPurpose = (typeof PIN_PURPOSES)[number];

export type Pin = {
  account: AccountId;
  purpose: PinPurpose;
  /** The customer's id of the transaction, window or pincode that it is for. */
  theirId: string;
  /** Empty if no charge follows. */
  merchant: string;
  recipient: string;
  /** A keyed digest. */
  hash: string;
  triesLeft: number;
  expiresAt: number;
  createdAt: number;
  /** The message that carried it; empty where a carrier sent it. */
  message: MessageId | "";
  /** Where a carrier made the code and sent it: only that carrier can tell whether a code is right, and only of this charge. */
  madeBy?: { carrier: string; transaction: TransactionId; isSent: boolean };
  echo: Record<string, unknown>;
};

/** The result of trying a code. *spent*: the tries are used up, or it was right once already. */
export type Tried = "right" | "wrong" | "expired" | "spent" | "none";
