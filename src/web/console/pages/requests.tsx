/** Requests: kept requests of customers' programs with our answers. A newcomer finds the reason of a first refusal here. */

import { Hono } from "hono";
import { ask, find } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { statusBadge } from "../ui/badge.tsx";
import { ACCOUNT } from "../ui/filters.tsx";
import { page } from "../ui/layout.tsx";
import { listPage } from "../ui/list.tsx";
import { table } from "../ui/table.tsx";
import { dialectName, when } from "../ui/words.tsx";
import { type Exchange, shown } from "./exchange.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const requests = app;

const MESSAGES = "/console/messages";
const HERE = `${MESSAGES}/requests`;

app.get("/", (c) =>
  listPage(c, {
    title: "Requests",
    here: HERE,
    section: MESSAGES,
    people: MESSAGES,
    many: "requests",
    filters: [
      { ...ACCOUNT, all: "all, also without a known account" },
      { name: "refused", label: "Refused only", kind: "tick", read: () => "true" },
    ],
    load: (query) => ask(c, "GET /admin/v1/exchanges", { query }),
    topic: "",
    pace: 3,
    empty: ({ account, refused }) =>
      `No ${refused ? "refused request" : "request"}${account ? ` of ${account}` : ""} is kept.`,
    // What was answered stays as it is.
    isOver: () => true,
    top: (
      <p class="back">
        <a href={MESSAGES}>← Messages</a>
      </p>
    ),
    above: (
      <>
        <p class="hint">
          What programs sent to the APIs and were answered, refused ones too. They are kept for a day; under load some
          are left out, and what is secret in them is masked. Refused is what has a status of 400 or more: txtNation and
          CM.com's XML say what is wrong with 200.
        </p>
        {!c.get("keepsRequests") && (
          <p class="notice">
            Requests are not kept here: the setting KEEP_REQUESTS is off. Turned on, they appear here.
          </p>
        )}
      </>
    ),
    rows: (items) => rows(c, items),
  }),
);

function rows(c: C, items: readonly Exchange[]) {
  return table({
    rows: items,
    idOf: ({ id }) => `row-${id}`,
    columns: [
      { head: "Status", cell: ({ status }) => statusBadge(status) },
      { head: "Request", class: "main", cell: line },
      { head: "Account", class: "wide", cell: ({ account }) => account ?? "unknown" },
      { head: "API", class: "wide", cell: ({ dialect }) => dialectName(c, dialect) },
      { head: "Came (UTC)", class: "when", cell: ({ at }) => when(at) },
    ],
  });
}

function line({ id, method, path }: Exchange) {
  return (
    <a class="whole long" href={`${HERE}/${id}`}>
      {method} {path}
    </a>
  );
}

app.get("/:id", async (c) => {
  const { id } = c.req.param();
  const exchange = await find(c, "GET /admin/v1/exchanges/{id}", { params: { id } });
  return page(
    c,
    { title: "Request", here: MESSAGES, status: exchange ? 200 : 404, styles: ["messages"] },
    <>
      <p class="back">
        <a href={HERE}>← Requests</a>
      </p>
      <h1>{exchange ? "Request" : "No such request"}</h1>
      {exchange ? (
        <>
          <p>
            {exchange.account ? `From ${exchange.account}` : "From an unknown caller"}, over{" "}
            {dialectName(c, exchange.dialect)}
          </p>
          <h2>What the client sent and got</h2>
          {shown(exchange)}
        </>
      ) : (
        <p>
          Nothing has the id <code>{id.slice(0, 80)}</code>: requests are kept for a day.
        </p>
      )}
    </>,
  );
});
