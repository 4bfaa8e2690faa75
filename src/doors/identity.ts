/** The operator's own identity provider, by the settings. */

import { makeHttp } from "../adapters/http-out.ts";
import { oidcProvider } from "../adapters/oidc.ts";
import type { IdentityProvider } from "../core/operator/sign-in.ts";
import type { Settings } from "../env.ts";

/** @returns undefined where people have tokens alone. @param wall real time, epoch ms */
export function providerOf(settings: Settings, wall: () => number): IdentityProvider | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId = "", OIDC_CLIENT_SECRET: clientSecret } = settings;
  if (issuer === undefined) return undefined;
  const {
    OIDC_SCOPES: scopes,
    OIDC_ROLES: roles,
    OIDC_ROLE_CLAIM: roleClaim,
    OIDC_ACCOUNT_CLAIM: accountClaim,
  } = settings;
  return oidcProvider(
    { issuer, clientId, clientSecret, scopes, rules: { roles, roleClaim, accountClaim } },
    // The operator's own provider may be in the operator's own network.
    makeHttp({ allowPrivate: true, wall }),
    wall,
  );
}
