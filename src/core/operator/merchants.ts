/** Merchants: whom an account charges for. */

import { checkSellerLinks, type SellerLinks } from "../billing/seller.ts";
import type { Merchant } from "../billing/service.ts";
import type { ServiceStore } from "../billing/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type MerchantPorts = { services: ServiceStore };

type MerchantWanted = {
  id: string;
  name?: string | undefined;
  shortNumberIds: readonly string[];
} & { [Name in keyof SellerLinks]?: SellerLinks[Name] | undefined };

/**
 * Lets an account charge for a merchant, or changes the merchant.
 * @throws GatewayError not-found; bad-request where its terms or its contact are none
 */
export async function putMerchant(
  ports: MerchantPorts & AccountPorts & { clock: Clock },
  accountId: AccountId,
  { id, name, shortNumberIds, termsUrl, contact }: MerchantWanted,
): Promise<Merchant> {
  checkSellerLinks({ termsUrl, contact });
  const account = await findAccount(ports, accountId);
  const now = ports.clock.now();
  const known = await ports.services.merchant(account.id, id);
  const merchant: Merchant = {
    account: account.id,
    id,
    shortNumberIds,
    ...given({ name, termsUrl, contact }),
    createdAt: known?.createdAt ?? now,
    changedAt: now,
  };
  await ports.services.putMerchant(merchant);
  return merchant;
}

/**
 * All merchants of the account.
 * @throws GatewayError not-found
 */
export async function listMerchants(ports: MerchantPorts & AccountPorts, id: AccountId): Promise<Merchant[]> {
  const account = await findAccount(ports, id);
  return ports.services.merchants(account.id);
}

/** @throws GatewayError not-found */
export async function findMerchant(ports: MerchantPorts, account: AccountId, id: string): Promise<Merchant> {
  const merchant = await ports.services.merchant(account, id);
  if (!merchant) throw new GatewayError("not-found", `account ${account} has no merchant ${id}`);
  return merchant;
}

/**
 * The account no longer charges for it.
 * @throws GatewayError not-found; too-late while a service of the merchant's is sold
 */
export async function removeMerchant(ports: MerchantPorts, account: AccountId, id: string): Promise<void> {
  if (await ports.services.removeMerchant(account, id)) return;
  await findMerchant(ports, account, id);
  throw new GatewayError("too-late", `merchant ${id} has services: remove them first`);
}
