/** A list that is narrowed by filters, searched, turned page by page, and live: every list of the console is one of these. */

import type { Child } from "hono/jsx";
import type { C } from "../console-env.ts";
import { find as search, searchBox } from "../pages/search.tsx";
import { asQuery, type Filter, filterForm, type Narrowed, narrowedBy, narrowedIn } from "./filters.tsx";
import { tried } from "./form.tsx";
import { type Notice, page } from "./layout.tsx";
import { type BY_AGE, pager } from "./pager.tsx";

/** So many are on a page. */
const A_PAGE = 50;

type Query = Record<string, string | number | undefined>;

type Listed<Item> = {
  title: string;
  here: string;
  /** The part of the console that it is in; absent: one of its own. */
  section?: string;
  /** Several of them, in a sentence: `messages`. */
  many: string;
  filters: readonly Filter[];
  /** A page of them from the API. */
  load: (query: Query) => Promise<{ items: Item[]; next?: string }>;
  rows: (items: readonly Item[], narrowed: Narrowed) => Child;
  /** What to say where there is none, and nothing is narrowed; or where this says more than that none matches. */
  empty: (narrowed: Narrowed) => string | undefined;
  /** What the stream calls them; empty: the page is only asked for again, at its pace. */
  topic: string;
  /** How often it is asked for again at most, in seconds; absent: as often as anything happens. */
  pace?: number | ((narrowed: Narrowed) => number | undefined);
  /** Whether nothing more can become of it, so that it need not be watched. */
  isOver: (item: Item) => boolean;
  /** The list that a phone number narrows, if it is not this one. */
  people?: string;
  /** What its pages are called. */
  ways?: (narrowed: Narrowed) => typeof BY_AGE;
  /** Before and after the title. */
  top?: Child;
  above?: Child;
  styles?: readonly string[];
  notice?: Notice | undefined;
};

export async function listPage<Item extends { id: string }>(c: C, listed: Listed<Item>) {
  const { title, here, section = here, filters, load, top, above, people = here, styles = [], notice } = listed;
  const wanted = c.req.query("q");
  if (wanted?.trim()) return search(c, people, wanted);
  const narrowed = narrowedIn(c, filters);
  const found = await tried(() =>
    load({ ...asQuery(filters, narrowed), limit: A_PAGE, cursor: c.req.query("cursor") }),
  );
  const refused = "refused" in found ? found.refused : undefined;
  const { items, next } = "done" in found ? found.done : { items: [], next: undefined };
  return page(
    c,
    { title, here: section, status: refused?.status ?? 200, styles: [...new Set(["messages", ...styles])], notice },
    <>
      {top}
      <h1>{title}</h1>
      {searchBox(here)}
      {above}
      {await filterForm(c, { here, filters, narrowed, refused })}
      {narrowedBy(here, filters, narrowed)}
      {!refused && itemsSection(c, listed, narrowed, items, next)}
    </>,
  );
}

function itemsSection<Item extends { id: string }>(
  c: C,
  { here, many, rows, empty, topic, pace, isOver, ways }: Listed<Item>,
  narrowed: Narrowed,
  items: readonly Item[],
  next: string | undefined,
) {
  const isNarrowed = Object.keys(narrowed).length > 0;
  const nothing = empty(narrowed) ?? (isNarrowed ? `No ${many} match these filters.` : `There are no ${many} yet.`);
  return (
    <section
      id="list"
      aria-label={`List of ${many}`}
      data-live={topic}
      data-watch={items.flatMap((item) => (isOver(item) ? [] : [item.id])).join(",")}
      data-pace={typeof pace === "function" ? pace(narrowed) : pace}
    >
      {items.length === 0 ? <p class="empty">{nothing}</p> : rows(items, narrowed)}
      {pager(c, here, narrowed, next, ways?.(narrowed))}
    </section>
  );
}
