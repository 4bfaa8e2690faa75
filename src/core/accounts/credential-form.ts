/** A dialect's kinds of credential: the fields that an operator gives, the fields that are stored, the secret shown once. */

import type { Field } from "../operator/field.ts";

import type { AccountSettings, CredentialKind, FoundBy, SignAlgo } from "./account.ts";

/** `settings` are those of the account that it is for; `name` is the credential's own; `random` makes new secrets. */
export type GivenCredential = {
  name: string;
  secret?: string;
  publicKey?: string;
  signAlgo?: SignAlgo;
  settings: AccountSettings;
  /** So many random bytes. */
  random: (count: number) => Uint8Array<ArrayBuffer>;
};

/** `secret` is shown once, where there is one; the rest is what the store keeps. */
export type MadeCredential = { secret?: string; secretHash?: string; publicKey?: string; signAlgo?: SignAlgo };

/**
 * Makes a credential from the given fields; a secret that is absent is generated.
 * @throws GatewayError bad-request
 */
export type MakeCredential = (given: GivenCredential) => Promise<MadeCredential>;

/** One kind of credential that a dialect knows. */
export type CredentialForm = {
  /** By what its own authentication looks it up. */
  foundBy: FoundBy;
  /** The stored part. */
  keeps: "digest" | "public-key";
  make: MakeCredential;
  /** As a person says it: whose, and what. */
  title: string;
  /** What its name is to the client. */
  nameHint: string;
  /** What its secret is to the client; absent where it has none. */
  secret?: { label: string; hint: string };
  /** What else it consists of. */
  fields?: readonly Field[];
  /** How a client shows it. */
  use: string;
  /** The demo account has one, of this name. */
  demoName?: string;
  /** Its secret there, where that is not the demo account's key itself. */
  demoSecret?(key: string): string;
};

/** By the name of the kind, which is the dialect's own word. */
export type CredentialForms = Readonly<Record<CredentialKind, CredentialForm>>;

/** For the hint of a secret that may be left empty. */
export const NEW_OR_KEPT =
  "Empty: a new one is made, and shown once. One that is given, of 16 characters or more, is kept: clients go on working.";
