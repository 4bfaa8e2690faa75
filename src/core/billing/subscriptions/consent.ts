/** What a person agreed to be charged for, again and again. */

import type { AccountId } from "../../kernel/ids.ts";

export type Consent = {
  account: AccountId;
  merchant: string;
  /** The id the merchant chose for what was agreed to. */
  service: string;
  recipient: string;
  state: "active" | "ended";
  /** What a wire shows for it: 24 letters and digits. */
  token: string;
  description?: string;
  /** Who ended it: the person by STOP, or the merchant. */
  endedBy?: "person" | "merchant";
  createdAt: number;
  changedAt: number;
};

/** A standing consent as it is brought. `since`: epoch ms. */
export type StandingConsent = {
  merchant: string;
  service: string;
  recipient: string;
  token: string;
  description?: string;
  /** Where its person writes STOP; absent: the merchant's first short number, or the only one of the account. */
  shortNumber?: string;
  since: number;
};

/** Why the store does not take one: the person ended it by STOP, somebody else did, or another token or text is there. */
export type ConsentFault = "stopped" | "ended" | "other";
