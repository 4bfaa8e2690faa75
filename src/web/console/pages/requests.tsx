/** Requests: what customers' programs sent lately, and what they were answered. Where a newcomer sees the first refusal. */

import { Hono } from "hono";
import { ask, find } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { statusBadge } from "../ui/badge.tsx";
import { accountField, pager } from "../ui/filters.tsx";
import { page } from "../ui/layout.tsx";
import { A_PAGE } from "../ui/list.tsx";
import { dialectName, when } from "../ui/words.tsx";
import { type Exchange, shown } from "./exchange.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const requests = app;

const MESSAGES = "/console/messages";
const HERE = `${MESSAGES}/requests`;

app.get("/", async (c) => {
  const account = c.req.query("account")?.trim() || undefined;
  const refused = c.req.query("refused") === undefined ? undefined : "true";
  const [{ items, next }, accounts] = await Promise.all([
    ask(c, "GET /admin/v1/exchanges", {
      query: { account, refused, limit: A_PAGE, cursor: c.req.query("cursor") },
    }),
    accountField(c, account, "all, and nobody"),
  ]);
  const filters = { ...(account ? { account } : {}), ...(refused ? { refused } : {}) };
  return page(
    c,
    { title: "Requests", here: MESSAGES, styles: ["messages"] },
    <>
      <p class="back">
        <a href={MESSAGES}>← Messages</a>
      </p>
      <h1>Requests</h1>
      <p class="hint">
        What programs sent to the APIs and were answered, refused ones too. They are kept for a day; under load some are
        left out, and what is secret in them is masked. Refused is what has a status of 400 or more: txtNation and
        CM.com's XML say what is wrong with 200.
      </p>
      {!c.get("keepsRequests") && (
        <p class="notice">Requests are not kept here: the setting KEEP_REQUESTS is off. Turned on, they appear here.</p>
      )}
      <form class="filters" method="get" action={HERE} aria-label="Filters">
        {accounts}
        <p class="tick">
          <input id="refused" name="refused" type="checkbox" value="true" checked={refused !== undefined} />
          <label for="refused">Refused only</label>
        </p>
        <button type="submit">Filter</button>
      </form>
      <section id="list" aria-label="List of requests" data-live="" data-pace="3">
        {items.length === 0 ? <p class="empty">{nothing(account, refused !== undefined)}</p> : rows(c, items)}
        {pager(c, HERE, filters, next)}
      </section>
    </>,
  );
});

function nothing(account: string | undefined, isRefusedOnly: boolean): string {
  const which = isRefusedOnly ? "refused request" : "request";
  return `No ${which}${account ? ` of ${account}` : ""} is kept.`;
}

function rows(c: C, items: readonly Exchange[]) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col" class="main">
            Request
          </th>
          <th scope="col" class="wide">
            Account
          </th>
          <th scope="col" class="wide">
            API
          </th>
          <th scope="col" class="when">
            Came (UTC)
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ id, status, method, path, account, dialect, at }) => (
          <tr id={`row-${id}`}>
            <td>{statusBadge(status)}</td>
            <td>
              <a class="whole long" href={`${HERE}/${id}`}>
                {method} {path}
              </a>
            </td>
            <td class="wide">{account ?? "nobody known"}</td>
            <td class="wide">{dialectName(c, dialect)}</td>
            <td class="when">{when(at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
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
            {exchange.account ? `From ${exchange.account}` : "From nobody known"}, over{" "}
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
