/** Routes: which carriers take whose messages and charges. */

import { Hono } from "hono";
import { type Answer, ApiError, ask, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const routes = app;

const SETUP = "/console/setup";
const HERE = "/console/routes";
const STYLES = ["forms", "lists", "setup"];
const DONE: Record<string, string> = {
  put: "The route is saved. Every gateway uses it within five seconds.",
  removed: "The route is removed. What it was for goes by the next best route.",
};

const KIND_WORDS = { message: "messages", charge: "charges" } as const;
const STRATEGY_WORDS = {
  "in-order": "the first of them that takes it",
  weighted: "shared out by weight",
} as const;

const NAME: Group = {
  fields: [
    {
      name: "id",
      label: "Name",
      hint: "Letters, digits, dots, dashes and underscores.",
      required: true,
      isApart: true,
      placeholder: "norway",
    },
  ],
};

const FIELDS: readonly Group[] = [
  {
    legend: "Scope",
    fields: [
      { name: "kind", label: "Kind", kind: "choice", options: Object.entries(KIND_WORDS), required: true },
      {
        name: "account",
        label: "Account",
        hint: "Account id, or * for all.",
        required: true,
        size: 20,
      },
      { name: "prefix", label: "Number prefix", hint: "Digits without +. Default: all numbers.", size: 16 },
      {
        name: "sender",
        label: "Sender",
        hint: "Only messages from this exact sender. Default: any.",
        size: 20,
      },
      { name: "channel", label: "Channel", hint: "For example sms or whatsapp. Default: any.", size: 12 },
    ],
  },
  {
    legend: "Carriers",
    fields: [
      {
        name: "carriers",
        label: "Carriers",
        kind: "list",
        hint: "Carrier names in order of preference, separated by spaces. Empty: refuse.",
        placeholder: "norway backup",
      },
      { name: "strategy", label: "Strategy", kind: "choice", options: Object.entries(STRATEGY_WORDS) },
      {
        name: "weights",
        label: "Weights",
        kind: "numbers",
        hint: "For weighted routes: one number per carrier, in the same order. Default: equal.",
        placeholder: "3 1",
        size: 20,
      },
      {
        name: "reroutes",
        label: "Retry undelivered messages once through the next carrier",
        kind: "check",
        hint: "Only messages that may be delivered twice (AtLeastOnce).",
      },
    ],
  },
];

const NEW: Typed = { kind: "message", account: "*", strategy: "in-order" };

app.get("/", (c) => list(c));

async function list(c: C, typed: Typed = NEW, refused?: ApiError) {
  const [{ items, next }, { items: carriers }] = await Promise.all([
    ask(c, "GET /admin/v1/routes", { query: { limit: 50, cursor: c.req.query("cursor") } }),
    ask(c, "GET /admin/v1/carriers"),
  ]);
  const done = DONE[c.req.query("done") ?? ""];
  return page(
    c,
    {
      title: "Routes",
      status: refused?.status ?? 200,
      styles: STYLES,
      ...(done ? { notice: { said: done } } : {}),
    },
    <>
      <h1>Routes</h1>
      <p class="hint">
        Of several that fit, an account's own goes before one for all accounts; then one for the sender, then one for
        the channel, then the longest beginning of the number. Where none fits, every carrier may take it.
      </p>
      {items.length === 0 ? <p>There is no route yet.</p> : <ul class="rows">{items.map(row)}</ul>}
      {next && (
        <p>
          <a href={withParams(HERE, { cursor: next })}>More</a>
        </p>
      )}
      <p>
        <a href="/console/explain">Which way would a text go?</a>
      </p>
      <h2>Add one</h2>
      <p class="hint">Carriers: {carriers.map(({ name }) => name).join(", ") || "none yet"}.</p>
      {form({ action: HERE, groups: [NAME, ...FIELDS], typed, refused, submit: "Add route" })}
      <p>
        <a href="/console/carriers">Carriers</a> · <a href={SETUP}>Back to Setup</a>
      </p>
    </>,
  );
}

type Route = Answer<"GET /admin/v1/routes/{id}">;

function row(route: Item<"GET /admin/v1/routes">) {
  const { id, carriers, strategy, weights, reroutes } = route;
  return (
    <li>
      <p class="main">
        <a href={at(id)}>{id}</a>
      </p>
      <p class="side">
        <span class="badge">{KIND_WORDS[route.kind]}</span>
      </p>
      <p class="more">{forWhat(route)}</p>
      <p class="more">
        {carriers.length === 0 ? "Refused: it has no carrier" : `To ${carriers.join(", ")}`}
        {carriers.length > 1 && `; ${STRATEGY_WORDS[strategy]}`}
        {weights && ` (${weights.join(" : ")})`}
        {reroutes && "; once more by the next where it was not delivered"}
      </p>
    </li>
  );
}

function forWhat({ account, prefix, sender, channel }: Route): string {
  return [
    account === "*" ? "All accounts" : `Account ${account}`,
    prefix === "" ? "all numbers" : `numbers that begin with +${prefix}`,
    ...(sender ? [`sender ${sender}`] : []),
    ...(channel ? [`channel ${channel}`] : []),
  ].join(", ");
}

function at(id: string): string {
  return `${HERE}/${encodeURIComponent(id)}`;
}

/** The API keeps nothing of what is left out here: a route is replaced whole. */
function toJson(typed: Typed) {
  return { prefix: "", carriers: [], ...toBody(FIELDS, typed) } as never;
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const id = typed.id ?? "";
  const known = await tried(async () => ask(c, "GET /admin/v1/routes/{id}", { params: { id } }));
  if ("done" in known) return list(c, typed, new ApiError(409, "id: another route has this name", "id"));
  const put = await tried(async () => {
    toBody([NAME], typed);
    return ask(c, "PUT /admin/v1/routes/{id}", { params: { id }, json: toJson(typed) });
  });
  if ("refused" in put) return list(c, typed, put.refused);
  return c.redirect(`${HERE}?done=put`, 303);
});

app.get("/:id", (c) => show(c));

async function show(c: C, typed?: Typed, refused?: ApiError) {
  const route = await ask(c, "GET /admin/v1/routes/{id}", { params: { id: c.req.param("id") ?? "" } });
  return page(
    c,
    { title: `Route ${route.id}`, status: refused?.status ?? 200, styles: STYLES },
    <>
      <h1>Route {route.id}</h1>
      {form({ action: at(route.id), groups: FIELDS, typed: typed ?? toTyped(FIELDS, route), refused, submit: "Save" })}
      <p>
        <a href={`${at(route.id)}/remove`}>Remove it…</a> · <a href={HERE}>All routes</a>
      </p>
    </>,
  );
}

app.post("/:id", async (c) => {
  const typed = await typedIn(c);
  const id = c.req.param("id");
  const put = await tried(async () => ask(c, "PUT /admin/v1/routes/{id}", { params: { id }, json: toJson(typed) }));
  if ("refused" in put) return show(c, typed, put.refused);
  return c.redirect(`${HERE}?done=put`, 303);
});

app.get("/:id/remove", (c) => askToRemove(c));

function askToRemove(c: C, refused?: ApiError) {
  const id = c.req.param("id") ?? "";
  return askFirst(c, {
    title: `Remove route ${id}?`,
    what: <p>What it is for goes by the next best route from then on, or to any carrier where none fits.</p>,
    submit: "Yes, remove it",
    back: at(id),
    refused,
  });
}

app.post("/:id/remove", async (c) => {
  const params = { id: c.req.param("id") };
  const removed = await tried(async () => ask(c, "DELETE /admin/v1/routes/{id}", { params }));
  if ("refused" in removed) return askToRemove(c, removed.refused);
  return c.redirect(`${HERE}?done=removed`, 303);
});
