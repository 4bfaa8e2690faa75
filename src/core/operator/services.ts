/** Services: what a merchant sells, at what price, by what rules; and what must be true of it before it is sold. */

import { normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { putService as storeService } from "../billing/gateway.ts";
import type { Service } from "../billing/service.ts";
import type { ServiceStore } from "../billing/store.ts";
import { INTERVALS } from "../billing/subscriptions/anchor.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId } from "../kernel/ids.ts";
import { checkAmount } from "../kernel/money.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type ServicePorts = { services: ServiceStore };
type PutPorts = ServicePorts & AccountPorts & { clock: Clock; isReserved: (name: string) => boolean };

/** What an operator says of a service. Amounts in minor units. */
export type ServiceTerms = Omit<Service, "account" | "id" | "consent" | "echo" | "createdAt" | "changedAt">;

/**
 * Sells a service, or replaces its terms. Its id is the address of its purchase page. Subscriptions that began under
 * other terms keep their price and interval. What only a dialect can say of it stays as the dialect said it.
 * @throws GatewayError not-found; bad-request where the terms do not fit the account, or the id is one of our own paths;
 * already-exists where the keyword or the page is another service's; too-late where subscribers hold it to its number
 */
export async function putService(
  ports: PutPorts,
  accountId: AccountId,
  id: string,
  terms: ServiceTerms,
): Promise<Service> {
  const account = await findAccount(ports, accountId);
  const wanted = { ...terms, shortNumber: normalSender(terms.shortNumber) };
  await checkTerms(ports, account.id, id, wanted);
  const known = await ports.services.service(account.id, id);
  const now = ports.clock.now();
  const service: Service = {
    ...wanted,
    account: account.id,
    id,
    ...given({ consent: known?.consent }),
    echo: known?.echo ?? {},
    createdAt: known?.createdAt ?? now,
    changedAt: now,
  };
  return storeService(ports, service, "serviceId");
}

async function checkTerms(
  ports: { accounts: AccountStore; services: ServiceStore },
  account: AccountId,
  id: string,
  terms: ServiceTerms,
): Promise<void> {
  checkAmounts(terms);
  if (terms.recurring && !terms.interval) {
    throw wrong("interval", `is needed where recurring is true: ${INTERVALS.join(", ")}`);
  }
  const senders = await ports.accounts.senders(account);
  if (!senders.some(({ kind, sender }) => kind === "short-number" && sender === terms.shortNumber)) {
    throw wrong("shortNumber", `is not a short number of account ${account}`);
  }
  if (!(await ports.services.merchant(account, terms.merchant))) {
    throw wrong("merchantId", `is not a merchant of account ${account}`);
  }
  await checkKeyword(ports, account, id, terms);
}

function checkAmounts({ price, subscriptionPrice, tariffs = [], currency }: ServiceTerms): void {
  checkAmount(price, currency, "price");
  if (subscriptionPrice !== undefined) checkAmount(subscriptionPrice, currency, "subscriptionPrice");
  for (const [index, amount] of tariffs.entries()) checkAmount(amount, currency, `tariffs.${index}`);
}

/** A person who writes STOP and the keyword must mean one service. */
async function checkKeyword(
  ports: ServicePorts,
  account: AccountId,
  id: string,
  { keyword, shortNumber }: ServiceTerms,
): Promise<void> {
  if (!keyword) return;
  const word = keyword.toLowerCase();
  const same = (await ports.services.services(account)).find(
    (one) => one.id !== id && one.shortNumber === shortNumber && one.keyword?.toLowerCase() === word,
  );
  if (!same) return;
  throw new GatewayError("already-exists", `keyword: service ${same.id} has it at ${shortNumber}`, "keyword");
}

function wrong(field: string, what: string): GatewayError {
  return new GatewayError("bad-request", `${field}: ${what}`, field);
}

/**
 * All services of the account.
 * @throws GatewayError not-found
 */
export async function listServices(ports: ServicePorts & AccountPorts, id: AccountId): Promise<Service[]> {
  const account = await findAccount(ports, id);
  return ports.services.services(account.id);
}

/** @throws GatewayError not-found */
export async function findService(ports: ServicePorts, account: AccountId, id: string): Promise<Service> {
  const service = await ports.services.service(account, id);
  if (!service) throw new GatewayError("not-found", `account ${account} has no service ${id}`);
  return service;
}

/**
 * No longer sells a service. Its id stays the account's.
 * @throws GatewayError not-found; too-late while anybody subscribes to it
 */
export async function removeService(ports: ServicePorts, account: AccountId, id: string): Promise<void> {
  if (await ports.services.removeService(account, id)) return;
  await findService(ports, account, id);
  throw new GatewayError("too-late", `service ${id} has subscriptions: cancel them first`);
}
