/** Sending webhooks again that are over, all of a time or of a filter: how many they are is said first. */

import { Hono } from "hono";
import { WEBHOOK_KINDS } from "../../../core/webhooks/webhook.ts";
import { type Answer, type ApiError, ask, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { accountOptions } from "../ui/filters.tsx";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";
import { eventInWords, KIND_WORDS } from "./webhook-words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const replay = app;

const WEBHOOKS = "/console/webhooks";
const HERE = `${WEBHOOKS}/replay`;
/** So many are counted; and so many are named. */
const COUNTED = 100;
const NAMED = 5;

const FIELDS: readonly Group[] = [
  {
    fields: [
      { name: "account", label: "Account", hint: "Empty: of all accounts." },
      {
        name: "kind",
        label: "Event",
        kind: "choice",
        options: [["", "any"], ...WEBHOOK_KINDS.map((kind) => [kind, KIND_WORDS[kind]] as const)],
      },
      {
        name: "state",
        label: "Which",
        kind: "choice",
        options: [
          ["", "dead"],
          ["answered", "answered"],
          ["all", "both"],
        ],
      },
      { name: "endpoint", label: "Endpoint", hint: "The URL without its query string. Empty: any." },
      { name: "since", label: "Created from (UTC)", kind: "time", hint: "Empty: from the beginning." },
      { name: "until", label: "Created until (UTC)", kind: "time", hint: "Empty: until now." },
    ],
  },
];
/** With the accounts to choose from, where they are not too many. */
async function groupsFor(c: C): Promise<readonly Group[]> {
  const options = await accountOptions(c, "all accounts");
  if (!options) return FIELDS;
  return FIELDS.map((group) => ({
    ...group,
    fields: group.fields.map((one) =>
      one.name === "account" ? { name: "account", label: "Account", kind: "choice", options } : one,
    ),
  }));
}

/** Since ever. */
const EVER = "1970-01-01T00:00:00Z";

app.get("/", async (c) => {
  const names = FIELDS.flatMap(({ fields }) => fields.map(({ name }) => name));
  return show(c, Object.fromEntries(names.map((name) => [name, c.req.query(name)?.trim() ?? ""])));
});

async function show(c: C, typed: Typed, refusedBefore?: ApiError) {
  const found = await tried(() => thoseOf(c, typed));
  const { items, next } = "done" in found ? found.done : { items: [], next: undefined };
  const refused = refusedBefore ?? ("refused" in found ? found.refused : undefined);
  const count = next ? `more than ${COUNTED}` : String(items.length);
  const what = items.length === 1 ? "webhook" : "webhooks";
  const groups = await groupsFor(c);
  return page(
    c,
    {
      title: "Replay webhooks",
      status: refused?.status ?? 200,
      styles: ["forms", "lists", "webhooks"],
    },
    <>
      <h1>Replay webhooks</h1>
      {form({ method: "get", action: HERE, groups, typed, refused, submit: "Count" })}
      <section aria-labelledby="how-many">
        <h2 id="how-many">{items.length === 0 ? "No matching webhooks" : `${count} ${what} will be sent again`}</h2>
        <ul>
          {items.slice(0, NAMED).map((webhook) => (
            <li>
              <a href={`${WEBHOOKS}/${webhook.id}`}>{eventInWords(webhook)}</a> {when(webhook.createdAt)}
            </li>
          ))}
          {items.length > NAMED && <li class="hint">and more</li>}
        </ul>
        {items.length > 0 &&
          form({
            action: HERE,
            groups: [],
            hidden: { ...typed },
            submit: `Replay ${count} ${what}`,
            isDanger: true,
            beside: <a href={withParams(WEBHOOKS, { state: "dead" })}>Cancel</a>,
          })}
      </section>
    </>,
  );
}

/** The first of those that would be sent, newest first. */
async function thoseOf(c: C, typed: Typed): Promise<Answer<"GET /admin/v1/webhooks">> {
  const filter = toBody(FIELDS, typed) as Record<string, string>;
  const states = typed.state === "all" ? ["dead", "answered"] : [typed.state || "dead"];
  const lists = await Promise.all(
    states.map((state) => ask(c, "GET /admin/v1/webhooks", { query: { ...filter, state, limit: COUNTED } })),
  );
  const items = lists.flatMap((list) => list.items);
  const next = lists.find((list) => list.next)?.next ?? (items.length > COUNTED ? "more" : undefined);
  return { items, ...(next === undefined ? {} : { next }) };
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const answer = await tried(async () =>
    ask(c, "POST /admin/v1/webhooks/replay", { json: { since: EVER, ...toBody(FIELDS, typed) } }),
  );
  if ("refused" in answer) return show(c, typed, answer.refused);
  return c.redirect(
    withParams(WEBHOOKS, { ...typed, state: undefined, done: "replayed", count: answer.done.replayed }),
    303,
  );
});
