/** How a dialect's credentials look: what an operator gives for one, what is stored, and what is shown once. */

import type { CredentialKind, SignAlgo } from "./account.ts";

export type GivenCredential = { secret?: string; publicKey?: string; signAlgo?: SignAlgo };

/** `secret` is shown once, where there is one; the rest is what the store keeps. */
export type MadeCredential = { secret?: string; secretHash?: string; publicKey?: string; signAlgo?: SignAlgo };

/**
 * Makes a credential of what was given; a secret that was not given is made up.
 * @throws GatewayError bad-request
 */
export type CredentialForm = (given: GivenCredential) => Promise<MadeCredential>;

export type CredentialForms = { readonly [Kind in CredentialKind]?: CredentialForm };
