/** Callbacks: where inbound texts and reports go, for dialects that set it by account. */

import { createRoute, z } from "@hono/zod-openapi";
import { normalSender } from "../core/accounts/account.ts";
import { CALLBACK_PRODUCTS, type Callback, formIn } from "../core/accounts/callback.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { WebhookFormat } from "../core/webhooks/format.ts";
import { findAccount } from "./accounts.ts";
import { type AdminContext, given, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const callbacks = app;

const CallbackBody = strict({
  messageUrl: WebUrl.optional().openapi({ description: "hears of what people write" }),
  reportUrl: WebUrl.optional().openapi({ description: "hears what became of messages and charges" }),
  mmsMessageUrl: WebUrl.optional().openapi({ description: "hears of what people send with pictures" }),
  mmsReportUrl: WebUrl.optional().openapi({ description: "hears what became of messages with pictures" }),
  subscriptionUrl: WebUrl.optional().openapi({ description: "hears of subscriptions" }),
  method: z.enum(["POST", "GET"]).optional().openapi({
    description: "how reports come; POST where there is a template, else as the dialect does",
  }),
  template: z.string().max(10_000).optional().openapi({
    description: "the body of reports, which then come by POST, with the dialect's names in square brackets",
  }),
  form: z.string().max(40).optional().openapi({
    description: "in which of its forms the dialect tells of what people write",
  }),
});
const CallbackAnswer = z
  .object({
    account: z.string(),
    dialect: z.string(),
    messageUrl: z.string().optional(),
    number: z.string().optional().openapi({ description: "the number that its customer set it for" }),
    reportUrl: z.string().optional(),
    mmsMessageUrl: z.string().optional(),
    mmsReportUrl: z.string().optional(),
    subscriptionUrl: z.string().optional(),
    method: z.enum(["POST", "GET"]),
    template: z.string().optional(),
    form: z.string().optional().openapi({ description: "in which of its forms the dialect tells what people write" }),
    forms: z.record(z.string(), z.string()).optional().openapi({
      description: "the form of each address, where the dialect has several; its customer may have set each in another",
    }),
  })
  .openapi("Callback");
const inPath = { params: z.object({ id: z.string(), dialect: z.string() }) };

const URLS = ["messageUrl", "reportUrl", "mmsMessageUrl", "mmsReportUrl", "subscriptionUrl"] as const;

/** One without an address is as good as none. */
function isSet(callback: Callback | undefined): callback is Callback {
  return URLS.some((url) => callback?.[url] !== undefined);
}

function toAnswer({ forms, ...callback }: Callback) {
  const told = CALLBACK_PRODUCTS.flatMap((product) => {
    const form = callback[product] === undefined ? undefined : formIn({ forms }, product);
    return form === undefined ? [] : [[product, form] as const];
  });
  return {
    ...callback,
    ...given({ form: forms.message }),
    ...(told.length > 0 ? { forms: Object.fromEntries(told) } : {}),
  };
}

async function find(c: AdminContext, id: string, dialect: string): Promise<Callback> {
  const callback = await c.get("ports").callbacks.callback(id, dialect);
  if (!isSet(callback)) throw new GatewayError("not-found", `account ${id} has no callback for ${dialect}`);
  return callback;
}

app.openapi(
  createRoute({
    method: "put",
    path: "/accounts/{id}/callbacks/{dialect}",
    summary: "Say where an account's inbound texts and reports go",
    description:
      "Replaces what was said before; what is left out goes nowhere. An address that a customer set for a single number stays.",
    security: operator,
    request: { ...inPath, body: { required: true, ...json(CallbackBody, "") } },
    responses: { 200: json(CallbackAnswer, "where they go"), ...refusals(400, 404) },
  }),
  async (c) => {
    const { id, dialect } = c.req.valid("param");
    const account = await findAccount(c, id);
    const { callbacks, formats } = c.get("ports");
    const format = formats.get(dialect);
    if (!format) {
      const spoken = [...formats.keys()].join(", ");
      throw new GatewayError("bad-request", `dialect: ${dialect} is not spoken here; ${spoken} are`, "dialect");
    }
    const { method: wanted, form = format.forms?.[0], template, ...urls } = c.req.valid("json");
    checkForm(dialect, format, form);
    checkTemplate(dialect, format, template);
    if (template !== undefined && wanted === "GET") {
      throw new GatewayError("bad-request", "method: a template is a body, and a GET has none: say POST", "method");
    }
    const method = wanted ?? (template === undefined ? (format.method ?? "POST") : "POST");
    const forms = form === undefined ? {} : { message: form, report: form };
    const callback: Callback = { account: account.id, dialect, ...given({ ...urls, template }), method, forms };
    await tryOut(c, format, callback);
    await callbacks.put(callback);
    return c.json(toAnswer(callback), 200);
  },
);

function checkForm(dialect: string, { forms = [] }: WebhookFormat, form: string | undefined): void {
  if (form === undefined || forms.includes(form)) return;
  const known = forms.length > 0 ? `it knows ${forms.join(", ")}` : "it knows one only, without a name";
  throw new GatewayError("bad-request", `form: ${dialect} has no ${form}; ${known}`, "form");
}

function checkTemplate(dialect: string, { checkTemplate }: WebhookFormat, template: string | undefined): void {
  if (template === undefined) return;
  const fault = checkTemplate ? checkTemplate(template) : `the reports of ${dialect} are always the same`;
  if (fault) throw new GatewayError("bad-request", `template: ${fault}`, "template");
}

/** Some dialects promise that an address is called once before it is kept. */
async function tryOut(c: AdminContext, format: WebhookFormat, { reportUrl, ...style }: Callback): Promise<void> {
  if (!format.probe || !reportUrl) return;
  const answer = await c.get("ports").http.send(await format.probe({ url: reportUrl, style }, c.get("ports")));
  if (format.isReceived(answer)) return;
  const said = answer.outcome === "answered" ? `it answered ${answer.status}` : answer.error;
  throw new GatewayError(
    "bad-request",
    `reportUrl: a test call to it did not succeed (${said}), so it is not kept`,
    "reportUrl",
  );
}

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/callbacks",
    summary: "List callbacks",
    security: operator,
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json(listOf(CallbackAnswer), "the callbacks, by dialect"), ...refusals(404) },
  }),
  async (c) => {
    const account = await findAccount(c, c.req.valid("param").id);
    const items = await c.get("ports").callbacks.callbacks(account.id);
    return c.json({ items: items.filter(isSet).map(toAnswer) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/callbacks/{dialect}",
    summary: "Look up the callback of one dialect",
    security: operator,
    request: inPath,
    responses: { 200: json(CallbackAnswer, "where they go"), ...refusals(404) },
  }),
  async (c) => {
    const { id, dialect } = c.req.valid("param");
    return c.json(toAnswer(await find(c, id, dialect)), 200);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/callbacks/{dialect}",
    summary: "Send an account's inbound texts and reports nowhere",
    security: operator,
    request: inPath,
    responses: { 204: { description: "they go nowhere" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, dialect } = c.req.valid("param");
    const { account } = await find(c, id, dialect);
    await c.get("ports").callbacks.put({ account, dialect, method: "POST", forms: {} });
    return c.body(null, 204);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/callbacks/{dialect}/{number}",
    summary: "Take away the addresses that a customer set for one number",
    description: "What comes to that number is then told of where the account's is.",
    security: operator,
    request: { params: inPath.params.extend({ number: z.string() }) },
    responses: { 204: { description: "it has none of its own" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, dialect, number: asked } = c.req.valid("param");
    const { id: account } = await findAccount(c, id);
    const number = `+${normalSender(asked)}`;
    if (!(await c.get("ports").callbacks.removeNumber({ account, dialect, number }))) {
      throw new GatewayError("not-found", `account ${id} has no callback for ${number} in ${dialect}`);
    }
    return c.body(null, 204);
  },
);
