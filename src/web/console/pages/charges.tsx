/** Charges on phone bills, and what became of them. */

import { Hono } from "hono";
import { TRANSACTION_MOVES, TRANSACTION_STATES } from "../../../core/billing/charges/transaction.ts";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { ask, find, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords, stateWord } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf, dialectFilter, SINCE, UNTIL } from "../ui/filters.tsx";
import { PACE, page } from "../ui/layout.tsx";
import { handsetOf, idLink } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { money } from "../ui/sums.tsx";
import { when } from "../ui/words.tsx";
import { callsOf, callsSection } from "./calls.tsx";
import { exchangeOf, exchangeSection } from "./exchange.tsx";
import { searchBox } from "./search.tsx";
import { exact, story } from "./story.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const charges = app;

const HERE = "/console/charges";

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
        options: anyOf(TRANSACTION_STATES, (state) => stateWord("charges", state)),
      },
      ACCOUNT,
      dialectFilter(c),
      SINCE,
      UNTIL,
    ],
    load: (query) => ask(c, "GET /admin/v1/transactions", { query }),
    topic: "transactions",
    pace: ({ state }) => (state ? PACE : undefined),
    empty: () => undefined,
    // A billed one can still be given back.
    isOver: ({ state }) => TRANSACTION_MOVES[state].length === 0,
    rows,
  }),
);

function rows(items: readonly Charge[]) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col" class="main">
            Charge
          </th>
          <th scope="col" class="sum">
            Amount
          </th>
          <th scope="col" class="wide">
            Merchant
          </th>
          <th scope="col" class="wide">
            Account
          </th>
          <th scope="col" class="wide">
            Accepted (UTC)
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr id={`row-${one.id}`}>
            <td>{badge("charges", one.state)}</td>
            <td>
              <a class="whole" href={`${HERE}/${one.id}`}>
                {one.recipient ?? "Nobody yet"}
              </a>
              <span class="snippet">
                {one.kind === "reversal" && "Reversal: "}
                {one.invoiceText}
              </span>
            </td>
            <td class="sum">{money(one.amount, one.currency)}</td>
            <td class="wide">
              {one.merchant}
              {one.service && <span class="snippet">{one.service}</span>}
            </td>
            <td class="wide">{one.account}</td>
            <td class="wide when">{when(one.acceptedAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DONE = {
  "reverse-late": {
    said: "It cannot be given back any more: it is not billed, or was given back before.",
    isBad: true,
  },
  reversed: { said: "This gives the charge back: it goes to the operator like any other." },
  replayed: { said: "The webhook is being sent again." },
  "replay-late": { said: "This webhook is already queued; it will be sent automatically.", isBad: true },
};

app.get("/:id", async (c) => {
  const { id } = c.req.param();
  const [charge, told] = await Promise.all([
    find(c, "GET /admin/v1/transactions/{id}", { params: { id } }),
    find(c, "GET /admin/v1/transactions/{id}/timeline", { params: { id } }),
  ]);
  if (!charge || !told) return unknown(c, id);
  const [calls, exchange, { items: ledger }] = await Promise.all([
    callsOf(c, told.items),
    exchangeOf(c, told.items),
    ask(c, "GET /admin/v1/ledger", { query: { transaction: charge.id } }),
  ]);
  const here = `${HERE}/${charge.id}`;
  const what = charge.kind === "reversal" ? "Reversal" : "Charge";
  const sum = money(charge.amount, charge.currency);
  return page(
    c,
    { title: `${what} of ${sum}`, here: HERE, styles: ["messages"], notice: noticeOf(c, DONE) },
    <div id="thing" data-live="" data-watch={[charge.id, ...calls.map((one) => one.id)].join(",")}>
      <p class="back">
        <a href={HERE}>← Charges</a>
      </p>
      <h1>
        {what} of {sum} {badge("charges", charge.state)}
      </h1>
      {charge.reason && <p class="reason">{reasonWords(charge.reason)}</p>}
      {charge.kind === "charge" &&
        charge.state === "billed" &&
        confirm({
          ask: "Reverse…",
          says: `${sum} is given back to ${charge.recipient}. That cannot be taken back.`,
          action: `${here}/reverse`,
          button: `Yes, give ${sum} back`,
        })}
      <div class="halves">
        <section aria-labelledby="about">
          <h2 id="about">The {what.toLowerCase()}</h2>
          {about(c, charge)}
        </section>
        <section aria-labelledby="happened">
          <h2 id="happened">What happened</h2>
          {story(told.items)}
        </section>
      </div>
      {ledgerSection(ledger)}
      {exchangeSection(exchange)}
      {callsSection(here, calls)}
    </div>,
  );
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
    ["API", c.get("dialects").find(({ name }) => name === charge.dialect)?.title ?? "none: by ourselves"],
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
        <p class="hint">Nothing: only what is billed is written there.</p>
      ) : (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Book</th>
              <th scope="col" class="sum">
                Amount
              </th>
              <th scope="col" class="when">
                Written (UTC)
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ book, amount, currency, at }) => (
              <tr>
                <td>{book.replace(":", " ")}</td>
                <td class="sum">{money(amount, currency)}</td>
                <td class="when">{when(at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function unknown(c: C, id: string) {
  return page(
    c,
    { title: "No such charge", here: HERE, status: 404, styles: ["messages"] },
    <>
      <h1>No such charge</h1>
      <p>
        Nothing has the id <code>{id.slice(0, 80)}</code>. Charges are never forgotten; but the sandbox forgets all when
        it is reset.
      </p>
      {searchBox(HERE)}
    </>,
  );
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

app.post("/:id/webhooks/:webhook/replay", async (c) => {
  const { id, webhook } = c.req.param();
  return attempted(
    c,
    () => `${HERE}/${id}`,
    { done: "replayed", late: "replay-late" },
    () => ask(c, "POST /admin/v1/webhooks/{id}/replay", { params: { id: webhook } }),
  );
});
