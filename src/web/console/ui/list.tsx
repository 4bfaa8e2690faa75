/** A list that is narrowed by filters, searched, turned page by page, and live: every list of the console is one of these. */

import type { Child } from "hono/jsx";
import type { C } from "../console-env.ts";
import { find as search, searchBox } from "../pages/search.tsx";
import { asQuery, CONTAINING, type Filter, filterForm, type Narrowed, narrowedBy, narrowedIn } from "./filters.tsx";
import { tried } from "./form.tsx";
import { type Notice, page } from "./layout.tsx";
import { type BY_AGE, pager } from "./pager.tsx";
import { when, withThousands } from "./words.tsx";

/** So many are on a page. */
const A_PAGE = 50;

type Query = Record<string, string | number | undefined>;
/** How far a search has looked. */
type Searched = { count: number; backTo?: string };

type Listed<Item> = {
  title: string;
  here: string;
  /** Several of them, in a sentence: `messages`. */
  many: string;
  filters: readonly Filter[];
  /** A page of them from the API. */
  load: (query: Query) => Promise<{ items: Item[]; next?: string; searched?: Searched }>;
  rows: (items: readonly Item[], narrowed: Narrowed) => Child;
  /** What to say where there is none, and nothing is narrowed; or where this says more than that none matches. */
  empty: (narrowed: Narrowed) => Child | Promise<Child>;
  /** What the stream calls them; empty: the page is only asked for again, at its pace. */
  topic: string;
  /** How often it is asked for again at most, in seconds; absent: as often as anything happens. */
  pace?: number | ((narrowed: Narrowed) => number | undefined);
  /** Whether nothing more can become of it, so that it need not be watched. */
  isOver: (item: Item) => boolean;
  /** The list that a phone number narrows, if it is not this one; and what of it is the number. */
  people?: string;
  number?: "recipient" | "sender";
  /** What its pages are called. */
  ways?: (narrowed: Narrowed) => typeof BY_AGE;
  /** Before and after the title. */
  top?: Child;
  above?: Child;
  styles?: readonly string[];
  notice?: Notice | undefined;
};

export async function listPage<Item extends { id: string }>(c: C, listed: Listed<Item>) {
  const { title, here, filters, load, top, above, people = here, styles = [], notice } = listed;
  const narrowed = narrowedIn(c, filters);
  const { [CONTAINING.name]: _, recipient: __, sender: ___, theirId: ____, ...kept } = people === here ? narrowed : {};
  const hasTexts = people !== here || filters.includes(CONTAINING);
  const wanted = c.req.query("q");
  if (wanted?.trim()) return search(c, { here: people, number: listed.number ?? "recipient", hasTexts }, wanted, kept);
  const found = await tried(() =>
    load({ ...asQuery(filters, narrowed), limit: A_PAGE, cursor: c.req.query("cursor") }),
  );
  const refused = "refused" in found ? found.refused : undefined;
  const { items, ...way } = "done" in found ? found.done : { items: [] };
  return page(
    c,
    { title, status: refused?.status ?? 200, styles: [...new Set(["messages", ...styles])], notice },
    <>
      {top}
      <h1>{title}</h1>
      {searchBox({ here, hasTexts }, kept)}
      {above}
      {await filterForm(c, { here, filters, narrowed, refused })}
      {narrowedBy(here, filters, narrowed)}
      {!refused && (await itemsSection(c, listed, narrowed, items, way))}
    </>,
  );
}

async function itemsSection<Item extends { id: string }>(
  c: C,
  { here, many, rows, empty, topic, pace, isOver, ways }: Listed<Item>,
  narrowed: Narrowed,
  items: readonly Item[],
  { next, searched }: { next?: string; searched?: Searched },
) {
  const isNarrowed = Object.keys(narrowed).length > 0;
  const nothing =
    items.length > 0
      ? undefined
      : ((await empty(narrowed)) ?? (isNarrowed ? `No ${many} match these filters.` : `No ${many} yet.`));
  return (
    <section
      id="list"
      aria-label={`List of ${many}`}
      data-live={topic}
      data-watch={items.flatMap((item) => (isOver(item) ? [] : [item.id])).join(",")}
      data-pace={typeof pace === "function" ? pace(narrowed) : pace}
    >
      {items.length > 0 ? (
        rows(items, narrowed)
      ) : typeof nothing === "string" ? (
        <p class="empty">{nothing}</p>
      ) : (
        nothing
      )}
      {searched && lookedThrough(many, searched)}
      {pager(c, here, narrowed, next, searched?.backTo && items.length === 0 ? FURTHER : ways?.(narrowed))}
    </section>
  );
}

const FURTHER = { back: "← Newer", on: "Search further back →" };

/** A search has an end: what is older has not been looked at yet, and that must be said. */
function lookedThrough(many: string, { count, backTo }: Searched) {
  return (
    <p class="hint" role="status">
      Searched {withThousands(count)} {many}
      {backTo ? <>, back to {when(backTo)}. Older ones are on the next page.</> : ": all there are."}
    </p>
  );
}
