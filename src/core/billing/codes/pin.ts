/** Codes that prove who has a phone: sent by SMS, kept as a hash bound to what they are for, few tries, short lives. */

import type { AccountId, MessageId } from "../../kernel/ids.ts";

export const PIN_PURPOSES = ["otp", "window", "pincode"] as const;
export type PinPurpose = (typeof PIN_PURPOSES)[number];

export type Pin = {
  account: AccountId;
  purpose: PinPurpose;
  /** What it is for: the customer's id of the transaction. */
  theirId: string;
  /** Empty where nobody is charged. */
  merchant: string;
  recipient: string;
  hash: string;
  triesLeft: number;
  expiresAt: number;
  createdAt: number;
  /** The message it went with. */
  message: MessageId;
  echo: Record<string, unknown>;
};

/** What came of trying a code. *spent*: the tries are used up, or it was right once already. */
export type Tried = "right" | "wrong" | "expired" | "spent" | "none";
