/** What the pages on subscriptions have in common: how one goes from one to another, filters, and a list of them. */

import { localTime, money } from "../ui/sums.tsx";
import { EACH, type Subscription, stateOf } from "./subscription-words.tsx";

export const HERE = "/console/subscriptions";
export const STYLES = ["messages", "plots", "subscriptions"];

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
      <p>
        <label for="account">Account</label>
        <input id="account" name="account" value={account} size={14} autocomplete="off" spellcheck={false} />
      </p>
      <p>
        <label for="service">Service</label>
        <input id="service" name="service" value={service} size={14} autocomplete="off" spellcheck={false} />
      </p>
    </>
  );
}

export function listOf(items: readonly Subscription[], label: string) {
  return (
    <table class="list subscriptions">
      <caption class="unseen">{label}</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col" class="main">
            Person
          </th>
          <th scope="col">Next charge</th>
          <th scope="col" class="wide">
            Since
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr id={`row-${one.id}`}>
            <td>{stateOf(one)}</td>
            <td>
              <a class="whole" href={`${HERE}/${one.id}`}>
                {one.recipient}
              </a>
              <span class="snippet">
                {one.service} of {one.account}, {money(one.price, one.currency)} {EACH[one.interval]}
              </span>
            </td>
            <td class="when">{nextOf(one)}</td>
            <td class="wide when">{localTime(one.createdAt, one.timeZone)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the stream is asked to watch: of the others, nothing more becomes. */
export function idsOf(items: readonly Subscription[]): string {
  return items.flatMap(({ id, state }) => (state === "cancelled" ? [] : [id])).join(",");
}

function nextOf({ state, dueAt, timeZone, autoRebill }: Subscription) {
  if (state === "cancelled") return "none";
  if (dueAt) return localTime(dueAt, timeZone);
  return autoRebill ? "under way" : "by the merchant";
}
