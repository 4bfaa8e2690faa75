/** One subscription: its state, the charges of each period, its timeline, and cancelling it. */

import { Hono } from "hono";
import { type Answer, ask, find, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { page } from "../ui/layout.tsx";
import { handsetOf } from "../ui/links.tsx";
import { localTime, money } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { agreement } from "./agreement.tsx";
import { story } from "./story.tsx";
import { EACH, periodState, standing, stateOf } from "./subscription-words.tsx";
import { HERE, STYLES } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscription = app;

type Charge = Item<"GET /admin/v1/transactions">;
type Found = Answer<"GET /admin/v1/subscriptions/{id}">;

const SAID = { cancelled: { said: "The subscription is cancelled. Nothing more is charged." } };

app.get("/", async (c) => {
  const params = { id: idOf(c) };
  const one = await find(c, "GET /admin/v1/subscriptions/{id}", { params });
  if (!one) {
    return page(c, { title: "Not found", status: 404 }, <p>There is no such subscription.</p>);
  }
  const [charges, { items: entries }, first, consent] = await Promise.all([
    ask(c, "GET /admin/v1/transactions", { query: { subscription: one.id, limit: 500 } }),
    ask(c, "GET /admin/v1/subscriptions/{id}/timeline", { params }),
    one.transaction
      ? find(c, "GET /admin/v1/transactions/{id}", { params: { id: one.transaction } })
      : Promise.resolve(undefined),
    find(c, "GET /admin/v1/subscriptions/{id}/consent", { params }),
  ]);
  return page(
    c,
    { title: `Subscription of ${one.recipient}`, notice: noticeOf(c, SAID), styles: STYLES },
    <>
      <p class="back">
        <a href={HERE}>← Subscriptions</a>
      </p>
      <h1>
        {one.recipient} <span class="of">{one.service}</span>
      </h1>
      <section
        id="subscription"
        data-live="subscriptions,transactions"
        data-watch={[one.id, ...charges.items.slice(0, 5).map(({ id }) => id)].join(",")}
        aria-label="How it stands"
      >
        <div class="standing">
          <p>{stateOf(one)}</p>
          {standing(one, one.transaction !== undefined || one.periods.some(({ state }) => state === "billed"))}
        </div>
        <div class="halves">
          <section aria-labelledby="facts">
            <h2 id="facts">Facts</h2>
            {facts([
              ["Person", c.get("hasSandbox") ? <a href={handsetOf(one.recipient)}>{one.recipient}</a> : one.recipient],
              ["Service", <a href={withParams(HERE, { account: one.account, service: one.service })}>{one.service}</a>],
              ["Account", one.account],
              ["Merchant", one.merchant],
              ["Price", `${money(one.price, one.currency)} ${EACH[one.interval]}`],
              ["Counted from", localTime(one.anchor, one.timeZone)],
              ["Id", <code>{one.id}</code>],
            ])}
          </section>
          <section aria-labelledby="periods">
            <h2 id="periods">Periods ({one.timeZone})</h2>
            {periodsOf(one, charges.items, first)}
          </section>
        </div>
        {one.state !== "cancelled" &&
          confirm({
            ask: "Cancel it…",
            says: "Nothing more is charged, the account gets a webhook, and a charge that a carrier still bills is given back. It cannot be begun again: the person has to buy anew.",
            action: `${HERE}/${one.id}/cancel`,
            button: "Cancel the subscription",
          })}
        {agreement(consent)}
        <h2>What happened (UTC)</h2>
        {story(entries)}
      </section>
    </>,
  );
});

app.post("/cancel", (c) =>
  attempted(
    c,
    () => `${HERE}/${c.req.param("id")}`,
    { done: "cancelled", late: "cancelled" },
    () => ask(c, "POST /admin/v1/subscriptions/{id}/cancel", { params: { id: idOf(c) } }),
  ),
);

function idOf(c: C): string {
  return c.req.param("id") ?? "";
}

/** @param first what it began with, where that was a purchase: no period has it */
function periodsOf(one: Found, charges: readonly Charge[], first: Charge | undefined) {
  if (one.periods.length === 0 && !first) return <p class="empty">None has begun yet.</p>;
  const ofPeriod = Map.groupBy(
    charges.filter(({ kind }) => kind === "charge"),
    ({ period }) => period,
  );
  const rows = one.periods.map((period) => ({
    name: String(period.period),
    begins: period.beginsAt,
    state: periodState(period),
    charges: (ofPeriod.get(period.period) ?? []).toReversed(),
  }));
  const purchase = first && {
    name: "Purchase",
    begins: one.createdAt,
    state: badge("charges", first.state),
    charges: [first],
  };
  return table({
    rows: [...(purchase ? [purchase] : []), ...rows].toReversed(),
    idOf: ({ name }) => `period-${name}`,
    columns: [
      { head: "No.", isName: true, cell: ({ name }) => name },
      { head: "Begins", cell: ({ begins }) => localTime(begins, one.timeZone, false) },
      { head: "State", cell: ({ state }) => state },
      { head: "Charged", cell: ({ charges }) => charges.map(chargeLine) },
    ],
  });
}

function chargeLine(charge: Charge) {
  return (
    <span class="charge">
      <a href={`/console/charges/${charge.id}`}>{money(charge.amount, charge.currency)}</a>{" "}
      <span class="hint">{resultOf(charge)}</span>
    </span>
  );
}

function resultOf({ state, reason }: Charge): string {
  return reason ? `${state}: ${reasonWords(reason)}` : state;
}
