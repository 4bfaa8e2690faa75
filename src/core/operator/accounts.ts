/** Accounts: opened, set up and closed by the operator. */

import type { Account, AccountSettings, AccountState, SettingsChange } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";

export type AccountPorts = { accounts: AccountStore };

type OpenPorts = {
  accounts: Pick<AccountStore, "add">;
  services: Pick<ServiceStore, "pageOwner">;
  clock: Clock;
  isReserved: (name: string) => boolean;
};

export type NewAccount = { id: AccountId; name: string; settings: AccountSettings };
/** Members that are absent stay as they are. */
export type AccountChange = { name?: string; settings?: SettingsChange; state?: AccountState };

/**
 * Opens an account and gives it the next number. Its id is an address of its own: no purchase page may have it.
 * @throws GatewayError bad-request where the id is one of our own paths, already-exists where it is taken
 */
export async function openAccount(ports: OpenPorts, { id, name, settings }: NewAccount): Promise<Account> {
  if (ports.isReserved(id)) {
    throw new GatewayError("bad-request", "id: is reserved: it collides with a built-in path", "id");
  }
  const added = await ports.accounts.add({ id, name, settings, at: ports.clock.now() });
  if (added) return added;
  const owner = await ports.services.pageOwner(id);
  const why = owner
    ? `/${id} is the address of a purchase page of account ${owner}`
    : `there is an account ${id} already`;
  throw new GatewayError("already-exists", why, "id");
}

/**
 * The account of this id.
 * @param field the member of a body that names it, if one does
 * @throws GatewayError not-found
 */
export async function findAccount(ports: AccountPorts, id: AccountId, field?: string): Promise<Account> {
  const account = await ports.accounts.byId(id);
  if (!account) throw new GatewayError("not-found", `there is no account ${id}`, field);
  return account;
}

/** A page of all accounts, by id. */
export function listAccounts(ports: AccountPorts, page: Page): Promise<PageOf<Account>> {
  return ports.accounts.list(page);
}

/**
 * Renames, sets up, closes or reopens an account. This instance forgets its cached callers at once, others within seconds.
 * @throws GatewayError not-found
 */
export async function changeAccount(
  ports: AccountPorts & { clock: Clock },
  id: AccountId,
  to: AccountChange,
): Promise<Account> {
  const changed = await ports.accounts.change(id, to, ports.clock.now());
  if (!changed) throw new GatewayError("not-found", `there is no account ${id}`);
  return changed;
}

/**
 * Closes an account: its credentials stop working, its messages stay, and its id is not given out again. Closing it
 * twice changes nothing.
 * @throws GatewayError not-found
 */
export async function closeAccount(ports: AccountPorts & { clock: Clock }, id: AccountId): Promise<void> {
  await changeAccount(ports, id, { state: "closed" });
}
