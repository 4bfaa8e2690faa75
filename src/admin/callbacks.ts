/** Callbacks: where inbound texts and reports go, for dialects that set it by account. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Callback } from "../core/billing/store.ts";
import { GatewayError } from "../core/errors.ts";
import { findAccount } from "./accounts.ts";
import { type AdminContext, given, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { WebUrl } from "./fields.ts";

const app = makeApi();
export const callbacks = app;

const CallbackBody = z.object({
  messageUrl: WebUrl.optional().openapi({ description: "hears of what people write" }),
  reportUrl: WebUrl.optional().openapi({ description: "hears what became of messages and charges" }),
  subscriptionUrl: WebUrl.optional().openapi({ description: "hears of subscriptions" }),
  method: z.enum(["POST", "GET"]).default("POST"),
});
const CallbackAnswer = z
  .object({
    account: z.string(),
    dialect: z.string(),
    messageUrl: z.string().optional(),
    reportUrl: z.string().optional(),
    subscriptionUrl: z.string().optional(),
    method: z.enum(["POST", "GET"]),
  })
  .openapi("Callback");
const inPath = { params: z.object({ id: z.string(), dialect: z.string() }) };

/** One without an address is as good as none. */
function isSet(callback: Callback | undefined): callback is Callback {
  return Boolean(callback?.messageUrl ?? callback?.reportUrl ?? callback?.subscriptionUrl);
}

async function find(c: AdminContext, id: string, dialect: string): Promise<Callback> {
  const callback = await c.get("ports").services.callback(id, dialect);
  if (!isSet(callback)) throw new GatewayError("not-found", `account ${id} has no callback for ${dialect}`);
  return callback;
}

app.openapi(
  createRoute({
    method: "put",
    path: "/accounts/{id}/callbacks/{dialect}",
    summary: "Say where an account's inbound texts and reports go",
    description: "Replaces what was said before; what is left out goes nowhere.",
    security: operator,
    request: { ...inPath, body: { required: true, ...json(CallbackBody, "") } },
    responses: { 200: json(CallbackAnswer, "where they go"), ...refusals(400, 404) },
  }),
  async (c) => {
    const { id, dialect } = c.req.valid("param");
    const account = await findAccount(c, id);
    const { services, formats } = c.get("ports");
    if (!formats.has(dialect)) {
      const spoken = [...formats.keys()].join(", ");
      throw new GatewayError("bad-request", `dialect: ${dialect} is not spoken here; ${spoken} are`, "dialect");
    }
    const { method, ...urls } = c.req.valid("json");
    const callback: Callback = { account: account.id, dialect, ...given(urls), method };
    await services.putCallback(callback);
    return c.json(callback, 200);
  },
);

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
    const items = await c.get("ports").services.callbacks(account.id);
    return c.json({ items: items.filter(isSet) }, 200);
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
    return c.json(await find(c, id, dialect), 200);
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
    await c.get("ports").services.putCallback({ account, dialect, method: "POST" });
    return c.body(null, 204);
  },
);
