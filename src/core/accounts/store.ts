/** What the domain asks of the place where accounts are kept. */

import type { Holder } from "../inbound/wish.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Retention } from "../kernel/kept.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Account, AccountSettings, AccountState, Caller, Credential, Sender, SettingsChange } from "./account.ts";
import type { Limits, Scope } from "./rules.ts";

/** A change of what a credential may be used for, from where, and how much. Absent members stay as they are; null lifts the restriction. */
export type CredentialChange = {
  scopes?: readonly Scope[] | null;
  addresses?: readonly string[] | null;
  limits?: Limits | null;
};

/** What came of claiming a number; `by`: another account that has it. */
export type SenderClaim = { outcome: "put"; isShared: boolean } | { outcome: "taken"; by: AccountId };

export interface AccountStore {
  byId(id: AccountId): Promise<Account | undefined>;
  byNumber(number: number): Promise<Account | undefined>;
  list(page: Page): Promise<PageOf<Account>>;
  /** Adds an account and gives it the next number; undefined if the id is taken. */
  add(account: { id: AccountId; name: string; settings: AccountSettings; at: number }): Promise<Account | undefined>;
  change(
    id: AccountId,
    to: { name?: string; settings?: SettingsChange; state?: AccountState },
    at: number,
  ): Promise<Account | undefined>;

  /** Adds a credential; false if its name or its secret is in use. */
  addCredential(credential: Credential): Promise<boolean>;
  credentials(account: AccountId, page: Page): Promise<PageOf<Credential>>;
  /** The account's credentials of one dialect and kind, by name. */
  credentialsOfKind(account: AccountId, dialect: string, kind: Credential["kind"]): Promise<Credential[]>;
  /** The names of all accounts' credentials of one dialect and kind that is found by its name, or of one account's; by name. */
  credentialNames(
    of: { dialect: string; kind: Credential["kind"]; account?: AccountId | undefined },
    page: Page,
  ): Promise<PageOf<{ name: string; account: AccountId }>>;
  credentialById(account: AccountId, id: string): Promise<Credential | undefined>;
  /** Sets what a credential may be used for, and from where; undefined if there is none. */
  limitCredential(account: AccountId, id: string, to: CredentialChange, at: number): Promise<Credential | undefined>;
  removeCredential(account: AccountId, id: string): Promise<boolean>;

  /** Lets an account send from a number or name, even if another account has it. */
  putSender(account: AccountId, sender: Sender): Promise<void>;
  /**
   * Gives an account a number, and changes nothing where another one has it; unless it is to be shared, or the account
   * has it already. The account that yields gives it up instead. `at`: epoch ms.
   */
  claimSender(account: AccountId, sender: Sender, how: { isShared: boolean; at: number }): Promise<SenderClaim>;
  /** Lets an account send from a number if no account has it, and this one has never given it up. */
  offerSender(account: AccountId, sender: Sender): Promise<void>;
  /** `isShared`: another account has the number as well. */
  senders(account: AccountId): Promise<(Sender & { isShared?: boolean })[]>;
  /** The accounts that have these numbers, by their number. */
  holders(numbers: readonly string[]): Promise<Holder[]>;
  removeSender(account: AccountId, sender: string): Promise<boolean>;
  /** Those of the numbers that some account has, as senders are kept. */
  takenAmong(senders: readonly string[]): Promise<string[]>;

  /**
   * Who holds the secret with this hash, where the kind is found by its secret, or the credential of this name, where it is
   * found by that; with the account and its senders, in one read.
   */
  bySecret(dialect: string, kind: Credential["kind"], secretHash: string): Promise<Caller | undefined>;
  byKeyName(dialect: string, kind: Credential["kind"], name: string): Promise<Caller | undefined>;

  /** Marks a nonce as used; false if it was. */
  spend(once: { credential: string; nonce: string; until: number }, claim: string): Promise<boolean>;
  /** Takes a nonce back, for a request that we failed to process. */
  unspend(once: { credential: string; nonce: string }, claim: string): Promise<void>;
  /** Forgets nonces whose time is over, at most so many. */
  forgetNonces(before: number, limit: number): Promise<number>;
  /** The accounts that say for how long something of theirs is kept. */
  retentions(): Promise<{ account: AccountId; retention: Retention }[]>;
}
