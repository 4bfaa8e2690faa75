/** Campaigns: how far each is, and the buttons that start, pause, resume and cancel it. */

import { Hono } from "hono";
import { CAMPAIGN_MOVES, CAMPAIGN_STATES } from "../../../core/campaigns/campaign.ts";
import { type Answer, ask, find, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { badge, reasonWords } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { confirm, facts } from "../ui/facts.tsx";
import { ACCOUNT, anyOf } from "../ui/filters.tsx";
import { PACE, page } from "../ui/layout.tsx";
import { listPage } from "../ui/list.tsx";
import { pager } from "../ui/pager.tsx";
import { table } from "../ui/table.tsx";
import { capital, when, withThousands } from "../ui/words.tsx";
import { newCampaign } from "./campaign-form.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const campaigns = app;

const HERE = "/console/campaigns";
type Campaign = Answer<"GET /admin/v1/campaigns/{id}">;
type Recipient = Item<"GET /admin/v1/campaigns/{id}/recipients">;

const isOver = ({ state }: Pick<Campaign, "state">) => CAMPAIGN_MOVES[state].length === 0;

app.route("/new", newCampaign);

app.get("/", (c) =>
  listPage(c, {
    title: "Campaigns",
    here: HERE,
    many: "campaigns",
    filters: [
      { name: "state", label: "State", kind: "choice", options: anyOf(CAMPAIGN_STATES, (state) => state) },
      ACCOUNT,
    ],
    people: "/console/messages",
    load: (query) => ask(c, "GET /admin/v1/campaigns", { query }),
    topic: "messages",
    pace: PACE,
    above: (
      <p>
        <a href={`${HERE}/new`}>New campaign…</a>
      </p>
    ),
    empty: (narrowed) =>
      Object.keys(narrowed).length > 0 ? undefined : (
        <p class="empty">
          No campaigns yet. A program makes one with <code>POST /admin/v1/campaigns</code>:{" "}
          <a href="/docs/campaigns">how</a>.
        </p>
      ),
    isOver: (campaign) => isOver(campaign),
    rows: (items) =>
      table({
        rows: items,
        idOf: ({ id }) => id,
        columns: [
          { head: "Campaign", class: "main", cell: summary },
          { head: "State", cell: ({ state }) => badge("campaigns", state) },
          { head: "Waiting", class: "wide sum", cell: ({ progress }) => withThousands(progress.waiting) },
          { head: "Delivered", class: "sum", cell: ({ progress }) => withThousands(progress.delivered) },
          { head: "Failed", class: "wide sum", cell: ({ progress }) => withThousands(progress.failed) },
          { head: "Made", class: "wide when", cell: ({ createdAt }) => when(createdAt) },
        ],
      }),
    styles: ["lists"],
  }),
);

function summary({ id, name, account, progress }: Item<"GET /admin/v1/campaigns">) {
  return (
    <>
      <a class="whole" href={`${HERE}/${id}`}>
        {name}
      </a>
      <span class="snippet">
        {withThousands(progress.accepted)} lines, {account}
      </span>
    </>
  );
}

const SAID = {
  made: { said: "The draft is made. Nothing is sent before you start it." },
  started: { said: "The campaign is started." },
  paused: { said: "The campaign is paused. Texts that no carrier has yet wait until it is resumed." },
  resumed: { said: "The campaign goes on." },
  cancelled: { said: "The campaign is cancelled. What had not left is not sent." },
  late: { said: "Not done: the campaign is in another state by now.", isBad: true },
};

app.get("/:id", async (c) => {
  const params = { id: idOf(c) };
  const campaign = await find(c, "GET /admin/v1/campaigns/{id}", { params });
  if (!campaign) return page(c, { title: "Not found", status: 404 }, <p>There is no such campaign.</p>);
  const query = { state: "skipped", limit: 50, cursor: c.req.query("cursor") };
  const { items, next } = await ask(c, "GET /admin/v1/campaigns/{id}/recipients", { params, query });
  return page(
    c,
    { title: campaign.name, notice: noticeOf(c, SAID), styles: ["messages", "lists", "forms"] },
    <>
      <p class="back">
        <a href={HERE}>← Campaigns</a>
      </p>
      <h1>{campaign.name}</h1>
      <section
        id="campaign"
        data-live="messages"
        data-pace={PACE}
        data-watch={isOver(campaign) ? "" : campaign.id}
        aria-label="Progress"
      >
        <p>
          {badge("campaigns", campaign.state)}
          {campaign.reason && campaign.reason !== "done" && ` ${reasonWords(campaign.reason)}`}
        </p>
        {buttons(campaign)}
        <h2>Progress</h2>
        {bar(campaign)}
        {progress(campaign)}
        <h2>Facts</h2>
        {factsOf(campaign)}
        {skipped(items)}
        {pager(c, `${HERE}/${campaign.id}`, {}, next)}
      </section>
    </>,
  );
});

const VERBS = {
  draft: [["start", "Start"]],
  scheduled: [["pause", "Pause"]],
  running: [["pause", "Pause"]],
  paused: [["resume", "Resume"]],
  finished: [],
  cancelled: [],
} as const satisfies Record<Campaign["state"], readonly (readonly [string, string])[]>;

function buttons({ id, state, progress }: Campaign) {
  return (
    <>
      {VERBS[state].map(([verb, word]) => (
        <form method="post" action={`${HERE}/${id}/${verb}`}>
          <button type="submit">{word}</button>
        </form>
      ))}
      {!isOver({ state }) &&
        confirm({
          ask: "Cancel it…",
          says: `The ${withThousands(progress.waiting + progress.underWay)} texts that have not left are not sent. What was sent is not undone. It cannot be begun again.`,
          action: `${HERE}/${id}/cancel`,
          button: "Cancel the campaign",
        })}
    </>
  );
}

/** How many of its texts have left, or will not. A draft has none to show. */
function bar({ state, progress: { accepted, waiting, underWay } }: Campaign) {
  if (state === "draft" || accepted === 0) return undefined;
  const over = accepted - waiting - underWay;
  return (
    <p class="far">
      <progress max={accepted} value={over} aria-label="Progress" /> {withThousands(over)} of {withThousands(accepted)}{" "}
      lines done
    </p>
  );
}

function progress({ progress: { skipped, ...counts } }: Campaign) {
  const rows = [
    ["Lines", counts.accepted],
    ["Waiting", counts.waiting],
    ["Under way to a carrier", counts.underWay],
    ["Sent, no receipt yet", counts.sent],
    ["Delivered", counts.delivered],
    ["Failed", counts.failed],
    ["Cancelled", counts.cancelled],
    ...Object.entries(skipped).map(([reason, count]) => [`Skipped: ${reasonWords(reason)}`, count ?? 0] as const),
  ] as const;
  return table({
    rows,
    idOf: ([name]) => name,
    columns: [
      { head: "Texts", isName: true, cell: ([name]) => name },
      { head: "Count", class: "sum", cell: ([, count]) => withThousands(count) },
    ],
  });
}

function factsOf(campaign: Campaign) {
  const { account, sender, text, perMinute, window, startsAt, endsAt, startedAt, endedAt, id } = campaign;
  return facts([
    ["Account", account],
    ["From", sender],
    ["Text", <span class="text">{text}</span>],
    ["Pace", `${withThousands(perMinute)} a minute at most`],
    ["Hours", window && `${window.hours}, ${window.timeZone ?? "by the recipient’s clock"}`],
    ["Starts", when(startsAt)],
    ["Ends", endsAt && when(endsAt)],
    ["Started", startedAt && when(startedAt)],
    ["Over since", endedAt && when(endedAt)],
    ["Id", <code>{id}</code>],
  ]);
}

function skipped(items: readonly Recipient[]) {
  if (items.length === 0) return undefined;
  return (
    <>
      <h2>Skipped</h2>
      {table({
        rows: items,
        idOf: ({ recipient }) => recipient,
        columns: [
          { head: "Number", isName: true, cell: ({ recipient }) => recipient },
          { head: "Why", cell: ({ reason }) => (reason ? capital(reasonWords(reason)) : "") },
        ],
      })}
    </>
  );
}

const DONE = { start: "started", pause: "paused", resume: "resumed", cancel: "cancelled" } as const;

for (const verb of ["start", "pause", "resume", "cancel"] as const) {
  app.post(`/:id/${verb}`, (c) =>
    attempted(
      c,
      () => `${HERE}/${idOf(c)}`,
      { done: DONE[verb], late: "late" },
      () => ask(c, `POST /admin/v1/campaigns/{id}/${verb}`, { params: { id: idOf(c) } }),
    ),
  );
}

function idOf(c: C): string {
  return c.req.param("id") ?? "";
}
