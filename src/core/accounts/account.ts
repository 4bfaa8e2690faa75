/** Accounts: the customers that call us, their credentials, and the senders they may use. */

import type { AccountId } from "../kernel/ids.ts";
import type { Callback } from "./callback.ts";

export type AccountState = "open" | "closed";

/** What an account may choose for itself: what the core heeds, and what each dialect asks of it besides. */
export type AccountSettings = {
  /** The most parts that a text may need. */
  maxParts?: number;
  /** Whether pincodes are always the same in the sandbox, as they are unless it is said otherwise. */
  pincodes?: "fixed" | "random";
  caps?: Caps;
  /** By whose calendar days and months of caps are counted: an IANA name. Absent: Europe/Oslo. */
  timeZone?: string;
  /** How many PINs its purchase pages may send in an hour. */
  pinBudgets?: PinBudgets;
  /** A dialect declares its own, and reads them by its declaration. */
  [ofDialect: string]: unknown;
};

/** The most that one person may be charged by the account: at once, in a day, in a month. Minor units. */
export type Caps = { transaction?: number; day?: number; month?: number };

/** To the browsers of one network, from the pages of one service, from all of the account's. */
export type PinBudgets = { address?: number; service?: number; account?: number };

/** A change of settings. Absent members stay as they are; null removes one. The same holds inside a setting with members. */
export type SettingsChange = Readonly<Record<string, unknown>>;

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

/** A name that a dialect gives to a kind of credential, like "api-key". */
export type CredentialKind = string;

/**
 * How a request's credential is looked up. *secret*: by the digest of its secret, which no other credential of the dialect has.
 * *name*: by its name, which no other one of its kind has.
 */
export const FOUND_BY = ["secret", "name"] as const;
export type FoundBy = (typeof FOUND_BY)[number];

export const SIGN_ALGOS = ["ECDsaP256", "RSA"] as const;
export type SignAlgo = (typeof SIGN_ALGOS)[number];

export type Credential = {
  id: string;
  account: AccountId;
  dialect: string;
  kind: CredentialKind;
  name: string;
  foundBy: FoundBy;
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
