/** What the pages on subscriptions have in common: how one goes from one to another, filters, and a list of them. */

import { localTime, money } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
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
  return table({
    class: "subscriptions",
    caption: label,
    rows: items,
    idOf: ({ id }) => `row-${id}`,
    columns: [
      { head: "State", cell: stateOf },
      { head: "Person", class: "main", cell: summary },
      { head: "Next charge", class: "when", cell: nextOf },
      { head: "Since", class: "wide when", cell: ({ createdAt, timeZone }) => localTime(createdAt, timeZone) },
    ],
  });
}

function summary({ id, recipient, service, account, price, currency, interval }: Subscription) {
  return (
    <>
      <a class="whole" href={`${HERE}/${id}`}>
        {recipient}
      </a>
      <span class="snippet">
        {service} of {account}, {money(price, currency)} {EACH[interval]}
      </span>
    </>
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
