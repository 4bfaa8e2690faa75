/** What the domain asks of the store of merchants and services. */

import type { AccountId } from "../kernel/ids.ts";
import type { Merchant, Service } from "./service.ts";

export interface ServiceStore {
  merchant(account: AccountId, id: string): Promise<Merchant | undefined>;
  merchants(account: AccountId): Promise<Merchant[]>;
  putMerchant(merchant: Merchant): Promise<void>;
  removeMerchant(account: AccountId, id: string): Promise<boolean>;

  service(account: AccountId, id: string): Promise<Service | undefined>;
  services(account: AccountId): Promise<Service[]>;
  /** The service whose purchase page lies at /{name}: that of the account that has the name, if that is open. */
  publishedService(name: string): Promise<Service | undefined>;
  /** The account that published a page at /{name}, be it there or not. */
  pageOwner(name: string): Promise<AccountId | undefined>;
  /** The services that are sold at a short number, of all accounts. */
  servicesAt(shortNumber: string): Promise<Service[]>;
  /**
   * Answers what is stored now. *name-taken*: another account published a page under its id, or has the id for its own.
   * *subscribed*: its short number or its consent was to change while people subscribe to it, and the STOP they were told of
   * would no longer end it.
   */
  putService(service: Service): Promise<Service | "name-taken" | "subscribed">;
  removeService(account: AccountId, id: string): Promise<boolean>;
}
