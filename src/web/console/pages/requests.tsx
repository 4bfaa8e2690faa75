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
    title: "API requests",
    here: HERE,
    people: MESSAGES,
    many: "requests",
    filters: [
      { ...ACCOUNT, all: "all, incl. unauthenticated" },
      { name: "refused", label: "Errors only", kind: "tick", read: () => "true" },
    ],
    load: (query) => ask(c, "GET /admin/v1/exchanges", { query }),
    topic: "",
    pace: 3,
    empty: ({ account, refused }) =>
      `No ${refused ? "failed requests" : "requests"}${account ? ` of ${account}` : ""} in the log.`,
    // What was answered stays as it is.
    isOver: () => true,
    above: (
      <>
        <p class="hint">
          API request log, including errors. Kept for a day unless the account says otherwise; under load some are left
          out. Secrets are masked. An error is a status of 400 or more: txtNation and CM.com's XML report errors with
          200.
        </p>
        {!c.get("keepsRequests") && (
          <p class="notice">Requests are not logged here. Set KEEP_REQUESTS=on to log them.</p>
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
      { head: "Account", class: "wide", cell: ({ account }) => account ?? "unauthenticated" },
      { head: "Dialect", class: "wide", cell: ({ dialect }) => dialectName(c, dialect) },
      { head: "Received", class: "when", cell: ({ at }) => when(at) },
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
    { title: "Request", status: exchange ? 200 : 404, styles: ["messages"] },
    <>
      <p class="back">
        <a href={HERE}>← API requests</a>
      </p>
      <h1>{exchange ? "Request" : "No such request"}</h1>
      {exchange ? (
        <>
          <p>
            {exchange.account ? `From ${exchange.account}` : "Unauthenticated"}, dialect{" "}
            {dialectName(c, exchange.dialect)}
            {exchange.requestId && (
              <>
                ; called <code>{exchange.requestId}</code> in the log
              </>
            )}
          </p>
          <h2>Request and response</h2>
          {shown(exchange)}
        </>
      ) : (
        <p>
          Nothing has the id <code>{id.slice(0, 80)}</code>: requests are kept for one day unless their account says
          otherwise.
        </p>
      )}
    </>,
  );
});
