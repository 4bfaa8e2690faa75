/** Accounts: the customers that call us, their credentials, and the senders they may use. */

import type { AccountId } from "../kernel/ids.ts";
import type { Retention } from "../kernel/kept.ts";
import type { Traceparent } from "../kernel/traces.ts";
import type { QuietHours } from "../quiet/quiet.ts";
import type { Callback } from "./callback.ts";
import type { CodeGuard, Limits, LoopGuard, OptOutRule, Scope } from "./rules.ts";

export type AccountState = "open" | "closed";

/** What an account may choose for itself: what the core heeds, and what each dialect asks of it besides. */
export type AccountSettings = {
  /** The most parts that a text may need. */
  maxParts?: number;
  /** Whether pincodes are always the same in the sandbox, as they are unless it is said otherwise. */
  pincodes?: "fixed" | "random";
  caps?: Caps;
  /** How much it may ask for, by all its credentials together. */
  limits?: Limits;
  /** By whose calendar days and months of caps are counted: an IANA name. Absent: Europe/Oslo. */
  timeZone?: string;
  /** How many PINs its purchase pages may send in an hour. */
  pinBudgets?: PinBudgets;
  /** For how many days what is over is kept. */
  retention?: Retention;
  /** When its marketing texts may not be sent. */
  quietHours?: QuietHours;
  /** What STOP means, and what it is answered. */
  optOut?: OptOutRule;
  /** The only countries that its texts and codes may go to, ISO 3166 alpha-2. Absent: any. */
  countries?: readonly string[];
  /** For so many seconds the same text to the same person is refused. Absent: it is sent as often as it is asked for. */
  duplicateSeconds?: number;
  /** How few of its codes may be confirmed. Absent: they are not watched. */
  codeGuard?: CodeGuard;
  /** How many identical texts one person may be sent, in how many seconds. Absent members: those of `LOOP_GUARD`. */
  loopGuard?: Partial<LoopGuard>;
  /** Whether numbers and texts are sealed in the database. False: no more, but older rows are. */
  sealed?: boolean;
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
  /** What it may be used for; absent: for everything. */
  scopes?: readonly Scope[];
  /** Addresses and networks that it may be used from, like `203.0.113.0/24`; absent: from anywhere. */
  addresses?: readonly string[];
  /** How much it may ask for, beside the account's own limits. */
  limits?: Limits;
  createdAt: number;
  changedAt: number;
};

export type SenderKind = "short-number" | "long-number" | "alphanumeric";

/** What a sender's texts are for. Only marketing must heed quiet hours. */
export const SENDER_PURPOSES = ["transactional", "marketing"] as const;
export type SenderPurpose = (typeof SENDER_PURPOSES)[number];

export type SenderAnswers = { stop?: string; start?: string; help?: string };

export type Sender = {
  sender: string;
  kind: SenderKind;
  /** ISO 3166 alpha-2. */
  country: string;
  shortNumberId?: string;
  /** Absent: transactional. */
  purpose?: SenderPurpose;
  /** The senders that STOP ends together, where the account's rule says so. */
  group?: string;
  /** What it answers to STOP, START and HELP, in place of the account's words. */
  answers?: SenderAnswers;
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
  /** Where this request stands in a trace, where it is traced. */
  trace?: Traceparent;
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
