/** The audit log: who changed what, when and from where. */

import { Hono } from "hono";
import { ask, type Item, withParams } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { asQuery, type Filter, filterForm, narrowedBy, narrowedIn, SINCE, UNTIL } from "../ui/filters.tsx";
import { tried } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { pager } from "../ui/pager.tsx";
import { table } from "../ui/table.tsx";
import { when } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const audit = app;

type Entry = Item<"GET /admin/v1/audit">;

const HERE = "/console/audit";
const A_PAGE = 50;
const FILTERS: readonly Filter[] = [
  { name: "actor", label: "Who", size: 16 },
  { name: "action", label: "Action", size: 24 },
  { name: "subject", label: "Subject begins with", size: 20 },
  SINCE,
  UNTIL,
];

app.get("/", async (c) => {
  const narrowed = narrowedIn(c, FILTERS);
  const query = { ...asQuery(FILTERS, narrowed), limit: A_PAGE, cursor: c.req.query("cursor") };
  const found = await tried(() => ask(c, "GET /admin/v1/audit", { query }));
  const refused = "refused" in found ? found.refused : undefined;
  const { items, next } = "done" in found ? found.done : { items: [], next: undefined };
  const isNarrowed = Object.keys(narrowed).length > 0;
  return page(
    c,
    { title: "Audit log", status: refused?.status ?? 200, styles: ["messages"] },
    <>
      <h1>Audit log</h1>
      <p class="hint">
        Every change that an operator asked for, written down before it was made. Each entry holds the hash of the one
        before: take the log out with <code>/admin/v1/audit/export</code>, and <code>npm run audit-check</code> tells
        whether it is unbroken.
      </p>
      {await filterForm(c, { here: HERE, filters: FILTERS, narrowed, refused })}
      {narrowedBy(HERE, FILTERS, narrowed)}
      {items.length === 0 && !refused && (
        <p class="empty">{isNarrowed ? "No entries match these filters." : "There are no entries yet."}</p>
      )}
      {items.length > 0 && rows(items)}
      {pager(c, HERE, narrowed, next)}
    </>,
  );
});

function rows(items: readonly Entry[]) {
  return table({
    rows: items,
    idOf: ({ seq }) => `entry-${seq}`,
    caption: "Entries of the audit log, the newest first",
    columns: [
      { head: "What", class: "main", cell: what },
      { head: "From", class: "wide", cell: ({ from }) => from },
      { head: "Time", class: "when", cell: ({ at }) => when(at) },
    ],
  });
}

function who({ actor }: Entry) {
  if (actor === "") return "unknown";
  return <a href={withParams(HERE, { actor })}>{actor}</a>;
}

function what(entry: Entry) {
  const { action, subject, before, after } = entry;
  const refused = (after as { refused?: number } | undefined)?.refused;
  return (
    <>
      <a href={withParams(HERE, { action })}>{action}</a>{" "}
      {refused !== undefined && <span class="badge bad">refused, {refused}</span>}
      <span class="snippet">
        {who(entry)}: <a href={withParams(HERE, { subject })}>{subject}</a>
      </span>
      {refused === undefined && (before !== undefined || after !== undefined) && (
        <details>
          <summary>Details</summary>
          {shown("Before", before)}
          {shown("Asked for", after)}
        </details>
      )}
    </>
  );
}

function shown(head: string, value: unknown) {
  if (value === undefined) return undefined;
  return (
    <>
      <p class="hint">{head}</p>
      <pre tabindex={0}>{JSON.stringify(value, undefined, 2)}</pre>
    </>
  );
}
