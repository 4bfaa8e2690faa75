/** What the pages on subscriptions have in common: how one goes from one to another, filters, and a list of them. */

import { find } from "../api.ts";
import type { C } from "../console-env.ts";
import { accountField, choiceField, type Filter } from "../ui/filters.tsx";
import { localTime, money } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { EACH, type Subscription, stateOf } from "./subscription-words.tsx";

export const HERE = "/console/subscriptions";
export const STYLES = ["messages", "plots", "subscriptions"];

/** Whose sales are looked at. */
export type Whose = { account?: string | undefined; service?: string | undefined };

/** The fields of a form that says whose. The services of an account are chosen from; without one, a service is typed. */
export async function whose(c: C, { account, service }: Whose) {
  return (
    <>
      {await accountField(c, account)}
      {choiceField("Service", "service", service, account ? await servicesOf(c, account) : undefined)}
    </>
  );
}

async function servicesOf(c: C, account: string): Promise<Filter["options"]> {
  const found = await find(c, "GET /admin/v1/accounts/{id}/services", { params: { id: account } });
  return found && [["", "all services"], ...found.items.map(({ id }) => [id, id] as const)];
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
