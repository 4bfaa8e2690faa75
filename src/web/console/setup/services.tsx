/** What an account's merchants sell. */

import { Hono } from "hono";
import { inWords } from "../../../core/kernel/money.ts";
import { type ApiError, ask, type Item } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { form, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { accountOf, accountPage, asksFirst, idOf, inSetup, listed } from "./frame.tsx";
import { NEW_SERVICE, serviceFields } from "./service-fields.ts";

const app = new Hono<ConsoleEnv>({ strict: false });
export const services = app;

type Service = Item<"GET /admin/v1/accounts/{id}/services">;

const DONE = { saved: { said: "Service saved." }, removed: { said: "Service removed." } };

app.get("/", async (c) => {
  if (c.req.query("new") !== undefined) return show(c, NEW_SERVICE);
  const { items } = await ask(c, "GET /admin/v1/accounts/{id}/services", { params: { id: accountOf(c) } });
  return accountPage(
    c,
    { tab: "services", title: "Services", done: DONE },
    <>
      {listed(items, "It sells nothing yet.", (one) => (
        <li>
          <p class="main">
            <a href={inSetup(c, "services", one.id)}>{one.invoiceText}</a> <span class="mono hint">{one.id}</span>
          </p>
          <p class="side">
            <a href={one.windowPath} aria-label={`Purchase page of ${one.id}`}>
              Purchase page
            </a>
            <a href={inSetup(c, "services", one.id, "remove")} aria-label={`Remove ${one.id}`}>
              Remove…
            </a>
          </p>
          <p class="more">
            {termsInWords(one)}, {one.merchantId}, {one.shortNumber}
            {one.keyword && `, STOP ${one.keyword}`}
          </p>
        </li>
      ))}
      <p>
        <a class="button" href={`${inSetup(c, "services")}?new`}>
          New service
        </a>
      </p>
    </>,
  );
});

function termsInWords({ price, currency, recurring, interval, subscriptionPrice }: Service): string {
  const first = `${inWords(price, currency)} ${currency}`;
  if (!recurring) return first;
  const later =
    subscriptionPrice === undefined || subscriptionPrice === price
      ? ""
      : `, then ${inWords(subscriptionPrice, currency)}`;
  return `${first}${later} ${interval}`;
}

app.get("/:service", async (c) => {
  const id = c.req.param("service");
  const service = await ask(c, "GET /admin/v1/accounts/{id}/services/{serviceId}", {
    params: { id: accountOf(c), serviceId: id },
  });
  const isSilent = service.renewalSms === "";
  return show(c, toTyped(await fieldsOf(c, false), { ...service, serviceId: id, noRenewalSms: isSilent }));
});

async function fieldsOf(c: C, isNew: boolean) {
  const params = { id: accountOf(c) };
  const [merchants, senders] = await Promise.all([
    ask(c, "GET /admin/v1/accounts/{id}/merchants", { params }),
    ask(c, "GET /admin/v1/accounts/{id}/senders", { params }),
  ]);
  const shortNumbers = senders.items.filter(({ kind }) => kind === "short-number").map(({ sender }) => sender);
  return serviceFields({ merchants: merchants.items.map(({ id }) => id), shortNumbers }, isNew);
}

async function show(c: C, typed: Typed, refused?: ApiError) {
  const isNew = c.req.param("service") === undefined;
  const groups = await fieldsOf(c, isNew);
  const lacks = (name: string) =>
    groups.some(({ fields }) => fields.some((one) => one.name === name && one.options?.length === 0));
  return accountPage(
    c,
    { tab: "services", title: isNew ? "New service" : (typed.invoiceText ?? ""), status: refused?.status },
    <>
      {lacks("merchantId") && (
        <p class="notice bad">
          A service needs a merchant: <a href={inSetup(c, "merchants")}>add one first</a>.
        </p>
      )}
      {lacks("shortNumber") && (
        <p class="notice bad">
          A service needs a short number of the account: <a href={inSetup(c, "senders")}>add one first</a>.
        </p>
      )}
      {form({
        action: inSetup(c, "services", ...(isNew ? [] : [c.req.param("service") ?? ""])),
        groups,
        typed,
        refused,
        submit: "Save",
        beside: <a href={inSetup(c, "services")}>No, go back</a>,
      })}
    </>,
  );
}

app.post("/", (c) => save(c));
app.post("/:service", (c) => save(c, c.req.param("service")));

async function save(c: C, known?: string) {
  const typed = await typedIn(c);
  const put = await tried(async () => {
    const id = known ?? idOf(typed, "serviceId");
    const body = toBody(await fieldsOf(c, known === undefined), typed);
    if (typed.noRenewalSms === "on") body.renewalSms = "";
    return ask(c, "PUT /admin/v1/accounts/{id}/services/{serviceId}", {
      params: { id: accountOf(c), serviceId: id },
      json: body,
    });
  });
  if ("refused" in put) return show(c, typed, put.refused);
  return c.redirect(`${inSetup(c, "services")}?done=saved`, 303);
}

asksFirst(app, "/:service/remove", (c) => {
  const service = c.req.param("service") ?? "";
  return {
    title: `Remove ${service}?`,
    what: (
      <p>
        It can no longer be bought. A service with subscriptions cannot be removed before the last of them has ended.
      </p>
    ),
    submit: "Yes, remove it",
    remove: () =>
      ask(c, "DELETE /admin/v1/accounts/{id}/services/{serviceId}", {
        params: { id: accountOf(c), serviceId: service },
      }),
    back: inSetup(c, "services"),
    done: "removed",
  };
});
