/** What a credential may be used for, and from where. One that says nothing of it may be used for everything, from anywhere. */

import { GatewayError } from "../kernel/errors.ts";
import type { Credential } from "./account.ts";
import type { Scope } from "./rules.ts";

/** What an address of a dialect needs. *whole*: it sets up an account, which no credential with scopes may. *open*: no credential. */
export type Needed = Scope | "whole" | "open";

/**
 * Checks that a credential may be used for this.
 * @param what it is about, as the refusal names it
 * @throws GatewayError not-allowed
 */
export function requireScope({ scopes }: Pick<Credential, "scopes">, needed: Needed, what: string): void {
  if (scopes === undefined || needed === "open" || (needed !== "whole" && scopes.includes(needed))) return;
  const wanted = needed === "whole" ? "a credential without scopes" : `the scope ${needed}`;
  throw new GatewayError("not-allowed", `${what} needs ${wanted}; this credential has ${scopes.join(", ")}`);
}

/**
 * Checks that a credential may be used from where a request comes.
 * @param isAmong whether the address of the request is one of these, or in one of these networks
 * @throws GatewayError not-allowed
 */
export function requireAddress(
  { addresses }: Pick<Credential, "addresses">,
  isAmong: (addresses: readonly string[]) => boolean,
): void {
  if (addresses === undefined || isAmong(addresses)) return;
  throw new GatewayError("not-allowed", "this credential may not be used from the address that the request comes from");
}
