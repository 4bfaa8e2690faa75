/** Sending an endpoint again what it missed: which events, of which time, and how many still wait. */

import { Hono } from "hono";
import { ApiError, ask, withParams } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { PACE } from "../ui/layout.tsx";
import { withThousands } from "../ui/words.tsx";
import { here, nameOf, which } from "./endpoint-facts.tsx";
import { accountOf, accountPage } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const endpointCatchUp = app;

const NEVER_TOLD = "untold";
const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "state",
        label: "Which events",
        kind: "choice",
        options: [
          ["dead", "failed"],
          ["all", "all that were sent"],
          [NEVER_TOLD, "never sent to this endpoint"],
        ],
      },
      { name: "since", label: "Since (UTC)", kind: "time", hint: "Empty: from the oldest that is kept." },
      { name: "until", label: "Until (UTC)", kind: "time", hint: "Empty: until now." },
    ],
  },
];

/** Since ever. */
const EVER = "1970-01-01T00:00:00Z";
/** So many are counted. */
const COUNTED = 100;

app.get("/:name/catch-up", (c) => show(c, {}));

async function show(c: C, typed: Typed, refused?: Parameters<typeof form>[0]["refused"]) {
  const owed = c.req.query("owed");
  return accountPage(
    c,
    { tab: "endpoints", title: `Catch up ${nameOf(c)}`, status: refused?.status },
    <>
      <p class="back">
        <a href={here(c, nameOf(c))}>← {nameOf(c)}</a>
      </p>
      {owed !== undefined && (
        <p class="notice" role="status">
          {owed === "0" ? "There are no such events." : `Events queued: ${withThousands(Number(owed))}.`}
        </p>
      )}
      {await waiting(c)}
      <p class="hint">
        Events are kept for 30 days. Events never sent are those from before the endpoint was set up or asked for their
        type; for these, leave Since and Until empty.
      </p>
      {form({ action: here(c, nameOf(c), "catch-up"), groups: FIELDS, typed, refused, submit: "Send them" })}
    </>,
  );
}

/** How many events wait for the endpoint. It follows by itself. */
async function waiting(c: C) {
  const query = { account: accountOf(c), endpoint: nameOf(c), state: "owed" as const, limit: COUNTED };
  const { items, next } = await ask(c, "GET /admin/v1/webhooks", { query });
  const count = next ? `More than ${COUNTED}` : withThousands(items.length);
  return (
    <section
      id="waiting"
      data-live="webhooks"
      data-pace={PACE}
      data-watch={items.map(({ id }) => id).join(",")}
      aria-label="How many wait"
    >
      <p>
        {items.length === 0 ? "Nothing waits for it." : `${count} wait for it. `}
        {items.length > 0 && (
          <a href={withParams("/console/webhooks", { account: query.account, endpoint: query.endpoint })}>
            Its webhooks
          </a>
        )}
      </p>
    </section>
  );
}

app.post("/:name/catch-up", async (c) => {
  const typed = await typedIn(c);
  const sent = await tried(() => (typed.state === NEVER_TOLD ? tellOfAll(c, typed) : sendAgain(c, typed)));
  if ("refused" in sent) return show(c, typed, sent.refused);
  return c.redirect(withParams(here(c, nameOf(c), "catch-up"), { owed: sent.done }), 303);
});

async function sendAgain(c: C, typed: Typed): Promise<number> {
  const json = { account: accountOf(c), endpoint: nameOf(c), since: EVER, ...toBody(FIELDS, typed) };
  return (await ask(c, "POST /admin/v1/webhooks/replay", { json })).replayed;
}

/** One call goes through a part of the log. */
async function tellOfAll(c: C, typed: Typed): Promise<number> {
  const field = ["since", "until"].find((name) => typed[name]);
  if (field !== undefined) throw new ApiError(400, `${field}: events that were never sent are sent of any time`, field);
  let owed = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const answer: { owed: number; next?: number } = await ask(
      c,
      "POST /admin/v1/accounts/{id}/endpoints/{name}/catch-up",
      { ...which(c), json: { after } },
    );
    owed += answer.owed;
    after = answer.next;
  }
  return owed;
}
