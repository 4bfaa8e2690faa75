/** Which way a text would go: the route that holds, the carriers that would be asked, and those that are passed over. */

import { Hono } from "hono";
import { type Answer, type ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { priceWords } from "../ui/sums.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const explain = app;

const ROUTES = "/console/routes";

const FIELDS: readonly Group[] = [
  {
    fields: [
      { name: "account", label: "Account", required: true, placeholder: "acme", size: 20 },
      { name: "recipient", label: "To", kind: "phone", required: true, placeholder: "+4791000000", size: 20 },
      { name: "sender", label: "From", size: 20 },
      { name: "text", label: "Text", hint: "With a text, its parts and price are shown." },
    ],
  },
];

app.get("/", (c) => show(c));

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const told = await tried(async () => {
    const json = { account: "", recipient: "", ...toBody(FIELDS, typed) };
    return ask(c, "POST /admin/v1/routes/explain", { json });
  });
  return "refused" in told ? show(c, { typed, refused: told.refused }) : show(c, { typed, told: told.done });
});

type Shown = { typed?: Typed; refused?: ApiError; told?: Explained };

function show(c: C, { typed = {}, refused, told }: Shown = {}) {
  return page(
    c,
    {
      title: "Which way would a text go?",
      status: refused?.status ?? 200,
      styles: ["forms", "lists", "setup"],
    },
    <>
      <h1>Which way would a text go?</h1>
      <p class="hint">Nothing is sent.</p>
      {told && explained(told)}
      {form({ groups: FIELDS, typed, refused, submit: "Explain" })}
      <p>
        <a href={ROUTES}>All routes</a>
      </p>
    </>,
  );
}

type Explained = Answer<"POST /admin/v1/routes/explain">;

function explained({ route, carriers, parts, price }: Explained) {
  return (
    <div class="notice" role="status">
      <p>
        {route ? (
          <>
            By route <a href={`${ROUTES}/${encodeURIComponent(route.id)}`}>{route.id}</a>
          </>
        ) : (
          "No route fits, so every carrier may take it"
        )}
        {parts !== undefined && `; ${parts} ${parts === 1 ? "part" : "parts"}`}
        {price && `; ${priceWords(price)}`}.
      </p>
      <ol>
        {carriers.map(({ name, usable, why }) => (
          <li>
            {name}: {usable ? why : `passed over, ${why}`}
          </li>
        ))}
      </ol>
    </div>
  );
}
