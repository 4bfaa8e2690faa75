/** Subscriptions: when they are billed next, and how that goes. */

import { Hono } from "hono";
import { SUBSCRIPTION_STATES } from "../../../core/billing/subscription.ts";
import { ask, withParams } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { PACE, page } from "../ui/layout.tsx";
import { calendar } from "./calendar.tsx";
import { sales } from "./sales.tsx";
import { numberIn } from "./search.tsx";
import { subscription } from "./subscription.tsx";
import { HERE, idsOf, listOf, STYLES, tabs, whose } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscriptions = app;

const ON_A_PAGE = 50;
/** What the list is narrowed by, as it stands in its address. */
const FILTERS = ["state", "account", "service", "recipient", "dueAfter", "dueBefore"] as const;

app.get("/", async (c) => {
  const filter: Partial<Record<(typeof FILTERS)[number], string>> = Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = c.req.query(name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
  const { state, account, service, recipient, dueAfter, dueBefore } = filter;
  const { items, next } = await ask(c, "GET /admin/v1/subscriptions", {
    query: { ...filter, recipient: inFull(recipient), cursor: c.req.query("cursor"), limit: ON_A_PAGE },
  });
  const isFiltered = Object.keys(filter).length > 0;
  const isByDue = dueAfter !== undefined || dueBefore !== undefined;
  return page(
    c,
    { title: "Subscriptions", here: HERE, styles: STYLES },
    <>
      {tabs("List")}
      <h1>Subscriptions</h1>
      <form class="filters" method="get" aria-label="Filters">
        <p>
          <label for="state">State</label>
          <select id="state" name="state">
            <option value="">any</option>
            {SUBSCRIPTION_STATES.map((one) => (
              <option value={one} selected={one === state}>
                {one}
              </option>
            ))}
          </select>
        </p>
        {whose({ account, service })}
        <p>
          <label for="recipient">Person</label>
          <input id="recipient" name="recipient" type="tel" value={recipient} size={14} autocomplete="off" />
        </p>
        {dueAfter && <input type="hidden" name="dueAfter" value={dueAfter} />}
        {dueBefore && <input type="hidden" name="dueBefore" value={dueBefore} />}
        <button type="submit">Filter</button>
        {isFiltered && <a href={HERE}>Show all</a>}
      </form>
      {isByDue && (
        <p class="hint">
          Due {dueAfter && `from ${dueAfter}`} {dueBefore && `until ${dueBefore}`}, soonest first.
        </p>
      )}
      <section
        id="list"
        data-live="subscriptions"
        data-watch={idsOf(items)}
        data-pace={state && PACE}
        aria-label="List of subscriptions"
      >
        {items.length === 0 ? (
          <p class="empty">{isFiltered ? "None is like that." : "Nobody subscribes to anything yet."}</p>
        ) : (
          listOf(items, "Subscriptions")
        )}
        {next && (
          <p>
            <a class="button" rel="next" href={withParams(HERE, { ...filter, cursor: next })}>
              {isByDue ? "Later →" : "Older →"}
            </a>
          </p>
        )}
      </section>
    </>,
  );
});

/** A phone number however it is written. */
function inFull(recipient: string | undefined): string | undefined {
  return recipient && (numberIn(recipient)?.e164 ?? recipient);
}

app.route("/calendar", calendar);
app.route("/sales", sales);
app.route("/:id{sub_[0-9a-z]+}", subscription);
