/** One subscription: how it stands, what each period was charged, its story, and its end. */

import { Hono } from "hono";
import { ask, type C, type ConsoleEnv, find, type List, withParams } from "./console-env.ts";
import { page } from "./layout.tsx";
import { type Period, type Subscription, standing, stateOf } from "./subscription-words.tsx";
import { HERE, tabs } from "./subscriptions-frame.tsx";
import { localTime, money } from "./sums.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscription = app;

type Charge = {
  id: string;
  kind: "charge" | "reversal";
  period?: number;
  amount: number;
  currency: string;
  state: string;
  reason?: string;
};
type Entry = { at: string; what: string } & Record<string, unknown>;

const DONE: Record<string, string> = { cancelled: "The subscription is cancelled. Nothing more is charged." };

app.get("/", async (c) => {
  const one = await wanted(c);
  if (!one) return missing(c);
  const path = `/admin/v1/subscriptions/${encodeURIComponent(one.id)}`;
  const [charges, story, first] = await Promise.all([
    ask<List<Charge>>(c, "GET", withParams("/admin/v1/transactions", { subscription: one.id, limit: 500 })),
    ask<List<Entry>>(c, "GET", `${path}/timeline`),
    one.transaction
      ? find<Charge>(c, `/admin/v1/transactions/${encodeURIComponent(one.transaction)}`)
      : Promise.resolve(undefined),
  ]);
  const done = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: `Subscription of ${one.recipient}`,
      here: HERE,
      styles: ["plots", "subscriptions"],
      ...(done ? { notice: { said: done } } : {}),
    },
    <>
      {tabs()}
      <h1>
        {one.recipient} <span class="of">{one.service}</span>
      </h1>
      <section id="standing" data-live="subscriptions,transactions" data-watch={one.id} aria-label="How it stands">
        <p class="standing">{stateOf(one)}</p>
        {standing(one)}
        <dl class="facts">
          {fact("Account", one.account)}
          {fact("Merchant", one.merchant)}
          {fact("Price", money(one.price, one.currency))}
          {fact("Billed", one.interval)}
          {fact("Began", localTime(one.anchor, one.timeZone))}
          {fact("Id", <code>{one.id}</code>)}
        </dl>
        {one.state !== "cancelled" && (
          <p>
            <a class="button" href={`${HERE}/${one.id}/cancel`}>
              Cancel it…
            </a>
          </p>
        )}
        <h2>Periods</h2>
        {periodsOf(one, charges.items, first)}
        <h2>What happened</h2>
        <ol class="story">
          {story.items.map((entry) => (
            <li>
              {localTime(entry.at, one.timeZone)} <strong>{entry.what}</strong> {detailsOf(entry)}
            </li>
          ))}
        </ol>
      </section>
    </>,
  );
});

type Found = Subscription & { periods: Period[] };

function wanted(c: C): Promise<Found | undefined> {
  return find<Found>(c, `/admin/v1/subscriptions/${encodeURIComponent(c.req.param("id") ?? "")}`);
}

function missing(c: C) {
  return page(c, { title: "Not found", here: HERE, status: 404 }, <p>There is no such subscription.</p>);
}

function fact(name: string, value: unknown) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** @param first what it began with, where that was a purchase: no period has it */
function periodsOf(one: Found, charges: readonly Charge[], first: Charge | undefined) {
  const ofPeriod = Map.groupBy(
    charges.filter(({ kind }) => kind === "charge"),
    ({ period }) => period,
  );
  if (one.periods.length === 0 && !first) return <p class="empty">None has begun yet.</p>;
  return (
    <section class="scroll" tabindex={0} aria-label="Periods">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Period</th>
            <th scope="col">Begins</th>
            <th scope="col">State</th>
            <th scope="col">Charges</th>
          </tr>
        </thead>
        <tbody>
          {first && (
            <tr>
              <th scope="row">purchase</th>
              <td>{localTime(one.createdAt, one.timeZone)}</td>
              <td>{first.state}</td>
              <td>{chargeOf(first)}</td>
            </tr>
          )}
          {one.periods.map(({ period, beginsAt, state, attempt }) => (
            <tr id={`period-${period}`}>
              <th scope="row">{period}</th>
              <td>{localTime(beginsAt, one.timeZone)}</td>
              <td>
                {state}
                {attempt > 1 && <span class="hint"> at try {attempt}</span>}
              </td>
              <td>
                <ul class="charges">
                  {(ofPeriod.get(period) ?? []).toReversed().map((charge) => (
                    <li>{chargeOf(charge)}</li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function chargeOf({ id, amount, currency, state, reason }: Charge) {
  return (
    <>
      <a href={`/console/charges/${id}`}>{money(amount, currency)}</a> {state}
      {reason && <span class="hint"> {reason.replaceAll("-", " ")}</span>}
    </>
  );
}

/** Whatever else an entry says. */
function detailsOf({ at: _, what: __, ...rest }: Entry) {
  const said = Object.entries(rest).map(([name, value]) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    const shown = text.startsWith("txn_") ? <a href={`/console/charges/${text}`}>{text}</a> : text;
    return (
      <span class="detail">
        {name} {shown}
      </span>
    );
  });
  return <span class="hint">{said}</span>;
}

app.get("/cancel", async (c) => {
  const one = await wanted(c);
  if (!one) return missing(c);
  const back = `${HERE}/${one.id}`;
  return page(
    c,
    { title: "Cancel a subscription", here: HERE, styles: ["plots", "subscriptions"] },
    <>
      {tabs()}
      <h1>Cancel this subscription?</h1>
      <p>
        {one.recipient} to {one.service}, {money(one.price, one.currency)} {one.interval}.
      </p>
      <p>
        Nothing more is charged, the account is told by webhook, and what a carrier bills of it afterwards is given
        back. It cannot be begun again: the person has to buy anew.
      </p>
      <form method="post" class="row">
        <button type="submit">Cancel the subscription</button>
        <a href={back}>Keep it</a>
      </form>
    </>,
  );
});

app.post("/cancel", async (c) => {
  const id = c.req.param("id") ?? "";
  await ask(c, "POST", `/admin/v1/subscriptions/${encodeURIComponent(id)}/cancel`);
  return c.redirect(`${HERE}/${id}?done=cancelled`, 303);
});
