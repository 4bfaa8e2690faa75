/** What the pages on subscriptions have in common: how one goes from one to another, filters, and a list of them. */

import { withParams } from "./console-env.ts";
import { EACH, type Subscription, stateOf } from "./subscription-words.tsx";
import { localTime, money } from "./sums.tsx";

export const HERE = "/console/subscriptions";

const TABS = [
  { name: "List", path: HERE },
  { name: "Calendar", path: `${HERE}/calendar` },
  { name: "Revenue and churn", path: `${HERE}/sales` },
] as const;

/** @param current where one is; absent on a page below these */
export function tabs(current?: (typeof TABS)[number]["name"]) {
  return (
    <nav class="tabs" aria-label="Subscriptions">
      <ul>
        {TABS.map(({ name, path }) => (
          <li>
            <a href={path} aria-current={name === current ? "page" : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Whose sales are looked at. */
export type Whose = { account?: string | undefined; service?: string | undefined };

/** The fields of a form that says whose. */
export function whose({ account, service }: Whose) {
  return (
    <>
      <label for="account">Account</label>
      <input id="account" name="account" value={account} size={14} autocomplete="off" />
      <label for="service">Service</label>
      <input id="service" name="service" value={service} size={14} autocomplete="off" />
    </>
  );
}

export function listOf(items: readonly Subscription[], label: string) {
  return (
    <section class="scroll" tabindex={0} aria-label={label}>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">State</th>
            <th scope="col">Service</th>
            <th scope="col" class="number">
              Price
            </th>
            <th scope="col">Next charge</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr id={one.id} data-watch={one.id}>
              <th scope="row">
                <a href={`${HERE}/${one.id}`}>{one.recipient}</a>
              </th>
              <td>{stateOf(one)}</td>
              <td>
                <a href={withParams(HERE, { service: one.service, account: one.account })}>{one.service}</a>
              </td>
              <td class="number">
                {money(one.price, one.currency)} <span class="hint">{EACH[one.interval]}</span>
              </td>
              <td>{nextOf(one)}</td>
              <td>{localTime(one.createdAt, one.timeZone)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function nextOf({ state, dueAt, timeZone, autoRebill }: Subscription) {
  if (state === "cancelled") return "none";
  if (dueAt) return localTime(dueAt, timeZone);
  return autoRebill ? "under way" : "by the merchant";
}
