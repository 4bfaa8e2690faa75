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
  /** The account that published a page at /{name}, even if the page is gone. */
  pageOwner(name: string): Promise<AccountId | undefined>;
  /** The services that are sold at a short number, of all accounts. */
  servicesAt(shortNumber: string): Promise<Service[]>;
  /**
   * Answers the service as stored. *name-taken*: another account has published a page under this id, or is itself called so.
   * *subscribed*: the short number or the consent would change while people subscribe, and the STOP that our texts name would
   * no longer end it.
   */
  putService(service: Service): Promise<Service | "name-taken" | "subscribed">;
  removeService(account: AccountId, id: string): Promise<boolean>;
}
