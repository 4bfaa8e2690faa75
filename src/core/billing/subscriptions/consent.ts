/** A consent: a person's agreement to be charged repeatedly. */

import type { AccountId } from "../../kernel/ids.ts";

export type Consent = {
  account: AccountId;
  merchant: string;
  /** The merchant's id for the agreement. */
  service: string;
  recipient: string;
  state: "active" | "ended";
  /** The value that stands for it on a provider's wire: 24 letters and digits. */
  token: string;
  description?: string;
  /** Who ended it: the person by STOP, or the merchant. */
  endedBy?: "person" | "merchant";
  createdAt: number;
  changedAt: number;
};

/** A consent from another system, to be imported. `since`: epoch ms. */
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

/** Why an import refuses one: the person ended it by STOP, the merchant ended it, or it exists with other members. */
export type ConsentFault = "stopped" | "ended" | "other";
