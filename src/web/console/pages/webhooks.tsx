/** Webhooks: where they go, which are dead, and how to try again. */

import { Hono } from "hono";
import { WEBHOOK_KINDS, WEBHOOK_STATES } from "../../../core/webhooks/webhook.ts";
import { ask, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge } from "../ui/badge.tsx";
import { ACCOUNT, anyOf, type Filter, type Narrowed, SINCE, UNTIL } from "../ui/filters.tsx";
import { tried } from "../ui/form.tsx";
import { type Notice, PACE } from "../ui/layout.tsx";
import { listPage } from "../ui/list.tsx";
import { capital, when, withThousands } from "../ui/words.tsx";
import { endpointRow, endpoints } from "./endpoints.tsx";
import { noWebhookYet } from "./nothing-yet.tsx";
import { webhookPage } from "./webhook-page.tsx";
import { replay } from "./webhook-replay.tsx";
import { eventInWords, KIND_WORDS, times, type Webhook } from "./webhook-words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const webhooks = app;

const HERE = "/console/webhooks";
const FILTERS: readonly Filter[] = [
  ACCOUNT,
  { name: "kind", label: "Event", kind: "choice", options: anyOf(WEBHOOK_KINDS, (kind) => KIND_WORDS[kind]) },
  {
    name: "state",
    label: "State",
    kind: "choice",
    options: anyOf(WEBHOOK_STATES, capital),
  },
  { name: "endpoint", label: "Endpoint", size: 24 },
  { ...SINCE, label: "From (UTC)" },
  UNTIL,
];

app.route("/endpoints", endpoints);
app.route("/replay", replay);

app.get("/", async (c) =>
  listPage(c, {
    title: "Webhooks",
    here: HERE,
    people: "/console/messages",
    many: "webhooks",
    filters: FILTERS,
    load: (query) => ask(c, "GET /admin/v1/webhooks", { query }),
    topic: "webhooks",
    pace: PACE,
    empty: (narrowed) => empty(c, narrowed),
    isOver: ({ state }) => state === "answered",
    above: (
      <>
        {await replaying(c)}
        {await trouble(c)}
      </>
    ),
    rows: (items, narrowed) => (
      <>
        {narrowed.state === "dead" && (
          <p>
            <a class="button" href={withParams(`${HERE}/replay`, { ...narrowed, state: undefined })}>
              Replay all of these…
            </a>
          </p>
        )}
        <ul class="rows">{items.map(row)}</ul>
      </>
    ),
    styles: ["forms", "lists", "webhooks"],
    notice: noticeOf(c),
  }),
);

/** After a replay: how far it has come, as far as the webhooks that are owed tell. Others are owed, too: so both are said. */
async function replaying(c: C) {
  const count = replayedIn(c);
  if (count === 0) return undefined;
  const found = await tried(() => ask(c, "GET /admin/v1/figures"));
  if ("refused" in found) return undefined; // A token that is for one account alone.
  const { owed } = found.done.webhooks;
  return (
    <p id="replaying" data-live="webhooks">
      <label for="replayed">Replay</label> <progress id="replayed" max={count} value={Math.max(0, count - owed)} />{" "}
      {owed === 0 ? "No webhooks are owed any more." : `${withThousands(owed)} webhooks still owed, of all accounts.`}
    </p>
  );
}

function replayedIn(c: C): number {
  return c.req.query("done") === "replayed" ? Number(c.req.query("count")) || 0 : 0;
}

/** The endpoints that fail or are paused; of the account that is looked at, if one is. */
async function trouble(c: C) {
  const { items } = await ask(c, "GET /admin/v1/endpoints", {
    query: { account: c.req.query("account")?.trim(), limit: 500 },
  });
  const troubled = items.filter(({ failingSince, pausedAt }) => failingSince || pausedAt);
  return (
    <section id="trouble" data-live="webhooks" aria-label="Endpoints in trouble">
      {troubled.length > 0 && (
        <>
          <h2>Endpoints in trouble</h2>
          <ul class="rows">{troubled.map(endpointRow)}</ul>
        </>
      )}
    </section>
  );
}

app.route("/", webhookPage);

function empty(c: C, { state, ...others }: Narrowed) {
  if (state === "dead") return "No dead webhooks: each was received, or is still being retried.";
  return state === undefined && Object.keys(others).length === 0 ? noWebhookYet(c) : undefined;
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
        {state === "owed" && attempts > 0 && dueAt && <>, next attempt {when(dueAt)}</>}
        {reason && <span class="why">, {reason}</span>}
      </p>
    </li>
  );
}

function noticeOf(c: C): Notice | undefined {
  if (c.req.query("done") !== "replayed") return undefined;
  const count = replayedIn(c);
  if (count === 0) return { said: "No matching webhooks; nothing was queued." };
  return { said: count === 1 ? "1 webhook queued." : `${withThousands(count)} webhooks queued.` };
}
