/**
 * The one stream that keeps pages live: it says that something has changed, and the page fetches its contents again.
 * Nothing is lost with a stream that breaks, so it may end at any time; the browser comes back by itself.
 */

import { streamSSE } from "hono/streaming";
import { bytesOf, toHex } from "../../../core/kernel/bytes.ts";
import { ask } from "../api.ts";
import type { C } from "../console-env.ts";
import { sessionOf } from "../session.ts";

/** How often is looked; and how often a word is given that we are still there. Milliseconds. */
const LOOK_EVERY = 500;
const STILL_EVERY = 10_000;
/** One stream lasts no longer: an invocation may ask the database only so often. Milliseconds. */
const LONGEST = 240_000;

/** What a page may wish to hear of. */
const TOPICS = ["messages", "transactions", "inbound", "webhooks", "subscriptions", "handsets"] as const;
type Topic = (typeof TOPICS)[number];

export function stream(c: C): Response {
  // The browser does not come back after this.
  if (!c.get("may")("GET /admin/v1/pulse")) return c.body(null, 204);
  const asked = (c.req.query("topics") ?? "").split(",");
  const topics = TOPICS.filter((topic) => asked.includes(topic));
  const watch = (c.req.query("watch") ?? "").slice(0, 5_000);
  return streamSSE(c, async (out) => {
    const begun = c.get("wall")();
    let known = await look(c, topics, watch);
    let spoken = begun;
    // The page asks again when it hears this: what is new is then either in its answer, or told by the next look.
    await out.writeSSE({ event: "begun", data: "", retry: 1_000 });
    while (!out.closed && !out.aborted && c.get("wall")() - begun < LONGEST) {
      await out.sleep(LOOK_EVERY);
      const seen = await look(c, topics, watch);
      const event = seen === known ? "still" : "change";
      if (event === "still" && c.get("wall")() - spoken <= STILL_EVERY) continue;
      // The page that asked may have been logged out meanwhile, or its token withdrawn: then it hears nothing more.
      if (!(await sessionOf(c, c.get("adminToken") ?? ""))) return;
      known = seen;
      spoken = c.get("wall")();
      await out.writeSSE({ event, data: "" });
    }
  });
}

const KINDS = {
  messages: "message",
  transactions: "transaction",
  inbound: "inbound",
  webhooks: "webhook",
  subscriptions: "subscription",
} as const satisfies Record<Exclude<Topic, "handsets">, string>;

/** What there is by now, as a short text: two that differ mean that something has happened. */
async function look(c: C, topics: readonly Topic[], watch: string): Promise<string> {
  const [pulse, phones] = await Promise.all([
    ask(c, "GET /admin/v1/pulse", { query: { watch } }),
    topics.includes("handsets") && c.get("hasSandbox")
      ? // What came to a phone, and what came on a phone's bill.
        Promise.all([
          ask(c, "GET /sandbox/v1/handsets", { query: { limit: 1 } }),
          ask(c, "GET /sandbox/v1/operator/charges", { query: { last: 1 } }),
        ])
      : undefined,
  ]);
  const newest = topics.flatMap((topic) => (topic === "handsets" ? [] : (pulse.newest[KINDS[topic]] ?? "")));
  return await short(JSON.stringify([newest, phones, pulse.changes]));
}

async function short(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(text));
  return toHex(new Uint8Array(digest.slice(0, 12)));
}
