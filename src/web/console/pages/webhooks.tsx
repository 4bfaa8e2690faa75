/** Webhooks: where they go, which are dead, and how to try again. */

import { Hono } from "hono";
import { WEBHOOK_KINDS, WEBHOOK_STATES } from "../../../core/webhooks/webhook.ts";
import { ask, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, stateWord } from "../ui/badge.tsx";
import { form, type Typed, toBody, tried } from "../ui/form.tsx";
import { type Notice, PACE, page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";
import { endpointRow, endpoints } from "./endpoints.tsx";
import { webhookPage } from "./webhook-page.tsx";
import { replay } from "./webhook-replay.tsx";
import { eventInWords, KIND_WORDS, times, type Webhook, webhookTabs } from "./webhook-words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const webhooks = app;

const HERE = "/console/webhooks";
const ON_A_PAGE = 50;

const FILTERS = [
  {
    fields: [
      { name: "account", label: "Account", size: 14 },
      { name: "kind", label: "Tells of", kind: "choice", options: either(WEBHOOK_KINDS, (kind) => KIND_WORDS[kind]) },
      {
        name: "state",
        label: "State",
        kind: "choice",
        options: either(WEBHOOK_STATES, (state) => stateWord("webhooks", state)),
      },
      { name: "endpoint", label: "Endpoint", size: 24 },
      { name: "since", label: "From (UTC)", kind: "time", size: 20 },
      { name: "until", label: "Until (UTC)", kind: "time", size: 20 },
    ],
  },
] as const;

function either<Name extends string>(names: readonly Name[], words: (name: Name) => string) {
  return [["", "any"] as const, ...names.map((name) => [name, words(name)] as const)];
}

app.route("/endpoints", endpoints);
app.route("/replay", replay);

app.get("/", async (c) => {
  const typed = filtersOf(c);
  const cursor = c.req.query("cursor");
  const filter = toBody(FILTERS, typed) as Record<string, string>;
  const [found, known] = await Promise.all([
    tried(() => ask(c, "GET /admin/v1/webhooks", { query: { ...filter, limit: ON_A_PAGE, cursor } })),
    ask(c, "GET /admin/v1/endpoints", { query: { account: filter.account, limit: 500 } }),
  ]);
  const refused = "refused" in found ? found.refused : undefined;
  const { items, next } = "done" in found ? found.done : { items: [], next: undefined };
  const troubled = known.items.filter(({ failingSince, pausedAt }) => failingSince || pausedAt);
  const asked = Object.entries(typed)
    .flatMap(([name, text]) => (text === "" ? [] : [`${name} ${text}`]))
    .join(", ");
  const isFiltered = asked !== "";
  return page(
    c,
    {
      title: "Webhooks",
      here: HERE,
      status: refused?.status ?? 200,
      styles: ["forms", "lists", "webhooks"],
      notice: noticeOf(c),
    },
    <>
      <h1>Webhooks</h1>
      {webhookTabs(isFiltered ? (asked === "state dead" ? "?state=dead" : undefined) : "")}
      <section id="trouble" data-live="webhooks" aria-label="Endpoints in trouble">
        {troubled.length > 0 && (
          <>
            <h2>Endpoints in trouble</h2>
            <ul class="rows">{troubled.map(endpointRow)}</ul>
          </>
        )}
      </section>
      <details class="filters" open={refused !== undefined}>
        <summary>{isFiltered ? `Filter: ${asked}` : "Filter"}</summary>
        {form({
          method: "get",
          action: HERE,
          groups: FILTERS,
          typed,
          refused,
          submit: "Show",
          beside: isFiltered && <a href={HERE}>Show all</a>,
        })}
      </details>
      <section
        id="webhooks"
        data-live="webhooks"
        data-pace={PACE}
        data-watch={items.flatMap(({ id, state }) => (state === "answered" ? [] : [id])).join(",")}
        aria-label="Webhooks"
      >
        {typed.state === "dead" && items.length > 0 && (
          <p>
            <a class="button" href={withParams(`${HERE}/replay`, { ...typed, state: undefined })}>
              Send all of these again…
            </a>
          </p>
        )}
        {items.length === 0 ? (
          <p class="empty">{nothing(typed.state === "dead", isFiltered)}</p>
        ) : (
          <ul class="rows">{items.map(row)}</ul>
        )}
        {next && (
          <p>
            <a href={withParams(HERE, { ...typed, cursor: next })}>Older</a>
          </p>
        )}
      </section>
    </>,
  );
});

app.route("/", webhookPage);

function nothing(isDeadList: boolean, isFiltered: boolean): string {
  if (isDeadList) return "Nothing is dead: whatever was told has been received, or is still being tried.";
  return isFiltered ? "No webhook is like this." : "No webhook is owed to anybody yet.";
}

function row(webhook: Webhook) {
  const { id, account, endpoint, state, reason, attempts, dueAt, createdAt } = webhook;
  return (
    <li id={id}>
      <p class="main">
        <a href={`${HERE}/${id}`}>{eventInWords(webhook)}</a>
      </p>
      <p class="side">
        {badge("webhooks", state)} {when(createdAt)}
      </p>
      <p class="more">
        {account} → {endpoint}, {times(attempts)}
        {state === "owed" && attempts > 0 && dueAt && <>, to be tried again {when(dueAt)}</>}
        {reason && <span class="why">, {reason}</span>}
      </p>
    </li>
  );
}

function filtersOf(c: C): Typed {
  const names = FILTERS.flatMap(({ fields }) => fields.map(({ name }) => name));
  return Object.fromEntries(names.map((name) => [name, c.req.query(name)?.trim() ?? ""]));
}

function noticeOf(c: C): Notice | undefined {
  if (c.req.query("done") !== "replayed") return undefined;
  const count = Number(c.req.query("count") ?? 0);
  if (count === 0) return { said: "Nothing on the dead list is like that; nothing is sent again." };
  return { said: count === 1 ? "1 webhook is owed again." : `${count} webhooks are owed again.` };
}
