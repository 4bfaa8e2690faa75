/** What the pages of one account have in common: whose they are, and the way from one to the next. */

import type { Hono } from "hono";
import type { Child } from "hono/jsx";
import { ApiError, ask, type Item, isSegment } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { noticeOf } from "../ui/done.ts";
import { tried } from "../ui/form.tsx";
import { type Notice, page, tabList } from "../ui/layout.tsx";

export const SETUP = "/console/setup";
export const STYLES = ["forms", "lists", "setup"] as const;

export type Account = Item<"GET /admin/v1/accounts">;

const TABS = [
  ["", "Account"],
  ["credentials", "Credentials"],
  ["senders", "Senders"],
  ["callbacks", "Callbacks"],
  ["endpoints", "Endpoints"],
  ["merchants", "Merchants"],
  ["services", "Services"],
  ["suppressions", "Opt-outs"],
  ["codes", "Codes"],
  ["settings", "Settings"],
] as const;
export type Tab = (typeof TABS)[number][0];

/** The account that the page is about. */
export function accountOf(c: C): string {
  return c.req.param("account") ?? "";
}

/** An address of it in the console. */
export function inSetup(c: C, ...parts: string[]): string {
  return [SETUP, ...[accountOf(c), ...parts].map(encodeURIComponent)].join("/");
}

/** An id that somebody typed, as a part of an address. @throws ApiError with its field */
export function idOf(typed: Readonly<Record<string, string>>, field: string): string {
  const id = typed[field] ?? "";
  if (isSegment(id)) return id;
  throw new ApiError(400, `${field}: must be given, and not be just dots`, field);
}

/** A page of an account. */
export async function accountPage(
  c: C,
  options: { tab: Tab; title: string; status?: number | undefined; done?: Record<string, Notice>; styles?: string[] },
  body: Child,
) {
  const { name, id, state } = await ask(c, "GET /admin/v1/accounts/{id}", { params: { id: accountOf(c) } });
  const notice = noticeOf(c, options.done ?? {});
  return page(
    c,
    {
      title: `${options.title}, ${name}`,
      status: options.status ?? 200,
      styles: [...STYLES, ...(options.styles ?? [])],
      notice,
    },
    <>
      <p class="crumbs">
        <a href={SETUP}>Accounts</a> / {name} <span class="mono">{id}</span>
        {state === "closed" && <span class="badge bad">closed</span>}
      </p>
      {tabList(
        "Account",
        TABS.map(([path, name]) => ({
          href: inSetup(c, ...(path ? [path] : [])),
          name,
          isHere: path === options.tab,
        })),
      )}
      <h1>{options.title}</h1>
      {body}
    </>,
  );
}

/** A list of what there is; or what to say where there is nothing. */
export function listed<Item>(items: readonly Item[], empty: string, row: (item: Item) => Child) {
  if (items.length === 0) return <p class="empty">{empty}</p>;
  return <ul class="rows">{items.map(row)}</ul>;
}

/** At this path the page asks first; `remove` is done when the answer is yes. */
export function asksFirst(
  app: Hono<ConsoleEnv>,
  path: string,
  about: (c: C) => {
    title: string;
    what: Child;
    submit: string;
    remove: () => Promise<unknown>;
    back: string;
    done: string;
  },
): void {
  const show = (c: C, refused?: ApiError) => {
    const { title, what, submit, back } = about(c);
    return askFirst(c, { title, what, submit, back, refused });
  };
  app.get(path, (c) => show(c));
  app.post(path, async (c) => {
    const { remove, back, done } = about(c);
    const removed = await tried(remove);
    return "refused" in removed ? show(c, removed.refused) : c.redirect(`${back}?done=${done}`, 303);
  });
}
