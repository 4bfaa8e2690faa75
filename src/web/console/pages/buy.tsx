/** Buying with a phone: the services of all accounts, each on mobile data or over Wi-Fi. */

import { ask, find, type Item } from "../api.ts";
import type { C } from "../console-env.ts";
import { money } from "../ui/sums.tsx";

/** The services of so many accounts are shown. */
const ACCOUNTS = 20;

export type Service = Item<"GET /admin/v1/accounts/{id}/services">;

/** Who sells what. */
export type Seller = { account: string; services: Service[] };

/** The accounts that sell anything. */
export async function sellers(c: C): Promise<Seller[]> {
  const accounts = await ask(c, "GET /admin/v1/accounts", { query: { limit: ACCOUNTS } });
  const found = await Promise.all(
    accounts.items.map(async ({ id, name }) => {
      const { items } = await ask(c, "GET /admin/v1/accounts/{id}/services", { params: { id } });
      return { account: name, services: items };
    }),
  );
  return found.filter(({ services }) => services.length > 0);
}

/** The address of a service's purchase page; undefined if it is not sold. */
export async function pageOf(c: C, account: string, service: string): Promise<string | undefined> {
  const params = { id: account, serviceId: service };
  return (await find(c, "GET /admin/v1/accounts/{id}/services/{serviceId}", { params }))?.windowPath;
}

/** A box with each service. Its page opens beside this one, so that a PIN can be read here. */
export function shopWindow(all: readonly Seller[], action: string) {
  return (
    <section class="box" aria-labelledby="buy">
      <h2 id="buy">Buy something as this phone</h2>
      <p class="hint">
        On mobile data the operator tells whose phone it is, for ten minutes in this browser; over Wi-Fi a PIN comes by
        SMS. The purchase page opens in a new tab.
      </p>
      {all.length === 0 && (
        <p class="empty">
          No services yet. Create one under <a href="/console/setup">Setup</a>.
        </p>
      )}
      <ul class="services">
        {all.flatMap(({ account, services }) =>
          services.map((service) => (
            <li>
              <form method="post" action={action} target="_blank" rel="noopener">
                <input type="hidden" name="account" value={service.account} />
                <input type="hidden" name="service" value={service.id} />
                <span class="what">
                  {service.invoiceText}
                  <span class="hint">
                    {termsOf(service)} · {account}
                  </span>
                </span>
                <span class="actions">
                  {over(service, "data", "On mobile data")}
                  {over(service, "wifi", "Over Wi-Fi")}
                </span>
              </form>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

function over({ invoiceText }: Service, value: string, label: string) {
  return (
    <button type="submit" name="over" value={value} class="quiet" aria-label={`${label}: ${invoiceText}`}>
      {label}
    </button>
  );
}

function termsOf({ price, currency, recurring, interval, age }: Service): string {
  const often = recurring ? (interval ? `, ${interval}` : ", and again") : "";
  return `${money(price, currency)}${often}${age > 0 ? `, from ${age} years` : ""}`;
}
