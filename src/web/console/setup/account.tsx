/** One account: its name, whether it is open, and what is still to be done for it. */

import { Hono } from "hono";
import { type Answer, type ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { money } from "../ui/sums.tsx";
import { when, withThousands } from "../ui/words.tsx";
import { accountOf, accountPage, asksFirst, inSetup } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const account = app;

const NAME: readonly Group[] = [{ fields: [{ name: "name", label: "Name", required: true }] }];

const DONE = {
  opened: { said: "Account created. Add a credential so that programs can use it." },
  renamed: { said: "Account renamed." },
  closed: { said: "Account closed. Its credentials stop working within seconds." },
  "messages-cancelled": { said: "All scheduled messages are cancelled." },
  "subscriptions-cancelled": { said: "All subscriptions are ended." },
  "messages-none": { said: "There are no scheduled messages to cancel." },
  "subscriptions-none": { said: "There are no subscriptions to end." },
  reopened: { said: "Account reopened, with its previous credentials." },
};

type Limits = Answer<"GET /admin/v1/accounts/{id}/limits">;

/** What may be sent and spent in a day, and what was used of it on this one. */
function limitsOf({ items, resetsAt }: Limits) {
  return (
    <section aria-labelledby="limits">
      <h2 id="limits">Limits today</h2>
      <p class="hint">Until {when(resetsAt)}. The account gets one event at 80 % and one at 100 %, each once a day.</p>
      {facts(items.map((one) => [nameOf(one), usedOf(one)]))}
    </section>
  );
}

function nameOf({ limit, currency, credential }: Limits["items"][number]): string {
  const what = limit === "messagesPerDay" ? "Messages" : `Money in ${currency}`;
  return credential ? `${what}, by credential ${credential.name}` : what;
}

function usedOf({ used, most, currency, nearAt, reachedAt }: Limits["items"][number]) {
  const amount = (count: number) => (currency === undefined ? withThousands(count) : money(count, currency));
  return (
    <>
      {amount(used)} of {amount(most)}{" "}
      {reachedAt === undefined ? (
        nearAt && <span class="hint">80 % used since {when(nearAt)}</span>
      ) : (
        <span class="badge bad">reached {when(reachedAt)}</span>
      )}
    </>
  );
}

app.get("/", (c) => show(c));

async function show(c: C, typed?: Typed, refused?: ApiError) {
  const params = { id: accountOf(c) };
  const [{ id, number, name, state, createdAt }, credentials, senders, limits] = await Promise.all([
    ask(c, "GET /admin/v1/accounts/{id}", { params }),
    ask(c, "GET /admin/v1/accounts/{id}/credentials", { params, query: { limit: 1 } }),
    ask(c, "GET /admin/v1/accounts/{id}/senders", { params }),
    ask(c, "GET /admin/v1/accounts/{id}/limits", { params }),
  ]);
  return accountPage(
    c,
    { tab: "", title: "Account", status: refused?.status, done: DONE },
    <>
      {facts([
        ["Id", <span class="mono">{id}</span>],
        [
          "Number",
          <>
            {number} <span class="hint">where a wire wants an integer</span>
          </>,
        ],
        ["Opened", when(createdAt)],
      ])}
      <p class="row">
        <a href={`/console/messages?account=${id}`}>Its messages</a>
        <a href={`/console/webhooks?account=${id}`}>Its webhooks</a>
      </p>
      {(credentials.items.length === 0 || senders.items.length === 0) && (
        <>
          <h2>Still to do</h2>
          <ul>
            {credentials.items.length === 0 && (
              <li>
                <a href={inSetup(c, "credentials")}>Add a credential</a> so that programs can use the account.
              </li>
            )}
            {senders.items.length === 0 && (
              <li>
                <a href={inSetup(c, "senders")}>Add a sender</a>: what its texts come from, and what people may write
                to.
              </li>
            )}
          </ul>
        </>
      )}
      {limits.items.length > 0 && limitsOf(limits)}
      <h2>Rename</h2>
      {form({ action: inSetup(c), groups: NAME, typed: typed ?? { name }, refused, submit: "Save" })}
      <h2>Cancel everything</h2>
      <p class="row">
        <a class="button quiet" href={inSetup(c, "cancel", "messages")}>
          Cancel scheduled messages…
        </a>
        <a class="button quiet" href={inSetup(c, "cancel", "subscriptions")}>
          End subscriptions…
        </a>
      </p>
      <h2>{state === "open" ? "Close" : "Open again"}</h2>
      {state === "open" ? (
        <p>
          <a class="button quiet" href={inSetup(c, "close")}>
            Close the account…
          </a>
        </p>
      ) : (
        form({ action: inSetup(c, "reopen"), groups: [], submit: "Reopen account" })
      )}
    </>,
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const renamed = await tried(() => change(c, { name: "", ...toBody(NAME, typed) }));
  return "refused" in renamed ? show(c, typed, renamed.refused) : c.redirect(`${inSetup(c)}?done=renamed`, 303);
});

asksFirst(app, "/close", (c) => ({
  title: "Close the account?",
  what: <p>Its credentials stop working within seconds. What it sent stays, and it can be opened again.</p>,
  submit: "Close account",
  remove: () => ask(c, "DELETE /admin/v1/accounts/{id}", { params: { id: accountOf(c) } }),
  back: inSetup(c),
  done: "closed",
}));

app.post("/reopen", async (c) => {
  await change(c, { state: "open" });
  return c.redirect(`${inSetup(c)}?done=reopened`, 303);
});

function change(c: C, json: Record<string, unknown>) {
  return ask(c, "PATCH /admin/v1/accounts/{id}", { params: { id: accountOf(c) }, json });
}
