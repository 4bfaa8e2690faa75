/** A list that is narrowed by filters, searched, turned page by page, and live: messages, and charges. */

import type { Child } from "hono/jsx";
import type { C } from "../console-env.ts";
import { find as search, searchBox } from "../pages/search.tsx";
import { asQuery, filterForm, filtersIn, narrowedBy, pager } from "./filters.tsx";
import { PACE, page } from "./layout.tsx";

/** So many are on a page. */
export const A_PAGE = 50;

type Query = ReturnType<typeof asQuery> & { limit: number; cursor: string | undefined };

type Listed<Item> = {
  title: string;
  here: string;
  kind: "messages" | "charges";
  /** One of them, in a sentence: `message`. */
  one: string;
  /** A page of them from the API, narrowed like this. */
  load: (query: Query) => Promise<{ items: Item[]; next?: string }>;
  /** What the stream calls them. */
  topic: "messages" | "transactions";
  states: readonly string[];
  /** Whether nothing more can become of it, so that it need not be watched. */
  isOver: (item: Item) => boolean;
  above?: Child;
  rows: (items: readonly Item[]) => Child;
};

export async function listPage<Item extends { id: string }>(c: C, listed: Listed<Item>) {
  const { title, here, kind, one, load, topic, states, isOver, above, rows } = listed;
  const wanted = c.req.query("q");
  if (wanted?.trim()) return search(c, here, wanted);
  const filters = filtersIn(c);
  const [{ items, next }, form] = await Promise.all([
    load({ ...asQuery(filters), limit: A_PAGE, cursor: c.req.query("cursor") }),
    filterForm(c, here, filters, kind, states),
  ]);
  return page(
    c,
    { title, here, styles: ["messages"] },
    <>
      <h1>{title}</h1>
      {searchBox(here)}
      {above}
      {form}
      {narrowedBy(c, here, filters, kind)}
      <section
        id="list"
        aria-label={`List of ${kind}`}
        data-live={topic}
        data-watch={items.flatMap((item) => (isOver(item) ? [] : [item.id])).join(",")}
        data-pace={filters.state && PACE}
      >
        {items.length === 0 ? (
          <p class="empty">{`No ${one} is here${Object.keys(filters).length > 0 ? " that all of this is true of" : ""}.`}</p>
        ) : (
          rows(items)
        )}
        {pager(c, here, filters, next)}
      </section>
    </>,
  );
}
