/** Subscriptions: when they are billed next, and how that goes. */

import { Hono } from "hono";
import { SUBSCRIPTION_STATES } from "../../core/billing/subscription.ts";
import { calendar } from "./calendar.tsx";
import { ask, type ConsoleEnv, type List, withParams } from "./console-env.ts";
import { page } from "./layout.tsx";
import { sales } from "./sales.tsx";
import { subscription } from "./subscription.tsx";
import type { Subscription } from "./subscription-words.tsx";
import { HERE, listOf, tabs, whose } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscriptions = app;

const ON_A_PAGE = 50;

app.get("/", async (c) => {
  const { state, account, service, recipient, dueAfter, dueBefore, cursor } = c.req.query();
  const filter = { state, account, service, recipient, dueAfter, dueBefore };
  const { items, next } = await ask<List<Subscription>>(
    c,
    "GET",
    withParams("/admin/v1/subscriptions", { ...filter, cursor, limit: ON_A_PAGE }),
  );
  const isFiltered = Object.values(filter).some((value) => value !== undefined && value !== "");
  return page(
    c,
    { title: "Subscriptions", here: HERE, styles: ["plots", "subscriptions"] },
    <>
      {tabs("List")}
      <h1>Subscriptions</h1>
      <form class="row" method="get">
        <label for="state">State</label>
        <select id="state" name="state">
          <option value="">any</option>
          {SUBSCRIPTION_STATES.map((one) => (
            <option value={one} selected={one === state}>
              {one}
            </option>
          ))}
        </select>
        {whose({ account, service })}
        <label for="recipient">Person</label>
        <input
          id="recipient"
          name="recipient"
          type="tel"
          inputmode="tel"
          value={recipient}
          size={14}
          placeholder="+4798079008"
          autocomplete="off"
        />
        {dueAfter && <input type="hidden" name="dueAfter" value={dueAfter} />}
        {dueBefore && <input type="hidden" name="dueBefore" value={dueBefore} />}
        <button type="submit">Show</button>
        {isFiltered && <a href={HERE}>Show all</a>}
      </form>
      {(dueAfter || dueBefore) && (
        <p class="hint">
          Due {dueAfter && `from ${dueAfter}`} {dueBefore && `until ${dueBefore}`}, soonest first.
        </p>
      )}
      <section id="subscriptions" data-live="subscriptions" aria-label="Subscriptions">
        {items.length === 0 ? (
          <p class="empty">{isFiltered ? "None is like that." : "Nobody subscribes to anything yet."}</p>
        ) : (
          listOf(items, "Found")
        )}
        {next && (
          <p>
            <a href={withParams(HERE, { ...filter, cursor: next })}>Next</a>
          </p>
        )}
      </section>
    </>,
  );
});

app.route("/calendar", calendar);
app.route("/sales", sales);
app.route("/:id{sub_[0-9a-z]+}", subscription);
