/** A phone's bill: the charges of its operator, and the balance or limits that are left. */

import { ask, type Item } from "../api.ts";
import type { C } from "../console-env.ts";
import { dayInNorway, moment } from "../ui/phone-time.tsx";
import { added, money, sums } from "../ui/sums.tsx";
import type { Subscriber } from "./subscriber-form.tsx";

export type OperatorCharge = Item<"GET /sandbox/v1/operator/charges">;

/** So many are summed up; and so many of them shown. */
const SUMMED = 1_000;
const SHOWN = 20;

/** What the operator billed this number, oldest first. */
export async function chargesOf(c: C, msisdn: string): Promise<OperatorCharge[]> {
  return (await ask(c, "GET /sandbox/v1/operator/charges", { query: { msisdn, last: SUMMED } })).items;
}

/** @param now the sandbox's time, ISO */
export function bill(subscriber: Subscriber, charges: readonly OperatorCharge[], now: string) {
  const newest = charges.slice(-SHOWN).reverse();
  const given = new Set(charges.flatMap(({ reverses }) => reverses ?? []));
  return (
    <section id="bill" class="box" data-live="handsets">
      <h2>Phone bill</h2>
      <dl class="sums">{totals(subscriber, charges, now)}</dl>
      {newest.length === 0 ? (
        <p class="empty">The operator has billed nothing.</p>
      ) : (
        <ul class="charges">
          {newest.map((one) => (
            <li id={one.id} class={one.kind}>
              <span class="what">
                {one.invoiceText}
                {one.kind === "reversal" && <span class="tag">given back</span>}
                {given.has(one.reference) && <span class="tag">reversed</span>}
              </span>
              <span class="amount">{money(one.amount, one.currency)}</span>
              <span class="meta">
                {moment(one.billedAt)} · {one.merchant} · {one.shortNumber}
              </span>
            </li>
          ))}
        </ul>
      )}
      {charges.length > SHOWN && (
        <p class="hint">
          The newest {SHOWN} of {charges.length}.
        </p>
      )}
    </section>
  );
}

function totals(subscriber: Subscriber, charges: readonly OperatorCharge[], now: string) {
  const stands = standing(charges);
  const month = stands.filter(({ billedAt }) => dayInNorway(billedAt).slice(0, 7) === dayInNorway(now).slice(0, 7));
  const year = stands.filter(({ billedAt }) => dayInNorway(billedAt).slice(0, 4) === dayInNorway(now).slice(0, 4));
  const { prepaidBalance, monthlyLimit, yearlyLimit } = subscriber;
  const isPrepaid = prepaidBalance !== undefined;
  return (
    <>
      {isPrepaid && total("Left", money(prepaidBalance, "NOK"))}
      {total("This month", inAll(month), isPrepaid ? undefined : monthlyLimit)}
      {total("This year", inAll(year), isPrepaid ? undefined : yearlyLimit)}
    </>
  );
}

function total(name: string, shown: string, limit?: number | null) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {shown}
        {typeof limit === "number" && <span class="hint"> of at most {money(limit, "NOK")}</span>}
      </dd>
    </div>
  );
}

/** Charges that were not reversed: what stands on the bill, and counts towards its limits. */
function standing(charges: readonly OperatorCharge[]): OperatorCharge[] {
  const reversed = new Set(charges.map(({ reverses }) => reverses));
  return charges.filter(({ kind, reference }) => kind === "charge" && !reversed.has(reference));
}

/** Each currency for itself. */
function inAll(charges: readonly OperatorCharge[]): string {
  return sums(added(charges.map(({ amount, currency }) => ({ [currency]: amount }))));
}
