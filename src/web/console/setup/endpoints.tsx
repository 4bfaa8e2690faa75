/** An account's own endpoints: where its events go. */

import { Hono } from "hono";
import { ApiError, ask, find, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { isShown } from "../rights.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { endpointCatchUp } from "./endpoint-catch-up.tsx";
import { asked, type Endpoint, factsOf, here, nameOf, stateBadge, troubleOf, which } from "./endpoint-facts.tsx";
import { catalogue, endpointFields } from "./endpoint-form.tsx";
import { endpointSecret, secretShown } from "./endpoint-secret.tsx";
import { tested } from "./endpoint-test.tsx";
import { accountOf, accountPage, asksFirst, idOf, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const endpoints = app;

const ON_A_PAGE = 100;
const DONE = {
  changed: { said: "Endpoint changed." },
  on: { said: "Endpoint enabled. What waits for it is sent first." },
  off: { said: "Endpoint disabled. Its events wait in the dead list." },
  removed: { said: "Endpoint removed." },
};

app.get("/", (c) => list(c, {}));

async function list(c: C, typed: Typed, refused?: ApiError) {
  const { items, next } = await ask(c, "GET /admin/v1/accounts/{id}/endpoints", {
    params: { id: accountOf(c) },
    query: { limit: ON_A_PAGE, cursor: c.req.query("cursor") },
  });
  return accountPage(
    c,
    { tab: "endpoints", title: "Endpoints", status: refused?.status, done: DONE },
    <>
      <p class="hint">
        Where the account’s events go, in one form for all APIs, signed by{" "}
        <a href="https://www.standardwebhooks.com" rel="noreferrer">
          Standard Webhooks
        </a>
        . <a href="/docs/events">How they are received</a>. Webhooks in the form of one API are under Callbacks.
      </p>
      {listed(items, "No endpoints yet.", (one) => row(c, one))}
      {next && (
        <p>
          <a href={withParams(here(c), { cursor: next })}>More</a>
        </p>
      )}
      {isShown(c.get("may"), "POST", here(c)) && (
        <>
          <h2>Add one</h2>
          {form({ action: here(c), groups: endpointFields(c, true), typed, refused, submit: "Add endpoint" })}
          {catalogue()}
        </>
      )}
    </>,
  );
}

function row(c: C, one: Endpoint) {
  const { name, url, description } = one;
  return (
    <li>
      <p class="main">
        <a href={here(c, name)}>{name}</a> {description}
      </p>
      <p class="side">{stateBadge(one)}</p>
      <p class="more">
        <span class="mono">{url}</span>
      </p>
      <p class="more">
        {asked(one)}
        {troubleOf(one)}
      </p>
    </li>
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const added = await tried(async () => {
    const params = { id: accountOf(c), name: idOf(typed, "name") };
    // The form sent again, as by a page that is loaded anew, must not change one that is there.
    if (await find(c, "GET /admin/v1/accounts/{id}/endpoints/{name}", { params })) {
      throw new ApiError(409, "name: there is an endpoint of this name already", "name");
    }
    const json = toBody(endpointFields(c, true), typed);
    return ask(c, "PUT /admin/v1/accounts/{id}/endpoints/{name}", { params, json });
  });
  if ("refused" in added) return list(c, typed, added.refused);
  return secretShown(c, "Endpoint added", added.done, "Your server checks signatures with it.");
});

app.get("/:name", (c) => show(c));

async function show(c: C, typed?: Typed, refused?: ApiError) {
  const one = await ask(c, "GET /admin/v1/accounts/{id}/endpoints/{name}", which(c));
  const { account, name, isEnabled } = one;
  const groups = endpointFields(c, false);
  return accountPage(
    c,
    { tab: "endpoints", title: `Endpoint ${name}`, status: refused?.status, done: DONE },
    <>
      <div class="row">
        {stateBadge(one)} <a href={withParams("/console/webhooks", { account, endpoint: name })}>Its webhooks</a>
      </div>
      {factsOf(one)}
      <div class="row">
        <form method="post" action={here(c, name, "test")}>
          <button type="submit">Send a test event</button>
        </form>
        {isEnabled ? (
          <a href={here(c, name, "disable")}>Disable…</a>
        ) : (
          <form method="post" action={here(c, name, "enable")}>
            <button type="submit" class="quiet">
              Enable
            </button>
          </form>
        )}
        <a href={here(c, name, "catch-up")}>Catch up…</a>
        <a href={here(c, name, "rotate")}>Rotate secret…</a>
        <a href={here(c, name, "remove")}>Remove…</a>
      </div>
      {isShown(c.get("may"), "POST", here(c, name)) && (
        <>
          <h2>Change it</h2>
          {form({
            action: here(c, name),
            groups,
            typed: { ...(typed ?? toTyped(groups, one)), name },
            refused,
            submit: "Save",
          })}
          {catalogue()}
        </>
      )}
    </>,
  );
}

app.post("/:name", async (c) => {
  const typed = await typedIn(c);
  const changed = await tried(async () => {
    // An address that is typed wrong must not make another endpoint.
    await ask(c, "GET /admin/v1/accounts/{id}/endpoints/{name}", which(c));
    const json = toBody(endpointFields(c, false), typed);
    return ask(c, "PUT /admin/v1/accounts/{id}/endpoints/{name}", { ...which(c), json });
  });
  if ("refused" in changed) return show(c, typed, changed.refused);
  return c.redirect(`${here(c, nameOf(c))}?done=changed`, 303);
});

app.post("/:name/test", async (c) => {
  const test = await ask(c, "POST /admin/v1/accounts/{id}/endpoints/{name}/test", which(c));
  return accountPage(
    c,
    { tab: "endpoints", title: `Test of ${nameOf(c)}`, styles: ["messages", "webhooks"] },
    tested(test, here(c, nameOf(c))),
  );
});

const REASON: readonly Group[] = [
  { fields: [{ name: "reason", label: "Reason", hint: "Shown with the endpoint. Up to 200 characters." }] },
];

app.get("/:name/disable", (c) => askDisable(c));

function askDisable(c: C, typed: Typed = {}, refused?: ApiError) {
  return askFirst(c, {
    title: `Disable ${nameOf(c)}?`,
    what: <p>Nothing is sent to it. Its events wait in the dead list, and are sent when it is enabled again.</p>,
    groups: REASON,
    typed,
    refused,
    submit: "Yes, disable it",
    back: here(c, nameOf(c)),
  });
}

app.post("/:name/disable", async (c) => {
  const typed = await typedIn(c);
  const disabled = await tried(() =>
    ask(c, "POST /admin/v1/accounts/{id}/endpoints/{name}/disable", { ...which(c), json: toBody(REASON, typed) }),
  );
  if ("refused" in disabled) return askDisable(c, typed, disabled.refused);
  return c.redirect(`${here(c, nameOf(c))}?done=off`, 303);
});

app.post("/:name/enable", async (c) => {
  await ask(c, "POST /admin/v1/accounts/{id}/endpoints/{name}/enable", which(c));
  return c.redirect(`${here(c, nameOf(c))}?done=on`, 303);
});

app.route("/", endpointSecret);
app.route("/", endpointCatchUp);

asksFirst(app, "/:name/remove", (c) => ({
  title: `Remove ${nameOf(c)}?`,
  what: <p>Its secret is gone for good, and what is still to be sent to it goes to the dead list.</p>,
  submit: "Yes, remove it",
  remove: () => ask(c, "DELETE /admin/v1/accounts/{id}/endpoints/{name}", which(c)),
  back: here(c),
  done: "removed",
}));
