/** Credentials: how an account proves who it is; issued and withdrawn by the operator. */

import type { Credential, CredentialKind, SignAlgo } from "../accounts/account.ts";
import type { CredentialForm, CredentialForms } from "../accounts/credential-form.ts";
import type { Scope } from "../accounts/rules.ts";
import type { CredentialChange } from "../accounts/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId, Ids } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type IssuePorts = AccountPorts & { credentialForms: ReadonlyMap<string, CredentialForms>; clock: Clock; ids: Ids };

/** Times are epoch ms of the real clock. Without a secret a new one is made, where the kind has one. */
export type NewCredential = {
  dialect: string;
  kind: CredentialKind;
  name: string;
  secret?: string;
  publicKey?: string;
  signAlgo?: SignAlgo;
  notBefore?: number;
  expiresAt?: number;
  scopes?: readonly Scope[];
  addresses?: readonly string[];
};

/**
 * Adds a credential to an account, beside those it has: a key is changed by issuing the new one, and withdrawing the old
 * one once no program uses it. `secret` is in this answer and never again.
 * @throws GatewayError not-found; bad-request where the dialect has no such kind, or refuses a member;
 * already-exists where the name or the secret is in use
 */
export async function issueCredential(
  ports: IssuePorts,
  accountId: AccountId,
  { dialect, kind, name, secret, publicKey, signAlgo, ...restrictions }: NewCredential,
): Promise<{ credential: Credential; secret?: string }> {
  const account = await findAccount(ports, accountId);
  const form = formOf(ports, dialect, kind);
  const { secret: shown, ...kept } = await form.make({
    name,
    ...given({ secret, publicKey, signAlgo }),
    settings: account.settings,
    random: ports.ids.bytes,
  });
  const now = ports.clock.wall();
  const credential: Credential = {
    id: `crd_${ports.ids.uuid().replaceAll("-", "")}`,
    account: account.id,
    dialect,
    kind,
    name,
    foundBy: form.foundBy,
    ...kept,
    ...given(restrictions),
    createdAt: now,
    changedAt: now,
  };
  if (!(await ports.accounts.addCredential(credential))) {
    throw new GatewayError("already-exists", `the name ${name}, or the secret, is in use already`, "name");
  }
  return { credential, ...given({ secret: shown }) };
}

function formOf({ credentialForms }: Pick<IssuePorts, "credentialForms">, dialect: string, kind: CredentialKind) {
  const forms = credentialForms.get(dialect);
  if (!forms) {
    const spoken = [...credentialForms.keys()].join(", ");
    throw new GatewayError("bad-request", `dialect: ${dialect} is not spoken here; ${spoken} are`, "dialect");
  }
  const form: CredentialForm | undefined = forms[kind];
  if (form) return form;
  const kinds = Object.keys(forms).join(", ");
  throw new GatewayError("bad-request", `kind: ${dialect} has no ${kind}; it knows ${kinds}`, "kind");
}

/**
 * A page of the account's credentials.
 * @throws GatewayError not-found
 */
export async function listCredentials(ports: AccountPorts, id: AccountId, page: Page): Promise<PageOf<Credential>> {
  const account = await findAccount(ports, id);
  return ports.accounts.credentials(account.id, page);
}

/** @throws GatewayError not-found */
export async function findCredential(ports: AccountPorts, account: AccountId, id: string): Promise<Credential> {
  const credential = await ports.accounts.credentialById(account, id);
  if (!credential) throw noCredential(account, id);
  return credential;
}

/**
 * Sets what a credential may be used for, and from where. Processes that have cached it heed it within seconds.
 * @throws GatewayError not-found
 */
export async function limitCredential(
  ports: AccountPorts & { clock: Clock },
  account: AccountId,
  id: string,
  to: CredentialChange,
): Promise<Credential> {
  const changed = await ports.accounts.limitCredential(account, id, to, ports.clock.wall());
  if (!changed) throw noCredential(account, id);
  return changed;
}

/**
 * Withdraws a credential: no request can use it from now on; processes that have cached it forget it within seconds.
 * @throws GatewayError not-found
 */
export async function withdrawCredential(ports: AccountPorts, account: AccountId, id: string): Promise<void> {
  if (await ports.accounts.removeCredential(account, id)) return;
  throw noCredential(account, id);
}

function noCredential(account: AccountId, id: string): GatewayError {
  return new GatewayError("not-found", `account ${account} has no credential ${id}`);
}
