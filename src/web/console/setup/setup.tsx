/** Accounts, and what they may do. */

import { Hono } from "hono";
import { type ApiError, ask, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { isShown } from "../rights.ts";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { account } from "./account.tsx";
import { callbacks } from "./callbacks.tsx";
import { cancels } from "./cancels.tsx";
import { codes } from "./codes.tsx";
import { credentials } from "./credentials.tsx";
import { endpoints } from "./endpoints.tsx";
import { listed, SETUP, STYLES } from "./frame.tsx";
import { merchants } from "./merchants.tsx";
import { senders } from "./senders.tsx";
import { services } from "./services.tsx";
import { settings } from "./settings.tsx";
import { suppressions } from "./suppressions.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const setup = app;

const ON_A_PAGE = 100;

const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "id",
        label: "Id",
        hint: "Lowercase letters, digits, - and _. Used in URLs; cannot be changed.",
        required: true,
        placeholder: "acme",
      },
      { name: "name", label: "Name", hint: "Display name.", required: true, placeholder: "Acme AS" },
    ],
  },
];

app.get("/", (c) => accounts(c));

async function accounts(c: C, typed: Typed = {}, refused?: ApiError) {
  const cursor = c.req.query("cursor");
  const [{ items, next }, told] = await Promise.all([
    ask(c, "GET /admin/v1/accounts", { query: { limit: ON_A_PAGE, cursor } }),
    ask(c, "GET /admin/v1/limits", { query: {} }),
  ]);
  const reached = new Set(told.items.flatMap((one) => (one.reachedAt ? one.account : [])));
  return page(
    c,
    { title: "Setup", status: refused?.status ?? 200, styles: STYLES },
    <>
      <h1>Accounts</h1>
      {listed(items, "No accounts yet.", ({ id, name, state }) => (
        <li>
          <p class="main">
            <a href={`${SETUP}/${encodeURIComponent(id)}`}>{name}</a> <span class="mono hint">{id}</span>
          </p>
          {(state === "closed" || reached.has(id)) && (
            <p class="side">
              {reached.has(id) && <span class="badge bad">daily limit reached</span>}
              {state === "closed" && <span class="badge bad">closed</span>}
            </p>
          )}
        </li>
      ))}
      {next && (
        <p>
          <a href={withParams(SETUP, { cursor: next })}>More</a>
        </p>
      )}
      {isShown(c.get("may"), "POST", SETUP) && <h2>New account</h2>}
      {form({ action: SETUP, groups: FIELDS, typed, refused, submit: "Create account" })}
    </>,
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const opened = await tried(async () => ask(c, "POST /admin/v1/accounts", { json: toBody(FIELDS, typed) }));
  if ("refused" in opened) return accounts(c, typed, opened.refused);
  return c.redirect(`${SETUP}/${opened.done.id}?done=opened`, 303);
});

app.route("/:account/settings", settings);
app.route("/:account/credentials", credentials);
app.route("/:account/senders", senders);
app.route("/:account/merchants", merchants);
app.route("/:account/services", services);
app.route("/:account/callbacks", callbacks);
app.route("/:account/endpoints", endpoints);
app.route("/:account/suppressions", suppressions);
app.route("/:account/cancel", cancels);
app.route("/:account/codes", codes);
app.route("/:account", account);
