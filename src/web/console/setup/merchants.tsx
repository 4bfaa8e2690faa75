/** Whom an account may charge for. */

import { Hono } from "hono";
import { type ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { accountOf, accountPage, asksFirst, idOf, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const merchants = app;

const FIELDS: readonly Group[] = [
  {
    fields: [
      {
        name: "merchantId",
        isApart: true,
        label: "Id",
        hint: "The id that the account sends when it charges.",
        required: true,
        size: 24,
      },
      { name: "name", label: "Name", hint: "Shown on purchase pages." },
      {
        name: "termsUrl",
        label: "Terms",
        kind: "address",
        hint: "https URL. Purchase pages link it before their button.",
      },
      {
        name: "contact",
        label: "Contact",
        hint: "Phone number, e-mail address or https URL. Shown on purchase pages.",
      },
      {
        name: "shortNumberIds",
        label: "Short numbers",
        kind: "list",
        hint: "Ids like NO-2002, separated by spaces.",
      },
    ],
  },
];

const DONE = {
  saved: { said: "Merchant saved." },
  removed: { said: "Merchant removed." },
};

app.get("/", async (c) => {
  const id = c.req.query("change");
  if (!id) return show(c, {});
  const merchant = await ask(c, "GET /admin/v1/accounts/{id}/merchants/{merchantId}", {
    params: { id: accountOf(c), merchantId: id },
  });
  return show(c, toTyped(FIELDS, { ...merchant, merchantId: id }));
});

async function show(c: C, typed: Typed, refused?: ApiError) {
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/merchants", { params: { id: accountOf(c) } });
  return accountPage(
    c,
    { tab: "merchants", title: "Merchants", status: refused?.status, done: DONE },
    <>
      {listed(items, "No merchants yet.", ({ id, name, shortNumberIds, termsUrl, contact }) => (
        <li>
          <p class="main">
            <strong>{name ?? id}</strong> <span class="mono hint">{id}</span>
          </p>
          <p class="side">
            <a
              href={`${inSetup(c, "merchants")}?change=${encodeURIComponent(id)}#merchantId`}
              aria-label={`Change ${id}`}
            >
              Change
            </a>
            <a href={inSetup(c, "merchants", id, "remove")} aria-label={`Remove ${id}`}>
              Remove…
            </a>
          </p>
          {shortNumberIds.length > 0 && <p class="more">{shortNumberIds.join(", ")}</p>}
          {(termsUrl || contact) && <p class="more">{[termsUrl, contact].filter(Boolean).join(" · ")}</p>}
        </li>
      ))}
      <h2>Add one, or change one</h2>
      {form({ action: inSetup(c, "merchants"), groups: FIELDS, typed, refused, submit: "Save" })}
    </>,
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const put = await tried(async () =>
    ask(c, "PUT /admin/v1/accounts/{id}/merchants/{merchantId}", {
      params: { id: accountOf(c), merchantId: idOf(typed, "merchantId") },
      json: toBody(FIELDS, typed),
    }),
  );
  if ("refused" in put) return show(c, typed, put.refused);
  return c.redirect(`${inSetup(c, "merchants")}?done=saved`, 303);
});

asksFirst(app, "/:merchant/remove", (c) => {
  const merchant = c.req.param("merchant") ?? "";
  return {
    title: `Remove ${merchant}?`,
    what: <p>The account can no longer charge for it. One that has services stays until they are removed.</p>,
    submit: "Yes, remove it",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/merchants/{merchantId}", {
        params: { id: accountOf(c), merchantId: merchant },
      }),
    back: inSetup(c, "merchants"),
    done: "removed",
  };
});
