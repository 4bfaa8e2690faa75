/** Callbacks: where inbound texts and reports go, for dialects that set it by account. */

import { createRoute, z } from "@hono/zod-openapi";
import { CALLBACK_PRODUCTS, type Callback, formIn } from "../core/accounts/callback.ts";
import { given, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { SessionUrl, WebUrl } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const callbacks = app;

const CallbackBody = strict({
  messageUrl: z
    .union([WebUrl, SessionUrl])
    .optional()
    .openapi({ description: "hears of what people write; smpp://{system_id} is that customer's SMPP session" }),
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
    description: "the dialect's form for webhooks about inbound texts",
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
    form: z.string().optional().openapi({ description: "the dialect's form for webhooks about inbound texts" }),
    forms: z.record(z.string(), z.string()).optional().openapi({
      description: "the form of each address, where the dialect has several; its customer may have set each in another",
    }),
  })
  .openapi("Callback");
const inPath = { params: z.object({ id: z.string(), dialect: z.string() }) };

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

const putCallback = createRoute({
  method: "put",
  path: "/accounts/{id}/callbacks/{dialect}",
  summary: "Say where an account's inbound texts and reports go",
  description:
    "Replaces what was said before; what is left out goes nowhere. An address that a customer set for a single number stays.",
  security: operator,
  request: { ...inPath, body: { required: true, ...json(CallbackBody, "") } },
  responses: { 200: json(CallbackAnswer, "where they go"), ...refusals(400, 404) },
});

app.openapi(putCallback, async (c) => {
  const { id, dialect } = c.req.valid("param");
  const callback = await c.get("operator").callbacks.put(id, dialect, given(c.req.valid("json")));
  return c.json(toAnswer(callback), 200);
});

const listCallbacks = createRoute({
  method: "get",
  path: "/accounts/{id}/callbacks",
  summary: "List callbacks",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(listOf(CallbackAnswer), "the callbacks, by dialect"), ...refusals(404) },
});

app.openapi(listCallbacks, async (c) => {
  const items = await c.get("operator").callbacks.list(c.req.valid("param").id);
  return c.json({ items: items.map(toAnswer) }, 200);
});

const findCallback = createRoute({
  method: "get",
  path: "/accounts/{id}/callbacks/{dialect}",
  summary: "Look up the callback of one dialect",
  security: operator,
  request: inPath,
  responses: { 200: json(CallbackAnswer, "where they go"), ...refusals(404) },
});

app.openapi(findCallback, async (c) => {
  const { id, dialect } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").callbacks.find(id, dialect)), 200);
});

const clearCallback = createRoute({
  method: "delete",
  path: "/accounts/{id}/callbacks/{dialect}",
  summary: "Send an account's inbound texts and reports nowhere",
  security: operator,
  request: inPath,
  responses: { 204: { description: "they go nowhere" }, ...refusals(404) },
});

app.openapi(clearCallback, async (c) => {
  const { id, dialect } = c.req.valid("param");
  await c.get("operator").callbacks.clear(id, dialect);
  return c.body(null, 204);
});

const clearCallbackOfNumber = createRoute({
  method: "delete",
  path: "/accounts/{id}/callbacks/{dialect}/{number}",
  summary: "Take away the addresses that a customer set for one number",
  description: "Webhooks about that number then go to the account's own addresses.",
  security: operator,
  request: { params: inPath.params.extend({ number: z.string() }) },
  responses: { 204: { description: "it has none of its own" }, ...refusals(404) },
});

app.openapi(clearCallbackOfNumber, async (c) => {
  const { id, dialect, number } = c.req.valid("param");
  await c.get("operator").callbacks.clearNumber(id, dialect, number);
  return c.body(null, 204);
});

export type CallbackRoutes =
  | typeof putCallback
  | typeof listCallbacks
  | typeof findCallback
  | typeof clearCallback
  | typeof clearCallbackOfNumber;
