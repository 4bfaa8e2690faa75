/** The page of one message or one charge: facts, timeline, the client's request, and webhooks. */

import type { Hono } from "hono";
import type { Child } from "hono/jsx";
import { ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { attempted, noticeOf } from "../ui/done.ts";
import type { Entry } from "../ui/history-words.ts";
import { type Notice, page } from "../ui/layout.tsx";
import { capital } from "../ui/words.tsx";
import { callsOf, callsSection } from "./calls.tsx";
import { exchangeOf, exchangeSection } from "./exchange.tsx";
import { searchBox } from "./search.tsx";
import { story } from "./story.tsx";

type List = { here: string; title: string };

type Thing = {
  id: string;
  /** As in "the message". */
  name: string;
  title: string;
  badge: Child;
  list: List;
  reason: string | undefined;
  /** The form that changes it, while it can be changed. */
  action: Child;
  about: Child;
  timeline: readonly Entry[];
  /** A section between the timeline and the request. */
  more?: Child;
  notices: Record<string, Notice>;
};

export async function thingPage(c: C, thing: Thing) {
  const { id, name, title, list, reason, timeline } = thing;
  const [calls, exchange] = await Promise.all([callsOf(c, timeline), exchangeOf(c, timeline)]);
  return page(
    c,
    { title, styles: ["messages"], notice: noticeOf(c, { ...thing.notices, ...REPLAYED }) },
    <div id="thing" data-live="" data-watch={[id, ...calls.map((one) => one.id)].join(",")}>
      <p class="back">
        <a href={list.here}>← {list.title}</a>
      </p>
      <h1>
        {title} {thing.badge}
      </h1>
      {reason && <p class="reason">{reason}</p>}
      {thing.action}
      <div class="halves">
        <section aria-labelledby="about">
          <h2 id="about">{capital(name)}</h2>
          {thing.about}
        </section>
        <section aria-labelledby="happened">
          <h2 id="happened">Timeline</h2>
          {story(timeline)}
        </section>
      </div>
      {thing.more}
      {exchangeSection(exchange)}
      {callsSection(`${list.here}/${id}`, calls)}
    </div>,
  );
}

/** @param kept how long such things are kept, in a sentence */
export function noSuchThing(c: C, { id, name, list, kept }: { id: string; name: string; list: List; kept: string }) {
  return page(
    c,
    { title: `No such ${name}`, status: 404, styles: ["messages"] },
    <>
      <h1>No such {name}</h1>
      <p>
        There is nothing with the id <code>{id.slice(0, 80)}</code>. {kept}
      </p>
      {searchBox({ here: list.here, hasTexts: name === "message" })}
    </>,
  );
}

const REPLAYED: Record<string, Notice> = {
  replayed: { said: "The webhook is being sent again." },
  "replay-late": { said: "This webhook is already queued; it will be sent automatically.", isBad: true },
};

/** Takes "Send again" on the pages of these things. */
export function takeReplays(app: Hono<ConsoleEnv>, { here }: List): void {
  app.post("/:id/webhooks/:webhook/replay", async (c) => {
    const { id, webhook } = c.req.param();
    return attempted(
      c,
      () => `${here}/${id}`,
      { done: "replayed", late: "replay-late" },
      () => ask(c, "POST /admin/v1/webhooks/{id}/replay", { params: { id: webhook } }),
    );
  });
}
