/** Who calls us, how they prove it, and what they may send from. */

import type { AccountId } from "../kernel/ids.ts";
import type { Callback } from "./callback.ts";

export type AccountState = "open" | "closed";

/** What an account may choose for itself. */
export type AccountSettings = {
  /** How long failed webhooks are tried again: 19 times over about 48 hours, or 10 over about 15. */
  webhookRetries?: "48h" | "15h";
  /** Whether pincodes are always the same in the sandbox, as they are unless it is said otherwise. */
  pincodes?: "fixed" | "random";
  /**
   * What becomes of a text of which its sender does not say whether it may have characters outside the GSM alphabet.
   * *fold*: quotes and the like are replaced, what else there is may stay. *allow*: all may stay. *question-marks*: what
   * cannot be replaced becomes a question mark.
   */
  allowUnicode?: "fold" | "allow" | "question-marks";
  /** Whether texts to numbers that nobody has must say that they are meant so. Absent: not in the sandbox. */
  fakeNumbers?: "always" | "test-in-prod";
  /** Whether RSA keys of fewer than 2048 bits may be registered. Absent: no. */
  shortRsaKeys?: "on" | "off";
  /** How a lookup writes numbers: with + and country code, or without. */
  lookupNumbers?: "e164" | "national";
  /** The most parts that a text may need. */
  maxParts?: number;
  /** Whether a dialect that lets everybody name their own sender does so. Absent: yes. */
  senders?: "any" | "own";
  /** What becomes of a name that is too long to be one, in such a dialect. Absent: it is refused. */
  longSenders?: "refuse" | "truncate";
  /** Whether rich content may have more than the guide's number of bubbles and buttons. Absent: no. */
  richLimits?: "guide" | "none";
  /** Whether a dialect of North America takes numbers elsewhere. Absent: no. */
  international?: "on" | "off";
  /** The most messages that may be accepted in a second. Absent: as many as come. */
  perSecond?: number;
  /** What messages cost, where a dialect tells that. */
  rates?: Rates;
  caps?: Caps;
  /** By whose calendar days and months of caps are counted: an IANA name. Absent: Europe/Oslo. */
  timeZone?: string;
  /** How many PINs its purchase pages may send in an hour. */
  pinBudgets?: PinBudgets;
};

/** Nanodollars (a billionth of a dollar), for each segment of a text, or for each picture message. */
export type Rates = {
  longCode?: number;
  tollFree?: number;
  mms?: number;
  inbound?: number;
  /** What carriers take on top, for each segment. */
  surcharge?: number;
};

/** The most that one person may be charged by the account: at once, in a day, in a month. Minor units. */
export type Caps = { transaction?: number; day?: number; month?: number };

/** To the browsers of one network, from the pages of one service, from all of the account's. */
export type PinBudgets = { address?: number; service?: number; account?: number };

/** What is not named stays as it is; null takes it away. */
export type SettingsChange = {
  [Name in Exclude<keyof AccountSettings, "caps" | "rates" | "pinBudgets">]?: AccountSettings[Name] | null;
} & {
  caps?: { [Cap in keyof Caps]?: number | null };
  rates?: { [Rate in keyof Rates]?: number | null };
  pinBudgets?: { [Budget in keyof PinBudgets]?: number | null };
};

export type Account = {
  id: AccountId;
  /** The account where a wire wants an integer. */
  number: number;
  name: string;
  state: AccountState;
  settings: AccountSettings;
  createdAt: number;
  changedAt: number;
};

export const CREDENTIAL_KINDS = ["api-key", "public-key", "campaign", "product-token", "access-key"] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

export const SIGN_ALGOS = ["ECDsaP256", "RSA"] as const;
export type SignAlgo = (typeof SIGN_ALGOS)[number];

export type Credential = {
  id: string;
  account: AccountId;
  dialect: string;
  kind: CredentialKind;
  name: string;
  secretHash?: string;
  /** base64 of the DER SubjectPublicKeyInfo, one line. */
  publicKey?: string;
  signAlgo?: SignAlgo;
  notBefore?: number;
  expiresAt?: number;
  createdAt: number;
  changedAt: number;
};

export type SenderKind = "short-number" | "long-number" | "alphanumeric";

export type Sender = {
  sender: string;
  kind: SenderKind;
  /** ISO 3166 alpha-2. */
  country: string;
  shortNumberId?: string;
};

/**
 * The account behind a request, the credential that proved it, its senders, and where it is called back in the
 * credential's dialect (by number; "" for all), read together.
 */
export type Caller = {
  account: Account;
  credential: Credential;
  senders: ReadonlyMap<string, Sender>;
  callbacks: ReadonlyMap<string, Callback>;
  /** The id under which this request is kept to be looked at, where requests are kept. */
  request?: string;
};

/** Whether the credential may be used at this time (epoch ms). */
export function isUsable(credential: Credential, now: number): boolean {
  return (
    (credential.notBefore === undefined || now >= credential.notBefore) &&
    (credential.expiresAt === undefined || now < credential.expiresAt)
  );
}

/** A sender as it is compared: numbers without `+`, `00` and spaces, names as they are. Short numbers may begin with 00. */
export function normalSender(sender: string): string {
  const digits = sender.replace(/[\s-]/g, "").replace(/^\+|^00(?=\d{7})/, "");
  return /^\d+$/.test(digits) ? digits : sender;
}
