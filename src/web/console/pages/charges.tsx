/** Charges on phone bills, and their outcomes. */

import { Hono } from "hono";
import { TRANSACTION_MOVES, TRANSACTION_STATES } from "../../../core/billing/charges/transaction.ts";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { ask, find, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords } from "../ui/badge.tsx";
import { attempted } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf, dialectFilter, SINCE, UNTIL } from "../ui/filters.tsx";
import { PACE } from "../ui/layout.tsx";
import { handsetOf, idLink } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { money } from "../ui/sums.tsx";
import { table } from "../ui/table.tsx";
import { capital, when } from "../ui/words.tsx";
import { noChargeYet } from "./nothing-yet.tsx";
import { exact } from "./story.tsx";
import { noSuchThing, takeReplays, thingPage } from "./thing.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const charges = app;

const HERE = "/console/charges";
const LIST = { here: HERE, title: "Charges" };

type Charge = Item<"GET /admin/v1/transactions">;

type LedgerEntry = Item<"GET /admin/v1/ledger">;

app.get("/", (c) =>
  listPage(c, {
    title: "Charges",
    here: HERE,
    many: "charges",
    filters: [
      { name: "recipient", label: "To", kind: "hidden" },
      { name: "theirId", label: "Their id", kind: "hidden" },
      { name: "subscription", label: "Subscription", kind: "hidden" },
      {
        name: "state",
        label: "State",
        kind: "choice",
        options: anyOf(TRANSACTION_STATES, capital),
      },
      ACCOUNT,
      dialectFilter(c),
      SINCE,
      UNTIL,
    ],
    load: (query) => ask(c, "GET /admin/v1/transactions", { query }),
    topic: "transactions",
    pace: ({ state }) => (state ? PACE : undefined),
    empty: (narrowed) => (Object.keys(narrowed).length === 0 ? noChargeYet(c) : undefined),
    // A billed one can still be given back.
    isOver: ({ state }) => TRANSACTION_MOVES[state].length === 0,
    rows,
  }),
);

function rows(items: readonly Charge[]) {
  return table({
    rows: items,
    idOf: ({ id }) => `row-${id}`,
    columns: [
      { head: "State", cell: ({ state }) => badge("charges", state) },
      { head: "Charge", class: "main", cell: summary },
      { head: "Amount", class: "sum", cell: ({ amount, currency }) => money(amount, currency) },
      { head: "Merchant", class: "wide", cell: seller },
      { head: "Account", class: "wide", cell: ({ account }) => account },
      { head: "Accepted", class: "wide when", cell: ({ acceptedAt }) => when(acceptedAt) },
    ],
  });
}

function summary({ id, recipient, kind, invoiceText }: Charge) {
  return (
    <>
      <a class="whole" href={`${HERE}/${id}`}>
        {recipient ?? "Not known yet"}
      </a>
      <span class="snippet">
        {kind === "reversal" && "Reversal: "}
        {invoiceText}
      </span>
    </>
  );
}

function seller({ merchant, service }: Charge) {
  return (
    <>
      {merchant}
      {service && <span class="snippet">{service}</span>}
    </>
  );
}

const DONE = {
  "reverse-late": {
    said: "It cannot be reversed: it is not billed, or has been reversed already.",
    isBad: true,
  },
  reversed: { said: "This reversal gives the charge back. It goes to the operator like any charge." },
};

app.get("/:id", async (c) => {
  const { id } = c.req.param();
  const [charge, told] = await Promise.all([
    find(c, "GET /admin/v1/transactions/{id}", { params: { id } }),
    find(c, "GET /admin/v1/transactions/{id}/timeline", { params: { id } }),
  ]);
  if (!charge || !told) return unknown(c, id);
  const { items: ledger } = await ask(c, "GET /admin/v1/ledger", { query: { transaction: charge.id } });
  const what = charge.kind === "reversal" ? "Reversal" : "Charge";
  const sum = money(charge.amount, charge.currency);
  return thingPage(c, {
    id: charge.id,
    name: what.toLowerCase(),
    title: `${what} of ${sum}`,
    badge: badge("charges", charge.state),
    list: LIST,
    reason: charge.reason && reasonWords(charge.reason),
    action:
      charge.kind === "charge" &&
      charge.state === "billed" &&
      confirm({
        ask: "Reverse…",
        says: `${sum} is given back to ${charge.recipient}. That cannot be taken back.`,
        action: `${HERE}/${charge.id}/reverse`,
        button: `Yes, give ${sum} back`,
      }),
    about: about(c, charge),
    timeline: told.items,
    more: ledgerSection(ledger),
    notices: DONE,
  });
});

const WAITS = { window: "the person to come to the purchase page", ok: "the person to answer OK" };

function about(c: C, charge: Charge) {
  const { recipient } = charge;
  return facts([
    ["Who pays", recipient && (c.get("hasSandbox") ? <a href={handsetOf(recipient)}>{recipient}</a> : recipient)],
    ["For", charge.invoiceText],
    ["Merchant", charge.merchant],
    ["Service", charge.service],
    ["Short number", charge.shortNumber],
    ["Service code", charge.serviceCode],
    ["Waits for", charge.state === "waiting" && charge.waitsFor && WAITS[charge.waitsFor]],
    ["Age", charge.age > 0 && `${charge.age} years`],
    ["Consent", charge.consent],
    ["Subscription", charge.subscription && idLink(charge.subscription)],
    ["Period", charge.period !== undefined && String(charge.period)],
    ["Pays for", charge.message && idLink(charge.message)],
    ["Reverses", charge.reverses && idLink(charge.reverses)],
    ["Account", <a href={withParams(HERE, { account: charge.account })}>{charge.account}</a>],
    ["Dialect", c.get("dialects").find(({ name }) => name === charge.dialect)?.title ?? "none: made by the gateway"],
    ["Their id", <code>{charge.theirId}</code>],
    ["Our id", <code>{charge.id}</code>],
    ["Not charged after", exact(charge.expiresAt)],
    ["Carrier", charge.carrier],
    ["Their reference", charge.reference && <code>{charge.reference}</code>],
    ["Operator", charge.operator],
    ["Extra fields", Object.keys(charge.echo).length > 0 && <code>{withoutSecrets(JSON.stringify(charge.echo))}</code>],
  ]);
}

function ledgerSection(entries: readonly LedgerEntry[]) {
  return (
    <section aria-labelledby="ledger">
      <h2 id="ledger">In the ledger</h2>
      {entries.length === 0 ? (
        <p class="hint">No entries: only billed charges have them.</p>
      ) : (
        table({
          rows: entries,
          columns: [
            { head: "Book", cell: ({ book }) => book.replace(":", " ") },
            { head: "Amount", class: "sum", cell: ({ amount, currency }) => money(amount, currency) },
            { head: "Posted", class: "when", cell: ({ at }) => when(at) },
          ],
        })
      )}
    </section>
  );
}

function unknown(c: C, id: string) {
  const kept = "Charges are kept, but a sandbox reset deletes them.";
  return noSuchThing(c, { id, name: "charge", list: LIST, kept });
}

app.post("/:id/reverse", async (c) => {
  const { id } = c.req.param();
  let reversal = id;
  return attempted(
    c,
    () => `${HERE}/${reversal}`,
    { done: "reversed", late: "reverse-late" },
    async () => {
      const made = await ask(c, "POST /admin/v1/transactions/{id}/reverse", { params: { id } });
      reversal = made.id;
    },
  );
});

takeReplays(app, LIST);
