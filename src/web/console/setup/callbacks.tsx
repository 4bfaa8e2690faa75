/** Where an account's inbound texts and reports go, dialect by dialect. */

import { Hono } from "hono";
import {
  MESSAGE_URL,
  MMS_MESSAGE_URL,
  MMS_REPORT_URL,
  REPORT_URL,
  SUBSCRIPTION_URL,
} from "../../../core/accounts/callback-fields.ts";
import { type ApiError, ask, find, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { facts } from "../ui/facts.tsx";
import { type Field, form, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { accountOf, accountPage, asksFirst, inSetup, listed } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const callbacks = app;

type Callback = Item<"GET /admin/v1/accounts/{id}/callbacks">;

/** Addresses that a program may have set for any dialect. */
const ANY: readonly Field[] = [MESSAGE_URL, REPORT_URL, MMS_MESSAGE_URL, MMS_REPORT_URL, SUBSCRIPTION_URL];

/** What is asked for a dialect; with what was set beside it, so that saving takes nothing away unseen. */
function fieldsOf(fields: readonly Field[], has: Readonly<Record<string, unknown>> = {}): Field[] {
  const others = ANY.filter(({ name }) => has[name] && !fields.some((field) => field.name === name));
  return [...fields, ...others];
}

const DONE = {
  saved: { said: "Callback saved." },
  nowhere: { said: "Saved. With no URL, this dialect sends no webhooks." },
  removed: { said: "Callback removed. Its webhooks are no longer sent." },
};

app.get("/", async (c) => {
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/callbacks", { params: { id: accountOf(c) } });
  return accountPage(
    c,
    { tab: "callbacks", title: "Callbacks", done: DONE },
    <>
      <p class="hint">
        Where Stafett calls when somebody writes, and when there is news. Keywords with addresses of their own are set
        by the account itself, over the Target365 dialect.
      </p>
      {listed(items, "No callbacks configured.", (one) => row(c, one))}
      <h2>Set or change</h2>
      <ul class="choices">
        {[...c.get("callbackForms")].map(([dialect, { title }]) => (
          <li>
            <a class="button quiet" href={inSetup(c, "callbacks", dialect)}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </>,
  );
});

function row(c: C, callback: Callback) {
  const { dialect, number, method, template, forms = {} } = callback;
  // Which addresses it has is the dialect's to name.
  const has: Readonly<Record<string, unknown>> = callback;
  const kind = c.get("callbackForms").get(dialect);
  const addresses = fieldsOf(kind?.fields ?? [], has).filter(({ name, kind }) => kind === "address" && has[name]);
  const where = number ? [dialect, "numbers", number] : [dialect];
  return (
    <li>
      <p class="main">
        <strong>{kind?.title ?? dialect}</strong> {number && `of ${number}, set by the account itself`}
      </p>
      <p class="side">
        {!number && (
          <a href={inSetup(c, "callbacks", dialect)} aria-label={`Change those of ${dialect}`}>
            Change
          </a>
        )}
        <a
          href={inSetup(c, "callbacks", ...where, "remove")}
          aria-label={`Remove those of ${number ? `${number} in ${dialect}` : dialect}`}
        >
          Remove…
        </a>
      </p>
      <div class="more">
        {facts([
          ...addresses.map(
            ({ name, label }) =>
              [
                label,
                <>
                  <span class="mono">{String(has[name])}</span> {forms[name] && `in the form of ${forms[name]}`}
                </>,
              ] as const,
          ),
          ["Called by", !number && (template ? `${method}, with a template` : method)],
        ])}
      </div>
    </li>
  );
}

app.get("/:dialect", async (c) => {
  const has = await find(c, "GET /admin/v1/accounts/{id}/callbacks/{dialect}", {
    params: { id: accountOf(c), dialect: c.req.param("dialect") },
  });
  return show(c, has ?? {});
});

async function show(c: C, has: Readonly<Record<string, unknown>>, typed?: Typed, refused?: ApiError) {
  const kind = c.get("callbackForms").get(c.req.param("dialect") ?? "");
  if (!kind) return c.redirect(inSetup(c, "callbacks"), 303);
  const groups = [{ fields: fieldsOf(kind.fields, has) }];
  return accountPage(
    c,
    { tab: "callbacks", title: `Callbacks of ${kind.title}`, status: refused?.status },
    <>
      {kind.note && <p class="hint">{kind.note}</p>}
      {form({
        groups,
        typed: typed ?? toTyped(groups, has),
        refused,
        submit: "Save",
        beside: <a href={inSetup(c, "callbacks")}>No, go back</a>,
      })}
    </>,
  );
}

app.post("/:dialect", async (c) => {
  const dialect = c.req.param("dialect");
  const kind = c.get("callbackForms").get(dialect);
  if (!kind) return c.redirect(inSetup(c, "callbacks"), 303);
  const typed = await typedIn(c);
  const fields = fieldsOf(kind.fields, typed);
  const body = toBody([{ fields }], typed);
  const put = await tried(() =>
    ask(c, "PUT /admin/v1/accounts/{id}/callbacks/{dialect}", {
      params: { id: accountOf(c), dialect },
      json: body,
    }),
  );
  if ("refused" in put) return show(c, typed, typed, put.refused);
  const isTold = fields.some(({ name, kind }) => kind === "address" && body[name]);
  return c.redirect(`${inSetup(c, "callbacks")}?done=${isTold ? "saved" : "nowhere"}`, 303);
});

asksFirst(app, "/:dialect/remove", (c) => {
  const dialect = c.req.param("dialect") ?? "";
  return {
    title: `Remove the callbacks of ${c.get("callbackForms").get(dialect)?.title ?? dialect}?`,
    what: <p>The account gets no more webhooks about inbound texts and about its messages.</p>,
    submit: "Yes, remove them",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}", { params: { id: accountOf(c), dialect } }),
    back: inSetup(c, "callbacks"),
    done: "removed",
  };
});

asksFirst(app, "/:dialect/numbers/:number/remove", (c) => {
  const [dialect, number] = [c.req.param("dialect") ?? "", c.req.param("number") ?? ""];
  return {
    title: `Remove the callbacks of ${number}?`,
    what: <p>Its customer set them. Webhooks about that number then go to the account’s own callbacks.</p>,
    submit: "Yes, remove them",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}/{number}", {
        params: { id: accountOf(c), dialect, number },
      }),
    back: inSetup(c, "callbacks"),
    done: "removed",
  };
});
