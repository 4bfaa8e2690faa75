/** Endpoints: whether they take what is sent there; holding one back, and going on. */

import { Hono } from "hono";
import { type ApiError, ask, find, type Item, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { noticeOf } from "../ui/done.ts";
import { accountField } from "../ui/filters.tsx";
import { type Group, type Typed, tried, typedIn } from "../ui/form.tsx";
import { type Notice, PACE, page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const endpoints = app;

const WEBHOOKS = "/console/webhooks";
const HERE = `${WEBHOOKS}/endpoints`;
const ON_A_PAGE = 100;
const STYLES = ["messages", "forms", "lists", "webhooks"];
/** So many of the newest webhooks are watched: an endpoint fails when one of them does. */
const WATCHED = 50;

export type Endpoint = Item<"GET /admin/v1/endpoints">;

type Callback = Item<"GET /admin/v1/accounts/{id}/callbacks">;
const URLS = ["messageUrl", "reportUrl", "mmsMessageUrl", "mmsReportUrl", "subscriptionUrl"] as const;

const DONE: Record<string, Notice> = {
  paused: { said: "Endpoint paused. Its pending webhooks are on the dead list." },
  resumed: { said: "Endpoint resumed, starting with what the pause held back." },
};

app.get("/", async (c) => {
  const account = c.req.query("account")?.trim() || undefined;
  const cursor = c.req.query("cursor");
  const [{ items, next }, newest, callbacks] = await Promise.all([
    ask(c, "GET /admin/v1/endpoints", { query: { account, cursor, limit: ON_A_PAGE } }),
    ask(c, "GET /admin/v1/webhooks", { query: { account, limit: WATCHED } }),
    account === undefined ? undefined : find(c, "GET /admin/v1/accounts/{id}/callbacks", { params: { id: account } }),
  ]);
  const pending = newest.items.filter(({ state }) => state === "owed" || state === "delivering");
  const quiet = account === undefined || cursor || next ? [] : withoutFailure(account, callbacks?.items ?? [], items);
  return page(
    c,
    { title: "Endpoints", styles: STYLES, notice: noticeOf(c, DONE) },
    <>
      <h1>Endpoints</h1>
      <form class="filters" method="get" aria-label="Filters">
        {await accountField(c, account)}
        <button type="submit">Show</button>
      </form>
      <p class="hint">
        An endpoint is a URL without its query string, listed once a webhook to it has failed.{" "}
        {account === undefined ? "Choose an account to see all the URLs that it has set." : ""}
      </p>
      <section
        id="endpoints"
        data-live="webhooks"
        data-pace={PACE}
        data-watch={pending.map(({ id }) => id).join(",")}
        aria-label="Endpoints"
      >
        {items.length + quiet.length === 0 ? (
          <p class="empty">No webhook has failed so far.</p>
        ) : (
          <ul class="rows">{[...items, ...quiet].map(endpointRow)}</ul>
        )}
        {next && (
          <p>
            <a href={withParams(HERE, { account, cursor: next })}>More</a>
          </p>
        )}
      </section>
    </>,
  );
});

/** Addresses that the account has set, and where nothing has failed so far. */
function withoutFailure(account: string, callbacks: readonly Callback[], known: readonly Endpoint[]): Endpoint[] {
  const set = callbacks.flatMap((callback) => URLS.flatMap((url) => callback[url]?.split("?", 1)[0] ?? []));
  const others = new Set(set.filter((address) => !known.some(({ endpoint }) => endpoint === address)));
  return [...others].sort().map((endpoint) => ({ account, endpoint, failures: 0 }));
}

/** One of a list: its health, and what can be done. */
export function endpointRow(one: Endpoint) {
  const { account, endpoint, failingSince, failures, pausedAt, reason } = one;
  const which = { account, endpoint };
  const state = pausedAt ? "paused" : failingSince ? "failing" : "healthy";
  const tone = state === "healthy" ? "good" : "bad";
  return (
    <li>
      <p class="main mono">
        <a href={withParams(WEBHOOKS, which)}>{endpoint}</a>
      </p>
      <p class="side">
        <span class={`badge ${tone}`}>{state}</span>{" "}
        {pausedAt ? (
          <a href={withParams(`${HERE}/resume`, which)} aria-label={`Resume ${endpoint}`}>
            Resume…
          </a>
        ) : (
          <a href={withParams(`${HERE}/pause`, which)} aria-label={`Pause ${endpoint}`}>
            Pause…
          </a>
        )}
      </p>
      <p class="more">
        {account}
        {failingSince && (
          <>
            , {failures === 1 ? "failed once" : `failed ${failures} times`}, no success since {when(failingSince)}
          </>
        )}
        {pausedAt && (
          <>
            , paused {when(pausedAt)}: {reason}
          </>
        )}
      </p>
    </li>
  );
}

const REASON: readonly Group[] = [
  {
    fields: [
      {
        name: "reason",
        label: "Reason",
        hint: "Shown with each webhook that is held back. Up to 200 characters.",
        required: true,
      },
    ],
  },
];

app.get("/pause", async (c) => askPause(c, whichOf(c)));

async function askPause(c: C, which: Which, typed: Typed = {}, refused?: ApiError) {
  return askFirst(c, {
    title: "Pause an endpoint",
    styles: ["webhooks"],
    what: (
      <p>
        Webhooks of {which.account} to <strong class="mono">{which.endpoint}</strong> will be held back.{" "}
        {await counted(c, which, "owed", "is pending now and moves", "are pending now and move")} to the dead list, and
        so will later ones, until it is resumed.
      </p>
    ),
    groups: REASON,
    typed,
    refused,
    hidden: which,
    action: `${HERE}/pause`,
    submit: "Pause endpoint",
    back: HERE,
  });
}

app.post("/pause", async (c) => {
  const { account = "", endpoint = "", ...typed } = await typedIn(c);
  const answer = await tried(() =>
    ask(c, "POST /admin/v1/endpoints/pause", { json: { account, endpoint, reason: typed.reason } }),
  );
  if ("refused" in answer) return askPause(c, { account, endpoint }, typed, answer.refused);
  return c.redirect(withParams(HERE, { account, done: "paused" }), 303);
});

app.get("/resume", async (c) => {
  const which = whichOf(c);
  return askFirst(c, {
    title: "Resume an endpoint",
    styles: ["webhooks"],
    what: (
      <p>
        Webhooks of {which.account} to <strong class="mono">{which.endpoint}</strong> will be sent again.{" "}
        {await counted(c, which, "dead", "is", "are")} on the dead list; those that the pause put there are sent at
        once.
      </p>
    ),
    hidden: which,
    action: `${HERE}/resume`,
    submit: "Resume endpoint",
    isDanger: false,
    back: HERE,
  });
});

app.post("/resume", async (c) => {
  const { account = "", endpoint = "" } = await typedIn(c);
  await ask(c, "POST /admin/v1/endpoints/resume", { json: { account, endpoint } });
  return c.redirect(withParams(HERE, { account, done: "resumed" }), 303);
});

type Which = { account: string; endpoint: string };

function whichOf(c: C): Which {
  return { account: c.req.query("account") ?? "", endpoint: c.req.query("endpoint") ?? "" };
}

/** How many such webhooks there are, counted up to a hundred. */
async function counted(c: C, which: Which, state: string, one: string, many: string): Promise<string> {
  const { items, next } = await ask(c, "GET /admin/v1/webhooks", { query: { ...which, state, limit: 100 } });
  if (items.length === 0) return `Nothing ${one}`;
  if (items.length === 1) return `1 webhook ${one}`;
  return `${next ? "More than 100" : items.length} webhooks ${many}`;
}
