/** What people wrote to us, whether or not there is a sandbox: whose it was taken for, by which keyword, and who wrote it. */

import { Hono } from "hono";
import { ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { ACCOUNT, CONTAINING, SINCE, UNTIL } from "../ui/filters.tsx";
import { handsetOf } from "../ui/links.tsx";
import { listPage } from "../ui/list.tsx";
import { table } from "../ui/table.tsx";
import { when } from "../ui/words.tsx";
import { noInboundYet } from "./nothing-yet.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const inbound = app;

const MESSAGES = "/console/messages";
const HERE = `${MESSAGES}/inbound`;

type Inbound = Item<"GET /admin/v1/inbound">;

app.get("/", (c) =>
  listPage(c, {
    title: "Inbound messages",
    here: HERE,
    number: "sender",
    many: "inbound messages",
    filters: [CONTAINING, { name: "sender", label: "From", kind: "hidden" }, ACCOUNT, SINCE, UNTIL],
    load: (query) => ask(c, "GET /admin/v1/inbound", { query }),
    topic: "inbound",
    empty: (narrowed) => (Object.keys(narrowed).length === 0 ? noInboundYet(c) : undefined),
    // What was written stays as it is.
    isOver: () => true,
    rows: (items) => rows(c, items),
  }),
);

function rows(c: C, items: readonly Inbound[]) {
  return table({
    rows: items,
    idOf: ({ id }) => id,
    columns: [
      { head: "From", class: "main", cell: (one) => summary(c, one) },
      { head: "To", class: "whole-words", cell: ({ recipient }) => recipient },
      { head: "Matched", class: "wide", cell: matched },
      { head: "Account", class: "wide", cell: ({ account }) => account ?? "none" },
      { head: "Channel", class: "wide", cell: ({ channel }) => channel ?? "SMS" },
      { head: "Received", class: "when", cell: ({ receivedAt }) => when(receivedAt) },
    ],
  });
}

function summary(c: C, { sender, text, binary }: Inbound) {
  return (
    <>
      {c.get("hasSandbox") ? <a href={handsetOf(sender)}>{sender}</a> : sender}
      <span class="snippet in-full">{text || "(no text)"}</span>
      {binary && <span class="hint">Binary, {text.length / 2} octets in hexadecimal digits</span>}
    </>
  );
}

/** Why it went where it went: a service's keyword, a customer's own, STOP, or nothing but the number it was sent to. */
function matched({ account, keyword, keywordId, isStop }: Inbound) {
  if (isStop) return <span class="badge bad">STOP</span>;
  if (keyword && account) {
    return (
      <>
        Service keyword <a href={`/console/setup/${encodeURIComponent(account)}/services`}>{keyword}</a>
      </>
    );
  }
  if (keywordId) return `Keyword ${keywordId}`;
  return account ? "Number only" : "Nothing";
}
