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
