/** What an account may send from, and what people may write to. */

import { Hono } from "hono";
import { type ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { accountOf, accountPage, asksFirst, idOf, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const senders = app;

const KIND_WORDS = {
  alphanumeric: "alphanumeric (no replies)",
  "short-number": "short number",
  "long-number": "long number, with its country code",
} as const;

const PURPOSE_WORDS = {
  transactional: "transactional: codes, receipts, answers",
  marketing: "marketing",
} as const;

const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "sender",
        isApart: true,
        label: "Sender",
        hint: "For example Acme, 2002 or +12065550100.",
        required: true,
        size: 20,
      },
      { name: "kind", label: "Type", kind: "choice", options: Object.entries(KIND_WORDS), required: true },
      {
        name: "purpose",
        label: "Its texts are",
        kind: "choice",
        options: Object.entries(PURPOSE_WORDS),
        hint: "Marketing keeps the account's quiet hours.",
      },
      {
        name: "group",
        label: "Group",
        hint: "STOP to one of a group's senders ends the texts of all, where the account's settings say so.",
        size: 20,
      },
      { name: "answers.stop", label: "Answer to STOP", hint: "Empty, like the next two: the account's." },
      { name: "answers.start", label: "Answer to START" },
      { name: "answers.help", label: "Answer to HELP" },
      { name: "country", label: "Country", hint: "Two capital letters, like NO.", required: true, size: 4 },
      {
        name: "shortNumberId",
        label: "Short number ID",
        hint: "Short numbers only. Default: country and number, like NO-2002.",
        size: 14,
      },
      {
        name: "isShared",
        label: "Share this number with other accounts",
        kind: "check",
        hint: "Each keyword then belongs to one account; a text matching no keyword goes to none.",
      },
    ],
  },
];

const DONE = {
  added: { said: "Sender added." },
  shared: { said: "Sender added. Another account has it, too: see the note beside it." },
  removed: { said: "Sender removed." },
};

app.get("/", (c) => show(c, { country: "NO" }));

async function show(c: C, typed: Typed, refused?: ApiError) {
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/senders", { params: { id: accountOf(c) } });
  return accountPage(
    c,
    { tab: "senders", title: "Senders", status: refused?.status, done: DONE },
    <>
      {listed(
        items,
        "It may send from nothing yet.",
        ({ sender, kind, country, shortNumberId, isShared, purpose, group, warning }) => (
          <li>
            <p class="main">
              <strong>{sender}</strong>
            </p>
            <p class="side">
              <a href={inSetup(c, "senders", sender, "remove")} aria-label={`Remove ${sender}`}>
                Remove…
              </a>
            </p>
            <p class="more">
              {KIND_WORDS[kind]}, {country}
              {shortNumberId && `, ${shortNumberId}`}
              {purpose === "marketing" && ", for marketing"}
              {group && `, group ${group}`}
              {isShared && ", shared"}
            </p>
            {warning && <p class="more">{warning}.</p>}
          </li>
        ),
      )}
      <h2>Add one, or change one</h2>
      {form({ action: inSetup(c, "senders"), groups: FIELDS, typed, refused, submit: "Save" })}
    </>,
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const put = await tried(async () =>
    ask(c, "PUT /admin/v1/accounts/{id}/senders/{sender}", {
      params: { id: accountOf(c), sender: idOf(typed, "sender") },
      json: toBody(FIELDS, typed),
    }),
  );
  if ("refused" in put) return show(c, typed, put.refused);
  return c.redirect(`${inSetup(c, "senders")}?done=${put.done.isShared ? "shared" : "added"}`, 303);
});

asksFirst(app, "/:sender/remove", (c) => {
  const sender = c.req.param("sender") ?? "";
  return {
    title: `Remove ${sender}?`,
    what: <p>The account can no longer send from it, and gets no webhooks about texts to it.</p>,
    submit: "Yes, remove it",
    remove: () => ask(c, "DELETE /admin/v1/accounts/{id}/senders/{sender}", { params: { id: accountOf(c), sender } }),
    back: inSetup(c, "senders"),
    done: "removed",
  };
});
