/** Cancelling everything of an account at once: what would happen, to how many, and how far it has come. */

import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { type Answer, type ApiError, ask, Waits } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { askFirst } from "../ui/ask-first.tsx";
import { tried } from "../ui/form.tsx";
import { accountOf, inSetup } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const cancels = app;

/** More of a state are not counted: that many is on one page of the list. */
const COUNTED = 500;

type Kind = {
  path: "messages" | "subscriptions";
  title: string;
  /** One, and several. */
  words: readonly [string, string];
  what: string;
  submit: string;
  /** How many there are, of each state that counts; no more than `COUNTED` of each. */
  counts: (c: C) => Promise<number[]>;
  cancel: (c: C) => Promise<Answer<"POST /admin/v1/messages/cancel">>;
};

const KINDS: readonly Kind[] = [
  {
    path: "messages",
    title: "Cancel all scheduled messages?",
    words: ["scheduled message", "scheduled messages"],
    what: "None of them will be sent. Messages that have left are not touched.",
    submit: "Cancel them all",
    counts: (c) =>
      counted(["scheduled"] as const, (state) => ask(c, "GET /admin/v1/messages", { query: of(c, state) })),
    cancel: (c) => ask(c, "POST /admin/v1/messages/cancel", { json: { account: accountOf(c) } }),
  },
  {
    path: "subscriptions",
    title: "End all subscriptions?",
    words: ["subscription", "subscriptions"],
    what: "No further periods are charged, and the account gets a webhook for each. They cannot be reopened.",
    submit: "End them all",
    counts: (c) =>
      counted(["active", "dunning"] as const, (state) =>
        ask(c, "GET /admin/v1/subscriptions", { query: of(c, state) }),
      ),
    cancel: (c) => ask(c, "POST /admin/v1/subscriptions/cancel", { json: { account: accountOf(c) } }),
  },
];

function of(c: C, state: string) {
  return { account: accountOf(c), state, limit: COUNTED };
}

function counted<State>(
  states: readonly State[],
  list: (state: State) => Promise<{ items: readonly unknown[] }>,
): Promise<number[]> {
  return Promise.all(states.map(async (state) => (await list(state)).items.length));
}

async function show(c: C, kind: Kind, before?: Child, refused?: ApiError) {
  const counts = await kind.counts(c);
  const many = counts.reduce((sum, count) => sum + count, 0);
  if (many === 0 && !before && !refused) return c.redirect(`${inSetup(c)}?done=${kind.path}-none`, 303);
  const atLeast = counts.includes(COUNTED) ? "at least " : "";
  return askFirst(c, {
    title: kind.title,
    what: (
      <>
        {before}
        <p>
          Account <span class="mono">{accountOf(c)}</span> has {atLeast}
          <strong>{many}</strong> {kind.words[many === 1 ? 0 : 1]}. {kind.what}
        </p>
      </>
    ),
    back: inSetup(c),
    submit: kind.submit,
    refused,
  });
}

for (const kind of KINDS) {
  app.get(`/${kind.path}`, (c) => show(c, kind));

  app.post(`/${kind.path}`, async (c) => {
    const asked = await tried(() => kind.cancel(c));
    if ("refused" in asked && asked.refused instanceof Waits) throw asked.refused;
    if ("refused" in asked) return show(c, kind, undefined, asked.refused);
    const { cancelled, isComplete } = asked.done;
    if (isComplete) return c.redirect(`${inSetup(c)}?done=${kind.path}-cancelled`, 303);
    const soFar = <p role="status">{cancelled} cancelled. More are left: press the button again until none is left.</p>;
    return show(c, kind, soFar);
  });
}
