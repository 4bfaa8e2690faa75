/** Subscriptions: when they are billed next, and how that goes. */

import { Hono } from "hono";
import { SUBSCRIPTION_STATES } from "../../../core/billing/subscriptions/subscription.ts";
import { ask } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { ACCOUNT, anyOf, type Narrowed } from "../ui/filters.tsx";
import { PACE } from "../ui/layout.tsx";
import { listPage } from "../ui/list.tsx";
import { BY_AGE, BY_DUE } from "../ui/pager.tsx";
import { calendar } from "./calendar.tsx";
import { noSubscriptionYet } from "./nothing-yet.tsx";
import { sales } from "./sales.tsx";
import { numberIn } from "./search.tsx";
import { subscription } from "./subscription.tsx";
import { HERE, listOf, STYLES } from "./subscriptions-frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const subscriptions = app;

const isByDue = ({ dueAfter, dueBefore }: Narrowed) => dueAfter !== undefined || dueBefore !== undefined;

app.get("/", (c) =>
  listPage(c, {
    title: "Subscriptions",
    here: HERE,
    many: "subscriptions",
    filters: [
      { name: "state", label: "State", kind: "choice", options: anyOf(SUBSCRIPTION_STATES, (state) => state) },
      ACCOUNT,
      { name: "service", label: "Service", size: 14 },
      { name: "recipient", label: "Person", size: 14, read: inFull },
      { name: "dueAfter", label: "Due from", kind: "hidden" },
      { name: "dueBefore", label: "Due until", kind: "hidden" },
    ],
    load: (query) => ask(c, "GET /admin/v1/subscriptions", { query }),
    topic: "subscriptions",
    pace: ({ state }) => (state ? PACE : undefined),
    empty: (narrowed) => (Object.keys(narrowed).length > 0 ? undefined : noSubscriptionYet(c)),
    isOver: ({ state }) => state === "cancelled",
    ways: (narrowed) => (isByDue(narrowed) ? BY_DUE : BY_AGE),
    rows: (items, narrowed) => (
      <>
        {isByDue(narrowed) && <p class="hint">Soonest first.</p>}
        {listOf(items, "Subscriptions")}
      </>
    ),
    styles: STYLES,
  }),
);

/** A phone number however it is written. */
function inFull(recipient: string): string {
  return numberIn(recipient)?.e164 ?? recipient;
}

app.route("/calendar", calendar);
app.route("/sales", sales);
app.route("/:id{sub_[0-9a-z]+}", subscription);
